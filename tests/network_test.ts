import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertFails, runCommand, runScript } from "./support/command.ts";
import { takeClosedPort } from "./support/loopback_server.ts";
import { findNameServer, needs } from "./support/needs.ts";
import { REQUEST } from "./support/stub_fetch.ts";
import { failureAt, send, startRawServer } from "./support/raw_server.ts";
import { requestToken } from "../token.ts";

const TOKEN_JSON = '{"access_token":"abc","token_type":"Bearer"}';

for (
  const [what, answer] of [
    [
      "with a length",
      `HTTP/1.1 200 OK\r\nContent-Length: ${TOKEN_JSON.length}\r\n\r\n${TOKEN_JSON}`,
    ],
    [
      "in chunks",
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n${TOKEN_JSON.slice(0, 5)}\r\n` +
      `${(TOKEN_JSON.length - 5).toString(16)}\r\n${TOKEN_JSON.slice(5)}\r\n0\r\n\r\n`,
    ],
    ["of HTTP/1.0 without a length", `HTTP/1.0 200 OK\r\n\r\n${TOKEN_JSON}`],
    [
      "after 103",
      `HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${TOKEN_JSON}`,
    ],
  ] as const
) {
  Deno.test(`requestToken reads an answer ${what} from a socket`, async () => {
    await using server = startRawServer(send(answer));
    const token = await requestToken({ ...REQUEST, token_url: server.token_url });
    assertEquals(token, { access_token: "abc", token_type: "Bearer" });
    assertMatch(server.requests[0]!, /^POST \/token\?key=my_secret_456 HTTP\/1\.1\r\n/);
    assertMatch(server.requests[0]!, /\r\ncontent-type: application\/x-www-form-urlencoded\r\n/i);
    assert(!/\r\ncookie:/i.test(server.requests[0]!));
  });
}

Deno.test("requestToken reads a compressed answer from a socket", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () =>
      new Response(new Blob([TOKEN_JSON]).stream().pipeThrough(new CompressionStream("gzip")), {
        headers: { "content-encoding": "gzip" },
      }),
  );
  const token_url = `http://127.0.0.1:${server.addr.port}/`;
  assertEquals((await requestToken({ ...REQUEST, token_url })).access_token, "abc");
});

Deno.test("requestToken gets no answer from a server that resets the connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  // What is closed before it is read is reset. Some versions of Deno connect once more by themselves.
  const reset = (async () => {
    for await (const connection of listener) connection.close();
  })();
  const error = await failureAt({ token_url: `http://127.0.0.1:${listener.addr.port}/` });
  listener.close();
  await reset;
  assertEquals(error.kind, "unreachable");
  assertMatch(error.message, /: .*(reset|closed)/);
});

for (
  const [what, reply, message] of [
    ["closes the connection", () => {}, /connection closed before message completed/],
    ["is no HTTP server", send("SSH-2.0-OpenSSH_9\r\n"), /invalid HTTP version/],
    [
      "cuts the body short",
      send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
      /reading a body/,
    ],
    [
      "cuts a chunk short",
      send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"),
      /body/,
    ],
    ["sends broken gzip", send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nabc"), /: \w+/],
  ] as const
) {
  Deno.test(`requestToken gets no answer from a server that ${what}`, async () => {
    await using server = startRawServer(reply);
    const error = await failureAt(server);
    assertEquals(error.kind, "unreachable");
    assertMatch(error.message, message);
    assert(error.message.startsWith(`No answer from ${server.host}: `), error.message);
    assert(!Deno.inspect(error).includes("my_secret_456"), Deno.inspect(error));
  });
}

Deno.test("requestToken gets no answer where nothing listens", async () => {
  using closed = await takeClosedPort();
  const token_url = `http://127.0.0.1:${closed.port}/?key=my_secret_456`;
  const error = await failureAt({ token_url });
  assertEquals(error.kind, "unreachable");
  assertMatch(error.message, /^No answer from 127\.0\.0\.1:\d+: .*refused/i);
});

await findNameServer();
const UNKNOWN = "requestToken gets no answer from a name that does not resolve";
Deno.test(needs(UNKNOWN, "DNS without .invalid"), async () => {
  const error = await failureAt({ token_url: "https://token.invalid/?key=my_secret_456" });
  assertEquals(error.kind, "unreachable");
  assertMatch(error.message, /^No answer from token\.invalid: dns error/);
});

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`requestToken does not take the secret along a redirect with ${status}`, async () => {
    await using target = startRawServer(send("HTTP/1.1 200 OK\r\n\r\n"));
    const head =
      `HTTP/1.1 ${status} Moved\r\nLocation: http://${target.host}/new\r\nContent-Length: 0`;
    await using server = startRawServer(send(`${head}\r\n\r\n`));
    const error = await failureAt(server);
    assertEquals([error.kind, error.status, target.requests.length], ["unusable", status, 0]);
    assertMatch(error.message, new RegExp(`redirect to http://${target.host}/new`));
    assertMatch(error.message, /is not followed, because the secret would go along$/);
  });
}

Deno.test("requestToken takes a refusal as one though its body breaks off", async () => {
  const answer = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 99\r\n\r\n{";
  await using server = startRawServer(send(answer));
  const error = await failureAt(server, { retries: 2 });
  assertEquals([error.kind, error.status, server.requests.length], ["refused", 401, 1]);
});

const DENIED = "requestToken reports a range of addresses that is denied as usage, at once";
Deno.test(needs(DENIED, "localhost at 127.0.0.1"), async () => {
  const script = `
    const request = { token_url: "https://localhost:8999/", client_id: "a", client_secret: "b" };
    await requestToken(request).catch(({ kind, message }) => console.log(kind, message));`;
  const { stdout } = await runScript(script, ["--allow-net", "--deny-net=127.0.0.0/8"]);
  assertEquals(stdout, "usage Access to localhost:8999 over the network was not granted\n");
});

Deno.test(needs("the command reaches this machine by IPv6", "IPv6"), async () => {
  await using server = Deno.serve(
    { hostname: "::1", port: 0, onListen: () => {} },
    () => Response.json({ access_token: "abc" }),
  );
  const token_url = `http://[::1]:${server.addr.port}/`;
  const flags = [`--token-url=${token_url}`, "--client-id=a", "--client-secret=b", "--retries=0"];
  assertEquals(await runCommand(flags), { code: 0, stdout: "abc\n", stderr: "" });
});

Deno.test("the command reports a proxy that refuses", async () => {
  using closed = await takeClosedPort();
  const env = { HTTPS_PROXY: `http://127.0.0.1:${closed.port}` };
  const flags = [
    "--token-url=https://a.example/",
    "--client-id=a",
    "--client-secret=b",
    "--retries=0",
  ];
  const outcome = await runCommand(flags, { env });
  assertFails(outcome, 3, "No answer from a.example: ");
  assertMatch(outcome.stderr, /hint: .*HTTPS_PROXY/);
});
