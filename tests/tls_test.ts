import { assert, assertEquals, assertMatch } from "@std/assert";
import { createSecureServer } from "node:http2";
import { assertFails, pathOf, PROJECT, runCommand } from "./support/command.ts";
import { failureAt, send, startRawServer } from "./support/raw_server.ts";

const TLS = new URL("tests/data/tls/", PROJECT);
const readCertificate = (name: string) => Deno.readTextFile(new URL(`${name}.pem`, TLS));
const readPair = async (name: string) => ({
  cert: await readCertificate(name),
  key: await Deno.readTextFile(new URL(`${name}.key`, TLS)),
});

for (
  const [what, name, ca, message] of [
    ["whose authority is unknown", "valid", false, "UnknownIssuer"],
    ["that has expired", "expired", true, "certificate expired"],
    ["for another name", "other", true, "not valid for name"],
  ] as const
) {
  Deno.test(`requestToken distrusts a certificate ${what} and sends nothing`, async () => {
    let requests = 0;
    await using server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      ...await readPair(name),
      onListen: () => {},
    }, () => Response.json({ access_token: "abc", count: ++requests }));
    const caCerts = ca ? [await readCertificate("ca")] : [];
    using client = Deno.createHttpClient({ caCerts });
    let tries = 0;
    const error = await failureAt({ token_url: `https://localhost:${server.addr.port}/` }, {
      retries: 2,
      fetch: (url, init) => fetch(url, { ...init, client, ...{ tries: ++tries } }),
    });
    assertEquals([error.kind, tries, requests], ["unreachable", 1, 0]);
    assert(error.message.includes(message), error.message);
  });
}

Deno.test("the command trusts a private authority with --cert, and hints at it without", async () => {
  await using server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    ...await readPair("valid"),
    onListen: () => {},
  }, () => Response.json({ access_token: "abc" }));
  const token_url = `https://localhost:${server.addr.port}/`;
  const flags = ["--token-url", token_url, "--client-id=a", "--client-secret=b"];
  const permissions = [
    "--allow-net",
    `--cert=${pathOf("tests/data/tls/ca.pem")}`,
  ];
  assertEquals((await runCommand(flags, { permissions })).stdout, "abc\n");
  const outcome = await runCommand(flags);
  assertFails(outcome, 3, "UnknownIssuer");
  assertMatch(outcome.stderr, /hint: .*--cert=.*DENO_CERT/);
});

Deno.test("requestToken speaks TLS to a server that does not", async () => {
  await using server = startRawServer(send("HTTP/1.1 200 OK\r\n\r\n"));
  const error = await failureAt({ token_url: `https://${server.host}/` }, { retries: 2 });
  assertEquals([error.kind, server.requests.length], ["unreachable", 1]);
});

Deno.test("requestToken tries again if a server hangs up in the handshake", async () => {
  await using server = startRawServer(() => {});
  const error = await failureAt({ token_url: `https://${server.host}/` }, { retries: 1 });
  assertEquals([error.kind, server.requests.length], ["unreachable", 2]);
});

Deno.test("requestToken tries again if a server hangs up without close_notify", async () => {
  let requests = 0;
  let cut = () => {};
  await using server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    ...await readPair("valid"),
    onListen: () => {},
  }, () => {
    requests++;
    cut();
    return new Response();
  });
  // Between the two, so that the connection ends without the last words of TLS.
  await using between = startRawServer(async (connection, first) => {
    using upstream = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    cut = () => upstream.close();
    await upstream.write(first);
    connection.readable.pipeTo(upstream.writable, { preventClose: true }).catch(() => {});
    for await (const bytes of upstream.readable) await connection.write(bytes);
  });
  using client = Deno.createHttpClient({ caCerts: [await readCertificate("ca")] });
  const token_url = between.token_url.replace("http://127.0.0.1", "https://localhost");
  const error = await failureAt({ token_url }, {
    retries: 1,
    fetch: (url, init) => fetch(url, { ...init, client }),
  });
  assertEquals([error.kind, requests], ["unreachable", 2]);
  assert(error.message.includes("close_notify"), error.message);
});

Deno.test("requestToken tries again if a body over HTTP/2 breaks off", async () => {
  const server = createSecureServer(await readPair("valid"));
  let requests = 0;
  server.on("stream", (stream) => {
    requests++;
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "content-type": "application/json", "content-length": "99" });
    stream.write('{"access_token":"abc"}');
    setTimeout(() => stream.destroy(), 20);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  using client = Deno.createHttpClient({
    caCerts: [await readCertificate("ca")],
  });
  try {
    const error = await failureAt({ token_url: `https://localhost:${port}/` }, {
      retries: 1,
      timeout: 5000,
      fetch: (url, init) => fetch(url, { ...init, client }),
    });
    assertEquals([error.kind, requests], ["unreachable", 2]);
  } finally {
    server.close();
  }
});
