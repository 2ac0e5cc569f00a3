import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { json, REQUEST, stubFetch, text, TOKEN } from "../tests/support/stub_fetch.ts";
import { heldServer, nextTurn, stopClocks } from "../tests/support/stores.ts";
import { TokenError } from "../token.ts";
import { tokenSource, type TokenSourceOptions } from "./token_source.ts";

const WEEKS = 8 * 7 * 24 * 3600;

/** A source whose server numbers its tokens from 1, and adds these members to each answer. */
function numbered(members: Record<string, unknown>, options: TokenSourceOptions = {}) {
  const answer = () => Response.json({ access_token: `t${calls.length}`, ...members });
  const { calls, fetch } = stubFetch(answer);
  const source = tokenSource(REQUEST, { fetch, ...options });
  return { calls, source, token: async () => (await source.get()).access_token };
}

for (
  const [lifetime, kept] of [[3600, 3590], [600, 594], [100, 99], [1, 0.99], [WEEKS, WEEKS - 10]]
) {
  Deno.test(`a token that lives ${lifetime} s is used for ${kept} s, if nobody asks before`, async () => {
    using clocks = stopClocks();
    const { token } = numbered({ expires_in: lifetime });
    assertEquals(await token(), "t1");
    clocks.move(kept!);
    assertEquals(await token(), "t2");
  });
}

Deno.test("a token's life is counted from when it was asked for", async () => {
  using clocks = stopClocks();
  const { fetch, calls } = stubFetch(() => {
    clocks.move(30);
    return json({ ...TOKEN, expires_in: 100 })();
  });
  const source = tokenSource(REQUEST, { fetch });
  assertEquals((await source.get()).expires_in, 100);
  clocks.move(45);
  assertEquals((await source.get()).expires_in, 25);
  assertEquals(calls.length, 1);
  clocks.move(24);
  await source.get();
  assertEquals(calls.length, 2);
});

for (const [what, date, uptime] of [["set back", -3600, 99], ["stopped", 99, 0]] as const) {
  Deno.test(`a clock that was ${what} does not keep a token alive`, async () => {
    using clocks = stopClocks();
    const { token } = numbered({ expires_in: 100 });
    await token();
    clocks.move(uptime);
    clocks.move(date - uptime, true);
    assertEquals(await token(), "t2");
  });
}

Deno.test("1,000 callers at once make one request in each of a token's lives", async () => {
  using clocks = stopClocks();
  const { source, calls } = numbered({ expires_in: 100 });
  for (let life = 1; life <= 10; life++) {
    for (const seconds of [30, 30, 39]) {
      const tokens = await Promise.all(Array.from({ length: 1000 }, () => source.get()));
      assertEquals([...new Set(tokens.map((token) => token.access_token))], [`t${life}`]);
      clocks.move(seconds);
    }
  }
  assertEquals(calls.length, 10);
});

Deno.test("a token without expires_in is not kept", async () => {
  const { token } = numbered({});
  assertEquals(await Promise.all([token(), token()]), ["t1", "t1"]);
  assertEquals(await token(), "t2");
});

Deno.test("a token without expires_in is kept as long as defaultLifetime says", async () => {
  using clocks = stopClocks();
  const { source, token } = numbered({}, { defaultLifetime: 100 });
  assertEquals(await token(), "t1");
  clocks.move(70);
  const second = await source.get();
  assertEquals(second, { access_token: "t1", token_type: "Bearer" });
  second.access_token = "changed";
  assertEquals(await token(), "t1");
  clocks.move(29);
  assertEquals(await token(), "t2");
});

Deno.test("a token is used until its margin begins, and renewed before that", async () => {
  using clocks = stopClocks();
  const { token } = numbered({ expires_in: 100 }, { margin: 30 });
  assertEquals(await token(), "t1");
  // It is due, and renewed in the background.
  clocks.move(60);
  assertEquals(await token(), "t1");
  await nextTurn();
  assertEquals(await token(), "t2");
  clocks.move(70);
  assertEquals(await token(), "t3");
});

Deno.test("expires_in counts for more than defaultLifetime", async () => {
  const { token } = numbered({ expires_in: 0 }, { defaultLifetime: 100 });
  assertEquals([await token(), await token()], ["t1", "t2"]);
});

Deno.test("a failure is reported to all who wait for it, and not kept", async () => {
  const { fetch, calls } = stubFetch(text("no", { status: 400 }), json(TOKEN));
  const source = tokenSource(REQUEST, { fetch });
  const settled = await Promise.allSettled([source.get(), source.get()]);
  for (const { reason } of settled as PromiseRejectedResult[]) {
    assertEquals(reason.message, "api.example.com answered 400: no");
  }
  assertEquals((await source.get()).access_token, TOKEN.access_token);
  assertEquals(calls.length, 2);
});

Deno.test("a failed try is repeated, as requestToken does", async () => {
  const { fetch, calls } = stubFetch(text("", { status: 503 }), json(TOKEN));
  assertEquals(await tokenSource(REQUEST, { fetch }).get(), TOKEN);
  assertEquals(calls.length, 2);
});

Deno.test("a caller that aborts ends its own wait alone", async () => {
  const { source, calls, answer, sent } = heldServer();
  const controller = new AbortController();
  const { signal } = controller;
  const [leaving, staying] = [source.get({ signal }), source.get()];
  await sent(1);
  controller.abort(new Error("my_secret_456"));
  const error = await assertRejects(() => leaving, TokenError);
  assertEquals({ ...error }, { name: "TokenError", kind: "unreachable", code: "aborted" });
  assertEquals(error.message, "The wait for a token was aborted");
  assertEquals(calls[0]!.init.signal!.aborted, false);
  answer(0, "t1");
  assertEquals((await staying).access_token, "t1");
  await assertRejects(() => source.get({ signal }), TokenError, "was aborted");
  assertEquals(calls.length, 1);
});

Deno.test("the request ends when all its callers have aborted, and the next makes a new one", async () => {
  const { source, calls, answer, sent } = heldServer();
  const controllers = [new AbortController(), new AbortController()];
  const leaving = controllers.map(({ signal }) =>
    assertRejects(() => source.get({ signal }), TokenError)
  );
  await sent(1);
  controllers[0]!.abort();
  assertEquals(calls[0]!.init.signal!.aborted, false);
  controllers[1]!.abort();
  assertEquals(calls[0]!.init.signal!.aborted, true);
  const next = source.get();
  await Promise.all(leaving);
  await sent(2);
  answer(1, "t2");
  assertEquals((await next).access_token, "t2");
  assertEquals([(await source.get()).access_token, calls.length], ["t2", 2]);
});

Deno.test("a signal that outlives many requests gathers no listeners", async () => {
  const { signal } = new AbortController();
  const listeners: string[] = [];
  signal.addEventListener = (type: string) => void listeners.push(type);
  signal.removeEventListener = (type: string) => {
    if (listeners.at(-1) === type) listeners.pop();
  };
  const { source, calls } = numbered({});
  for (let i = 0; i < 3; i++) await source.get({ signal });
  assertEquals([listeners, calls.length], [[], 3]);
});

Deno.test("invalidate drops the token, or only the one it names", async () => {
  const { source, token } = numbered({ expires_in: 3600 });
  assertEquals(await token(), "t1");
  source.invalidate("t1");
  assertEquals(await token(), "t2");
  source.invalidate("t1");
  assertEquals(await token(), "t2");
  source.invalidate();
  assertEquals(await token(), "t3");
});

Deno.test("invalidate keeps a token on its way from those who ask later", async () => {
  const { source, answer, calls, sent } = heldServer();
  const early = source.get();
  source.invalidate("older");
  const shared = source.get();
  await sent(1);
  source.invalidate();
  const late = source.get();
  await sent(2);
  answer(1, "new");
  assertEquals((await late).access_token, "new");
  answer(0, "old");
  assertEquals((await early).access_token, "old");
  assertEquals((await shared).access_token, "old");
  assertEquals([(await source.get()).access_token, calls.length], ["new", 2]);
});

Deno.test("a request from before invalidate does not end the sharing of the one after", async () => {
  const { source, answer, calls, sent } = heldServer();
  let requests = 0;
  for (const end of ["answer", "abort"]) {
    const controller = new AbortController();
    const early = source.get({ signal: controller.signal });
    source.invalidate();
    const late = source.get();
    await sent(requests += 2);
    if (end === "answer") answer(requests - 2, "old");
    else controller.abort();
    await early.catch(() => {});
    const later = source.get();
    await nextTurn();
    answer(requests - 1, "new");
    const tokens = await Promise.all([late, later]);
    assertEquals(tokens.map((token) => token.access_token), ["new", "new"]);
    source.invalidate();
  }
  assertEquals(calls.length, 4);
});

Deno.test("a caller that changes its answer changes nobody else's", async () => {
  const { source } = numbered({ expires_in: 3600 });
  const [one, two] = await Promise.all([source.get(), source.get()]);
  one.access_token = two.access_token = "changed";
  const three = await source.get();
  assertEquals(three.access_token, "t1");
  three.access_token = "changed";
  assertEquals((await source.get()).access_token, "t1");
  assert(one !== two);
});

Deno.test("each request is the same, though params and headers can be read only once", async () => {
  const headers = new Map([["x-tenant", "a"]]).entries();
  const { calls, fetch } = stubFetch(json({ ...TOKEN, expires_in: 0 }));
  const params = new Map([["audience", "b"]]).entries();
  const source = tokenSource({ ...REQUEST, params }, { fetch, headers: headers as HeadersInit });
  await source.get();
  await source.get();
  const [first, second] = calls.map(({ init: { headers, body } }) => ({ headers, body }));
  assertEquals(first, second);
  assert(String(first!.body).endsWith("&audience=b"));
});

Deno.test("tokenSource refuses a wrong setting or request at once", () => {
  for (const defaultLifetime of [0, -1, NaN]) {
    const message = "defaultLifetime must be more than 0 seconds";
    const error = assertThrows(
      () => tokenSource(REQUEST, { defaultLifetime }),
      TokenError,
      message,
    );
    assertEquals(error.kind, "usage");
  }
  tokenSource(REQUEST, { defaultLifetime: 0.5 });
  for (const margin of [-1, NaN]) {
    const error = assertThrows(() => tokenSource(REQUEST, { margin }), TokenError);
    assertEquals(error.code, "margin_invalid");
  }
  for (const options of [{ retries: 11 }, { timeout: 0 }]) {
    const error = assertThrows(() => tokenSource(REQUEST, options), TokenError);
    assertEquals(error.kind, "usage");
  }
  assertThrows(
    () => tokenSource({ ...REQUEST, client_id: "" }),
    TokenError,
    "client_id must not be",
  );
});

Deno.test("tokenSource rejects for a signal that is none, and leaves no rejection behind", async () => {
  const source = tokenSource(REQUEST, {
    fetch: () => Promise.reject(new Error("down")),
    retries: 0,
  });
  const signal = {} as AbortSignal;
  await assertRejects(() => source.get({ signal }), TypeError);
  // An unhandled rejection would end the process here.
  await new Promise((resolve) => setTimeout(resolve, 10));
});
