import { assert, assertEquals, assertRejects } from "@std/assert";
import { assertFails } from "../tests/support/command.ts";
import { runMain } from "../tests/support/run_main.ts";
import { TokenError } from "../token.ts";
import { parseFlags } from "./parse_flags.ts";

for (
  const [args, flags] of [
    [[], {}],
    [["--client-id", "a", "--client-secret=-b"], { "client-id": "a", "client-secret": "-b" }],
    [["--token-url=https://a.example/?b=c"], { "token-url": "https://a.example/?b=c" }],
    [["--token-url", "", "--client-id="], { "token-url": "", "client-id": "" }],
    [["--client-secret-file", "-"], { "client-secret-file": "-" }],
    [["--client-secret", "a\nb"], { "client-secret": "a\nb" }],
    [["--client-id", "007", "--timeout=1e3"], { "client-id": "007", "timeout": "1e3" }],
    [["--scope", "a", "--scope=b c"], { scope: ["a", "b c"] }],
    [["--param", "a=b=c", "--param", "a="], { param: ["a=b=c", "a="] }],
    [["-o", "json"], { output: "json" }],
    [["-o=header"], { output: "header" }],
    [["-h", "-V"], { help: true, version: true }],
    [["-h"], { help: true }],
    [["--help"], { help: true }],
    [["-V"], { version: true }],
    [["--version"], { version: true }],
    [["--demo", "--explain", "--allow-http"], { demo: true, explain: true, "allow-http": true }],
    [["--demo", "--demo", "--"], { demo: true }],
  ] as const
) {
  Deno.test(`parseFlags parses ${JSON.stringify(args)}`, async () => {
    assertEquals<unknown>(await parseFlags([...args]), flags);
  });
}

for (
  const [args, message] of [
    [["--foo"], "Unknown flag --foo; --help lists all flags"],
    [["--foo=x"], "Unknown flag --foo; --help lists all flags"],
    [["--allow-read=.env"], "--allow-read is a flag of Deno"],
    [["--deny-net"], "--deny-net is a flag of Deno"],
    [["--Allow-net"], "Unknown flag --Allow-net; "],
    [["--dis-allow-net"], "Unknown flag --dis-allow-net; "],
    [["-x"], "Unknown flag -x; "],
    [["-ojson"], "Unknown flag; write -o json"],
    [["--no-demo"], "Unknown flag --no-demo; "],
    [["--no-demo=true"], "Unknown flag --no-demo; "],
    [["--no-client-id=x"], "Unknown flag --no-client-id; "],
    [["token"], "Only flags are allowed"],
    [["a--demo"], "Only flags are allowed"],
    [["--scope", "a", "b"], "Only flags are allowed; put quotes around a value with spaces"],
    [["-"], "Only flags are allowed"],
    [[""], "Only flags are allowed"],
    [["--=x"], "Unknown flag; "],
    [["constructor"], "Only flags are allowed"],
    [["--demo", "--", "--explain"], "Only flags are allowed"],
    [["--scope"], "--scope needs a value"],
    [["--scope", "--demo"], "--scope needs a value"],
    [["-o"], "--output needs a value"],
    [["--client-secret", "-x"], 'if it begins with "-", write --client-secret=VALUE'],
    [["--demo=yes"], "--demo takes no value"],
    [["-h="], "--help takes no value"],
    [["--output", "xml"], '--output is "xml"; it must be one of token, json, header'],
    [["--auth-method", "jwt"], '--auth-method is "jwt"; it must be one of client_secret_post, '],
    [["--client-id", "a", "--client-id", "b"], "--client-id is given 2 times"],
    [["--output=json", "-o", "json"], "--output is given 2 times"],
  ] as const
) {
  Deno.test(`parseFlags refuses ${JSON.stringify(args).slice(1, -1)}`, async () => {
    const { kind } = await assertRejects(() => parseFlags([...args]), TokenError, message);
    assertEquals(kind, "usage");
  });
}

Deno.test("the command repeats no value that may be a secret", async () => {
  const secret = "s3cr3t";
  const client = ["--client-id=a", "--client-secret=b"];
  for (
    const args of [
      ["--client-secret", `-${secret}`],
      ["--client-secret", "a", secret],
      ["--client-secret", "a", `--=${secret}`],
      ["--client-secret", "a", "--", secret],
      ["--client-secret", secret, "--client-secret", secret],
      [`-${secret}`],
      [`--foo=${secret}`],
      [`--foo`, secret],
      [`--demo=${secret}`],
      ["--param", secret],
      ["--header", secret],
      ["--token-url", `https://u:${secret}@a.example`, ...client],
      ["--token-url", secret, ...client],
      ["--token-url", secret, ...client, "--explain"],
      ["--token-url", `https://a.example/#${secret}`, ...client],
      ["--token-url", `https://${secret}|/`, ...client],
      ["--demo", `--timeout=${secret}`],
      ["--demo", `--retries=${secret}`],
      ["--demo", "--client-secret-file", secret],
      ["--demo", "--client-id", secret],
      ["--demo", "--env-file", secret],
      ["--demo", "--header", `x: ${secret}\u0001\n\n.`],
      ["--demo", "--param", `client_secret=${secret}`],
    ]
  ) {
    const outcome = await runMain(args);
    assertFails(outcome, 2, "error: ");
    assert(!outcome.stderr.includes(secret), outcome.stderr);
  }
});
