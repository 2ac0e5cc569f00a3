// The command with keys and assertions as people have them: encrypted, in variables, with line ends of JSON.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { assertFails, type Outcome, withEndpoint, withFiles } from "../tests/support/command.ts";
import { decodeProtectedHeader, jwtVerify } from "../tests/support/jose.ts";
import { BASE, FILES, NOWHERE, pair, PEM, run } from "../tests/support/keys.ts";
import { pem } from "../tests/support/mtls_server.ts";
import { needs } from "../tests/support/needs.ts";
import { replace } from "../tests/support/run_main.ts";
import { json, TOKEN } from "../tests/support/stub_fetch.ts";
import { TokenError } from "../token.ts";
import { ERRORS } from "./error_table.ts";

const PASSPHRASE = "pass phrase é";
const encryption = { cipher: "aes-256-cbc", passphrase: PASSPHRASE } as const;
const ENCRYPTED = `${
  createPrivateKey(PEM).export({ type: "pkcs8", format: "pem", ...encryption })
}`;
const KEYS = { ...FILES, "encrypted.pem": ENCRYPTED, pass: `${PASSPHRASE}\n`, wrong: "wr0ng" };
const LITERAL = PEM.replaceAll("\n", "\\n");

/** Standard input with this text. */
function typed(text: string): Disposable {
  return replace(Deno.stdin as { readable: ReadableStream }, {
    readable: new Response(text).body!,
  });
}

/** Runs the command, which gets a token; resolves to the assertion that it sent. */
async function assertionOf(
  args: string[],
  env: Record<string, string> = {},
  files: Record<string, string> = KEYS,
): Promise<string> {
  let assertion = "";
  await withEndpoint(json(TOKEN), async (_, forms, token_url) => {
    const { code, stdout, stderr } = await run(
      [...BASE, `--token-url=${token_url}`, ...args],
      env,
      files,
    );
    assertEquals([code, stdout, stderr], [0, `${TOKEN.access_token}\n`, ""]);
    assertion = forms[0]!.get("client_assertion")!;
  });
  return assertion;
}

/** Fails, and repeats neither a passphrase nor a key. */
function assertSecret(outcome: Outcome, code: number, message: string): void {
  assertFails(outcome, code, message);
  assertEquals(/pass phrase|wr0ng|MI[GI]|BEGIN/.test(outcome.stderr), false, outcome.stderr);
}

for (
  const [what, args, env] of [
    ["with \\n in its file", ["--client-key=./literal.pem"], {}],
    ["in CLIENT_KEY", [], { CLIENT_KEY: PEM }],
    ["in CLIENT_KEY with \\n", [], { CLIENT_KEY: LITERAL }],
    ["in CLIENT_KEY with spaces", [], { CLIENT_KEY: PEM.replaceAll("\n", " ") }],
    ["in CLIENT_KEY with quotes", [], { CLIENT_KEY: `"${LITERAL}"` }],
    ["in a file before one in CLIENT_KEY", [], { CLIENT_KEY_FILE: "./key.pem", CLIENT_KEY: "x" }],
    ["of a flag before one in CLIENT_KEY", ["--client-key=./key.pem"], { CLIENT_KEY: "x" }],
    [
      "with a passphrase in a file",
      ["--client-key=./encrypted.pem", "--client-key-passphrase-file=./pass"],
      {},
    ],
    [
      "with a passphrase in a file before one in a variable",
      ["--client-key=./encrypted.pem"],
      { CLIENT_KEY_PASSPHRASE_FILE: "./pass", CLIENT_KEY_PASSPHRASE: "wr0ng" },
    ],
    ["and passphrase in variables", [], {
      CLIENT_KEY: ENCRYPTED,
      CLIENT_KEY_PASSPHRASE: PASSPHRASE,
    }],
  ] as [string, string[], Record<string, string>][]
) {
  Deno.test(needs(`the command signs with a key ${what}`, "npm:jose"), async () => {
    const assertion = await assertionOf(args, env, { ...KEYS, "literal.pem": LITERAL });
    await jwtVerify(assertion, pair.publicKey, { subject: "id" });
  });
}

Deno.test(
  needs("the command reads the passphrase of a key from standard input, once", "npm:jose"),
  async () => {
    using _stdin = typed(`${PASSPHRASE}\n`);
    const file = "--client-key-passphrase-file=-";
    const args = ["--client-key=./encrypted.pem", file];
    // Not the key of the other tests, which has been opened.
    const other = { cipher: "aes-128-cbc", passphrase: PASSPHRASE } as const;
    const files = {
      "encrypted.pem": `${
        createPrivateKey(PEM).export({ type: "pkcs8", format: "pem", ...other })
      }`,
    };
    await jwtVerify(await assertionOf(args, {}, files), pair.publicKey);
    // As --watch does, which reads all files again.
    await jwtVerify(await assertionOf(args, {}, files), pair.publicKey);
  },
);

const WRONG =
  "the command says what is wrong with a passphrase, and repeats neither it nor the key";
Deno.test(needs(WRONG, "npm:jose"), async () => {
  const unopened = createPrivateKey(pem("stranger.key")).export({
    type: "pkcs8",
    format: "pem",
    ...encryption,
  });
  const files = { ...KEYS, "encrypted.pem": `${unopened}` };
  const args = [...BASE, NOWHERE, "--retries=0"];
  const key = [...args, "--client-key=./encrypted.pem"];
  const wrong = await run([...key, "--client-key-passphrase-file=./wrong"], {}, files);
  assertSecret(wrong, 2, "error: The private key cannot be opened with this passphrase\nhint: Ch");
  const without = await run(key, {}, files);
  assertSecret(without, 2, "The private key is encrypted; decrypt it: openssl pkcs8");
  assertStringIncludes(without.stderr, "hint: Or give the passphrase of --client-key, in a file");
  const missing = await run([...key, "--client-key-passphrase-file=./missing"], {}, files);
  assertSecret(missing, 2, "The file of --client-key-passphrase-file cannot be read: ");
  const empty = await run([...key, "--client-key-passphrase-file=./empty.pem"], {}, files);
  assertSecret(empty, 2, "The file of --client-key-passphrase-file contains no passphrase");
  const inVariable = await run(args, { CLIENT_KEY: PEM.replace("MI", "**") });
  assertSecret(inVariable, 2, "The private key is not valid");
  const blank = await run(args, { CLIENT_KEY: " \n" });
  assertSecret(blank, 2, "CLIENT_KEY is empty");
  const lonely = await run([...args, "--client-key-passphrase-file=./pass"], {}, files);
  assertSecret(lonely, 2, "Missing CLIENT_SECRET");
  const secret = [...args, "--client-secret=b", "--client-key-passphrase-file=./pass"];
  assertSecret(await run(secret, {}, files), 2, "--client-key-passphrase-file needs --client-key");
});

Deno.test(
  needs("the hint for a wrong passphrase makes a key that Deno reads", "openssl", "npm:jose"),
  async () => {
    const entry = ERRORS.get("passphrase_wrong")!;
    assert("advice" in entry && typeof entry.advice === "function");
    const advice = entry.advice(new TokenError("usage", "", ""), {
      runtime: "deno",
      isSource: true,
    });
    const [hint = ""] = advice?.match(/openssl .*$/) ?? [];
    await withFiles({ plain: PEM }, async (cwd) => {
      const openssl = async (command: string) => {
        const [program = "", ...args] = command.split(" ");
        const { success } = await new Deno.Command(program, { args, cwd, stderr: "null" }).output();
        assert(success, command);
      };
      // Triple DES, which Deno 2.9 does not read.
      await openssl("openssl pkcs8 -topk8 -v2 des3 -in plain -out OLD -passout pass:s3cr3t");
      await openssl(`${hint} -passin pass:s3cr3t -passout pass:s3cr3t`);
      const CLIENT_KEY = await Deno.readTextFile(`${cwd}/NEW`);
      assertStringIncludes(CLIENT_KEY, "BEGIN ENCRYPTED PRIVATE KEY");
      await assertionOf([], { CLIENT_KEY, CLIENT_KEY_PASSPHRASE: "s3cr3t" });
    });
  },
);

Deno.test(
  needs("the command explains where the key came from, and shows nothing of it", "npm:jose"),
  async () => {
    await withEndpoint(json(TOKEN), async (_, _forms, token_url) => {
      const args = [...BASE, `--token-url=${token_url}`, "--explain"];
      const { code, stderr } = await run(args, {
        CLIENT_KEY: ENCRYPTED,
        CLIENT_KEY_PASSPHRASE: PASSPHRASE,
      });
      assertEquals(code, 0, stderr);
      assertStringIncludes(stderr, "client_key     signs ES256  (from the environment)\n");
      assertEquals(/pass phrase|MI[GI]|BEGIN/.test(stderr), false, stderr);
    });
  },
);

const CHAIN = `${pem("ca.pem")}${pem("client.pem")}`;
const WITH_CHAIN = [
  "--client-key=./client.key",
  "--client-cert=./chain.pem",
  "--auth-method=private_key_jwt",
];
const base64Of = (text: string) => new X509Certificate(text).raw.toString("base64");

for (
  const [args, names] of [
    [[], ["x5t#S256"]],
    [["--cert-header=x5t#S256"], ["x5t#S256"]],
    [["--cert-header=x5t"], ["x5t#S256", "x5t"]],
    [["--cert-header=x5c"], ["x5t#S256", "x5c"]],
  ] as const
) {
  const name = `the command names the certificate by ${names.join(" and ")} with [${args}]`;
  Deno.test(needs(name, "npm:jose"), async () => {
    // An https: URL, as a certificate is shown as well. Nothing listens: --explain shows the header.
    const flags = [...BASE, "--token-url=https://127.0.0.1:1/", "--retries=0", "--explain"];
    const { stderr } = await run([...flags, ...WITH_CHAIN, ...args], {}, {
      ...FILES,
      "chain.pem": CHAIN,
    });
    const shown = [...stderr.matchAll(/^ +(x5\S+) +(.*)$/gm)];
    assertEquals(shown.map(([, name]) => name), [...names], stderr);
  });
}

Deno.test("the command refuses --cert-header where there is no certificate or no assertion", async () => {
  const args = [...BASE, NOWHERE, "--cert-header=x5c"];
  const alone = await run([...args, "--client-key=./key.pem"]);
  assertFails(alone, 2, "--cert-header needs --client-cert");
  const tls = ["--auth-method=tls_client_auth", ...WITH_CHAIN.slice(0, 2)];
  const message = "--cert-header does not go with --auth-method tls_client_auth";
  assertFails(await run([...args, ...tls]), 2, message);
  assertFails(await run([...args, "--cert-header=x5u"]), 2, "--cert-header is given 2 times");
  const other = await run([...BASE, NOWHERE, "--cert-header=x5u"]);
  assertFails(other, 2, '--cert-header is "x5u"; it must be one of x5t#S256, x5t, x5c');
});

Deno.test("the command sends an assertion of CLIENT_ASSERTION or of standard input, in each attempt", async () => {
  const assertion = FILES["assertion.jwt"].trim();
  for (
    const [args, env] of [
      [[], { CLIENT_ASSERTION: `${assertion}\n` }],
      [["--client-assertion-file=-"], {}],
      [[], { CLIENT_ASSERTION_FILE: "-" }],
      [[], { CLIENT_ASSERTION_FILE: "./assertion.jwt", CLIENT_ASSERTION: "x" }],
    ] as [string[], Record<string, string>][]
  ) {
    let answers = 0;
    const answer = () => answers++ ? json(TOKEN)() : new Response("", { status: 503 });
    using _stdin = typed(`${assertion}\n`);
    await withEndpoint(answer, async (_, forms, token_url) => {
      const outcome = await run([...BASE, `--token-url=${token_url}`, ...args], env);
      assertEquals([outcome.code, outcome.stderr], [0, ""]);
      const sent = forms.map((form) => form.get("client_assertion"));
      assertEquals(sent, [assertion, assertion]);
    });
  }
  using _stdin = typed("\n");
  const flags = [...BASE, NOWHERE];
  const empty = await run([...flags, "--client-assertion-file=-"]);
  assertFails(empty, 2, "Standard input contains no assertion");
  const wrong = await run(flags, { CLIENT_ASSERTION: "s3cr3t" });
  assertFails(wrong, 2, "The client assertion is not a JWT");
  assertEquals(wrong.stderr.includes("s3cr3t"), false);
  const both = [...flags, "--client-assertion-file=-", "--client-key-passphrase-file=-"];
  using _twice = typed("a.b.c");
  const twice = await run([...both, "--client-key=./key.pem"]);
  const flagsTwice = "--client-key-passphrase-file, --client-assertion-file";
  assertFails(twice, 2, `Only one of ${flagsTwice} can be -`);
  const watched = await run([...flags, "--client-assertion-file=-", "--watch=./token"]);
  assertFails(watched, 2, "--client-assertion-file - does not go with --watch");
});

Deno.test(
  needs("privateKeyJwt sends the chain of the command, own certificate first", "npm:jose"),
  async () => {
    const { privateKeyJwt } = await import("../extensions/assertion.ts");
    const { checkCertificate } = await import("../runtime/certificate.ts");
    const key = pem("client.key");
    const { chain } = checkCertificate(CHAIN, key);
    const data = new URLSearchParams();
    const attempt = { token_url: "https://a.example/", client_id: "id", headers: {}, data };
    await privateKeyJwt(key, { certificate: chain, x5c: true })(attempt);
    const { x5c } = decodeProtectedHeader(data.get("client_assertion")!);
    assertEquals(x5c, [base64Of(pem("client.pem")), base64Of(pem("ca.pem"))]);
  },
);
