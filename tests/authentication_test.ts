import { assert, assertEquals, assertRejects } from "@std/assert";
import { type AuthMethod, buildRequest, requestToken, sendRequest, TokenError } from "../token.ts";
import { json, REQUEST, stubFetch, text, TOKEN } from "./support/stub_fetch.ts";
import { withFakeClock } from "./support/clock.ts";

const { token_url, client_id } = REQUEST;

/** A small way to authenticate: a number that grows, in the form and in a header. */
function counter(): AuthMethod {
  let count = 0;
  return ({ headers, data }) => {
    headers["x-count"] = `${++count}`;
    data.append("count", `${count}`);
  };
}

Deno.test("requestToken lets a function authenticate the client, anew for each attempt", async () => {
  const { fetch, calls } = stubFetch(
    text("busy", { status: 503 }),
    () => Promise.reject(new TypeError("connection reset")),
    json(TOKEN),
  );
  const request = { token_url, client_id, scope: "read", auth_method: counter() };
  const { result } = await withFakeClock(() => requestToken(request, { fetch }));
  assertEquals(result.status, "fulfilled");
  assertEquals(
    calls.map(({ init }) => init.body),
    [1, 2, 3].map((count) => `grant_type=client_credentials&scope=read&count=${count}`),
  );
  assertEquals(
    calls.map(({ init }) => (init.headers as Record<string, string>)["x-count"]),
    ["1", "2", "3"],
  );
});

Deno.test("sendRequest gives the function copies, and tells it about the request", async () => {
  const { fetch } = stubFetch(json(TOKEN));
  let seen: unknown;
  const auth_method: AuthMethod = (attempt) => {
    seen = [attempt.token_url, attempt.client_id];
    attempt.data.append("x", "1");
    attempt.headers.x = "1";
  };
  const built = buildRequest({ token_url, client_id, auth_method });
  await sendRequest(built, { fetch });
  assertEquals(seen, [token_url, client_id]);
  assertEquals(`${built.data}`, "grant_type=client_credentials");
  assertEquals(Object.keys(built.headers), ["accept", "content-type"]);
});

Deno.test("requestToken ends with the TokenError that the function throws", async () => {
  const { fetch, calls } = stubFetch(json(TOKEN));
  const thrown = new TokenError("usage", "key_missing", "There is no key");
  const auth_method = () => Promise.reject(thrown);
  const request = { token_url, client_id, auth_method };
  const error = await assertRejects(() => requestToken(request, { fetch }), TokenError);
  assertEquals([error === thrown, calls.length], [true, 0]);
});

Deno.test("requestToken passes on what the function throws, and does not try again", async () => {
  const { fetch, calls } = stubFetch(json(TOKEN));
  let count = 0;
  const thrown = new RangeError("The key is odd");
  const auth_method = () => {
    count++;
    throw thrown;
  };
  const error = await requestToken({ token_url, client_id, auth_method }, { fetch })
    .catch((error) => error);
  assertEquals([error === thrown, count, calls.length], [true, 1, 0]);
});

Deno.test("requestToken tries again if the function says that no answer came", async () => {
  const { fetch, calls } = stubFetch(json(TOKEN));
  let failures = 0;
  const auth_method = () => {
    if (++failures < 3) {
      throw new TokenError("unreachable", "connection_failed", "The key server is down");
    }
  };
  const { result } = await withFakeClock(() =>
    requestToken({ token_url, client_id, auth_method }, { fetch })
  );
  assertEquals([result.status, calls.length], ["fulfilled", 1]);
});

Deno.test("requestToken authenticates anew and repeats the request that lacks a nonce, once", async () => {
  const demand = json({ error: "use_dpop_nonce" }, { status: 400, headers: { "dpop-nonce": "n" } });
  const { fetch, calls } = stubFetch(demand, json(TOKEN));
  const request = { token_url, client_id, auth_method: counter() };
  await requestToken(request, { fetch, retries: 0 });
  assertEquals(calls.map(({ init }) => `${init.body}`.split("&")[1]), ["count=1", "count=2"]);

  const stubborn = stubFetch(demand);
  const error = await assertRejects(
    () => requestToken(request, { fetch: stubborn.fetch }),
    TokenError,
  );
  assertEquals([error.code, stubborn.calls.length], ["use_dpop_nonce", 2]);
});

for (
  const [what, answer] of [
    ["without a nonce", json({ error: "use_dpop_nonce" }, { status: 400 })],
    ["with another error", json({ error: "x" }, { status: 400, headers: { "dpop-nonce": "n" } })],
    [
      "with success",
      json({ ...TOKEN, error: "use_dpop_nonce" }, { headers: { "dpop-nonce": "n" } }),
    ],
  ] as const
) {
  Deno.test(`requestToken repeats no request after an answer ${what}`, async () => {
    const { fetch, calls } = stubFetch(answer);
    await requestToken(REQUEST, { fetch }).catch(() => {});
    assertEquals(calls.length, 1);
  });
}

Deno.test("requestToken ends a function that takes longer than the timeout", async () => {
  const { fetch, calls } = stubFetch(json(TOKEN));
  const request = { token_url, client_id, auth_method: () => new Promise<void>(() => {}) };
  const { result, elapsed } = await withFakeClock(() =>
    requestToken(request, { fetch, timeout: 50, retries: 0 })
  );
  assert(result.status === "rejected");
  assertEquals(result.reason.message, "No answer from api.example.com within 50 ms");
  assertEquals([elapsed, calls.length], [50, 0]);
});

Deno.test("requestToken ends a function that is at work when the signal aborts", async () => {
  const { fetch, calls } = stubFetch(json(TOKEN));
  const controller = new AbortController();
  const auth_method = () => {
    controller.abort();
    return new Promise<void>(() => {});
  };
  const options = { fetch, signal: controller.signal };
  const error = await assertRejects(
    () => requestToken({ token_url, client_id, auth_method }, options),
    TokenError,
  );
  assertEquals(error.message, "The request to api.example.com was aborted");
  assertEquals(calls.length, 0);
});
