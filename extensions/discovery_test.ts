import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { json, stubFetch, text } from "../tests/support/stub_fetch.ts";
import { type RequestOptions, TokenError } from "../token.ts";
import { chooseAuthMethod, discover, isSupported, type ServerMetadata } from "./discovery.ts";

const ISSUER = "https://login.example.com/tenant";
const OAUTH = "https://login.example.com/.well-known/oauth-authorization-server/tenant";
const OPENID = "https://login.example.com/tenant/.well-known/openid-configuration";
const APPENDED = "https://login.example.com/.well-known/openid-configuration/tenant";
const METADATA = { issuer: ISSUER, token_endpoint: "https://other.example/token", more: [1] };

/** The error with which `discover` ends if the server answers like this. */
async function failure(
  answer: () => Response | Promise<Response>,
  issuer = ISSUER,
  options: RequestOptions = {},
): Promise<{ error: TokenError; requests: number }> {
  const { calls, fetch } = stubFetch(answer);
  const error = await assertRejects(() => discover(issuer, { fetch, ...options }), TokenError);
  return { error, requests: calls.length };
}

function partsOf({ kind, code, message }: TokenError): string[] {
  return [kind, code, message];
}

Deno.test("discover asks at the address of RFC 8414, with GET and nothing of the client but headers", async () => {
  const { calls, fetch } = stubFetch(json(METADATA));
  assertEquals(await discover(ISSUER, { fetch, headers: { "X-Key": "k" } }), METADATA);
  const { url, init: { method, headers, body, redirect } } = calls[0]!;
  assertEquals([url, method, body, redirect], [OAUTH, "GET", undefined, "manual"]);
  assertEquals(headers, { accept: "application/json", "x-key": "k" });
  assertEquals(calls.length, 1);
});

for (const status of [400, 404, 405, 406]) {
  Deno.test(`discover asks at OpenID's addresses after ${status}`, async () => {
    const absent = text("", { status });
    const { calls, fetch } = stubFetch(absent, absent, json(METADATA));
    assertEquals((await discover(ISSUER, { fetch })).token_endpoint, METADATA.token_endpoint);
    assertEquals(calls.map(({ url }) => url), [OAUTH, APPENDED, OPENID]);
  });
}

Deno.test("discover leaves out the slash at the end of an issuer, as both standards say", async () => {
  const wellKnown = "https://a.example/.well-known";
  for (
    const [issuer, addresses] of [
      ["https://a.example/", ["oauth-authorization-server", "openid-configuration"]],
      ["https://a.example/t/", ["oauth-authorization-server/t", "openid-configuration/t"]],
    ] as const
  ) {
    const { calls, fetch } = stubFetch(text("", { status: 404 }), json({ ...METADATA, issuer }));
    await discover(issuer, { fetch });
    assertEquals(calls.map(({ url }) => url), addresses.map((end) => `${wellKnown}/${end}`));
  }
});

for (const other of [`${ISSUER}/`, ISSUER.toUpperCase(), "https://evil.example", ""]) {
  Deno.test(`discover refuses the metadata of ${JSON.stringify(other)}`, async () => {
    const { error, requests } = await failure(json({ ...METADATA, issuer: other }));
    const message = `login.example.com answered 200 with the metadata of another issuer: ${other}`;
    assertEquals(partsOf(error), ["unusable", "issuer_mismatch", message]);
    assertEquals([error.issuer, error.host, error.status], [other, "login.example.com", 200]);
    assertEquals(requests, 1);
  });
}

Deno.test("discover makes one printable line of another issuer", async () => {
  const { error } = await failure(json({ ...METADATA, issuer: "\u001b[31mx\n\u202ey" }));
  assertEquals(error.issuer, "x y");
  assertStringIncludes(error.message, "another issuer: x y");
});

Deno.test("discover refuses metadata without an issuer", async () => {
  for (const issuer of [undefined, 1, null]) {
    const { error } = await failure(json({ ...METADATA, issuer }));
    const message = "login.example.com answered 200 with metadata that names no issuer";
    assertEquals(partsOf(error), ["unusable", "metadata_without_issuer", message]);
    assertEquals([error.host, error.status], ["login.example.com", 200]);
  }
});

Deno.test("discover refuses metadata without a token endpoint", async () => {
  for (const token_endpoint of [undefined, 1, null]) {
    const { error } = await failure(json({ ...METADATA, token_endpoint }));
    const message = "login.example.com answered 200 with metadata that names no token_endpoint";
    assertEquals(partsOf(error), ["unusable", "metadata_without_token_endpoint", message]);
  }
});

for (const status of [400, 404, 405, 406]) {
  Deno.test(`discover says so if the server answers ${status} at all addresses`, async () => {
    const { error, requests } = await failure(text("<html>", { status }));
    const message = `login.example.com answered ${status}: no metadata of that issuer`;
    assertEquals(partsOf(error), ["refused", "metadata_refused", message]);
    assertEquals([error.host, error.status, requests], ["login.example.com", status, 3]);
  });
}

Deno.test("discover reports the last status if nothing is at either address", async () => {
  const { fetch } = stubFetch(text("", { status: 404 }), text("", { status: 405 }));
  const { status } = await assertRejects(() => discover(ISSUER, { fetch }), TokenError);
  assertEquals(status, 405);
});

Deno.test("discover asks at the other address if what the first answers is no metadata", async () => {
  const page = text("<html>", { headers: { "content-type": "text/html" } });
  const moved = text("", { status: 302, headers: { location: "https://a.example/" } });
  for (const answer of [page, moved, text("", { status: 401 })]) {
    const { calls, fetch } = stubFetch(answer, json(METADATA));
    assertEquals((await discover(ISSUER, { fetch })).issuer, ISSUER);
    assertEquals(calls.map(({ url }) => url), [OAUTH, APPENDED]);
  }
});

Deno.test("discover reports what the first address answered, unless nothing is there", async () => {
  const absent = text("", { status: 404 });
  for (
    const answers of [[text("no", { status: 401 }), absent], [absent, text("no", { status: 401 })]]
  ) {
    const { fetch } = stubFetch(...answers);
    const error = await assertRejects(() => discover(ISSUER, { fetch }), TokenError);
    const message = "No metadata: login.example.com answered 401: no";
    assertEquals(partsOf(error), ["refused", "metadata_refused", message]);
  }
});

Deno.test("discover asks a server that is busy or broken at one address only", async () => {
  for (const status of [429, 500]) {
    const { error, requests } = await failure(text("", { status }), ISSUER, { retries: 0 });
    assertEquals([error.code, requests], ["metadata_unavailable", 1]);
  }
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
    const { error, requests } = await failure(json({ ...METADATA, token_endpoint }));
    const message =
      `login.example.com answered 200 with metadata whose token_endpoint is wrong: ${what}`;
    assertEquals(partsOf(error), ["unusable", "token_endpoint_wrong", message]);
    assertEquals([error.host, error.status, requests], ["login.example.com", 200, 1]);
  });
}

const NOT_PLAIN = "issuer must not contain a user name, a password or a fragment (#…)";
const WITH_QUERY = "issuer must not contain a query (?…)";
for (
  const [issuer, code, message] of [
    [
      "login.example.com",
      "issuer_invalid",
      "issuer must be a whole URL, such as https://login.example.com",
    ],
    [
      "http://login.example.com",
      "issuer_not_https",
      "issuer must be https:, or http: to this machine",
    ],
    ["https://u@a.example", "issuer_not_plain", NOT_PLAIN],
    ["https://:s3cr3t@a.example", "issuer_not_plain", NOT_PLAIN],
    ["https://a.example#s3cr3t", "issuer_not_plain", NOT_PLAIN],
    ["https://a.example?s3cr3t", "issuer_not_plain", WITH_QUERY],
    ["https://a.example?", "issuer_not_plain", WITH_QUERY],
  ] as const
) {
  Deno.test(`discover refuses ${issuer} and sends nothing`, async () => {
    const { error, requests } = await failure(json(METADATA), issuer);
    assertEquals(partsOf(error), ["usage", code, message]);
    assertEquals([`${error.option} ${error.problem}`, requests], [message, 0]);
  });
}

for (
  const [address, issuer] of [
    ["https://a.example/.well-known/openid-configuration", "https://a.example"],
    ["https://a.example/t/.well-known/openid-configuration", "https://a.example/t"],
    ["https://a.example/.well-known/oauth-authorization-server/t", "https://a.example/t"],
    ["https://a.example/.well-known/oauth-authorization-server/", "https://a.example/"],
  ] as const
) {
  Deno.test(`discover says that the issuer of ${address} is ${issuer}`, async () => {
    const { error, requests } = await failure(json(METADATA), address);
    const message = "issuer must not be the address of the server's metadata";
    assertEquals(partsOf(error), ["usage", "issuer_is_metadata", message]);
    assertEquals([error.issuer, requests], [issuer, 0]);
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
