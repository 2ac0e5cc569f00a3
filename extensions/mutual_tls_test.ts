import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { pem, startMtlsServer } from "../tests/support/mtls_server.ts";
import { replace } from "../tests/support/run_main.ts";
import { requestToken, TokenError } from "../token.ts";
import { mtlsTokenEndpoint, mutualTlsFetch, tlsClientAuth } from "./mutual_tls.ts";

const client = { certificate: pem("client.pem"), key: pem("client.key"), caCerts: [pem("ca.pem")] };
const THUMBPRINT = new X509Certificate(client.certificate).fingerprint256;

Deno.test("mutualTlsFetch shows the certificate, and the client id is all that is sent", async () => {
  await using server = await startMtlsServer();
  using fetch = mutualTlsFetch(client);
  const token = await requestToken({
    token_url: `${server.origin}/token`,
    client_id: "id",
    auth_method: tlsClientAuth(),
    scope: "a",
  }, { fetch });
  const { form, thumbprint = "" } = server.requests[0]!;
  assertEquals(Object.fromEntries(form), {
    grant_type: "client_credentials",
    client_id: "id",
    scope: "a",
  });
  const bytes = Array.from(atob(thumbprint.replaceAll("-", "+").replaceAll("_", "/")));
  const hex = bytes.map((c) => c.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase());
  assertEquals(hex.join(":"), THUMBPRINT);
  assertEquals(token.cnf, { "x5t#S256": thumbprint });
});

for (
  const [what, certificate, key] of [
    ["an authority before the certificate", pem("ca.pem") + client.certificate, client.key],
    [
      "line ends of JSON",
      client.certificate.replaceAll("\n", "\\n"),
      client.key.replaceAll("\n", "\\n"),
    ],
  ] as const
) {
  Deno.test(`mutualTlsFetch takes ${what}`, async () => {
    await using server = await startMtlsServer();
    using fetch = mutualTlsFetch({ ...client, certificate, key });
    const request = { client_id: "id", auth_method: tlsClientAuth() };
    await requestToken({ ...request, token_url: `${server.origin}/` }, { fetch });
    assertEquals(server.requests.length, 1);
  });
}

Deno.test("mutualTlsFetch goes together with a secret", async () => {
  await using server = await startMtlsServer();
  using fetch = mutualTlsFetch(client);
  const request = { token_url: `${server.origin}/`, client_id: "id", client_secret: "secret" };
  await requestToken(request, { fetch });
  const [{ form, thumbprint }] = server.requests as [typeof server.requests[0]];
  assertEquals([form.get("client_secret"), thumbprint !== undefined], ["secret", true]);
});

Deno.test("a server that wants a certificate refuses another one, and none", async () => {
  await using server = await startMtlsServer();
  const request = { token_url: `${server.origin}/`, client_id: "id", auth_method: tlsClientAuth() };
  const stranger = { ...client, certificate: pem("stranger.pem"), key: pem("stranger.key") };
  using other = mutualTlsFetch(stranger);
  using plain = Deno.createHttpClient({ caCerts: client.caCerts });
  const without = (url: string, init: RequestInit) => fetch(url, { ...init, client: plain });
  for (const fetch of [other, without]) {
    const error = await assertRejects(
      () => requestToken(request, { fetch, retries: 0 }),
      TokenError,
    );
    assertEquals(error.kind, "unreachable");
    assert(!/BEGIN|MI[GH]/.test(error.message), error.message);
  }
  assertEquals(server.requests, []);
});

Deno.test("mutualTlsFetch refuses what is not a certificate and its key, and repeats none of it", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nczNjcjN0\n-----END PRIVATE KEY-----";
  for (
    const wrong of [
      { ...client, key },
      { ...client, key: "s3cr3t" },
      { ...client, certificate: "s3cr3t" },
      { ...client, key: pem("stranger.key") },
    ]
  ) {
    const { kind, message } = assertThrows(() => mutualTlsFetch(wrong), TokenError);
    assertEquals([kind, message], [
      "usage",
      "The client certificate and its key must be PEM, and match",
    ]);
  }
});

Deno.test("tlsClientAuth adds client_id once, however often it is called", () => {
  const data = new URLSearchParams();
  for (let i = 0; i < 2; i++) {
    tlsClientAuth()({ token_url: "https://a.example/", client_id: "id", headers: {}, data });
  }
  assertEquals(`${data}`, "client_id=id");
});

Deno.test("mtlsTokenEndpoint prefers the endpoint for clients with a certificate", () => {
  const metadata = { issuer: "https://a.example", token_endpoint: "https://a.example/token" };
  assertEquals(mtlsTokenEndpoint(metadata), "https://a.example/token");
  const token_endpoint = "https://mtls.a.example/token";
  const aliases = { mtls_endpoint_aliases: { token_endpoint } };
  assertEquals(mtlsTokenEndpoint({ ...metadata, ...aliases }), token_endpoint);
  const odd = { mtls_endpoint_aliases: { token_endpoint: 1 as never } };
  assertEquals(mtlsTokenEndpoint({ ...metadata, ...odd }), "https://a.example/token");
});

Deno.test("mtlsTokenEndpoint refuses an endpoint to which no certificate can be shown", () => {
  const metadata = { issuer: "https://a.example", token_endpoint: "https://a.example/token" };
  const cases = {
    "": "must be a whole URL, such as https://example.com/oauth2/token",
    "/token": "must be a whole URL, such as https://example.com/oauth2/token",
    "http://mtls.a.example/": "must be https:, or http: to this machine",
    "http://127.0.0.1/": "must be https:",
    "https://u@mtls.a.example/": "must not contain a user name, a password or a fragment (#…)",
  };
  for (const [token_endpoint, problem] of Object.entries(cases)) {
    const aliases = { mtls_endpoint_aliases: { token_endpoint } };
    const error = assertThrows(() => mtlsTokenEndpoint({ ...metadata, ...aliases }), TokenError);
    const name = "mtls_endpoint_aliases.token_endpoint";
    assertEquals([error.kind, error.code, error.message], [
      "unusable",
      "token_endpoint_wrong",
      `a.example answered 200 with metadata whose ${name} is wrong: it ${problem}`,
    ]);
  }
});

Deno.test("mutualTlsFetch asks for the certificate before each request, and shows that", async () => {
  await using server = await startMtlsServer(false);
  const stranger = { ...client, certificate: pem("stranger.pem"), key: pem("stranger.key") };
  const given = [client, client, Promise.resolve(stranger), client];
  using fetch = mutualTlsFetch(() => given.shift()!);
  const request = { token_url: `${server.origin}/`, client_id: "id", auth_method: tlsClientAuth() };
  for (let i = 0; i < 4; i++) await requestToken(request, { fetch });
  const [first, second, third, fourth] = server.requests.map(({ thumbprint }) => thumbprint);
  assertEquals([second, fourth], [first, first]);
  assert(first && third && first !== third);
});

Deno.test("mutualTlsFetch keeps its connections until the certificate changes, and those before a while", async () => {
  const log: string[] = [];
  const stack = new DisposableStack();
  const makeClient = ({ cert }: { cert: string }) => {
    log.push(`open ${cert}`);
    return { close: () => void log.push(`close ${cert}`) };
  };
  stack.use(replace(Deno, { createHttpClient: makeClient as never }));
  const send = () => Promise.resolve(new Response());
  stack.use(replace(globalThis, { fetch: send }));
  using _stubs = stack;

  let given = { certificate: "a", key: "k" };
  const fetch = mutualTlsFetch(() => ({ ...given, caCerts: ["x"] }));
  const use = async (certificate: string) => {
    given = { ...given, certificate };
    await fetch("https://a.example/");
  };
  await Promise.all([use("a"), use("a")]);
  await use("b");
  assertEquals(log, ["open a", "open b"]);
  await use("c");
  assertEquals(log.slice(2), ["open c", "close a"]);
  given = { ...given, key: "k2" };
  await use("c");
  assertEquals(log.slice(4), ["open c", "close b"]);
  fetch[Symbol.dispose]();
  assertEquals(log.slice(6), ["close c", "close c"]);
});

Deno.test("mutualTlsFetch rejects with what is wrong with the certificate of the moment, and goes on", async () => {
  await using server = await startMtlsServer();
  const given = [client, { ...client, key: pem("stranger.key") }, client];
  using fetch = mutualTlsFetch(() => {
    const next = given.shift();
    if (!next) throw new RangeError("no vault");
    return next;
  });
  const post = async () => {
    const response = await fetch(`${server.origin}/`, { method: "POST", body: "a=b" });
    return (await response.json()).access_token;
  };
  assertEquals(await post(), "abc");
  const { code } = await assertRejects(post, TokenError);
  assertEquals(code, "certificate_key_mismatch");
  assertEquals(await post(), "abc");
  await assertRejects(post, RangeError, "no vault");
});

Deno.test("mutualTlsFetch lets a request end that was under way when the certificate changed", async () => {
  await using server = await startMtlsServer(false);
  const stranger = { ...client, certificate: pem("stranger.pem"), key: pem("stranger.key") };
  const given = [client, stranger];
  using fetch = mutualTlsFetch(() => given.shift()!);
  const init = { method: "POST", body: "a=b" };
  const first = await fetch(`${server.origin}/`, init);
  const second = await fetch(`${server.origin}/`, init);
  assertEquals((await second.json()).access_token, "abc");
  assertEquals((await first.json()).access_token, "abc");
});
