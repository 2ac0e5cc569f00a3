import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertFails, NET, type Outcome, PROJECT, runCommand } from "../tests/testing.ts";

for (
  const [args, message] of [
    [["--foo"], "Unknown flag --foo"],
    [["--tokenurl=x"], "the nearest is --token-url"],
    [["--secret", "x"], "the nearest is --client-secret"],
    [["-x"], "Unknown flag -x; "],
    [["-e"], "Unknown flag -e; the nearest is --env-file"],
    [["--allow-read=.env"], "--allow-read is a flag of Deno, which goes before main.ts"],
    [["--client-secret-file", "-"], "Standard input holds no secret"],
    [["-ojson"], "Unknown flag"],
    [["--no-demo"], "Unknown flag --no-demo"],
    [["token"], "Only flags are understood"],
    [[""], "Only flags are understood"],
    [["constructor"], "Only flags are understood"],
    [["--demo", "--env-file=x.env"], "--demo reads no --env-file"],
    [["--demo", "--", "--explain"], "Only flags are understood"],
    [["--scope"], "--scope needs a value"],
    [["--scope", "--demo"], "--scope needs a value"],
    [["--client-secret", "-x"], "given as --client-secret=VALUE"],
    [["--demo=yes"], "--demo takes no value"],
    [["--output", "xml"], "--output must be one of token, json, header"],
    [["--timeout", "1s"], "--timeout must be a number"],
    [["--retries", "many"], "--retries must be a number"],
    [["--demo", "--timeout", "0"], "timeout must be more than 0"],
    [["--demo", "--retries", "1.5"], "retries must be a whole number"],
    [["--param", "x"], '--param must have the form "name=value"'],
    [["--param", "=x"], '--param must have the form "name=value"'],
    [["--header", "x"], '--header must have the form "name: value"'],
    [["--demo", "--param", "client_secret=x"], 'params must not set "client_secret"'],
    [["--demo", "--header", "Host: x"], 'headers must not set "host"'],
    [["--demo", "--header", "x y: z"], "that HTTP does not allow"],
    [["--demo", "--auth-method", "jwt"], "auth_method must be one of"],
    [["--client-id", "a", "--client-id", "b"], "--client-id is given 2 times"],
    [["--client-secret=a", "--client-secret-file=b"], "exclude each other"],
  ] as const
) {
  Deno.test(`the command refuses ${JSON.stringify(args).slice(1, -1)}`, async () => {
    assertFails(await runCommand([...args]), 2, message);
  });
}

Deno.test("the command repeats no value that may be a secret", async () => {
  const secret = "s3cr3t";
  for (
    const args of [
      ["--client-secret", `-${secret}`],
      ["--client-secret", "a", secret],
      [`-${secret}`],
      ["--param", secret],
      ["--header", secret],
      ["--token-url", `https://u:${secret}@a.example`, "--client-id=a", "--client-secret=b"],
      ["--token-url", secret, "--client-id=a", "--client-secret=b"],
      ["--demo", `--timeout=${secret}`],
      ["--demo", `--output=${secret}`],
      ["--demo", "--header", `x: ${secret}\u0001\n\n.`],
    ]
  ) {
    const { code, stderr } = await runCommand(args);
    assertEquals(code, 2);
    assert(!stderr.includes(secret), stderr);
  }
});

Deno.test("the command says what to do where @std cannot be loaded", async () => {
  const DENO_DIR = await Deno.makeTempDir();
  const { HOME = DENO_DIR, PATH, SystemRoot = "" } = Deno.env.toObject();
  const basics = { HOME, PATH: PATH!, SystemRoot };
  const run = async (args: string[]): Promise<Outcome> => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-lock", NET, `${new URL("main.ts", PROJECT)}`, ...args],
      // Nothing listens there.
      env: { ...basics, JSR_URL: "http://127.0.0.1:1/", DENO_DIR, NO_COLOR: "1" },
      clearEnv: true,
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  };
  const outcome = await run(["--demo"]);
  assertFails(
    outcome,
    2,
    "error: @std/cli/parse-args could not be loaded\nhint: Where JSR cannot be reached",
  );
  assertEquals((await run(["--help"])).code, 0);
  assertMatch((await run([])).stdout, /^practice-/);
  await Deno.remove(DENO_DIR, { recursive: true });
});
