// `learn` and the practice server in Node.js, as processes. tests/learners_test.ts has the programs.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pathToFileURL } from "node:url";
import { NODE_LIMITS } from "../lesson/node_sandbox.ts";
import { PRACTICE_CLIENT } from "../lesson/start_practice_server.ts";
import { STEPS } from "../lesson/steps.ts";
import { pathOf, withFiles } from "./support/command.ts";
import { findNode, needs } from "./support/needs.ts";
import { quote, runInTerminal, TERMINAL } from "./support/terminal.ts";

const node = await findNode();
const LEARN = pathOf("lesson/learn.ts");
const SOLVED = STEPS.map(({ solution }) => `${solution}\n`).join("");

async function learn(cwd: string, args: string[], input = "") {
  const child = new Deno.Command(node, {
    args: [LEARN, ...args],
    cwd,
    env: { NO_COLOR: "1", INIT_CWD: "" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ code, stdout, stderr }] = await Promise.all([
    child.output(),
    new Blob([input]).stream().pipeTo(child.stdin),
  ]);
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test(needs("learn in Node.js writes a file, and checks several", "Node.js 24"), async () => {
  await withFiles({ "solved.ts": SOLVED }, async (cwd) => {
    const [first, many] = await Promise.all([
      learn(cwd, []),
      learn(cwd, ["solved.ts", "missing.ts"]),
    ]);
    assertEquals([first.code, first.stderr], [1, `${NODE_LIMITS}\n`]);
    assertMatch(first.stdout, /^Open exercise\.ts in your editor[^]*\] 0 \/ 4\n/);
    assertStringIncludes(first.stdout, "node lesson/learn.ts --hint shows a hint");
    const written = await Deno.readTextFile(`${cwd}/exercise.ts`);
    assertStringIncludes(written, "//   node lesson/learn.ts --watch\n");
    assertEquals(many.code, 2);
    assertMatch(many.stdout, /^solved\.ts {3}4 \/ 4\nmissing\.ts {2}missing\.ts cannot be read: /);
  });
});

const STOP = `
  import { connect } from "node:net";
  import { serve } from ${JSON.stringify(`${pathToFileURL(pathOf("runtime/node_network.ts"))}`)};
  const arrived = Promise.withResolvers();
  const server = await serve(0, async (request) => {
    arrived.resolve();
    return new Response(await request.text());
  });
  const client = connect(server.port, "127.0.0.1").on("error", () => {});
  client.write("POST / HTTP/1.1\\r\\nhost: a\\r\\ncontent-length: 1000000\\r\\n\\r\\nbegun");
  await arrived.promise;
  setTimeout(() => process.exit(1), 20_000).unref();
  await server[Symbol.asyncDispose]();
  console.log("stopped");
`;

// As one is whose client is killed while it sends. Node.js would wait for the rest, or end without a word.
Deno.test(
  needs("a server in Node.js stops while a client has not sent all of its body", "Node.js 24"),
  async () => {
    const args = ["--input-type=module", "--eval", STOP];
    const { code, stdout } = await new Deno.Command(node, { args, stderr: "inherit" }).output();
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "stopped\n"]);
  },
);

Deno.test(needs("learn --next in Node.js shows the five faults", "Node.js 24"), async () => {
  await withFiles({}, async (cwd) => {
    const { code, stdout, stderr } = await learn(cwd, ["--next"], "a\nb\nc\na\nb\n");
    assertEquals([code, stderr], [0, ""]);
    for (
      const words of [
        "POST /oauth2/token 401",
        "_secret_456 400",
        "/elsewhere received:",
        "the program was still waiting",
        "GET /v1/things 401",
        "token.ts handles the first four",
      ]
    ) assertStringIncludes(stdout, words);
    assertEquals(stdout.match(/^(Yes|No): [abc]\./gm)?.length, 5);
  });
});

Deno.test(
  needs(
    "learn --watch in Node.js takes keys, and gives the terminal back",
    ...TERMINAL,
    "Node.js 24",
  ),
  async () => {
    await withFiles({ "a.ts": "" }, async (cwd) => {
      const run = quote([node, LEARN, "--watch", `${cwd}/a.ts`]);
      const typed = ["press h for a hint, ? for all keys.", "q"] as [string, string];
      const shown = await runInTerminal(`${run}; echo "ended $?"; stty -a`, typed);
      const [, after = ""] = shown.split("ended 1\n");
      for (const flag of [" echo ", " icanon ", "isig "]) assertStringIncludes(after, flag);
    });
  },
);

Deno.test(needs("the practice server in Node.js has its page", "Node.js 24"), async () => {
  const child = new Deno.Command(node, {
    args: [pathOf("lesson/practice_server.ts"), "--port", "0"],
    stdout: "piped",
  }).spawn();
  const greeting = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("Try: ")) {
    const { value, done } = await greeting.read();
    assert(!done, text);
    text += value;
  }
  const [, origin] = text.match(/^See what arrives: (\S+)$/m)!;
  const page = await fetch(origin!);
  assertMatch(
    page.headers.get("content-security-policy")!,
    /^default-src 'none'; script-src 'sha256-/,
  );
  assertEquals(await page.text(), await Deno.readTextFile(pathOf("lesson/page.html")));

  const events = (await fetch(`${origin}events`)).body!
    .pipeThrough(new TextDecoderStream()).getReader();
  assertMatch((await events.read()).value!, /^: /);
  const body = new URLSearchParams({ grant_type: "client_credentials", ...PRACTICE_CLIENT });
  const { access_token } = await (await fetch(`${origin}oauth2/token`, { method: "POST", body }))
    .json();
  assertMatch(access_token, /^practice-/);
  assertStringIncludes((await events.read()).value!, "client_secret=my_secret_456");
  await events.cancel();
  child.kill();
  await child.status;
  await greeting.cancel();
});
