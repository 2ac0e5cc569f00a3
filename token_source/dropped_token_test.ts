// A shared token that a source was told to drop.

import { assertEquals, assertMatch } from "@std/assert";
import { REQUEST, stubFetch } from "../tests/support/stub_fetch.ts";
import {
  KEY,
  mapStore,
  numberedServer,
  settle,
  stopClocks,
  testSources,
  unlocked,
} from "../tests/support/stores.ts";
import { tokenSource } from "./token_source.ts";

testSources("invalidate removes the token from the store if it is still that one", async () => {
  const { values, done, store } = mapStore();
  const { source } = numberedServer();
  const [one, two] = [source(store), source(store)];
  await one.get();
  await settle();
  await two.get();
  one.invalidate("t1");
  await settle();
  assertEquals(values.size, 0);
  assertEquals((await one.get()).access_token, "t2");
  await settle();
  two.invalidate("t1");
  await settle();
  assertEquals(values.size, 1);
  assertEquals((await two.get()).access_token, "t2");
  done.length = 0;
  two.invalidate("t1");
  await settle();
  assertEquals(done, []);
});

testSources("invalidate without a token removes whatever is in the store", async () => {
  const { values, store } = mapStore();
  const { source } = numberedServer();
  await source(store).get();
  await settle();
  const other = source(store);
  other.invalidate();
  await settle();
  assertEquals(values.size, 0);
  assertEquals((await other.get()).access_token, "t2");
});

for (const named of [true, false]) {
  testSources(
    `a store that cannot remove does not bring back a token ${
      named ? "named in" : "before"
    } invalidate`,
    async () => {
      // What is dropped may have been requested in the same millisecond.
      using _clocks = stopClocks();
      const store = { ...mapStore().store, lock: unlocked };
      store.delete = () => Promise.reject(new Error("read-only"));
      const { source, warnings } = numberedServer();
      const one = source(store);
      await one.get();
      await settle();
      store.set = () => Promise.reject(new Error("read-only"));
      one.invalidate(named ? "t1" : undefined);
      assertEquals((await one.get()).access_token, "t2");
      one.invalidate("t2");
      assertEquals((await one.get()).access_token, "t3");
      await settle();
      assertMatch(
        warnings[0]!,
        /^The token could not be (removed from|written to) the store: read-only$/,
      );
    },
  );
}

testSources("a source remembers the last hundred tokens that were dropped", async () => {
  const { values, store } = mapStore();
  const { source, calls } = numberedServer();
  const one = source(store);
  await one.get();
  await settle();
  const [[key, value]] = [...values] as [[string, string]];
  const { get } = store;
  store.get = (name) => name === key ? Promise.resolve(value) : get(name);
  for (let i = 1; i <= 100; i++) {
    one.invalidate(`t${i}`);
    assertEquals((await one.get()).access_token, `t${i + 1}`);
  }
  one.invalidate("t101");
  assertEquals([(await one.get()).access_token, calls.length], ["t1", 101]);
  await settle();
  assertMatch(key, KEY);
});

testSources("invalidate keeps the answer to a request under way out of the store", async () => {
  const { values, store } = mapStore();
  const answers: ((response: Response) => void)[] = [];
  const { fetch } = stubFetch(() => new Promise((resolve) => answers.push(resolve)));
  const source = tokenSource(REQUEST, { fetch, store });
  const early = source.get();
  await settle();
  source.invalidate();
  const late = source.get();
  await settle();
  answers[0]!(Response.json({ access_token: "old", expires_in: 3600 }));
  assertEquals((await early).access_token, "old");
  await settle();
  assertEquals([...values.keys()].filter((key) => KEY.test(key)), []);
  answers[1]!(Response.json({ access_token: "new", expires_in: 3600 }));
  assertEquals((await late).access_token, "new");
  await settle();
  assertEquals((await tokenSource(REQUEST, { store }).get()).access_token, "new");
});
