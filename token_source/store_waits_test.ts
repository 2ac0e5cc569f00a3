// What a source with a store waits for: other processes, its callers, and the store.

import { assertEquals, assertRejects } from "@std/assert";
import { json, REQUEST, stubFetch, text } from "../tests/support/stub_fetch.ts";
import {
  mapStore,
  numberedServer,
  settle,
  testSources,
  unlocked,
} from "../tests/support/stores.ts";
import { TokenError } from "../token.ts";
import { tokenSource } from "./token_source.ts";

testSources("a source waits for the claim of another process, and warns of nothing", async () => {
  const { values, store } = mapStore();
  const { source, warnings } = numberedServer();
  await source(store).get();
  await settle();
  const place = `${[...values.keys()][0]}-claim`;
  values.clear();
  values.set(place, `claim-${crypto.randomUUID()}`);
  setTimeout(() => values.delete(place), 100);
  assertEquals((await source(store).get()).access_token, "t2");
  await settle();
  assertEquals([values.size, warnings], [1, []]);
});

testSources("a source warns of a lock that cannot be given back", async () => {
  const { source, warnings } = numberedServer();
  const lock = () => Promise.resolve(() => Promise.reject(new Error("gone")));
  await source({ ...mapStore().store, lock }).get();
  await settle();
  assertEquals(warnings, ["The token could not be unlocked in the store: gone"]);
});

testSources("a store that works again is locked again", async () => {
  const { store } = mapStore();
  let locks = 0;
  const lock = () => (locks++, unlocked());
  const { get } = store;
  store.get = () => {
    store.get = get;
    return Promise.reject(new Error("down"));
  };
  const { source } = numberedServer();
  const one = source(Object.assign(store, { lock }));
  await one.get();
  assertEquals(locks, 0);
  one.invalidate();
  await settle();
  await one.get();
  assertEquals(locks, 1);
});

testSources("a caller that aborts while the store is read ends its own wait alone", async () => {
  const { store } = mapStore();
  let give = (_: unknown) => {};
  const { get } = store;
  store.get = () => {
    store.get = get;
    return new Promise((resolve) => give = resolve);
  };
  const { source, calls } = numberedServer();
  const one = source(store);
  const controller = new AbortController();
  const { signal } = controller;
  const [leaving, staying] = [one.get({ signal }), one.get()];
  await settle();
  controller.abort();
  await assertRejects(() => leaving, TokenError, "The wait for a token was aborted");
  give(undefined);
  assertEquals([(await staying).access_token, calls.length], ["t1", 1]);
  await settle();
});

testSources("nothing is requested if all callers leave while the store is read", async () => {
  const { store } = mapStore();
  let give = (_: unknown) => {};
  store.get = () => new Promise((resolve) => give = resolve);
  const { source, calls } = numberedServer();
  const controller = new AbortController();
  const leaving = source(store).get({ signal: controller.signal });
  await settle();
  controller.abort();
  await assertRejects(() => leaving, TokenError);
  give(undefined);
  await settle();
  assertEquals(calls.length, 0);
});

testSources("a failed request is reported, and the next call tries again", async () => {
  const { done, store } = mapStore();
  const { fetch } = stubFetch(
    text("no", { status: 400 }),
    json({ access_token: "t", expires_in: 60 }),
  );
  const source = tokenSource(REQUEST, { fetch, store });
  const settled = await Promise.allSettled([source.get(), source.get()]);
  assertEquals(settled.map(({ status }) => status), ["rejected", "rejected"]);
  assertEquals((await source.get()).access_token, "t");
  await settle();
  assertEquals(done, ["get", "get", "get", "get", "set"]);
});

testSources(
  "before a retry, a token that another process has stored meanwhile is taken",
  async () => {
    const { store } = mapStore();
    const { source } = numberedServer();
    const { fetch, calls } = stubFetch(async () => {
      await source({ ...store, lock: unlocked }).get();
      await settle();
      return new Response("", { status: 503, headers: { "retry-after": "0" } });
    });
    const { access_token } = await tokenSource(REQUEST, { fetch, store }).get();
    assertEquals([access_token, calls.length], ["t1", 1]);
  },
);

testSources("before a retry, a store that does not work is not asked", async () => {
  const { store } = mapStore();
  let asked = 0;
  store.get = () => Promise.reject(new Error(`down ${++asked}`));
  store.set = () => Promise.reject(new Error("down"));
  const { fetch } = stubFetch(
    text("", { status: 503, headers: { "retry-after": "0" } }),
    json({ access_token: "t", expires_in: 60 }),
  );
  assertEquals((await tokenSource(REQUEST, { fetch, store }).get()).access_token, "t");
  assertEquals(asked, 1);
});
