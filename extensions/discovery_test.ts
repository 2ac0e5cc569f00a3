import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { json, stubFetch, text } from "../tests/support/stub_fetch.ts";
import { type RequestOptions, TokenError } from "../token.ts";
import { chooseAuthMethod, discover, isSupported, type ServerMetadata } from "./discovery.ts";

const ISSUER = "https://login.example.com/tenant";
const OAUTH = "https://login.example.com/.well-known/oauth-authorization-server/tenant";
const OPENID = "https://login.example.com/tenant/.well-known/openid-configuration";
const METADATA = { issuer: ISSUER, token_endpoint: "https://other.example/token", more: [1] };

async function failure(
  answer: () => Response | Promise<Response>,
  issuer = ISSUER,
  options: RequestOptions = {},
): Promise<[kind: string, message: string, requests: number]> {
  const { calls, fetch } = stubFetch(answer);
  const work = () => discover(issuer, { fetch, ...options });
  const { kind, message } = await assertRejects(work, TokenError);
  return [kind, message, calls.length];
}

Deno.test("discover asks at the address of RFC 8414, with GET and nothing of the client", async () => {
  const { calls, fetch } = stubFetch(json(METADATA));
  const tokenOptions = { fetch, headers: { "x-key": "k" } };
  assertEquals(await discover(ISSUER, tokenOptions), METADATA);
  const { url, init: { method, headers, body, redirect } } = calls[0]!;
  assertEquals([url, method, body, redirect], [OAUTH, "GET", undefined, "manual"]);
  assertEquals(headers, { accept: "application/json" });
  assertEquals(calls.length, 1);
});

for (const status of [400, 404, 405, 406]) {
  Deno.test(`discover asks at OpenID's address after ${status}`, async () => {
    const { calls, fetch } = stubFetch(text("", { status }), json(METADATA));
    assertEquals((await discover(ISSUER, { fetch })).token_endpoint, METADATA.token_endpoint);
    assertEquals(calls.map(({ url }) => url), [OAUTH, OPENID]);
  });
}

Deno.test("discover leaves out the slash at the end of an issuer, as both standards say", async () => {
  for (const [issuer, first] of [["https://a.example/", ""], ["https://a.example/t/", "/t"]]) {
    const { calls, fetch } = stubFetch(text("", { status: 404 }), json({ ...METADATA, issuer }));
    await discover(issuer!, { fetch });
    assertEquals(calls.map(({ url }) => url), [
      `https://a.example/.well-known/oauth-authorization-server${first}`,
      `https://a.example${first}/.well-known/openid-configuration`,
    ]);
  }
});

for (const other of [`${ISSUER}/`, ISSUER.toUpperCase(), "https://evil.example", ""]) {
  Deno.test(`discover refuses the metadata of ${JSON.stringify(other)}`, async () => {
    const answer = json({ ...METADATA, issuer: other });
    const message = `login.example.com answered 200 with the metadata of another issuer: ${other}`;
    assertEquals(await failure(answer), ["unusable", message, 1]);
  });
}

Deno.test("discover makes one printable line of another issuer", async () => {
  const [, message] = await failure(json({ ...METADATA, issuer: "\u001b[31mx\n\u202ey" }));
  assertStringIncludes(message, "another issuer: x y");
});

Deno.test("discover refuses metadata without an issuer", async () => {
  const { fetch } = stubFetch(json({ ...METADATA, issuer: 1 }));
  const { kind, message, status } = await assertRejects(
    () => discover(ISSUER, { fetch }),
    TokenError,
  );
  assertEquals([kind, message, status], [
    "unusable",
    "login.example.com answered 200 with metadata that names no issuer",
    200,
  ]);
});

Deno.test("discover refuses metadata without a token endpoint", async () => {
  for (const token_endpoint of [undefined, 1, null]) {
    const [kind, message] = await failure(json({ ...METADATA, token_endpoint }));
    assertEquals([kind, message.split("with ")[1]], [
      "unusable",
      "metadata that names no token_endpoint",
    ]);
  }
});

Deno.test("discover says what the server answered if there is nothing at either address", async () => {
  for (const status of [400, 404, 405, 406]) {
    const { fetch } = stubFetch(text("", { status }));
    const error = await assertRejects(() => discover(ISSUER, { fetch }), TokenError);
    const message = `login.example.com answered ${status}: no metadata of that issuer`;
    assertEquals([error.kind, error.message, error.status], ["refused", message, status]);
  }
});

const HTML = { headers: { "content-type": "text/html" } };
for (
  const [answer, kind, message] of [
    [text("<html>", HTML), "unusable", "200 with text/html, not a JSON object"],
    [text("{", HTML), "unusable", "200 with text/html, not a JSON object"],
    [json([]), "unusable", "200 with application/json, not a JSON object"],
    [json("x"), "unusable", "200 with application/json, not a JSON object"],
    [json(null), "unusable", "200 with application/json, not a JSON object"],
    [text(null, { status: 204 }), "unusable", "204 with no Content-Type, not a JSON object"],
    [text(" ".repeat(2 ** 20 + 1)), "unusable", "200 with more than 1 MiB"],
    [
      text("", { status: 302, headers: { location: "https://other.example/login?a=b" } }),
      "unusable",
      "302 with a redirect to https://other.example/login, which is not followed",
    ],
    [json({ error: "no" }, { status: 401 }), "refused", "401: no"],
    [text("Forbidden", { status: 403 }), "refused", "403: Forbidden"],
    [text("", { status: 500 }), "refused", "500: no reason given"],
    [
      text("", { status: 429, headers: { "retry-after": "100" } }),
      "refused",
      "429: no reason given; it asks to wait 100 s",
    ],
  ] as const
) {
  Deno.test(`discover says that the first address answered ${message}`, async () => {
    const { calls, fetch } = stubFetch(answer, text("", { status: 404 }));
    const error = await assertRejects(() => discover(ISSUER, { fetch }), TokenError);
    assertEquals([error.kind, error.message, calls.length], [
      kind,
      `No metadata: login.example.com answered ${message}`,
      // A server that is busy or broken is asked once.
      error.status! >= 429 ? 1 : 2,
    ]);
    assertEquals(error.status, Number(message.slice(0, 3)));
  });
}

Deno.test("discover finds the metadata of OpenID even if a page answers at the first address", async () => {
  const { fetch } = stubFetch(text("<html>", HTML), json(METADATA));
  assertEquals((await discover(ISSUER, { fetch })).issuer, ISSUER);
});

Deno.test("discover tries again after 503, and says how often", async () => {
  const answer = text("", { status: 503, headers: { "retry-after": "0" } });
  assertEquals(await failure(answer), [
    "refused",
    "No metadata: login.example.com answered 503: no reason given (after 3 tries)",
    3,
  ]);
});

for (
  const [token_endpoint, what] of [
    ["http://a.example/token", "it must be https:, or http: to this machine"],
    ["ftp://a.example/token", "it must be https:, or http: to this machine"],
    ["https://a.example/token#x", "it must not contain a user name, a password or a fragment (#…)"],
    ["https://u:p@a.example/", "it must not contain a user name, a password or a fragment (#…)"],
    ["/token", "it must be a whole URL, such as https://example.com/oauth2/token"],
    ["", "it must be a whole URL, such as https://example.com/oauth2/token"],
  ] as const
) {
  Deno.test(`discover refuses the token endpoint ${JSON.stringify(token_endpoint)}`, async () => {
    assertEquals(await failure(json({ ...METADATA, token_endpoint })), [
      "unusable",
      `login.example.com answered 200 with metadata whose token_endpoint is wrong: ${what}`,
      1,
    ]);
  });
}

Deno.test("discover has the limits of a token request", async () => {
  const endless = () => new Response(new ReadableStream({ pull: (c) => c.enqueue(LARGE) }));
  assertEquals((await failure(endless))[0], "unusable");
  const never = () => new Promise<Response>(() => {});
  assertEquals(await failure(never, ISSUER, { timeout: 20, retries: 1 }), [
    "unreachable",
    "No answer from login.example.com within 20 ms (after 2 tries)",
    2,
  ]);
  const down = () => Promise.reject(new Error("down"));
  assertEquals((await failure(down, ISSUER, { retries: 0 })).slice(0, 2), [
    "unreachable",
    "No answer from login.example.com: down",
  ]);
});
const LARGE = new Uint8Array(2 ** 19);

for (
  const [issuer, message] of [
    ["login.example.com", "issuer must be a whole URL, such as https://login.example.com"],
    ["http://login.example.com", "issuer must be https:, or http: to this machine"],
    ["https://u@a.example", "issuer must not contain a user name, a password, a query or"],
    ["https://:s3cr3t@a.example", "issuer must not contain a user name, a password, a query or"],
    ["https://a.example?s3cr3t", "issuer must not contain a user name, a password, a query or"],
    ["https://a.example#s3cr3t", "issuer must not contain a user name, a password, a query or"],
  ] as const
) {
  Deno.test(`discover refuses ${issuer} and sends nothing`, async () => {
    const [kind, said, requests] = await failure(json(METADATA), issuer);
    assertStringIncludes(said, message);
    assertEquals([kind, requests, said.includes("s3cr3t")], ["usage", 0, false]);
  });
}

Deno.test("discover asks over http: if that is allowed, and on this machine", async () => {
  for (const issuer of ["http://login.example.com", "http://127.0.0.1:1"]) {
    const { fetch } = stubFetch(json({ ...METADATA, issuer }));
    assertEquals((await discover(issuer, { fetch, allowHttp: true })).issuer, issuer);
  }
});

Deno.test("chooseAuthMethod takes the first that the server supports", () => {
  const all = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
  for (
    const [supported, chosen] of [
      [["private_key_jwt", "client_secret_post"], "client_secret_post"],
      [undefined, "client_secret_basic"],
      ["client_secret_post", "client_secret_basic"],
      [["none"], undefined],
      [[], undefined],
    ]
  ) {
    const metadata = { ...METADATA, token_endpoint_auth_methods_supported: supported };
    assertEquals(chooseAuthMethod(metadata as ServerMetadata, all), chosen as string | undefined);
  }
  assertEquals(isSupported(METADATA, "client_secret_basic_raw"), true);
  assertEquals(isSupported(METADATA, "client_secret_post"), false);
});
