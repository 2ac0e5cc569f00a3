// An endpoint that said wait, or no, is left alone.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { withFakeClock } from "../tests/support/clock.ts";
import {
  heldServer,
  mapStore,
  nextTurn,
  settle,
  stopClocks,
  testSources,
} from "../tests/support/stores.ts";
import { json, REQUEST, stubFetch, text } from "../tests/support/stub_fetch.ts";
import { TokenError } from "../token.ts";
import { type TokenSource, tokenSource } from "./token_source.ts";

const tooMany = (seconds: number) =>
  json({ error: "slow_down", error_description: "wait a minute" }, {
    status: 429,
    headers: { "retry-after": `${seconds}` },
  });
const invalidClient = json({ error: "invalid_client" }, { status: 401 });

/** The errors of so many calls, one after the other. */
async function failures(source: TokenSource, count: number): Promise<TokenError[]> {
  const errors: TokenError[] = [];
  for (let i = 0; i < count; i++) errors.push(await assertRejects(() => source.get(), TokenError));
  return errors;
}

Deno.test("after 429 with Retry-After: 60, all calls fail at once for 60 s, with the seconds left", async () => {
  using clocks = stopClocks();
  const { fetch, calls } = stubFetch(tooMany(60));
  const source = tokenSource(REQUEST, { fetch });
  const atOnce = await Promise.allSettled(Array.from({ length: 100 }, () => source.get()));
  assert(atOnce.every(({ status }) => status === "rejected"));
  clocks.move(20);
  const [error] = await failures(source, 100);
  assertEquals(calls.length, 1);
  assertEquals(error!.message.startsWith("api.example.com answered 429: "), true);
  assertEquals({ ...error }, {
    name: "TokenError",
    kind: "refused",
    code: "too_many_requests",
    host: "api.example.com",
    status: 429,
    error: "slow_down",
    error_description: "wait a minute",
    retry_after: 40,
  });
  clocks.move(40);
  await failures(source, 2);
  assertEquals(calls.length, 2);
});

Deno.test("a Retry-After is heeded for an hour", async () => {
  using clocks = stopClocks();
  const { fetch, calls } = stubFetch(tooMany(100_000));
  const source = tokenSource(REQUEST, { fetch });
  await failures(source, 1);
  clocks.move(3599);
  const [error] = await failures(source, 1);
  assertEquals([error!.retry_after, calls.length], [1, 1]);
  clocks.move(1);
  await failures(source, 1);
  assertEquals(calls.length, 2);
});

Deno.test("callers wait for a short Retry-After, as requestToken does", async () => {
  const { fetch, calls } = stubFetch(tooMany(5), tooMany(7), json({ access_token: "t" }));
  const { result, elapsed } = await withFakeClock(() => tokenSource(REQUEST, { fetch }).get());
  assertEquals([result.status, calls.length, Math.round(elapsed / 1000)], ["fulfilled", 3, 12]);
});

Deno.test("when all tries are used up, an endpoint that does not say when is left alone for longer each time", async () => {
  using clocks = stopClocks();
  const { fetch, calls } = stubFetch(text("", { status: 503 }));
  const source = tokenSource(REQUEST, { fetch, retries: 0 });
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    const before = calls.length;
    await failures(source, 1);
    clocks.move(seconds - 0.1);
    const [error] = await failures(source, 3);
    assertEquals([error!.retry_after, error!.status], [1, 503]);
    assertEquals(calls.length, before + 1);
    clocks.move(0.1);
  }
});

for (const code of ["invalid_client", "unauthorized_client", "invalid_scope"]) {
  Deno.test(`after ${code}, the endpoint is left alone for 10 to 60 s, until a request succeeds`, async () => {
    using clocks = stopClocks();
    const no = json({ error: code }, { status: 400 });
    const yes = json({ access_token: "t", expires_in: 0 });
    const { fetch, calls } = stubFetch(no, no, no, no, no, yes, no);
    const source = tokenSource(REQUEST, { fetch });
    for (const seconds of [10, 20, 40, 60, 60]) {
      await failures(source, 1);
      clocks.move(seconds - 0.1);
      const [error] = await failures(source, 10);
      assertEquals([error!.error, error!.retry_after], [code, 1]);
      clocks.move(0.1);
    }
    assertEquals((await source.get()).access_token, "t");
    await failures(source, 1);
    clocks.move(10);
    await failures(source, 1);
    assertEquals(calls.length, 8);
  });
}

Deno.test("while an endpoint is left alone, calls get the token that is left", async () => {
  using clocks = stopClocks();
  const { fetch, calls } = stubFetch(
    json({ access_token: "t1", expires_in: 100 }),
    tooMany(15),
    json({ access_token: "t2", expires_in: 100 }),
  );
  const source = tokenSource(REQUEST, { fetch });
  await source.get();
  clocks.move(80);
  for (let second = 0; second < 15; second++) {
    assertEquals((await source.get()).access_token, "t1");
    await nextTurn();
    clocks.move(1);
  }
  assertEquals(calls.length, 2);
  assertEquals((await source.get()).access_token, "t1");
  await nextTurn();
  assertEquals((await source.get()).access_token, "t2");
});

Deno.test("a pause that a renewal was told outlasts the token, and then calls fail at once", async () => {
  using clocks = stopClocks();
  const { fetch, calls } = stubFetch(json({ access_token: "t1", expires_in: 100 }), tooMany(60));
  const source = tokenSource(REQUEST, { fetch });
  await source.get();
  clocks.move(80);
  await source.get();
  await nextTurn();
  clocks.move(19);
  const [error] = await failures(source, 100);
  assertEquals([error!.status, error!.retry_after, calls.length], [429, 41, 2]);
});

Deno.test("a caller waits for the short pause of a renewal, and then asks", async () => {
  const { fetch, calls } = stubFetch(
    json({ access_token: "t1", expires_in: 1 }),
    text("", { status: 503 }),
    json({ access_token: "t2", expires_in: 100 }),
  );
  const { result } = await withFakeClock(async () => {
    const uptime = performance.now;
    performance.now = Date.now;
    try {
      const source = tokenSource(REQUEST, { fetch });
      await source.get();
      await new Promise((done) => setTimeout(done, 985));
      await source.get();
      await new Promise((done) => setTimeout(done, 5));
      return (await source.get()).access_token;
    } finally {
      performance.now = uptime;
    }
  });
  assertEquals([result, calls.length], [{ status: "fulfilled", value: "t2" }, 3]);
});

testSources("with a store, what one source was told holds for all", async () => {
  using clocks = stopClocks();
  const { store } = mapStore();
  const { fetch, calls } = stubFetch(tooMany(60));
  const fleet = Array.from({ length: 8 }, () => tokenSource(REQUEST, { fetch, store }));
  await failures(fleet[0]!, 1);
  await settle();
  clocks.move(30);
  for (const source of fleet) {
    const [error] = await failures(source, 10);
    assertEquals([error!.code, error!.retry_after], ["too_many_requests", 30]);
  }
  assertEquals(calls.length, 1);
});

testSources(
  "sources that start at once with a store ask an endpoint once that says wait",
  async () => {
    const { store } = mapStore();
    const { fetch, calls } = stubFetch(tooMany(60));
    const fleet = Array.from({ length: 8 }, () => tokenSource(REQUEST, { fetch, store }));
    await Promise.all(fleet.map((source) => failures(source, 10)));
    assertEquals(calls.length, 1);
  },
);

testSources("a pause in the store grows with each refusal, and ends with a token", async () => {
  using clocks = stopClocks();
  const { store, values } = mapStore();
  const { fetch, calls } = stubFetch(
    invalidClient,
    invalidClient,
    json({ access_token: "t", expires_in: 100 }),
  );
  const make = () => tokenSource(REQUEST, { fetch, store });
  for (const seconds of [10, 20]) {
    await failures(make(), 1);
    await settle();
    clocks.move(seconds - 0.1);
    await failures(make(), 1);
    clocks.move(0.1);
  }
  assertEquals((await make().get()).access_token, "t");
  await settle();
  assertEquals(calls.length, 3);
  assertEquals([...values.keys()].filter((key) => key.endsWith("-pause")), []);
});

testSources("what another secret was told is not heeded", async () => {
  const { store } = mapStore();
  const { fetch, calls } = stubFetch(invalidClient, json({ access_token: "t", expires_in: 100 }));
  await failures(tokenSource(REQUEST, { fetch, store }), 1);
  await settle();
  const other = { ...REQUEST, client_secret: "next_secret" };
  const warnings: string[] = [];
  const onWarning = (warning: string) => void warnings.push(warning);
  const { access_token } = await tokenSource(other, { fetch, store, onWarning }).get();
  assertEquals([access_token, calls.length, warnings], ["t", 2, []]);
});

testSources("a value that is no pause is not heeded", async () => {
  for (const garbage of ["garbage", "v1.", 5, {}]) {
    const { store } = mapStore();
    const get = store.get;
    store.get = (key) => key.endsWith("-pause") ? Promise.resolve(garbage) : get(key);
    const { fetch } = stubFetch(json({ access_token: "t", expires_in: 100 }));
    assertEquals((await tokenSource(REQUEST, { fetch, store }).get()).access_token, "t");
  }
});

testSources(
  "a token that another process has stored meanwhile is taken, though the endpoint is left alone",
  async () => {
    const { store } = mapStore();
    const { fetch } = stubFetch(tooMany(60));
    const source = tokenSource(REQUEST, { fetch, store });
    await failures(source, 1);
    const lucky = stubFetch(json({ access_token: "t", expires_in: 100 }));
    const unlocked = {
      ...store,
      get: (key: string) => key.endsWith("-pause") ? Promise.resolve() : store.get(key),
    };
    await tokenSource(REQUEST, { fetch: lucky.fetch, store: unlocked }).get();
    await settle();
    assertEquals((await source.get()).access_token, "t");
  },
);

testSources(
  "while the endpoint is left alone, a store that hangs does not delay the failure twice",
  async () => {
    const { store } = mapStore();
    const { fetch } = stubFetch(tooMany(60));
    const source = tokenSource(REQUEST, { fetch, store });
    await failures(source, 1);
    await settle();
    let asked = 0;
    store.get = () => {
      asked++;
      return Promise.reject(new Error("down"));
    };
    await failures(source, 10);
    assertEquals(asked, 1);
  },
);

Deno.test("callers who leave while the endpoint is left alone end the wait for it", async () => {
  const { source, sent, refuse, calls } = heldServer({ retries: 1 });
  const controller = new AbortController();
  const leaving = source.get({ signal: controller.signal });
  await sent(1);
  refuse(0, 503, { "retry-after": "20" });
  await nextTurn();
  controller.abort();
  await assertRejects(() => leaving, TokenError, "was aborted");
  // A timer that was left behind would fail this test.
  assertEquals(calls.length, 1);
});
