import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { lookup } from "node:dns/promises";
import { loopbackFetch } from "./loopback_fetch.ts";
import { PROJECT } from "../tests/support/command.ts";
import { endless, send, wait } from "../tests/support/raw_server.ts";
import {
  ANSWER,
  HOSTS,
  LIMIT,
  startServer,
  takeClosedPort,
  within,
} from "../tests/support/loopback_server.ts";
import { needs } from "../tests/support/needs.ts";

const CHUNK = new Uint8Array(65536);

function post(url: string, init: RequestInit = {}): Promise<Response> {
  return within(loopbackFetch(url, { method: "POST", headers: {}, body: "a=b", ...init }));
}

function text(response: Response): Promise<string> {
  return within(response.text());
}

/** Waits until a lookup of localhost that was aborted has ended: it cannot be cancelled. */
async function lookupEnd(): Promise<void> {
  // Those that begin later end later.
  for (let count = 0; count < 3; count++) await lookup("localhost");
  await new Promise((done) => setTimeout(done, 20));
}

for (const { host, hostname, things } of HOSTS) {
  const name = `loopbackFetch sends ${host} at ${hostname} the request target in origin-form`;
  Deno.test(needs(name, ...things), async () => {
    await using server = startServer(send(ANSWER), hostname);
    const headers = { "content-type": "text/plain", "x-name": "\xe9", "accept-encoding": "gzip" };
    const url = `http://${host}:${server.port}/token?x=1`;
    const response = await post(url, { headers, body: "a=\u20ac" });
    assertEquals(await text(response), '{"access_token":"abc"}');
    const [line, ...rest] = server.requests[0]!.split("\r\n");
    assertEquals(line, "POST /token?x=1 HTTP/1.1");
    assertEquals(rest.map((field) => field.replace(/^[\w-]+:/, (name) => name.toLowerCase())), [
      `user-agent: ${navigator.userAgent}`,
      "content-type: text/plain",
      "x-name: \xe9",
      "accept-encoding: identity",
      `host: ${host}:${server.port}`,
      "connection: close",
      "content-length: 5",
      "",
      "a=\xe2\x82\xac",
    ]);
    await server.closed();
    assertEquals(server.requests.length, 1);
  });
}

Deno.test("loopbackFetch hands on the status and every header", async () => {
  const head =
    "HTTP/1.1 418 I'm a teapot\r\nX-A: 1\r\nSet-Cookie: a\r\nx-a: 2\r\nSet-Cookie: b\r\n";
  await using server = startServer(send(`${head}X-Name: \xe9\r\nContent-Length: 0\r\n\r\n`));
  const response = await post(server.url);
  assertEquals(response.status, 418);
  assertEquals([...response.headers], [
    ["content-length", "0"],
    ["set-cookie", "a"],
    ["set-cookie", "b"],
    ["x-a", "1, 2"],
    ["x-name", "\xc3\xa9"],
  ]);
  assertEquals(await text(response), "");
});

for (
  const [what, answer] of [
    [
      "in chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
    ],
    ["that ends with the connection", "HTTP/1.0 200 OK\r\n\r\nhi"],
    [
      "after 100 and 103",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n" +
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    ],
    [
      "with more behind it",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 400 No\r\n\r\n",
    ],
  ] as const
) {
  Deno.test(`loopbackFetch reads a body ${what}`, async () => {
    await using server = startServer(send(answer));
    const response = await post(server.url);
    assertEquals([response.status, await text(response)], [200, "hi"]);
  });
}

for (const status of [101, 204, 205, 304]) {
  Deno.test(`loopbackFetch takes ${status} as an answer without a body`, async () => {
    await using server = startServer(endless(`HTTP/1.1 ${status} X\r\nX-A: 1\r\n\r\n`, CHUNK));
    const response = await post(server.url);
    assertEquals([response.status, response.headers.get("x-a")], [status, "1"]);
    assertEquals([response.body, await text(response)], [null, ""]);
    await server.closed();
  });
}

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`loopbackFetch does not follow a redirect with ${status}`, async () => {
    const head = `HTTP/1.1 ${status} Moved\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n`;
    await using server = startServer(send(head));
    const response = await post(server.url);
    assertEquals([response.status, response.headers.get("location")], [status, "/new"]);
    await text(response);
    assertEquals(server.requests.length, 1);
  });
}

for (
  const [what, answer, message] of [
    ["says nothing", "", /^socket hang up$/],
    ["stops in the header", "HTTP/1.1 200 OK\r\nContent-", /^socket hang up$/],
    ["stops after 102", "HTTP/1.1 102 Processing\r\n\r\n", /^socket hang up$/],
    ["is no HTTP server", "SSH-2.0-OpenSSH_9\r\n", /^Parse Error: Expected HTTP/],
    ["sends status 0", "HTTP/1.1 0 X\r\n\r\n", /^Parse Error: Invalid status code$/],
    ["sends status 099", "HTTP/1.1 099 X\r\n\r\n", /\(99\)/],
    ["sends status 1000", "HTTP/1.1 1000 X\r\n\r\n", /^Parse Error: Invalid response status$/],
    ["sends no status", "HTTP/1.1\r\n\r\n", /^Parse Error: /],
    [
      "switches the protocol",
      "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
      /^connection closed before the end of the response$/,
    ],
    [
      "sends two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
      /^Parse Error: Duplicate Content-Length$/,
    ],
    [
      "sends a NUL",
      "HTTP/1.1 200 OK\r\nX: \0\r\n\r\nhi",
      /^Parse Error: Invalid header value char$/,
    ],
    [
      "sends a header of 100 kB",
      `HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}\r\n\r\nhi`,
      /^Parse Error: Header overflow$/,
    ],
  ] as const
) {
  Deno.test(`loopbackFetch rejects when the server ${what}`, async () => {
    await using server = startServer(send(answer));
    const error = await assertRejects(() => post(server.url), Error);
    assertMatch(error.message, message);
    await server.closed();
    assertEquals(server.requests.length, 1);
  });
}

Deno.test("loopbackFetch takes a status above 599 as an answer, as fetch does", async () => {
  for (const status of [600, 999]) {
    await using server = startServer(send(`HTTP/1.1 ${status} X\r\nX-A: 1\r\n\r\nhi`));
    for (const response of [await post(server.url), await within(fetch(server.url))]) {
      const { headers, ok } = response;
      assertEquals([response.status, ok, headers.get("x-a"), await text(response)], [
        status,
        false,
        "1",
        "hi",
      ]);
    }
  }
});

for (const encoding of ["gzip", "x-gzip", "GZIP", "deflate"]) {
  Deno.test(`loopbackFetch reads a body with Content-Encoding: ${encoding}`, async () => {
    const format = encoding === "deflate" ? "deflate" : "gzip";
    const packed = await new Response(
      new Blob(["hi"]).stream().pipeThrough(new CompressionStream(format)),
    ).bytes();
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\n`;
    await using server = startServer(async (connection) => {
      await send(`${head}Content-Length: ${packed.length}\r\n\r\n`)(connection);
      await connection.write(packed);
    });
    assertEquals(await text(await post(server.url)), "hi");
    await using empty = startServer(send(`${head}Content-Length: 0\r\n\r\n`));
    assertEquals(await text(await post(empty.url)), "");
    await using broken = startServer(send(`${head}Content-Length: 2\r\n\r\nhi`));
    const response = await post(broken.url);
    await assertRejects(() => text(response), TypeError);
  });
}

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
for (
  const [what, answer] of [
    ["before its length", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhi"],
    ["in a chunk", `${CHUNKED}9\r\nhi`],
    ["after a chunk", `${CHUNKED}2\r\nhi\r\n`],
    ["at a chunk without a size", `${CHUNKED}2\r\nhi\r\nzz\r\n`],
  ] as const
) {
  for (const pause of [0, 50]) {
    Deno.test(`loopbackFetch breaks off a body ${what}, read after ${pause} ms`, async () => {
      await using server = startServer(send(answer));
      const response = await post(server.url);
      assertEquals(response.status, 200);
      await new Promise((done) => setTimeout(done, pause));
      const { message } = await assertRejects(() => text(response), Error);
      assertEquals(message, "connection closed before the end of the response");
    });
  }
}

Deno.test("loopbackFetch stops reading a body that is cancelled", async () => {
  for (const isRead of [false, true]) {
    let sent = 0;
    await using server = startServer(async (connection) => {
      await send("HTTP/1.1 200 OK\r\n\r\n")(connection);
      while (sent < 2 ** 30) sent += await connection.write(CHUNK);
    });
    const reader = (await post(server.url)).body!.getReader();
    if (isRead) assert((await within(reader.read())).value instanceof Uint8Array);
    await within(reader.cancel());
    await server.closed();
    assert(sent < 2 ** 26, `${sent} bytes`);
  }
});

Deno.test("loopbackFetch stops when it is aborted before it starts", async () => {
  await using server = startServer(wait);
  const signal = AbortSignal.abort(new Error("why"));
  await assertRejects(() => post(server.url, { signal }), Error, "why");
  assertEquals(server.requests, []);
});

Deno.test("loopbackFetch stops when it is aborted while it connects", async () => {
  for (const host of ["127.0.0.1", "localhost"]) {
    await using server = startServer(wait);
    const controller = new AbortController();
    const { signal } = controller;
    const work = post(`http://${host}:${server.port}/`, { signal });
    controller.abort(new Error("why"));
    await assertRejects(() => work, Error, "why");
    await server.closed();
    await lookupEnd();
  }
});

Deno.test("loopbackFetch stops when it is aborted before the header", async () => {
  const controller = new AbortController();
  await using server = startServer((connection) => {
    controller.abort(new Error("why"));
    return wait(connection);
  });
  await assertRejects(() => post(server.url, { signal: controller.signal }), Error, "why");
  await server.closed();
});

Deno.test("loopbackFetch stops when it is aborted in the middle of the body", async () => {
  await using server = startServer(async (connection) => {
    await send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhi")(connection);
    await wait(connection);
  });
  const controller = new AbortController();
  const reader = (await post(server.url, { signal: controller.signal })).body!.getReader();
  assertEquals((await within(reader.read())).value?.length, 2);
  controller.abort(new Error("why"));
  await assertRejects(() => within(reader.read()), Error, "connection closed before the end");
  await server.closed();
});

Deno.test("loopbackFetch stops when it is aborted between the addresses of localhost", async () => {
  let tries = 0;
  const init = {
    method: "POST",
    headers: {},
    body: "a=b",
    get signal() {
      return ++tries > 1 ? AbortSignal.abort(new Error("why")) : null;
    },
  };
  using closed = await takeClosedPort();
  const url = `http://localhost:${closed.port}/`;
  await assertRejects(() => within(loopbackFetch(url, init)), Error, "why");
  assertEquals(tries, 2);
  await lookupEnd();
});

Deno.test("loopbackFetch reports that nothing listens", async () => {
  using closed = await takeClosedPort();
  const { port } = closed;
  for (const host of ["127.0.0.1", "localhost"]) {
    const { message } = await assertRejects(() => post(`http://${host}:${port}/`), Error);
    assertMatch(message, new RegExp(`^connect ECONNREFUSED (127.0.0.1|::1):${port}$`));
  }
});

Deno.test("loopbackFetch needs access to one port alone, and lets the process end", async () => {
  await using server = startServer(send(ANSWER));
  await using proxy = startServer(send(ANSWER));
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    script,
    `import { loopbackFetch } from "${new URL("runtime/loopback_fetch.ts", PROJECT)}";
    const signal = AbortSignal.timeout(60_000);
    for (const port of [${server.port}, ${proxy.port}]) {
      await loopbackFetch("http://127.0.0.1:" + port + "/", { method: "POST", body: "", signal })
        .then((response) => response.text())
        .then(console.log, (error) => console.log(error.name, error.message));
    }`,
  );
  const started = performance.now();
  const flags = ["--no-prompt", "--deny-env", "--deny-read", "--deny-sys", "--deny-write"];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-lock", ...flags, `--allow-net=127.0.0.1:${server.port}`, script],
    env: { ...proxyVariables(proxy.port), NODE_USE_ENV_PROXY: "1" },
  }).output();
  assert(performance.now() - started < LIMIT);
  await Deno.remove(script);
  assertEquals(
    [new TextDecoder().decode(stderr), new TextDecoder().decode(stdout)],
    [
      "",
      '{"access_token":"abc"}\nNotCapable Requires net access to ' +
      `"127.0.0.1:${proxy.port}", run again with the --allow-net flag\n`,
    ],
  );
  assertEquals([server.requests.length, proxy.requests.length], [1, 0]);
});

function proxyVariables(port: number): Record<string, string> {
  const proxy = `http://127.0.0.1:${port}`;
  return { HTTP_PROXY: proxy, http_proxy: proxy, ALL_PROXY: proxy, all_proxy: proxy };
}
