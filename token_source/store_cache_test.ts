import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  KEY,
  mapStore,
  numberedServer,
  settle,
  stopClocks,
  testSources,
} from "../tests/support/stores.ts";
import { replace } from "../tests/support/run_main.ts";

testSources("a source stores its token sealed, and others find it", async () => {
  const { values, store } = mapStore();
  const { source, calls, warnings } = numberedServer({ expires_in: 3600, other: [1] });
  const first = await source(store).get();
  assertEquals(first, { access_token: "t1", token_type: "Bearer", expires_in: 3600, other: [1] });
  await settle();
  const [[key, value]] = [...values] as [[string, string]];
  assertMatch(key, KEY);
  assertMatch(value, /^v1\.[\w+/]+=*$/);
  const { expires_in, ...second } = await source(store).get();
  assertEquals(second, { access_token: "t1", token_type: "Bearer", other: [1] });
  assert(expires_in! >= 3560 && expires_in! < 3570, `${expires_in}`);
  assertEquals([calls.length, warnings], [1, []]);
});

testSources(
  "a store is asked once for a token that is kept, and keeps it for as long as it lives",
  async () => {
    using _clocks = stopClocks();
    const { done, store } = mapStore();
    const lives: number[] = [];
    const set = store.set;
    store.set = (
      key,
      value,
      milliseconds,
    ) => {
      if (KEY.test(key)) lives.push(milliseconds);
      return set(key, value, milliseconds);
    };
    const { source, calls } = numberedServer();
    const one = source(store);
    const tokens = await Promise.all(Array.from({ length: 100 }, () => one.get()));
    await settle();
    for (let i = 0; i < 100; i++) await one.get();
    assertEquals([new Set(tokens.map((token) => token.access_token)).size, calls.length], [1, 1]);
    assertEquals([done, lives], [["get", "get", "set"], [3_600_000]]);
  },
);

testSources("sources of other tokens share nothing", async () => {
  const { values, store } = mapStore();
  const { source } = numberedServer();
  const others = [
    source(store),
    source(store, {}, { scope: "read" }),
    source(store, { dpop_jkt: "a" }),
    source(store, { headers: { "x-tenant": "a" } }),
    source(store, { sealKey: "a" }, { auth_method: () => {} }),
  ];
  for (const [i, other] of others.entries()) {
    assertEquals((await other.get()).access_token, `t${i + 1}`);
    await settle();
  }
  assertEquals(values.size, others.length);
});

testSources("a token that the source may not keep is not stored", async () => {
  const { values, done, store } = mapStore();
  for (const members of [{}, { expires_in: 0 }]) {
    await numberedServer(members).source(store).get();
    await settle();
  }
  assertEquals([values.size, done], [0, Array(4).fill("get")]);
  const { source } = numberedServer({});
  await source(store, { defaultLifetime: 100 }).get();
  await settle();
  const found = await source(store).get();
  assertEquals(found, { access_token: "t1", token_type: "Bearer" });
});

testSources("a token of the store is used until the margin of the source begins", async () => {
  const { store } = mapStore();
  const { source } = numberedServer({ expires_in: 100 });
  await source(store).get();
  await settle();
  using clocks = stopClocks();
  clocks.move(60);
  assertEquals((await source(store).get()).access_token, "t1");
  assertEquals((await source(store, { margin: 45 }).get()).access_token, "t2");
  await settle();
});

testSources(
  "a token that is bound to a key is not stored if dpop_jkt does not name it",
  async () => {
    const { values, store } = mapStore();
    const { source, warnings } = numberedServer({ expires_in: 3600, token_type: "DPoP" });
    assertEquals((await source(store).get()).access_token, "t1");
    await settle();
    const reason = "it is bound to a key, and dpop_jkt does not say which";
    assertEquals(warnings, [`The token could not be written to the store: ${reason}`]);
    await source(store, { dpop_jkt: "a" }).get();
    await settle();
    assertEquals([values.size, (await source(store, { dpop_jkt: "a" }).get()).access_token], [
      1,
      "t2",
    ]);
  },
);

testSources("a token that lives very long is stored for a year", async () => {
  const { store } = mapStore();
  let life = 0;
  store.set = (_, __, milliseconds) => Promise.resolve(life = milliseconds);
  await numberedServer({ expires_in: 9e15 }).source(store).get();
  await settle();
  assertEquals(Math.ceil(life / 1000), 365 * 24 * 3600);
});

testSources("a token that expires before it can be stored is not stored", async () => {
  using clocks = stopClocks();
  const { encrypt } = crypto.subtle;
  using _slow = replace(crypto.subtle, {
    encrypt(...args) {
      clocks.move(60);
      return encrypt.apply(crypto.subtle, args);
    },
  });
  const { done, store } = mapStore();
  const { source } = numberedServer({ expires_in: 60 });
  await source(store).get();
  await settle();
  assertEquals(done, ["get", "get"]);
});

for (const skew of [-30, 30]) {
  testSources(`a clock that differs by ${skew} s does no harm`, async () => {
    using clocks = stopClocks();
    const { store } = mapStore();
    const { source, calls } = numberedServer({ expires_in: 300 });
    await source(store).get();
    await settle();
    clocks.move(skew);
    const other = source(store);
    let last = 0;
    for (let age = 0; calls.length < 2; age++) {
      const { access_token, expires_in } = await other.get();
      if (access_token === "t1") {
        assert(age + expires_in! <= 300, `${expires_in} s left at ${age} s`);
      }
      if (access_token === "t1") last = age;
      clocks.move(1);
    }
    assert(last >= 220 && last < 300, `t1 was used until ${last} s`);
    await settle();
  });
}

testSources(
  "a stored token that lives for seconds has fewer left, because clocks differ",
  async () => {
    using _clocks = stopClocks();
    const { store } = mapStore();
    const { source } = numberedServer({ expires_in: 10 });
    assertEquals((await source(store).get()).expires_in, 10);
    await settle();
    assertEquals((await source(store).get()).expires_in, 9);
  },
);

testSources("a token from the future is not trusted: nobody knows when it expires", async () => {
  using clocks = stopClocks();
  const { store } = mapStore();
  const { source } = numberedServer();
  await source(store).get();
  await settle();
  clocks.move(-31);
  assertEquals((await source(store).get()).access_token, "t2");
});

testSources(
  "a token from the store expires when the machine sleeps or a clock is set back",
  async () => {
    for (const [seconds, dateOnly] of [[3000, true], [3000, false]] as const) {
      using clocks = stopClocks();
      const { store } = mapStore();
      const { source } = numberedServer();
      await source(store).get();
      await settle();
      clocks.move(600);
      const other = source(store);
      assertEquals((await other.get()).access_token, "t1");
      clocks.move(seconds, dateOnly);
      if (!dateOnly) clocks.move(-3000, true);
      assertEquals((await other.get()).access_token, "t2");
    }
  },
);
