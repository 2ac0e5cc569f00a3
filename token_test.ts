import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { json, REQUEST, stubFetch, TOKEN } from "./tests/support/stub_fetch.ts";
import { buildRequest, requestToken, TokenError } from "./token.ts";

const ODD = " :%+&=#/?'\"\\~*-._é€😀\t";

Deno.test("requestToken POSTs the form and takes access_token from the JSON answer", async () => {
  const { fetch, calls } = stubFetch(json(TOKEN));
  assertEquals(await requestToken(REQUEST, { fetch }), TOKEN);
  const [{ url, init }] = calls as [typeof calls[0]];
  const { signal, ...sent } = init;
  assertEquals(calls.length, 1);
  assertEquals(url, "https://api.example.com/oauth2/token");
  assert(signal instanceof AbortSignal);
  assertEquals(sent, {
    method: "POST",
    headers: { "accept": "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: "grant_type=client_credentials&client_id=my_client_id_123&client_secret=my_secret_456",
    redirect: "manual",
    credentials: "omit",
  });
});

Deno.test("requestToken with client_secret_basic sends id and secret in the header alone", async () => {
  const { fetch, calls } = stubFetch(json(TOKEN));
  await requestToken({ ...REQUEST, auth_method: "client_secret_basic" }, { fetch });
  const [{ init }] = calls as [typeof calls[0]];
  assertEquals(init.body, "grant_type=client_credentials");
  assertEquals(init.headers, {
    "accept": "application/json",
    // my_client_id_123:my_secret_456
    "authorization": "Basic bXlfY2xpZW50X2lkXzEyMzpteV9zZWNyZXRfNDU2",
    "content-type": "application/x-www-form-urlencoded",
  });
});

Deno.test("buildRequest form-encodes id and secret before base64 with client_secret_basic", () => {
  const { headers, data } = buildRequest({
    ...REQUEST,
    client_id: "a b:c",
    client_secret: "-._*~%+&é€",
    auth_method: "client_secret_basic",
  });
  const decoded = atob(headers.authorization!.replace("Basic ", ""));
  assertEquals(decoded, "a+b%3Ac:-._*%7E%25%2B%26%C3%A9%E2%82%AC");
  assertEquals(`${data}`, "grant_type=client_credentials");
});

Deno.test("buildRequest encodes nothing but UTF-8 and base64 with client_secret_basic_raw", () => {
  const { headers } = buildRequest({
    ...REQUEST,
    client_id: "a b",
    client_secret: "c:d%+é",
    auth_method: "client_secret_basic_raw",
  });
  assertEquals(headers.authorization, "Basic YSBiOmM6ZCUrw6k=");
});

Deno.test("buildRequest carries odd characters in every value of the form", () => {
  const { data } = buildRequest({
    token_url: REQUEST.token_url,
    client_id: `id${ODD}`,
    client_secret: `secret${ODD}`,
    scope: `scope${ODD}`,
    params: [[`name${ODD}`, `value${ODD}`]],
  });
  assertEquals([...new URLSearchParams(`${data}`)], [
    ["grant_type", "client_credentials"],
    ["client_id", `id${ODD}`],
    ["client_secret", `secret${ODD}`],
    ["scope", `scope${ODD}`],
    [`name${ODD}`, `value${ODD}`],
  ]);
});

Deno.test("buildRequest keeps the order of params and lets names repeat", () => {
  const params: [string, string][] = [["resource", "b"], ["audience", "x"], ["resource", "a"]];
  const { data } = buildRequest({ ...REQUEST, scope: "read write", params });
  assertEquals(
    `${data}`,
    "grant_type=client_credentials&client_id=my_client_id_123&client_secret=my_secret_456" +
      "&scope=read+write&resource=b&audience=x&resource=a",
  );
});

Deno.test("buildRequest asks for no scope when it is empty", () => {
  assertEquals(buildRequest({ ...REQUEST, scope: "" }).data.has("scope"), false);
});

Deno.test("buildRequest takes params as an object too", () => {
  const { data } = buildRequest({ ...REQUEST, params: { audience: "x" } });
  assertEquals(data.get("audience"), "x");
});

Deno.test("buildRequest keeps the query of token_url", () => {
  const { token_url } = buildRequest({ ...REQUEST, token_url: "https://a.example/t?tenant=1&x=é" });
  assertEquals(token_url, "https://a.example/t?tenant=1&x=%C3%A9");
});

Deno.test("buildRequest adds headers, which may replace Accept", () => {
  const { headers } = buildRequest(REQUEST, { headers: { "X-Tenant": "1", "Accept": "*/*" } });
  assertEquals(headers, {
    "accept": "*/*",
    "content-type": "application/x-www-form-urlencoded",
    "x-tenant": "1",
  });
});

Deno.test("buildRequest sends another grant type once, if params have one", () => {
  const params: [string, string][] = [["a", "b"], ["grant_type", "account_credentials"]];
  const { data } = buildRequest({ ...REQUEST, params });
  assertEquals(data.getAll("grant_type"), ["account_credentials"]);
  assertEquals([data.get("a"), data.get("client_id")], ["b", REQUEST.client_id]);
});

for (
  const name of [
    "client_id",
    "client_secret",
    "scope",
    "client_assertion",
    "client_assertion_type",
    "",
  ]
) {
  Deno.test(`buildRequest refuses the name "${name}" in params`, () => {
    const error = assertThrows(
      () => buildRequest({ ...REQUEST, params: [[name, "x"]] }),
      TokenError,
      `params must not set "${name}"`,
    );
    assertEquals(error.kind, "usage");
  });
}

Deno.test("buildRequest sends an id with a colon only where it is encoded", () => {
  const request = { ...REQUEST, client_id: "urn:app" };
  const { headers } = buildRequest({ ...request, auth_method: "client_secret_basic" });
  assertEquals(atob(headers.authorization!.slice("Basic ".length)), "urn%3Aapp:my_secret_456");
  assertEquals(buildRequest(request).data.get("client_id"), "urn:app");
  const error = assertThrows(
    () => buildRequest({ ...request, auth_method: "client_secret_basic_raw" }),
    TokenError,
    'client_id must not contain ":" with client_secret_basic_raw',
  );
  assertEquals([error.kind, error.code], ["usage", "client_id_with_colon"]);
});

Deno.test("buildRequest refuses a method that it does not know", () => {
  const auth_method = "client_secret_basik" as "client_secret_basic";
  const { kind, code, message } = assertThrows(
    () => buildRequest({ ...REQUEST, auth_method }),
    TokenError,
  );
  assertEquals([kind, code], ["usage", "auth_method_invalid"]);
  assertEquals(message.includes("client_secret_basic, client_secret_basic_raw"), true);
});

Deno.test("buildRequest sends client_id in the form, too, if params repeat it", () => {
  const { client_id } = REQUEST;
  for (const auth_method of ["client_secret_basic", "client_secret_post", () => {}] as const) {
    const { data } = buildRequest({ ...REQUEST, auth_method, params: { client_id } });
    assertEquals(data.getAll("client_id"), [client_id]);
  }
});

for (
  const name of [
    "Authorization",
    "Content-Type",
    "content-length",
    "Host",
    "Transfer-Encoding",
    "Connection",
  ]
) {
  Deno.test(`buildRequest refuses the header ${name}`, () => {
    const error = assertThrows(
      () => buildRequest(REQUEST, { headers: { [name]: "x" } }),
      TokenError,
      `headers must not set "${name.toLowerCase()}"`,
    );
    assertEquals(error.kind, "usage");
  });
}

Deno.test("requestToken throws the error that the server sends", async () => {
  const answer = { error: "invalid_client", error_description: "Unknown client" };
  const { fetch } = stubFetch(json(answer, { status: 401 }));
  const error = await assertRejects(() => requestToken(REQUEST, { fetch }), TokenError);
  assertEquals(error.message, "api.example.com answered 401: invalid_client: Unknown client");
  assertEquals({ ...error }, {
    name: "TokenError",
    kind: "refused",
    code: "invalid_client",
    host: "api.example.com",
    status: 401,
    ...answer,
  });
});

Deno.test("requestToken throws if there is no access_token in the answer", async () => {
  const { fetch } = stubFetch(json({ token_type: "Bearer" }));
  const error = await assertRejects(() => requestToken(REQUEST, { fetch }), TokenError);
  assertEquals([error.kind, error.status], ["unusable", 200]);
});
