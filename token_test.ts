import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { json, REQUEST, stubFetch, TOKEN, withFakeClock } from "./tests/testing.ts";
import { buildRequest, type RequestOptions, requestToken, TokenError } from "./token.ts";

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

Deno.test("buildRequest refuses a request that is none", () => {
  for (const nothing of [null, undefined, "x"] as unknown as (typeof REQUEST)[]) {
    const { kind, message } = assertThrows(() => buildRequest(nothing), TokenError);
    assertEquals([kind, message], ["usage", "The request must be an object"]);
  }
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

for (
  const name of [
    "grant_type",
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
      `params must not set "${
        name.replace("_type", "") === "client_assertion" ? "client_assertion" : name
      }"`,
    );
    assertEquals(error.kind, "usage");
  });
}

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

const WRONG: [what: string, change: Record<string, unknown>, message: string][] = [
  ["no client_id", { client_id: undefined }, "client_id must be a string"],
  ["an empty client_id", { client_id: "" }, "client_id must be a string"],
  ["an empty client_secret", { client_secret: "" }, "client_secret must be a string"],
  ["a scope that is no string", { scope: ["a", "b"] }, "scope must be a string"],
  ["a lone surrogate", { client_secret: "\ud800" }, "a lone surrogate"],
  ["an unknown auth_method", { auth_method: "private_key_jwt" }, "auth_method must be one of"],
  [
    "a colon in client_id with client_secret_basic_raw",
    { client_id: "a:b", auth_method: "client_secret_basic_raw" },
    "must not hold a colon",
  ],
  ["a param that is undefined", { params: { audience: undefined } }, "both strings"],
  ["params that are a number", { params: 5 }, "params must be pairs"],
  ["a lone surrogate in a param", { params: { a: "\ud800" } }, "a lone surrogate"],
  ["params that are no pairs", { params: [["a"]] }, "params must be pairs"],
  ["no token_url", { token_url: undefined }, "token_url must be a whole URL"],
  ["a token_url without a scheme", { token_url: "api.example.com/t" }, "must be a whole URL"],
  ["a token_url of another scheme", { token_url: "ftp://a.example/" }, "must be an https: URL"],
  ["http: to another machine", { token_url: "http://a.example/" }, "with allowHttp"],
  ["http: to 127.0.0.1.example", { token_url: "http://127.0.0.1.example/" }, "with allowHttp"],
  ["http: to localhost.example", { token_url: "http://localhost.example/" }, "with allowHttp"],
  ["http: to 128.0.0.1", { token_url: "http://128.0.0.1/" }, "with allowHttp"],
  ["http: to [::2]", { token_url: "http://[::2]/" }, "with allowHttp"],
  ["a user name in token_url", { token_url: "https://u@a.example/" }, "a user name or a password"],
  ["a password in token_url", { token_url: "https://:p@a.example/" }, "a user name or a password"],
  ["a fragment in token_url", { token_url: "https://a.example/#x" }, "must not have a fragment"],
  ["an empty fragment in token_url", { token_url: "https://a.example/#" }, "must not have a frag"],
];
for (const [what, change, message] of WRONG) {
  Deno.test(`requestToken refuses ${what} and sends nothing`, async () => {
    const { fetch, calls } = stubFetch(json(TOKEN));
    const request = { ...REQUEST, ...change };
    const error = await assertRejects(() => requestToken(request, { fetch }), TokenError, message);
    assertEquals(error.kind, "usage");
    assertEquals(calls.length, 0);
  });
}

const WRONG_OPTIONS: [what: string, options: RequestOptions, message: string][] = [
  ["a line break in a header", { headers: { "x-a": "b\r\nc: d" } }, "that HTTP does not allow"],
  ["a line break in a header after a space", { headers: { "x-a": " b\nc: d" } }, "that HTTP does"],
  ["NUL in a header", { headers: { "x-a": "b\0" } }, "that HTTP does not allow"],
  ["a space in the name of a header", { headers: { "x a": "b" } }, "that HTTP does not allow"],
  ["a timeout of 0", { timeout: 0 }, "timeout must be more than 0"],
  ["a timeout that is no number", { timeout: NaN }, "timeout must be more than 0"],
  ["a timeout beyond what timers take", { timeout: 2 ** 31 }, "at most 2147483647"],
  ["a negative number of retries", { retries: -1 }, "a whole number from 0 to 10"],
  ["a timeout that is a bigint", { timeout: 5n as unknown as number }, "timeout must be more"],
  ["a signal that is none", { signal: {} as AbortSignal }, "signal must be an AbortSignal"],
  ["a fetch that is none", { fetch: 5 as unknown as typeof fetch }, "fetch must be a function"],
  ["half a retry", { retries: 0.5 }, "a whole number from 0 to 10"],
  ["eleven retries", { retries: 11 }, "a whole number from 0 to 10"],
];
for (const [what, options, message] of WRONG_OPTIONS) {
  Deno.test(`requestToken refuses ${what} and sends nothing`, async () => {
    const { fetch, calls } = stubFetch(json(TOKEN));
    const error = await assertRejects(
      () => requestToken(REQUEST, { fetch, ...options }),
      TokenError,
      message,
    );
    assertEquals(error.kind, "usage");
    assertEquals(calls.length, 0);
  });
}

for (
  const token_url of [
    "http://localhost:8080/t",
    "http://LOCALHOST/t",
    "http://127.0.0.1/t",
    "http://127.1.2.3/t",
    "http://127.1/t",
    "http://[::1]/t",
    "http://[0:0:0:0:0:0:0:1]:80/t",
  ]
) {
  Deno.test(`buildRequest allows ${token_url}, which stays on this machine`, () => {
    assertEquals(buildRequest({ ...REQUEST, token_url }).token_url, new URL(token_url).href);
  });
}

Deno.test("buildRequest allows http: to another machine with allowHttp", () => {
  const { token_url } = buildRequest({ ...REQUEST, token_url: "http://a.example/" }, {
    allowHttp: true,
  });
  assertEquals(token_url, "http://a.example/");
});

for (const hostname of ["notlocalhost", "a.localhost", "x127.0.0.1.example"]) {
  Deno.test(`buildRequest refuses http: to ${hostname}`, () => {
    const token_url = `http://${hostname}/`;
    assertThrows(() => buildRequest({ ...REQUEST, token_url }), TokenError, "with allowHttp");
  });
}

Deno.test("buildRequest allows http: to 127.255.10.200", () => {
  const token_url = "http://127.255.10.200/";
  assertEquals(buildRequest({ ...REQUEST, token_url }).token_url, token_url);
});

Deno.test("buildRequest takes params and headers whose names only resemble its own", () => {
  const names = ["Scope", "scopes", "my_scope", "x_client_assertion"];
  const params = names.map((name): [string, string] => [name, "x"]);
  const headers = { "x-host": "1", "host-id": "2", "x-authorization": "3", "my-content-id": "4" };
  const built = buildRequest({ ...REQUEST, params }, { headers });
  assertEquals([...built.data.keys()].slice(3), names);
  assertEquals({ ...built.headers, ...headers }, built.headers);
});

Deno.test("buildRequest names all values that auth_method may have", () => {
  const request = { ...REQUEST, auth_method: "none" as "client_secret_post" };
  const message = "one of client_secret_post, client_secret_basic, client_secret_basic_raw";
  assertThrows(() => buildRequest(request), TokenError, message);
});

Deno.test("buildRequest refuses a lone surrogate in the name of a param", () => {
  for (const pair of [["\ud800", "x"], ["a\ud83d", "\ude00"]] as [string, string][]) {
    const message = "params must not hold a lone surrogate";
    assertThrows(() => buildRequest({ ...REQUEST, params: [pair] }), TokenError, message);
  }
});

Deno.test("buildRequest keeps a header called __proto__", () => {
  const { headers } = buildRequest(REQUEST, { headers: [["__proto__", "x"]] });
  assertEquals(Object.entries(headers).at(-1), ["__proto__", "x"]);
});

Deno.test("buildRequest refuses headers that are no pairs", () => {
  const headers = [["a"]] as unknown as HeadersInit;
  assertThrows(() => buildRequest(REQUEST, { headers }), TokenError, "headers must be pairs");
});

for (const options of [{ timeout: 0.5 }, { timeout: 2 ** 31 - 1 }, { retries: 10 }]) {
  Deno.test(`requestToken takes ${JSON.stringify(options)}`, async () => {
    const { fetch, calls } = stubFetch(json({ access_token: "abc" }));
    await withFakeClock(() => requestToken(REQUEST, { fetch, ...options }));
    assertEquals(calls.length, 1);
  });
}
