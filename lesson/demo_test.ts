import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Flags } from "../command/flags.ts";
import { startDemo } from "./demo.ts";
import { assertFails, runCommand } from "../tests/support/command.ts";
import { capture, replace, replaceWorld, runMain } from "../tests/support/run_main.ts";
import { requestToken, TokenError } from "../token.ts";

Deno.test("startDemo gives the values of the demo, and a server that answers them", async () => {
  using stderr = capture("stderr");
  await using demo = await startDemo({ scope: ["read", "write"], param: ["a=b"] });
  const { request, options, connect, places } = demo;
  assertEquals<unknown>(request, {
    token_url: "https://api.example.com/oauth2/token",
    client_id: "my_client_id_123",
    client_secret: "my_secret_456",
    scope: "read write",
    auth_method: undefined,
    params: [["a", "b"]],
  });
  assertEquals(Object.values(places), Array(3).fill("from the demo"));
  const token = await requestToken(request, { ...options, fetch: connect() });
  assertEquals([token.scope, /^practice-/.test(token.access_token)], ["read write", true]);
  assert(stderr.text.includes("Add --allow-env or --allow-read=.env before main.ts"), stderr.text);
});

Deno.test("startDemo does not say how to allow more if it is asked for", async () => {
  using stderr = capture("stderr");
  await using _demo = await startDemo({ demo: true });
  assert(stderr.text.startsWith("This is practice"), stderr.text);
  assert(!stderr.text.includes("--allow-"), stderr.text);
});

for (
  const [flags, message] of [
    [{ "client-id": "s3cr3t" }, "--demo takes no --client-id"],
    [{ "token-url": "s3cr3t" }, "--demo takes no --token-url"],
    [{ "client-secret": "s3cr3t" }, "--demo takes no --client-secret"],
    [{ "env-file": "s3cr3t" }, "--demo takes no --env-file"],
  ] as [Flags, string][]
) {
  Deno.test(`startDemo refuses ${Object.keys(flags)}`, async () => {
    const work = () => startDemo({ demo: true, ...flags });
    const error = await assertRejects(work, TokenError);
    assertEquals([error.kind, error.message], ["usage", message]);
  });
}

Deno.test("startDemo starts nothing where access to 127.0.0.1 was not granted", async () => {
  using _world = replaceWorld({ granted: [] });
  using _serve = replace(Deno, { serve: () => Promise.reject(new Error("started")) as never });
  using stderr = capture("stderr");
  const message = "Access to 127.0.0.1 over the network was not granted";
  assertEquals((await assertRejects(() => startDemo({}), TokenError, message)).kind, "usage");
  // It says why it needs that host, to somebody whose provider is elsewhere.
  assertStringIncludes(stderr.text, "this is the demo.\nAdd --allow-env or --allow-read=.env");
});

Deno.test("the command names the permission that the demo lacks, and tries once", async () => {
  const cases = [
    [["--demo"], ["--allow-net", "--deny-net=127.0.0.1:0"]],
    [["--demo"], ["--allow-net", "--deny-net=127.0.0.0/8"]],
    [["--demo"], ["--allow-net=a.example"]],
    [[], ["--allow-net", "--deny-net=127.0.0.1"]],
    [[], []],
  ];
  const outcomes = cases.map(([args, permissions]) => runCommand(args!, { permissions }));
  for (const outcome of await Promise.all(outcomes)) {
    assertFails(
      outcome,
      2,
      "error: Access to 127.0.0.1 over the network was not granted\n" +
        "hint: Add --allow-net=127.0.0.1 before main.ts\n",
    );
  }
});

Deno.test("the command shows its lesson in the values and the order of the four steps", async () => {
  const { stdout, stderr } = await runMain(["--demo", "--explain"]);
  const at = [
    ...["Step 1", "my_client_id_123", "https://api.example.com/oauth2/token", "(from the demo)"],
    ...[
      "Step 2",
      "data",
      "grant_type=client_credentials&client_id=my_client_id_123&client_secret=",
    ],
    ...["Step 3", "response_json", "POST https://api.example.com/oauth2/token", "200 after"],
    ...["Step 4", "access_token is printed"],
    ...["curl -gsS 'https://api.example.com/oauth2/token'", "127.0.0.1 lesson/practice_server.ts)"],
  ].map((text, i, texts) => stderr.indexOf(text, i && stderr.indexOf(texts[i - 1]!)));
  assert(at.every((at, i, all) => at >= (all[i - 1] ?? 0)), `${at} ${stderr}`);
  assert(!stderr.includes("my_secret_456") && !stderr.includes(stdout.trim()), stderr);
});
