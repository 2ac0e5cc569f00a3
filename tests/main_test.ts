import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { HELP } from "../command/help.ts";
import {
  assertFails,
  ENV,
  json,
  NET,
  runCommand,
  STD_FLAGS,
  TOKEN,
  withEndpoint,
} from "./testing.ts";

const PRACTICE_TOKEN = /^practice-[\w-]+\n$/;

Deno.test("the command runs the lesson when there is nowhere to look", async () => {
  const { code, stdout, stderr } = await runCommand([], { env: { CLIENT_ID: "unseen" } });
  assertEquals(code, 0);
  assertMatch(stdout, PRACTICE_TOKEN);
  assertStringIncludes(stderr, "This is practice");
  assertStringIncludes(stderr, "--allow-env or --allow-read=.env before main.ts");
});

Deno.test("the command needs no more than 127.0.0.1 for the lesson, even past a proxy", async () => {
  const { code, stdout } = await runCommand(["--demo"], {
    permissions: [NET],
    env: { HTTP_PROXY: "http://127.0.0.1:1", HTTPS_PROXY: "http://127.0.0.1:1" },
  });
  assertEquals(code, 0);
  assertMatch(stdout, PRACTICE_TOKEN);
});

Deno.test("the command runs the lesson with --demo in spite of the environment", async () => {
  const env = { TOKEN_URL: "https://a.example/", CLIENT_ID: "x", CLIENT_SECRET: "y" };
  const { stdout } = await runCommand(["--demo"], { permissions: [NET, ENV], env });
  assertMatch(stdout, PRACTICE_TOKEN);
});

Deno.test("the command sends the lesson's values, and tells so with --explain", async () => {
  const { stdout, stderr } = await runCommand(["--demo", "--explain"]);
  const steps = ["Step 1", "Step 2", "Step 3", "Step 4"].map((step) => stderr.indexOf(step));
  assert(steps.every((at, i) => at > (steps[i - 1] ?? 0)), stderr);
  for (
    const text of [
      "my_client_id_123",
      "https://api.example.com/oauth2/token",
      "grant_type=client_credentials&client_id=my_client_id_123&client_secret=***",
      "response_json",
      "access_token",
    ]
  ) assertStringIncludes(stderr, text);
  assert(!stderr.includes("my_secret_456") && !stderr.includes(stdout.trim()), stderr);
});

Deno.test("the command refuses credentials together with --demo", async () => {
  assertFails(
    await runCommand(["--demo", "--client-id=x"]),
    2,
    "--demo has a client_id of its own",
  );
});

Deno.test("the command names the permission that the lesson lacks", async () => {
  assertFails(await runCommand([], { permissions: [] }), 2, "--allow-net=127.0.0.1");
});

Deno.test("the command sends scopes, params, headers and the chosen authentication", async () => {
  const seen: Headers[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (r) => {
    seen.push(r.headers);
    return r.text().then((text) => Response.json({ ...TOKEN, text }));
  });
  const { stdout } = await runCommand([
    `--token-url=http://127.0.0.1:${server.addr.port}/`,
    ...["--client-id", "id", "--client-secret=-s", "--auth-method", "client_secret_basic"],
    ...[
      "--scope",
      "",
      "--scope",
      "a",
      "--scope",
      "b c",
      "--param",
      "resource=x=y",
      "--param",
      "resource=z",
    ],
    ...["--header", "X-Tenant: 1", "--output", "json", "--timeout", "2.5", "--retries", "0"],
  ]);
  assertEquals(
    JSON.parse(stdout).text,
    "grant_type=client_credentials&scope=a+b+c&resource=x%3Dy&resource=z",
  );
  assertEquals(seen[0]!.get("x-tenant"), "1");
  assertEquals(seen[0]!.get("authorization"), `Basic ${btoa("id:-s")}`);
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
      const outcome = await runCommand([...flags, "-o", format]);
      assertEquals(outcome, { code: 0, stdout, stderr: "" });
    });
  });
}

Deno.test("the command escapes in JSON what a terminal would act on", async () => {
  await withEndpoint(json({ ...TOKEN, note: "\x9b31m\x7f\u2028\u202e😀" }), async (flags) => {
    const { stdout } = await runCommand([...flags, "--output=json"]);
    assertStringIncludes(stdout, '"note": "\\u009b31m\\u007f\\u2028\\u202e😀"');
    assertEquals(JSON.parse(stdout).note, "\x9b31m\x7f\u2028\u202e😀");
  });
});

const ignore = Deno.build.os !== "linux";
Deno.test(
  { name: "the command says when stdout cannot be written, or is not read", ignore },
  async () => {
    const run = async (redirection: string) => {
      const main = new URL("main.ts", import.meta.url);
      const command = [Deno.execPath(), "run", "-q", ...STD_FLAGS, NET, main, "--demo"].join(" ");
      const { code, stderr } = await new Deno.Command("bash", {
        args: ["-c", `set -o pipefail; ${command} ${redirection}`],
      }).output();
      return [code, new TextDecoder().decode(stderr).split("opens nothing.\n")[1]];
    };
    const [code, message] = await run(">/dev/full");
    assertMatch(`${message}`, /^error: stdout cannot be written: .*No space left on device.*\n$/);
    assertEquals(code, 70);
    assertEquals(await run("| true"), [0, ""]);
    assertEquals(await run("2>&- >/dev/null"), [0, undefined]);
  },
);

Deno.test("the command prints a token beside JSON of any depth, but not that JSON", async () => {
  const deep = `{"access_token":"abc","a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
  await withEndpoint(() => new Response(deep), async (flags) => {
    assertEquals((await runCommand(flags)).stdout, "abc\n");
    assertEquals((await runCommand([...flags, "--explain"])).stdout, "abc\n");
    assertFails(await runCommand([...flags, "--output=json"]), 4, "nested too deep");
  });
});

Deno.test("the command prints no header for a DPoP token", async () => {
  await withEndpoint(json({ ...TOKEN, token_type: "DPoP" }), async (flags) => {
    assertFails(await runCommand([...flags, "--output=header"]), 4, "A DPoP token needs a proof");
    assertEquals((await runCommand(flags)).code, 0);
  });
});

Deno.test("the command exits with 1 when the server refuses", async () => {
  const answer = json({ error: "invalid_client" }, { status: 401 });
  await withEndpoint(answer, async (flags) => {
    assertFails(await runCommand(flags), 1, "answered 401: invalid_client");
  });
});

Deno.test("the command exits with 3 when no answer comes", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  const token_url = `http://127.0.0.1:${listener.addr.port}/`;
  const flags = ["--token-url", token_url, "--client-id=a", "--client-secret=b", "--retries=0"];
  assertFails(await runCommand(flags), 3, `No answer from 127.0.0.1:${listener.addr.port}: `);
});

Deno.test("the command exits with 4 when the answer is no token response", async () => {
  await withEndpoint(() => new Response("<p>hi"), async (flags) => {
    assertFails(await runCommand(flags), 4, "not a JSON object");
  });
});

Deno.test("the command names the host that it may not reach, and asks for nothing", async () => {
  const flags = ["--client-id=a", "--client-secret=b", "--token-url"];
  for (
    const [url, host] of [["https://a.example/t", "a.example"], ["https://[::1]:9/", "[::1]:9"]]
  ) {
    const outcome = await runCommand([...flags, url!], { permissions: ["--allow-net=b.example"] });
    assertFails(outcome, 2, `hint: Add --allow-net=${host} before main.ts\n`);
  }
  const odd = await runCommand([...flags, "https://$HOST/"], { permissions: [NET] });
  assertFails(odd, 2, "a host name that cannot exist");
});

Deno.test("the command prints its help and its version", async () => {
  assertEquals(await runCommand(["-h"]), { code: 0, stdout: `${HELP}\n`, stderr: "" });
  assertEquals((await runCommand(["--help"])).stdout, `${HELP}\n`);
  assertEquals((await runCommand(["-V"])).stdout, `${config.version}\n`);
});
