import { assert, assertEquals, assertMatch } from "@std/assert";
import { greeting, main } from "./practice_server.ts";
import { PRACTICE_CLIENT, startPracticeServer } from "./start_practice_server.ts";
import { RequestBounds } from "./request_bounds.ts";
import { replace } from "../tests/support/run_main.ts";
import { requestToken } from "../token.ts";

const FORM = { grant_type: "client_credentials", ...PRACTICE_CLIENT };
const BASIC = `Basic ${btoa("my_client_id_123:my_secret_456")}`;

/** POSTs this to a practice server and takes the answer in. */
async function post(
  body: BodyInit | Record<string, string> | string[][],
  headers: HeadersInit = {},
  method = "POST",
) {
  await using server = await startPracticeServer();
  const plain = Array.isArray(body) || Object.getPrototypeOf(body) === Object.prototype;
  const init = { method, headers, body: plain ? new URLSearchParams(body as string[][]) : body };
  if (method === "GET") delete (init as RequestInit).body;
  const response = await fetch(server.token_url, init as RequestInit);
  const text = await response.text();
  return { response, body: text ? JSON.parse(text) : undefined };
}

Deno.test("the practice server issues a fresh token each time, marked as practice", async () => {
  const { response, body } = await post(FORM);
  assertEquals(response.status, 200);
  assertMatch(body.access_token, /^practice-[\x21-\x7e]{20,}$/);
  assertEquals({ ...body, access_token: "" }, {
    access_token: "",
    token_type: "Bearer",
    expires_in: 3600,
  });
  assertEquals(response.headers.get("cache-control"), "no-store");
  assertEquals(response.headers.get("pragma"), "no-cache");
  assertEquals(response.headers.get("content-type"), "application/json");
  assert((await post(FORM)).body.access_token !== body.access_token);
});

Deno.test("the practice server takes the client from the Authorization header too", async () => {
  const { response } = await post({ grant_type: "client_credentials" }, { authorization: BASIC });
  assertEquals(response.status, 200);
});

Deno.test("the practice server takes an empty scope for none", async () => {
  assertEquals((await post({ ...FORM, scope: "" })).response.status, 200);
});

Deno.test("the practice server grants the scopes it knows", async () => {
  const { body } = await post({ ...FORM, scope: "read write" });
  assertEquals(body.scope, "read write");
});

Deno.test("the practice server answers what requestToken sends", async () => {
  await using server = await startPracticeServer();
  for (const auth_method of ["client_secret_post", "client_secret_basic"] as const) {
    const request = { ...PRACTICE_CLIENT, token_url: server.token_url, auth_method, scope: "read" };
    const token = await requestToken({
      ...request,
      params: [["resource", "a"], ["resource", "b"]],
    });
    assertEquals([token.token_type, token.scope], ["Bearer", "read"]);
  }
});

const pair = Object.entries(FORM);
for (
  const [what, body, headers, status, error] of [
    ["another grant_type", { ...FORM, grant_type: "password" }, {}, 400, "unsupported_grant_type"],
    ["no grant_type", PRACTICE_CLIENT, {}, 400, "invalid_request"],
    ["an empty grant_type", { ...FORM, grant_type: "" }, {}, 400, "invalid_request"],
    ["a repeated parameter", [...pair, ["client_id", "x"]], {}, 400, "invalid_request"],
    ["a repeated scope", [...pair, ["scope", "a"], ["scope", "a"]], {}, 400, "invalid_request"],
    ["an unknown scope", { ...FORM, scope: "read fly" }, {}, 400, "invalid_scope"],
    ["a wrong secret", { ...FORM, client_secret: "x" }, {}, 401, "invalid_client"],
    ["a wrong id", { ...FORM, client_id: "x" }, {}, 401, "invalid_client"],
    ["no client", { grant_type: "client_credentials" }, {}, 401, "invalid_client"],
    ["two authentication methods", FORM, { authorization: BASIC }, 400, "invalid_request"],
    ["JSON", JSON.stringify(FORM), { "content-type": "application/json" }, 400, "invalid_request"],
    ["no Content-Type", new TextEncoder().encode("a=b"), {}, 400, "invalid_request"],
    [
      "another type that starts like the right one",
      "a=b",
      { "content-type": "application/x-www-form-urlencodedx" },
      400,
      "invalid_request",
    ],
    ["more than 1 MiB", { ...FORM, x: "x".repeat(2 ** 20) }, {}, 413, "invalid_request"],
  ] as [string, BodyInit, HeadersInit, number, string][]
) {
  Deno.test(`the practice server refuses ${what}`, async () => {
    const { response, body: answer } = await post(body, headers);
    assertEquals([response.status, answer.error], [status, error]);
    assert(answer.error_description.length > 0);
    assertEquals(response.headers.get("cache-control"), "no-store");
    assertEquals(response.headers.get("www-authenticate"), null);
  });
}

for (
  const [what, authorization] of [
    ["a wrong secret", `Basic ${btoa("my_client_id_123:x")}`],
    ["no colon", `Basic ${btoa("my_client_id_123")}`],
    ["a part too much", `${BASIC}Onh4`],
    ["broken base64", "Basic ="],
    ["broken form encoding", `Basic ${btoa("my_client_id_123:%zz")}`],
    ["another scheme", "Bearer abc"],
  ] as const
) {
  Deno.test(`the practice server refuses an Authorization header with ${what}`, async () => {
    const { response, body } = await post({ grant_type: "client_credentials" }, { authorization });
    assertEquals([response.status, body.error], [401, "invalid_client"]);
    assertEquals(response.headers.get("www-authenticate"), 'Basic realm="practice"');
  });
}

/** The status line of the answer to a request with this `Host`, which `fetch` does not let one set. */
async function statusFor(host: string): Promise<string> {
  await using server = await startPracticeServer();
  const port = Number(new URL(server.token_url).port);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = `GET /oauth2/token HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const text = await new Response(connection.readable).text();
  return text.slice(0, text.indexOf("\r\n"));
}

Deno.test("the practice server answers for this machine, and for no name that is pointed to it", async () => {
  for (const host of ["127.0.0.1", "localhost:80", "[::1]:1", "api.example.com"]) {
    assertEquals(await statusFor(host), "HTTP/1.1 405 Method Not Allowed", host);
  }
  for (const host of ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example"]) {
    assertEquals(await statusFor(host), "HTTP/1.1 421 Misdirected Request", host);
  }
});

Deno.test("the practice server answers 503 while it answers too many", async () => {
  const bounds = new RequestBounds({ maxCount: 1, maxOpen: 1 });
  await using server = await startPracticeServer(0, { bounds });
  const statuses = [];
  for (let i = 0; i < 2; i++) {
    const response = await fetch(server.token_url);
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assertEquals(statuses, [405, 503]);
});

Deno.test("the practice server opens its API with the token that it issued", async () => {
  await using server = await startPracticeServer();
  const { access_token } = await requestToken({ ...PRACTICE_CLIENT, token_url: server.token_url });
  const headers = { authorization: `Bearer ${access_token}` };
  const response = await fetch(new URL("/v1/things", server.token_url), { headers });
  assertEquals([response.status, (await response.json()).things.length], [200, 2]);
});

for (const method of ["GET", "PUT", "DELETE"]) {
  Deno.test(`the practice server refuses ${method}`, async () => {
    const { response } = await post(FORM, {}, method);
    assertEquals([response.status, response.headers.get("allow")], [405, "POST"]);
  });
}

Deno.test("the practice server outlives a body that is cut short, and says nothing", async () => {
  const server = spawn("piped", "--port", "0");
  const [reader, output] = await readStart(server);
  const port = portIn(output);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(
    "POST /oauth2/token HTTP/1.1\r\nhost: a\r\ncontent-length: 99\r\n" +
      "content-type: application/x-www-form-urlencoded\r\n\r\ngrant_type",
  ));
  // The rest never comes.
  await connection.closeWrite();
  for await (const _ of connection.readable) { /* until the server closes it */ }
  const response = await fetch(`http://127.0.0.1:${port}/oauth2/token`);
  assertEquals(response.status, 405);
  await response.body?.cancel();
  server.kill();
  await reader.cancel();
  assertEquals(await new Response(server.stderr).text(), "");
  await server.status;
});

Deno.test("the practice server has nothing at another path", async () => {
  await using server = await startPracticeServer();
  const response = await fetch(new URL("/", server.token_url), { method: "POST" });
  await response.body?.cancel();
  assertEquals(response.status, 404);
});

// A process that a signal ends writes down nothing of the lines that it reached.
const EXIT = 'Deno.addSignalListener("SIGTERM", () => Deno.exit());';
const PRELOAD = Deno.build.os === "windows" ? [] : ["--preload", `data:text/javascript,${EXIT}`];

/** Starts the server by hand. */
function spawn(stderr: "piped" | "null", ...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "--no-lock", "--allow-net=127.0.0.1", ...PRELOAD],
      ...["practice_server.ts", ...args],
    ],
    cwd: import.meta.dirname,
    stdout: "piped",
    stderr,
  }).spawn();
}

/** Reads what the server prints when it has started. */
async function readStart(
  server: Deno.ChildProcess,
): Promise<[reader: ReadableStreamDefaultReader<string>, output: string]> {
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let output = "";
  while (!/\nTry: .*\n$/.test(output)) {
    const { value, done } = await reader.read();
    if (done) break;
    output += value;
  }
  return [reader, output];
}

/** Starts the server by hand, and resolves to what it prints and a way to stop it. */
async function start(...args: string[]): Promise<AsyncDisposable & { output: string }> {
  const server = spawn("null", ...args);
  const [reader, output] = await readStart(server);
  return {
    output,
    async [Symbol.asyncDispose]() {
      server.kill();
      await reader.cancel();
      await server.status;
    },
  };
}

const portIn = (output: string) => Number(output.match(/127\.0\.0\.1:(\d+)\//)?.[1]);

Deno.test("the practice server listens on 127.0.0.1 alone and can be started by hand", async () => {
  await using server = await start("--port", "0");
  const [, body, url] = server.output.match(
    /^Try: curl -d '([^']+)' (http:\/\/127\.0\.0\.1:\d+\S+)$/m,
  )!;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const response = await fetch(url!, { method: "POST", headers, body });
  assertMatch((await response.json()).access_token, /^practice-/);
});

Deno.test("the practice server takes port 8910, or else the next that is free", async () => {
  const isFree = isFreePort(8910);
  await using first = await start();
  const port = portIn(first.output);
  assert(isFree ? port === 8910 : port > 8910 && port < 8931, first.output);
  await using second = await start();
  assert(portIn(second.output) > port && portIn(second.output) < 8931, second.output);
});

function isFreePort(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}

const USAGE = "Usage: deno run --allow-net=127.0.0.1 lesson/practice_server.ts [--port <port>]";

Deno.test("the practice server says what is wrong with a port or a flag", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (
    const [args, expected] of [
      [["--port", `${taken.addr.port}`], /^error: .*in use.*$/],
      [["--port=99999"], /^error: .+$/],
      [["--port"], USAGE],
      [["--port", "x"], USAGE],
      [["8910"], USAGE],
      [["--help"], USAGE],
    ] as const
  ) {
    const said: string[] = [];
    const error = (line: string) => void said.push(line);
    using _console = replace(console, { error, log: error });
    assertEquals([await main([...args]), said.length], [2, 1], `${said}`);
    if (typeof expected === "string") assertEquals(said[0], expected);
    else assertMatch(`${said[0]}`, expected);
  }
});

Deno.test("the practice server ends with 2 and writes to stderr if a flag is wrong", async () => {
  const { code, stdout, stderr } = await spawn("piped", "--prot=1").output();
  assertEquals([code, stdout.length, new TextDecoder().decode(stderr)], [2, 0, `${USAGE}\n`]);
});

Deno.test("the practice server names the permission that it lacks", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-lock", "--no-prompt", "practice_server.ts"],
    cwd: import.meta.dirname,
  }).output();
  assertEquals(
    [code, new TextDecoder().decode(stderr)],
    [2, "error: Access to 127.0.0.1 over the network was not granted\n"],
  );
});

Deno.test("the practice server says where it and its page are, and how to try it", () => {
  assertMatch(
    greeting("http://127.0.0.1:1/a"),
    /^The practice server listens at \S+\/a\nSee what arrives: \S+:1\/\nTry: curl -d 'grant_type=/,
  );
});
