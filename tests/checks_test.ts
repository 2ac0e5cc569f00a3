import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { json, REQUEST, stubFetch, TOKEN } from "./support/stub_fetch.ts";
import { withFakeClock } from "./support/clock.ts";
import { buildRequest, type RequestOptions, requestToken, TokenError } from "../token.ts";

const INSECURE = "token_url must be https:, or http: to this machine";
const TOO_MUCH = "token_url must not contain a user name, a password or a fragment";
const WRONG: [what: string, change: Record<string, unknown>, message: string][] = [
  ["no client_id", { client_id: undefined }, "client_id must not be empty"],
  ["an empty client_id", { client_id: "" }, "client_id must not be empty"],
  ["an empty client_secret", { client_secret: "" }, "client_secret must not be empty"],
  ["no token_url", { token_url: undefined }, "token_url must be a whole URL"],
  ["a token_url without a scheme", { token_url: "api.example.com/t" }, "must be a whole URL"],
  ["a token_url of another scheme", { token_url: "ftp://a.example/" }, INSECURE],
  ...[
    ...["a.example", "128.0.0.1", "[::2]", "127.0.0.1.example", "x127.0.0.1.example"],
    ...["localhost.example", "notlocalhost", "a.localhost"],
  ].map((host) =>
    [`http: to ${host}`, { token_url: `http://${host}/` }, INSECURE] as typeof WRONG[0]
  ),
  ["a user name in token_url", { token_url: "https://u@a.example/" }, TOO_MUCH],
  ["a password in token_url", { token_url: "https://:p@a.example/" }, TOO_MUCH],
  ["a fragment in token_url", { token_url: "https://a.example/#x" }, TOO_MUCH],
  ["an empty fragment in token_url", { token_url: "https://a.example/#" }, TOO_MUCH],
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

const WRONG_FIELD = "headers must contain a name and a value that HTTP allows";
const WRONG_TIMEOUT = "timeout must be 1 to 2147483647 ms";
const WRONG_OPTIONS: [what: string, options: RequestOptions, message: string][] = [
  [
    "a line break in a header",
    { headers: { "x-a": "b\r\nc: d" } },
    WRONG_FIELD,
  ],
  [
    "NUL in a header",
    { headers: { "x-a": "b\0" } },
    WRONG_FIELD,
  ],
  [
    "a space in the name of a header",
    { headers: { "x a": "b" } },
    WRONG_FIELD,
  ],
  ["a timeout of 0", { timeout: 0 }, WRONG_TIMEOUT],
  ["a timeout that is no number", { timeout: NaN }, WRONG_TIMEOUT],
  ["a timeout beyond what timers take", { timeout: 2 ** 31 }, WRONG_TIMEOUT],
  ["a negative number of retries", { retries: -1 }, "retries must be 0 to 10"],
  ["eleven retries", { retries: 11 }, "retries must be 0 to 10"],
  ["a number of retries that is none", { retries: NaN }, "retries must be 0 to 10"],
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
    "http://127.255.10.200/t",
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

Deno.test("buildRequest takes params and headers whose names only resemble its own", () => {
  const names = ["Scope", "scopes", "my_scope", "x_client_assertion"];
  const params = names.map((name): [string, string] => [name, "x"]);
  const headers = { "x-host": "1", "host-id": "2", "x-authorization": "3", "my-content-id": "4" };
  const built = buildRequest({ ...REQUEST, params }, { headers });
  assertEquals([...built.data.keys()].slice(3), names);
  assertEquals({ ...built.headers, ...headers }, built.headers);
});

Deno.test("buildRequest keeps a header called __proto__", () => {
  const { headers } = buildRequest(REQUEST, { headers: [["__proto__", "x"]] });
  assertEquals(Object.entries(headers).at(-1), ["__proto__", "x"]);
});

Deno.test("buildRequest refuses headers and params that are no pairs", () => {
  const wrong = [["a"]] as unknown as [string, string][];
  assertThrows(() => buildRequest(REQUEST, { headers: wrong }), TokenError, WRONG_FIELD);
  const params = WRONG_FIELD.replace("headers", "params");
  assertThrows(() => buildRequest({ ...REQUEST, params: wrong }), TokenError, params);
});

for (const options of [{ timeout: 0.5 }, { timeout: 2 ** 31 - 1 }, { retries: 10 }]) {
  Deno.test(`requestToken takes ${JSON.stringify(options)}`, async () => {
    const { fetch, calls } = stubFetch(json({ access_token: "abc" }));
    await withFakeClock(() => requestToken(REQUEST, { fetch, ...options }));
    assertEquals(calls.length, 1);
  });
}
