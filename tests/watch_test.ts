// `--watch` as a process, with tokens that live for seconds, an endpoint that dies and comes back, and a
// reader that looks at the file all the time.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { NET, PROJECT, STD_FLAGS } from "./support/command.ts";
import { findNode, needs } from "./support/needs.ts";
import { send, startRawServer } from "./support/raw_server.ts";

const node = await findNode();
const MAIN = fileURLToPath(new URL("main.ts", PROJECT));
const LIFETIME = 2;
// A token that is found expired for longer was not renewed. A busy machine may be late, but not so much.
const PATIENCE_MS = 4000;
const TIME_LIMIT_MS = 60_000;
// Longer than what is written at once.
const PADDING = "x".repeat(20_000);

/** An endpoint whose tokens say when they expire. */
function startEndpoint() {
  const endpoint = { isUp: true, issued: 0, upSince: 0 };
  const server = startRawServer((connection) => {
    if (!endpoint.isUp) return;
    endpoint.issued++;
    const expires = Date.now() + LIFETIME * 1000;
    const body = JSON.stringify({
      access_token: `begin.${expires}.${PADDING}.end`,
      expires_in: LIFETIME,
    });
    const head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n";
    return send(`${head}content-length: ${body.length}\r\n\r\n${body}`)(connection);
  });
  return Object.assign(endpoint, {
    token_url: `http://${server.host}/token`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  });
}

/** Reads the file again and again, and notes what is wrong with it. */
function startReader(path: string, endpoint: { isUp: boolean; upSince: number }) {
  const wrong: string[] = [];
  let reads = 0;
  const read = () => {
    reads++;
    try {
      const text = Deno.readTextFileSync(path);
      const [, expires] = text.match(/^begin\.(\d+)\.x+\.end$/) ?? [];
      if (!expires) wrong.push(`half-written: ${text.length} characters`);
      const late = Date.now() - Math.max(Number(expires), endpoint.upSince);
      if (endpoint.isUp && late > PATIENCE_MS) wrong.push(`expired for ${late} ms`);
    } catch (error) {
      wrong.push(`${error}`);
    }
  };
  const timer = setInterval(read, 3);
  return { wrong, count: () => reads, [Symbol.dispose]: () => clearInterval(timer) };
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  const end = Date.now() + TIME_LIMIT_MS;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`Not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Starts the command, and notes what it says. */
function start(program: string, args: string[], cwd: string, token_url: string) {
  const child = new Deno.Command(program, {
    args: [...args, "--watch", "token", "--retries=0"],
    cwd,
    env: { TOKEN_URL: token_url, CLIENT_ID: "id", CLIENT_SECRET: "secret", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = { stdout: "", stderr: "" };
  const note = async (stream: "stdout" | "stderr") => {
    for await (const text of child[stream].pipeThrough(new TextDecoderStream())) {
      said[stream] += text;
    }
  };
  const ended = Promise.all([child.status, note("stdout"), note("stderr")]);
  return { child, said, ended: ended.then(([{ code }]) => code) };
}

const ENV = "--allow-env=TOKEN_URL,CLIENT_ID,CLIENT_SECRET";
const FILES = ["--allow-read=.", "--allow-write=."];
const RUNTIMES: [name: string, program: string, args: string[], signal: Deno.Signal][] = [
  [
    "Deno",
    Deno.execPath(),
    ["run", "-q", "--no-prompt", ...STD_FLAGS, NET, ENV, ...FILES, MAIN],
    "SIGTERM",
  ],
  ["Node.js", node, [MAIN], "SIGINT"],
];

for (const [name, program, args, signal] of RUNTIMES) {
  const what = "a system other than Windows";
  const needed = name === "Deno" ? [what] as const : [what, "Node.js 24"] as const;
  const title =
    `--watch keeps a whole, valid token in the file, in ${name}, until ${signal} ends it`;
  Deno.test(needs(title, ...needed), async () => {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/token`;
    await using endpoint = startEndpoint();
    const { child, said, ended } = start(program, args, folder, endpoint.token_url);
    const lines = () => said.stderr.split("\n").length - 1;
    try {
      await until(() => endpoint.issued === 1, "the first token");
      await until(
        () => [...Deno.readDirSync(folder)].some(({ name }) => name === "token"),
        "a file",
      );
      using reader = startReader(path, endpoint);
      await until(() => endpoint.issued === 3, "a renewal");
      assertEquals(said.stderr, "");

      endpoint.isUp = false;
      await until(() => lines() >= 3, "three failures");
      const before = endpoint.issued;
      Object.assign(endpoint, { isUp: true, upSince: Date.now() });
      await until(() => endpoint.issued >= before + 2, "renewals after the failure");

      child.kill(signal);
      assertEquals(await ended, 0, said.stderr);
      assertEquals(reader.wrong, []);
      assert(reader.count() > 100, `${reader.count()} reads`);
    } finally {
      try {
        child.kill("SIGKILL");
      } catch {
        // It had ended.
      }
      await ended;
    }
    assertEquals(said.stdout, "");
    for (const line of said.stderr.trim().split("\n")) {
      assertMatch(line, /^error: No answer from 127\.0\.0\.1:\d+: .+; the next try is in 1 s$/);
    }
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["token"]);
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
    await Deno.remove(folder, { recursive: true });
  });
}
