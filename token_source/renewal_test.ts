// A token that is renewed while it is still used.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { replace } from "../tests/support/run_main.ts";
import {
  heldServer,
  mapStore,
  nextTurn,
  numberedServer,
  settle,
  stopClocks,
  testSources,
} from "../tests/support/stores.ts";
import { json, REQUEST, stubFetch, text } from "../tests/support/stub_fetch.ts";
import { TokenError } from "../token.ts";
import { tokenSource } from "./token_source.ts";

/** A source whose first token of 100 s is due: it has 20 s left. */
async function dueSource() {
  const clocks = stopClocks();
  using _random = replace(Math, { random: () => 1 });
  const warnings: string[] = [];
  const server = heldServer({ onWarning: (warning) => void warnings.push(warning) });
  const first = server.source.get();
  await server.sent(1);
  server.answer(0, "t1", 100);
  await first;
  clocks.move(80);
  const token = async () => (await server.source.get()).access_token;
  return { ...server, clocks, warnings, token, [Symbol.dispose]: () => clocks[Symbol.dispose]() };
}

Deno.test("a token is renewed in the background as soon as it is due", async () => {
  using world = await dueSource();
  const { token, sent, answer, clocks, source } = world;
  clocks.move(-0.1);
  assertEquals(await token(), "t1");
  await sent(1);
  clocks.move(0.1);
  // All of them get the token that is there, and one renews it.
  for (let i = 0; i < 10; i++) assertEquals(await token(), "t1");
  assertEquals((await source.get()).expires_in, 20);
  await sent(2);
  answer(1, "t2");
  await nextTurn();
  assertEquals(await token(), "t2");
  await sent(2);
});

Deno.test("a token is renewed after the seconds that the server gives as refresh_in", async () => {
  using clocks = stopClocks();
  const { source, calls } = numberedServer({ expires_in: 86_400, refresh_in: 43_200 });
  const one = source();
  const tokens: string[] = [];
  for (const seconds of [0, 43_199, 1, 0]) {
    clocks.move(seconds);
    tokens.push((await one.get()).access_token);
    await settle();
  }
  assertEquals([tokens, calls.length], [["t1", "t1", "t1", "t2"], 2]);
});

Deno.test("a renewal that fails is tried again after pauses that grow, and brings one warning", async () => {
  using world = await dueSource();
  using _random = replace(Math, { random: () => 1 });
  const { token, sent, answer, refuse, clocks, warnings } = world;
  // Of the 19 s in which it is renewed, a 64th, and so on, up to a 16th.
  let requests = 1;
  for (const delay of [19 / 64, 19 / 32, 19 / 16, 19 / 16, 19 / 16]) {
    assertEquals(await token(), "t1");
    await sent(++requests);
    refuse(requests - 1, 502);
    await nextTurn();
    clocks.move(delay - 0.01);
    assertEquals(await token(), "t1");
    await sent(requests);
    clocks.move(0.011);
  }
  const message = "api.example.com answered 502: {}";
  assertEquals(warnings, [`The token could not be renewed: ${message}`]);
  assertEquals(await token(), "t1");
  await sent(++requests);
  answer(requests - 1, "t2", 100);
  await nextTurn();
  assertEquals(await token(), "t2");

  // The next failure is news again.
  clocks.move(80);
  await token();
  await sent(++requests);
  refuse(requests - 1, 502);
  await nextTurn();
  assertEquals(warnings.length, 2);
});

Deno.test("a caller waits for a renewal only when the token is used up", async () => {
  using world = await dueSource();
  const { token, sent, answer, clocks } = world;
  await token();
  await sent(2);
  clocks.move(18.9);
  assertEquals(await token(), "t1");
  clocks.move(0.1);
  const waiting = [token(), token()];
  await nextTurn();
  answer(1, "t2");
  assertEquals(await Promise.all(waiting), ["t2", "t2"]);
  await sent(2);
});

Deno.test("if a renewal fails for which callers wait, a request is made for them", async () => {
  using world = await dueSource();
  const { token, sent, answer, refuse, clocks } = world;
  await token();
  await sent(2);
  clocks.move(19);
  const waiting = [token(), token()];
  await nextTurn();
  refuse(1, 500);
  await sent(3);
  answer(2, "t2");
  assertEquals(await Promise.all(waiting), ["t2", "t2"]);
});

Deno.test("a caller that leaves does not end a renewal", async () => {
  using world = await dueSource();
  const { token, source, sent, answer, clocks, calls } = world;
  await token();
  await sent(2);
  clocks.move(19);
  const controller = new AbortController();
  const leaving = source.get({ signal: controller.signal });
  await nextTurn();
  controller.abort();
  await assertRejects(() => leaving, TokenError, "was aborted");
  assertEquals(calls[1]!.init.signal!.aborted, false);
  answer(1, "t2");
  await nextTurn();
  assertEquals(await token(), "t2");
});

Deno.test("invalidate ends a renewal, unless callers wait for it", async () => {
  using world = await dueSource();
  const { token, source, sent, answer, calls, warnings } = world;
  await token();
  await sent(2);
  source.invalidate();
  assertEquals(calls[1]!.init.signal!.aborted, true);
  const next = token();
  await sent(3);
  answer(2, "t3");
  assertEquals([await next, warnings], ["t3", []]);
});

Deno.test("invalidate with the token leaves its renewal alone, and callers wait for that", async () => {
  using world = await dueSource();
  const { token, source, sent, answer } = world;
  await token();
  await sent(2);
  source.invalidate("t1");
  const next = token();
  await nextTurn();
  answer(1, "t2");
  assertEquals(await next, "t2");
  await sent(2);
});

Deno.test("what a renewal throws that is no TokenError is a warning, too", async () => {
  using clocks = stopClocks();
  const warnings: string[] = [];
  let isBroken = false;
  const { fetch, calls } = stubFetch(json({ access_token: "t1", expires_in: 100 }));
  const auth_method = () => {
    if (isBroken) throw new Error("no key my_secret_456");
  };
  const onWarning = (warning: string) => void warnings.push(warning);
  const source = tokenSource({ ...REQUEST, auth_method }, { fetch, onWarning });
  await source.get();
  isBroken = true;
  clocks.move(80);
  await source.get();
  await settle();
  assertEquals((await source.get()).access_token, "t1");
  assertEquals([warnings, calls.length], [["The token could not be renewed: no key ***"], 1]);
});

testSources("the first of a fleet renews for all, in the background", async () => {
  using clocks = stopClocks();
  const { store, done } = mapStore();
  const { source, calls } = numberedServer({ expires_in: 100 });
  const fleet = Array.from({ length: 8 }, () => source(store));
  const first = new Map<string, number>();
  for (let second = 0; second < 500; second++) {
    const before = done.length;
    for (const one of fleet) {
      const { access_token } = await one.get();
      if (!first.has(access_token)) first.set(access_token, second);
      const age = second - first.get(access_token)!;
      assert(age <= 86, `${access_token} after ${age} s`);
    }
    await nextTurn();
    if (done.length > before) await settle();
    clocks.move(1);
  }
  assertEquals(calls.length, first.size);
  assert(calls.length <= 7, `${calls.length} requests`);
});

testSources("a renewal takes the token that another process has stored", async () => {
  using clocks = stopClocks();
  const { store } = mapStore();
  const { source, calls } = numberedServer({ expires_in: 100 });
  const [one, two] = [source(store), source(store)];
  await one.get();
  await settle();
  await two.get();
  clocks.move(85);
  await one.get();
  await settle();
  assertEquals((await one.get()).access_token, "t2");
  assertEquals((await two.get()).access_token, "t1");
  await settle();
  assertEquals([(await two.get()).access_token, calls.length], ["t2", 2]);
});

testSources("a store that hangs delays the renewal, and nobody else", async () => {
  using clocks = stopClocks();
  const { store } = mapStore();
  const { source, calls } = numberedServer({ expires_in: 100 });
  const one = source(store);
  await one.get();
  await settle();
  store.get = () => new Promise(() => {});
  clocks.move(85);
  const start = Date.now();
  for (let i = 0; i < 100; i++) assertEquals((await one.get()).access_token, "t1");
  assertEquals([Date.now() - start, calls.length], [0, 1]);
});

Deno.test("a refused renewal is repeated after 10 s, and not before", async () => {
  using clocks = stopClocks();
  const { fetch, calls } = stubFetch(
    json({ access_token: "t1", expires_in: 1000 }),
    text("no", { status: 400 }),
  );
  const source = tokenSource(REQUEST, { fetch });
  await source.get();
  clocks.move(800);
  for (let second = 0; second < 35; second++) {
    assertEquals((await source.get()).access_token, "t1");
    await nextTurn();
    clocks.move(1);
  }
  // The first renewal, and those after 10 and 30 s.
  assertEquals(calls.length, 4);
});
