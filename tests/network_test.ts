import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PRACTICE_CLIENT, startPracticeServer } from "../lesson/practice_server.ts";
import { assertFails, NET, PROJECT, REQUEST, runCommand, STD_FLAGS, stubFetch } from "./testing.ts";
import { endless, failureAt, send, startRawServer, wait } from "./testing_sockets.ts";
import { requestToken, TokenError } from "../token.ts";

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
  const { addr } = (() => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    return listener;
  })();
  const error = await failureAt({ token_url: `http://127.0.0.1:${addr.port}/?key=my_secret_456` });
  assertEquals(error.kind, "unreachable");
  assertMatch(error.message, /^No answer from 127\.0\.0\.1:\d+: .*refused/i);
});

Deno.test("requestToken gets no answer from a name that does not resolve", async () => {
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

const CHUNK = new TextEncoder().encode("4000\r\n" + " ".repeat(0x4000) + "\r\n");
Deno.test("requestToken stops reading an endless body that also declares a length", async () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n";
  await using server = startRawServer(endless(head, CHUNK));
  assertMatch((await failureAt(server)).message, /more than 1 MiB$/);
});

Deno.test("requestToken takes a refusal as one though its body breaks off", async () => {
  const answer = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 99\r\n\r\n{";
  await using server = startRawServer(send(answer));
  const error = await failureAt(server, { retries: 2 });
  assertEquals([error.kind, error.status, server.requests.length], ["refused", 401, 1]);
});

Deno.test("requestToken leaves nothing behind that would keep a process alive", async () => {
  await using server = startPracticeServer();
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  const request = JSON.stringify({ ...PRACTICE_CLIENT, token_url: server.token_url });
  await Deno.writeTextFile(
    script,
    `import { requestToken } from "${new URL(
      "token.ts",
      PROJECT,
    )}"; await requestToken(${request});`,
  );
  const started = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", ...STD_FLAGS, NET, script],
  }).output();
  assert(success && performance.now() - started < 5000);
  await Deno.remove(script);
});

const ipv6 = (() => {
  try {
    using _ = Deno.listen({ hostname: "::1", port: 0 });
    return true;
  } catch {
    return false;
  }
})();
Deno.test({ name: "the command reaches this machine by IPv6", ignore: !ipv6 }, async () => {
  await using server = Deno.serve(
    { hostname: "::1", port: 0, onListen: () => {} },
    () => Response.json({ access_token: "abc" }),
  );
  const token_url = `http://[::1]:${server.addr.port}/`;
  const flags = [`--token-url=${token_url}`, "--client-id=a", "--client-secret=b", "--retries=0"];
  assertEquals(await runCommand(flags), { code: 0, stdout: "abc\n", stderr: "" });
});

for (const status of ["200 OK", "500 Internal Server Error"]) {
  Deno.test(`requestToken stops reading an endless body with status ${status}`, async () => {
    const head = `HTTP/1.1 ${status}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    await using server = startRawServer(endless(head, CHUNK));
    const started = performance.now();
    const error = await failureAt(server);
    assertMatch(error.message, /more than 1 MiB$/);
    assertEquals(error.kind, status.startsWith("200") ? "unusable" : "refused");
    assert(performance.now() - started < 2000, `${performance.now() - started} ms`);
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
    const error = await failureAt(server, { timeout: 300 });
    const took = performance.now() - started;
    assertEquals(error.message, `No answer from ${server.host} within 300 ms`);
    assert(took >= 295 && took < 800, `${took} ms`);
  });

  Deno.test(`requestToken ends when its signal aborts while the server ${what}`, async () => {
    await using server = startRawServer(reply);
    const error = await failureAt(server, { signal: AbortSignal.timeout(100), retries: 2 });
    assertEquals(error.kind, "unreachable");
    assertEquals(error.message, `The request to ${server.host} was aborted`);
    assertEquals(server.requests.length, 1);
  });
}

const ignore = Deno.build.os !== "linux";
const MEASURE = `
import { requestToken } from "${new URL("token.ts", PROJECT)}";
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
  Deno.test({ name, ignore }, async () => {
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
    const script = await Deno.makeTempFile({ suffix: ".js" });
    await Deno.writeTextFile(script, MEASURE);
    const token_url = `http://127.0.0.1:${server.addr.port}/`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", ...STD_FLAGS, "--allow-all", script, token_url],
      stderr: "null",
    }).output();
    await Deno.remove(script);
    const { kind, peak } = JSON.parse(new TextDecoder().decode(stdout));
    assertMatch(kind, /more than 1 MiB$/);
    assert(peak < 200, `${peak} MiB`);
  });
}

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
  for (let i = 0; i < 200 && server.requests.length === 0; i++) {
    await new Promise((done) => setTimeout(done, 20));
  }
  const started = performance.now();
  child.kill("SIGINT");
  const { code, stdout, stderr } = await child.output();
  assert(performance.now() - started < 500);
  assertEquals([code !== 0, stdout.length, stderr.length], [true, 0, 0]);
});

Deno.test("the command reports a proxy that refuses", async () => {
  const { addr } = (() => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    return listener;
  })();
  const env = { HTTPS_PROXY: `http://127.0.0.1:${addr.port}` };
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

Deno.test("requestToken is quick about a failure of which the runtime says much", async () => {
  const started = performance.now();
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
  assert(performance.now() - started < 2000);
});

Deno.test("requestToken reports a range of addresses that is denied as usage, at once", async () => {
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    script,
    `import { requestToken } from "${new URL("token.ts", PROJECT)}";
    const request = { token_url: "https://localhost:8999/", client_id: "a", client_secret: "b" };
    await requestToken(request).catch(({ kind, message }) => console.log(kind, message));`,
  );
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--no-lock",
      "--no-prompt",
      "--allow-net",
      "--deny-net=127.0.0.0/8",
      script,
    ],
  }).output();
  await Deno.remove(script);
  assertEquals(
    new TextDecoder().decode(stdout),
    "usage Access to localhost:8999 over the network was not granted\n",
  );
});
