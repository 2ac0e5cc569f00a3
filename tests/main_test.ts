import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { helpText } from "../command/help.ts";
import {
  assertFails,
  inARow,
  NET,
  PROJECT,
  runCommand,
  runCommands,
  withEndpoint,
} from "./support/command.ts";
import { json, TOKEN } from "./support/stub_fetch.ts";
import { replace, runMain } from "./support/run_main.ts";

const PRACTICE_TOKEN = /^practice-[\w-]+\n$/;

Deno.test("the command runs the demo when there is nowhere to look", async () => {
  const { code, stdout, stderr } = await runCommand([], { env: { CLIENT_ID: "unseen" } });
  assertEquals(code, 0);
  assertMatch(stdout, PRACTICE_TOKEN);
  assertStringIncludes(stderr, "This is practice");
  assertStringIncludes(stderr, "--allow-env or --allow-read=.env before main.ts");
});

Deno.test("the command needs no more than 127.0.0.1 for the demo, even past a proxy", async () => {
  const { code, stdout } = await runCommand(["--demo"], {
    permissions: [NET],
    env: { HTTP_PROXY: "http://127.0.0.1:1", HTTPS_PROXY: "http://127.0.0.1:1" },
  });
  assertEquals(code, 0);
  assertMatch(stdout, PRACTICE_TOKEN);
});

Deno.test("the command runs the demo with --demo in spite of the environment", async () => {
  const env = { TOKEN_URL: "https://a.example/", CLIENT_ID: "x", CLIENT_SECRET: "y" };
  const { stdout } = await runMain(["--demo"], { granted: ["net", "env"], env });
  assertMatch(stdout, PRACTICE_TOKEN);
});

Deno.test("the command sends scopes, params, headers and the chosen authentication", async () => {
  const seen: Headers[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (r) => {
    seen.push(r.headers);
    return r.text().then((text) => Response.json({ ...TOKEN, text }));
  });
  const { stdout } = await runMain([
    `--token-url=http://127.0.0.1:${server.addr.port}/`,
    ...["--client-id", "id", "--client-secret=-s", "--auth-method", "client_secret_basic"],
    ...["--scope", "", "--scope", "a", "--scope", "b c"],
    ...["--param", "resource=x=y", "--param", "resource=z"],
    ...["--header", "X-Tenant: 1", "--output", "json", "--timeout", "2.5", "--retries", "0"],
  ]);
  assertEquals(
    JSON.parse(stdout).text,
    "grant_type=client_credentials&scope=a+b+c&resource=x%3Dy&resource=z",
  );
  assertEquals(seen[0]!.get("x-tenant"), "1");
  assertEquals(seen[0]!.get("authorization"), `Basic ${btoa("id:-s")}`);
});

Deno.test("the command sends the secret unencrypted to other machines only with --allow-http", async () => {
  const urls: string[] = [];
  using _fetch = replace(globalThis, {
    fetch: (url) => {
      urls.push(`${url}`);
      return Promise.resolve(Response.json(TOKEN));
    },
  });
  const args = ["--token-url=http://a.example/", "--client-id=a", "--client-secret=b"];
  assertFails(await runMain(args), 2, "--token-url must be https:, or http: to this machine");
  assertEquals(urls, []);
  assertEquals((await runMain([...args, "--allow-http"])).stdout, "abc.DEF-123\n");
  assertEquals(urls, ["http://a.example/"]);
});

for (
  const [format, token, stdout] of [
    ["token", TOKEN, "abc.DEF-123\n"],
    ["json", TOKEN, `${JSON.stringify(TOKEN, null, 2)}\n`],
    ["header", { ...TOKEN, token_type: "BearerToken" }, "Authorization: Bearer abc.DEF-123\n"],
    ["", TOKEN, "abc.DEF-123\n"],
  ] as const
) {
  Deno.test(`the command prints nothing but the token with --output "${format}"`, async () => {
    await withEndpoint(json(token), async (flags) => {
      const run = format === "token" ? runCommand : runMain;
      const outcome = await run([...flags, "-o", format]);
      assertEquals(outcome, { code: 0, stdout, stderr: "" });
    });
  });
}

Deno.test("the command prints a token beside JSON of any depth, but not that JSON", async () => {
  const deep = `{"access_token":"abc","a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
  await withEndpoint(() => new Response(deep), async (flags) => {
    assertEquals((await runMain(flags)).stdout, "abc\n");
    assertEquals((await runMain([...flags, "--explain"])).stdout, "abc\n");
    assertFails(await runMain([...flags, "--output=json"]), 4, "nested too deep");
  });
});

Deno.test("the command takes no DPoP token without --dpop-key", async () => {
  await withEndpoint(json({ ...TOKEN, token_type: "dpop" }), async (flags) => {
    for (const more of [[], ["--explain"], ["--output=header"]]) {
      const outcome = await runMain([...flags, ...more]);
      assertFails(outcome, 4, "The answer has a DPoP token, but the request had no proof");
      assertEquals(/Step 4/.test(outcome.stderr), false);
    }
  });
});

Deno.test("the command exits with 70 and one line after an exception", async () => {
  using _data = replace(URLSearchParams.prototype, {
    append: () => {
      throw new RangeError("s3cr3t");
    },
  });
  const { code, stdout, stderr } = await runMain(["--demo"]);
  const [, message] = stderr.split("opens nothing.\n");
  assertMatch(message!, /^error: Unexpected RangeError at [\w.]+:\d+:\d+; please report it\n$/);
  assertEquals([code, stdout], [70, ""]);
});

Deno.test("the command names the host that it may not reach, and asks for nothing", async () => {
  const cases = [
    ["https://a.example/t", "hint: Add --allow-net=a.example before main.ts\n"],
    ["https://[::1]:9/", "hint: Add --allow-net=[::1]:9 before main.ts\n"],
    ["http://127.0.0.1:9/", "hint: Add --allow-net=127.0.0.1:9 before main.ts\n"],
    ["https://$HOST/", "a host name that cannot exist"],
  ] as const;
  const outcomes = await runCommands(
    cases.map(([url]) => ["--client-id=a", "--client-secret=b", `--token-url=${url}`]),
    { permissions: ["--allow-net=b.example,127.0.0.1:8"] },
  );
  for (const [i, outcome] of outcomes.entries()) assertFails(outcome, 2, cases[i]?.[1] ?? "");
});

Deno.test("the command prints its help and its version", async () => {
  const help = { code: 0, stdout: `${helpText(true)}\n`, stderr: "" };
  const version = { code: 0, stdout: `${config.version}\n`, stderr: "" };
  assertEquals(await runCommand(["-h"], { permissions: [] }), help);
  assertEquals(await runMain(["--help"]), help);
  assertEquals(await runMain(["--client-id=x", "--help", "--version"]), help);
  assertEquals(await runMain(["-V"]), version);
  assertEquals(await runMain(["--version", "--demo"]), version);
});

Deno.test("the command speaks of token when it was started from elsewhere", async () => {
  const DENO_DIR = await Deno.makeTempDir();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async ({ url }) => {
      const type = url.endsWith(".json") ? "application/json" : "application/typescript";
      const headers = { "content-type": type };
      const file = await Deno.open(new URL(`.${new URL(url).pathname}`, PROJECT)).catch(() => null);
      return new Response(file?.readable, { headers, status: file ? 200 : 404 });
    },
  );
  const credentials = ["--client-id=a", "--client-secret=b", "--token-url=https://a.example/"];
  const { file, args, split } = inARow([["--help"], [], credentials]);
  const program = `http://127.0.0.1:${server.addr.port}/${file}`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-lock", "--no-config", NET, program, ...args],
    env: { DENO_DIR },
    stdin: "null",
  }).output();
  await Deno.remove(DENO_DIR, { recursive: true });
  const decoder = new TextDecoder();
  const outcome = { code: 0, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  const [help, lesson, denied] = split(outcome);
  assertEquals(help, { code: 0, stdout: `${helpText(false)}\n`, stderr: "" });
  assertStringIncludes(
    lesson.stderr,
    "or --allow-read=.env when you install or compile token to let it look.\n",
  );
  assertFails(denied, 2, "hint: Add --allow-net=a.example when you install or compile token\n");
  for (const { stderr } of [lesson, denied]) assert(!stderr.includes("main.ts"), stderr);
});
