import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PRACTICE_CLIENT, startPracticeServer } from "../lesson/start_practice_server.ts";
import { NET, processorTime, PROJECT, runScript, STD_FLAGS } from "./support/command.ts";
import { failure, REQUEST, stubFetch } from "./support/stub_fetch.ts";
import { needs } from "./support/needs.ts";
import { endless, failureAt, send, startRawServer, wait } from "./support/raw_server.ts";
import { requestToken, TokenError } from "../token.ts";

const CHUNK = new TextEncoder().encode("4000\r\n" + " ".repeat(0x4000) + "\r\n");
Deno.test("requestToken stops reading an endless body that also declares a length", async () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n";
  await using server = startRawServer(endless(head, CHUNK));
  assertMatch((await failureAt(server)).message, /more than 1 MiB$/);
});

for (const status of ["200 OK", "500 Internal Server Error"]) {
  Deno.test(`requestToken stops reading an endless body with status ${status}`, async () => {
    const head = `HTTP/1.1 ${status}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    await using server = startRawServer(endless(head, CHUNK));
    const started = performance.now();
    const error = await failureAt(server);
    assertMatch(error.message, /more than 1 MiB$/);
    assertEquals(error.kind, status.startsWith("200") ? "unusable" : "refused");
    // The time limit of an attempt is 10 s.
    assert(performance.now() - started < 8000, `${performance.now() - started} ms`);
  });
}

for (
  const [what, reply] of [
    ["never answers", wait],
    [
      "stops after the header",
      (c: Deno.Conn) => send("HTTP/1.1 200 OK\r\n\r\n")(c).then(() => wait(c)),
    ],
    [
      "sends a header byte now and then",
      endless("HTTP/1.1 200 OK\r\nX-A: ", CHUNK.slice(-3, -2), 20),
    ],
    ["sends a body byte now and then", endless("HTTP/1.1 200 OK\r\n\r\n", CHUNK.slice(-3, -2), 20)],
  ] as const
) {
  Deno.test(`requestToken ends within its timeout when the server ${what}`, async () => {
    await using server = startRawServer(reply);
    const started = performance.now();
    const error = await failureAt(server, { timeout: 150 });
    const took = performance.now() - started;
    assertEquals(error.message, `No answer from ${server.host} within 150 ms`);
    assert(took >= 145 && took < 8000, `${took} ms`);
  });

  Deno.test(`requestToken ends when its signal aborts while the server ${what}`, async () => {
    const controller = new AbortController();
    await using server = startRawServer((connection) => {
      setTimeout(() => controller.abort(), 50);
      return reply(connection);
    });
    const error = await failureAt(server, { signal: controller.signal, retries: 2 });
    assertEquals(error.kind, "unreachable");
    assertEquals(error.message, `The request to ${server.host} was aborted`);
    assertEquals(server.requests.length, 1);
  });
}

const MEASURE = `
const request = { token_url: Deno.args[0], client_id: "a", client_secret: "b" };
const kind = await requestToken(request).catch((error) => error.message);
const [, peak] = Deno.readTextFileSync("/proc/self/status").match(/VmHWM:\\s+(\\d+) kB/);
console.log(JSON.stringify({ kind, peak: Number(peak) / 1024 }));`;

/** 512 MiB of zeros. */
function zeros(): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent++ < 2 ** 13) controller.enqueue(new Uint8Array(2 ** 16));
      else controller.close();
    },
  });
}

for (
  const [what, answer] of [
    ["an endless body", () => new Response(zeros())],
    ["a gzip bomb", () =>
      new Response(zeros().pipeThrough(new CompressionStream("gzip")), {
        headers: { "content-encoding": "gzip" },
      })],
  ] as const
) {
  const name = `requestToken holds less than 200 MiB for ${what}`;
  Deno.test(needs(name, "Linux"), async () => {
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
    const token_url = `http://127.0.0.1:${server.addr.port}/`;
    const { stdout } = await runScript(MEASURE, ["--allow-all"], token_url);
    const { kind, peak } = JSON.parse(stdout);
    assertMatch(kind, /more than 1 MiB$/);
    assert(peak < 200, `${peak} MiB`);
  });
}

Deno.test("requestToken is quick about a failure of which the runtime says much", async () => {
  const started = processorTime();
  for (
    const long of ["a://".repeat(2 ** 16), "x".repeat(2 ** 18), "client error (".repeat(2 ** 14)]
  ) {
    const { fetch } = stubFetch(() => Promise.reject(new TypeError(long)));
    await assertRejects(
      () => requestToken(REQUEST, { fetch, retries: 0 }),
      TokenError,
      "No answer",
    );
  }
  assert(processorTime() - started < 2000);
});

Deno.test("requestToken leaves nothing behind that would keep a process alive", async () => {
  await using server = await startPracticeServer();
  const request = JSON.stringify({ ...PRACTICE_CLIENT, token_url: server.token_url });
  const started = performance.now();
  const { code } = await runScript(`await requestToken(${request})`, [NET]);
  // The time limit of an attempt is 10 s.
  assert(code === 0 && performance.now() - started < 8000);
});

Deno.test("the command ends at once on Ctrl-C", async () => {
  await using server = startRawServer(wait);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      ...STD_FLAGS,
      NET,
      `${new URL("main.ts", PROJECT)}`,
      `--token-url=http://${server.host}/`,
      "--client-id=a",
      "--client-secret=b",
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  for (let i = 0; i < 1000 && server.requests.length === 0; i++) {
    await new Promise((done) => setTimeout(done, 20));
  }
  const started = performance.now();
  child.kill("SIGINT");
  const { code, stdout, stderr } = await child.output();
  assert(performance.now() - started < 8000);
  assertEquals([code !== 0, stdout.length, stderr.length], [true, 0, 0]);
});

for (
  const part of ["<", "<a ", "<!--", "<script ", "<style>", "<a>", "</script", "&#65;", "\x1b["]
) {
  Deno.test(`requestToken takes little time for a page of ${JSON.stringify(part)}`, async () => {
    const page = "<html>" + part.repeat(2 ** 19 / part.length);
    const answer = () => new Response(page, { status: 403 });
    const started = processorTime();
    const { code } = await failure(answer, { retries: 0 });
    assertEquals(code, "web_page");
    assert(processorTime() - started < 5000);
  });
}
