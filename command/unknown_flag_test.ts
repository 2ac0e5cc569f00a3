import { assertEquals } from "@std/assert";
import { describeUnknownFlag } from "./unknown_flag.ts";
import { FLAGS } from "./flags.ts";

for (
  const [arg, near] of [
    ["--tokenurl=x", "token-url"],
    ["--TOKEN_URL", "token-url"],
    ["--client_id", "client-id"],
    ["--scopes", "scope"],
    ["--socpe", "scope"],
    ["--heder", "header"],
    ["--dmo", "demo"],
    ["--caceh", "cache"],
    // The most similar, although others come before it.
    ["--client-cet", "client-cert"],
    // As the beginning, or as whole words.
    ["--out", "output"],
    ["--time", "timeout"],
    ["--secret", "client-secret"],
    ["--secret-file", "client-secret-file"],
    ["--url", "token-url"],
    ["--key", "client-key"],
  ] as const
) {
  Deno.test(`describeUnknownFlag names --${near} for ${arg}`, () => {
    const name = arg.split("=")[0];
    assertEquals(describeUnknownFlag(arg), `Unknown flag ${name}; the nearest is --${near}`);
  });
}

for (
  const arg of [
    ...["--foo", "--xyz", "--format", "--code", "--password", "--no-demo", "--dis-allow-net"],
    "--Allow-net",
    ...["--c", "--id", "-x", "-e", "---x", "--constructor", "--__proto__"],
  ]
) {
  Deno.test(`describeUnknownFlag names no flag for ${arg}`, () => {
    assertEquals(describeUnknownFlag(arg), `Unknown flag ${arg}; --help lists all flags`);
  });
}

const TRUST = "to trust an authority, set DENO_CERT=FILE";
for (
  const [arg, advice] of [
    ["--audience", "write --param audience=…"],
    ["--cert", `write --client-cert; or, ${TRUST}`],
    ["--insecure", `certificates are always checked; ${TRUST}`],
    ["--json", "write --output json"],
    ["--quiet", "stdout has the token alone, and stderr only errors"],
    ["--retry", "write --retries"],
    ["--silent", "stdout has the token alone, and stderr only errors"],
    ["--tls-cert", "write --client-cert"],
    ["--tls-key", "write --client-key"],
    ["--token-endpoint", "write --token-url"],
    ["--verbose", "write --explain"],
    ["-k", `certificates are always checked; ${TRUST}`],
    ["-v", "write --explain, or -V for the version"],
  ] as const
) {
  Deno.test(`describeUnknownFlag knows ${arg} from other tools`, () => {
    assertEquals(describeUnknownFlag(arg), `Unknown flag ${arg}; ${advice}`);
    for (const [, name] of advice.matchAll(/--([\w-]+)/g)) assertEquals(name! in FLAGS, true);
    assertEquals(describeUnknownFlag(`${arg}=s3cr3t`), `Unknown flag ${arg}; ${advice}`);
  });
}

for (
  const [arg, advice] of [
    ["-ojson", "write -o json"],
    ["-oheader", "write -o header"],
    ["-os3cr3t", "put a space after -o"],
    ["-hV", "--help lists all flags"],
    ["-s3cr3t", "--help lists all flags"],
    ["--=s3\ncr3t", "--help lists all flags"],
    ["-=s3cr3t", "--help lists all flags"],
    ["-ü", "--help lists all flags"],
  ] as const
) {
  Deno.test(`describeUnknownFlag repeats only what a flag takes of ${arg}`, () => {
    assertEquals(describeUnknownFlag(arg), `Unknown flag; ${advice}`);
  });
}

Deno.test("describeUnknownFlag cuts a long name", () => {
  const message = describeUnknownFlag(`--${"x".repeat(50)}`);
  assertEquals(message, `Unknown flag --${"x".repeat(39)}…; --help lists all flags`);
});

Deno.test("describeUnknownFlag says how to write a flag to which something is stuck", () => {
  for (
    const [arg, advice] of [
      ["--client-secret.a=b", "Unknown flag --client-secret; write --client-secret VALUE"],
      ["--explain:x", "Unknown flag --explain; write --explain"],
    ] as const
  ) {
    assertEquals(describeUnknownFlag(arg), advice);
  }
});
