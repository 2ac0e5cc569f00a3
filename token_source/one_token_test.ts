import { assert, assertEquals, assertRejects } from "@std/assert";
import { mapStore, settle, stopClocks } from "../tests/support/stores.ts";
import { json, REQUEST, stubFetch, text } from "../tests/support/stub_fetch.ts";
import { requestToken, TokenError, type TokenRequest } from "../token.ts";
import { takeToken } from "./one_token.ts";

/** A program that takes a token in each of its runs, with a store and an endpoint. */
function program(...answers: (() => Response)[]) {
  const { store, values } = mapStore();
  const { fetch, calls } = stubFetch(...answers);
  const warnings: string[] = [];
  const run = (options: { isRefresh?: boolean; mask?: (text: string) => string } = {}) => {
    const send = () => requestToken(REQUEST as TokenRequest, { fetch, retries: 0 });
    const onWarning = (warning: string) => void warnings.push(warning);
    return takeToken(REQUEST, { store, send, onWarning, place: "the cache", ...options });
  };
  return { store, values, calls, warnings, run };
}

const token = (access_token: string, expires_in?: number) => json({ access_token, expires_in });

Deno.test("takeToken requests a token in the first run, and finds it in the next", async () => {
  using clocks = stopClocks();
  const { run, calls, warnings } = program(token("t1", 1000));
  const first = await run();
  assertEquals([first.token.expires_in, first.wasFound, first.secondsLeft], [1000, false, 1000]);
  clocks.move(10);
  const second = await run();
  // The clock of the machine that stored it may differ by 30 s.
  assertEquals([second.token.expires_in, second.wasFound, second.secondsLeft], [960, true, 960]);
  assertEquals([second.token.access_token, calls.length, warnings], ["t1", 1, []]);
});

Deno.test("takeToken has stored the token when it resolves", async () => {
  const { run, values } = program(token("t1", 1000));
  await run();
  assertEquals(values.size, 1);
});

Deno.test("takeToken has stored that the endpoint said no when it rejects", async () => {
  const { run, values, store } = program(json({ error: "invalid_client" }, { status: 401 }));
  const { set } = store;
  store.set = async (...args) => {
    await new Promise((done) => setTimeout(done, 50));
    await set(...args);
  };
  await assertRejects(() => run({ isRefresh: true }), TokenError, "invalid_client");
  assertEquals([...values.keys()].map((key) => key.split("-").at(-1)), ["pause"]);
});

Deno.test("takeToken keeps no token whose life is unknown", async () => {
  const { run, values } = program(token("t1"));
  const { wasFound, secondsLeft } = await run();
  assertEquals([wasFound, secondsLeft, values.size], [false, 0, 0]);
});

Deno.test("takeToken renews a token that is due", async () => {
  using clocks = stopClocks();
  const { run, calls } = program(token("t1", 1000), token("t2", 1000));
  await run();
  clocks.move(799);
  assertEquals((await run()).token.access_token, "t1");
  clocks.move(51);
  assertEquals([(await run()).token.access_token, calls.length], ["t2", 2]);
});

Deno.test("takeToken takes a token that is due as it is, with a warning, if it cannot be renewed", async () => {
  using clocks = stopClocks();
  const { run, calls, warnings } = program(token("t1", 1000), text("", { status: 503 }));
  await run();
  clocks.move(850);
  const { token: { access_token }, wasFound, secondsLeft } = await run();
  assertEquals([access_token, wasFound, secondsLeft], ["t1", true, 120]);
  const reason = "api.example.com answered 503: no reason given";
  assertEquals(warnings, [`The token could not be renewed: ${reason}`]);
  // The endpoint is left alone in the next run, too.
  assertEquals((await run()).token.access_token, "t1");
  assertEquals([calls.length, warnings.length], [2, 2]);
  clocks.move(120);
  await assertRejects(() => run(), TokenError, "answered 503");
  assertEquals(calls.length, 3);
});

Deno.test("takeToken leaves an endpoint alone that said no in an earlier run", async () => {
  using clocks = stopClocks();
  const { run, calls } = program(json({ error: "invalid_client" }, { status: 401 }));
  const lengths: number[] = [];
  for (let second = 0; second < 75; second++) {
    const error = await assertRejects(() => run(), TokenError, "invalid_client");
    if (error.retry_after === undefined) lengths.push(second);
    clocks.move(1);
  }
  assertEquals(lengths, [0, 10, 30, 70]);
  assertEquals(calls.length, 4);
});

Deno.test("takeToken requests a new token for a refresh, unless the endpoint is to be left alone", async () => {
  using _clocks = stopClocks();
  const wait = json({}, { status: 429, headers: { "retry-after": "60" } });
  const { run, calls } = program(token("t1", 1000), token("t2", 1000), wait);
  await run();
  assertEquals((await run({ isRefresh: true })).token.access_token, "t2");
  for (const retry_after of [60, 60]) {
    const error = await assertRejects(() => run({ isRefresh: true }), TokenError);
    assertEquals([error.status, error.retry_after], [429, retry_after]);
  }
  assertEquals([(await run()).token.access_token, calls.length], ["t2", 3]);
});

Deno.test("takeToken keeps nothing in the store that the mask hides", async () => {
  const answer = { error: "invalid_client", error_description: "bad proof abc.def" };
  const { run } = program(json(answer, { status: 401 }));
  const mask = (text: string) => text.replaceAll("abc.def", "***");
  await assertRejects(() => run({ mask }), TokenError, "bad proof abc.def");
  const error = await assertRejects(() => run(), TokenError, "bad proof ***");
  assert(!JSON.stringify(error).includes("abc"));
  await settle();
});

Deno.test("takeToken says what it calls the store", async () => {
  const { run, store, warnings } = program(token("t1", 1000));
  store.get = () => Promise.reject(new Error("down my_secret_456"));
  await run();
  assertEquals(warnings, ["The token could not be read from the cache: down ***"]);
});
