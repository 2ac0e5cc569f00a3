import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { json, REQUEST, stubFetch, text } from "../tests/support/stub_fetch.ts";
import { withFakeClock } from "../tests/support/clock.ts";
import {
  mapStore,
  numberedServer,
  settle,
  shortenTimeLimit,
  testSources,
} from "../tests/support/stores.ts";
import { TokenError } from "../token.ts";
import { deriveSealKey, seal } from "./seal.ts";
import { tokenSource, type TokenStore } from "./token_source.ts";

const REASON = "the stored value was changed, or sealed with another secret";
// Milliseconds that take the place of 2 s.
const QUICK = 100;
const hang = () => new Promise<never>(() => {});
const refuse = () => Promise.reject(new Error("connection to my_secret_456 lost\n\x1b[1m"));
const throws = () => {
  throw new Error("no client");
};
const FAULTS: Record<string, [Partial<TokenStore>, warning?: string]> = {
  "rejects": [{ get: refuse, set: refuse, delete: refuse }, "connection to *** lost"],
  "rejects with no error": [{ get: () => Promise.reject(5) }, "unknown reason"],
  "throws": [{ get: throws, set: throws, delete: throws }, "no client"],
  "hangs": [{ get: hang, set: hang, delete: hang }, "no answer within 0.1 s"],
  "hangs when written": [{ set: hang }, "no answer within 0.1 s"],
  "returns garbage": [{ get: () => Promise.resolve("garbage") }, REASON],
  "returns what is no text": [{ get: () => Promise.resolve({ token: "t0" }) }, REASON],
  "returns null": [{ get: () => Promise.resolve(null) }, "what was written was not found"],
  "lies about locks": [{ lock: () => Promise.resolve(undefined as never) }, "is not a function"],
  "rejects locks": [{ lock: refuse }, "connection to *** lost"],
  "throws at locks": [{ lock: throws }, "no client"],
  "cannot unlock": [{ lock: () => Promise.resolve(throws) }, "no client"],
};

for (const [fault, [methods, warning]] of Object.entries(FAULTS)) {
  testSources(`a store that ${fault} stops no token, and brings one warning`, async () => {
    const hangs = fault.startsWith("hangs");
    using _quick = hangs ? shortenTimeLimit(QUICK) : undefined;
    const { source, warnings, calls } = numberedServer();
    const one = source({ ...mapStore().store, ...methods });
    const tokens = await Promise.all([one.get(), one.get()]);
    assertEquals([tokens.map((token) => token.access_token), calls.length], [["t1", "t1"], 1]);
    if (hangs) await new Promise((done) => setTimeout(done, 2 * QUICK));
    await settle();
    assertEquals(warnings.length, warning ? 1 : 0);
    assert(!warning || warnings[0]!.startsWith("The token could not be "), warnings[0]);
    assert(!warning || warnings[0]!.endsWith(`: ${warning}`) || warnings[0]!.includes(warning));
    one.invalidate("t1");
  });
}

testSources("a value that another place, secret or version sealed is as good as none", async () => {
  const { values, store } = mapStore();
  const { source, warnings } = numberedServer();
  await source(store, {}, { scope: "read" }).get();
  await settle();
  const [foreign] = [...values.values()];
  store.get = () => Promise.resolve(foreign);
  assertEquals((await source(store).get()).access_token, "t2");
  const sealKey = await deriveSealKey(REQUEST.client_secret);
  store.get = async (key) => await seal(`{"token":{}}`, sealKey, key);
  assertEquals((await source(store).get()).access_token, "t3");
  const other = { client_secret: "next_secret" };
  const fresh = mapStore();
  await source(fresh.store).get();
  await settle();
  assertEquals((await source(fresh.store, {}, other).get()).access_token, "t5");
  await settle();
  assertEquals(warnings.map((warning) => warning.split(": ")[1]), [
    REASON,
    "the stored value has no token",
    REASON,
  ]);
});

testSources("a store that fails again after it worked brings a second warning", async () => {
  const { store } = mapStore();
  const { get } = store;
  const { source, warnings } = numberedServer({ expires_in: 0 });
  const one = source(store);
  for (const isDown of [true, true, false, true]) {
    store.get = isDown ? refuse : get;
    await one.get();
  }
  assertEquals(warnings.length, 2);
});

testSources(
  "a store that has garbage again after it had none brings a second warning",
  async () => {
    let value: unknown;
    const lock = () => Promise.resolve(() => {});
    const store = { ...mapStore().store, lock, get: () => Promise.resolve(value) };
    const { source, warnings } = numberedServer({ expires_in: 0 });
    const one = source(store);
    for (value of ["garbage", "garbage", undefined, "garbage"]) await one.get();
    assertEquals(warnings.length, 2);
  },
);

testSources(
  "a store that could not remove, but was written to since, brings a second warning",
  async () => {
    const lock = () => Promise.resolve(() => {});
    const store = { ...mapStore().store, lock, delete: refuse };
    const { source, warnings } = numberedServer();
    const one = source(store);
    for (const token of ["t1", "t2"]) {
      assertEquals((await one.get()).access_token, token);
      await settle();
      one.invalidate(token);
      await settle();
    }
    const warning = "The token could not be removed from the store: connection to *** lost";
    assertEquals(warnings, [warning, warning]);
  },
);

testSources("an onWarning that throws stops no token", async () => {
  const { source } = numberedServer();
  const onWarning = () => {
    throw new Error("no log");
  };
  const store = { ...mapStore().store, get: refuse };
  assertEquals((await source(store, { onWarning }).get()).access_token, "t1");
  assertEquals((await source(store, { onWarning: undefined }).get()).access_token, "t2");
  await settle();
});

testSources("while a store hangs, nothing gathers, and the latest write is done", async () => {
  const { values, done, store } = mapStore();
  const { set } = store;
  const lock = () => Promise.resolve(() => {});
  const begun = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  store.set = async (...args) => {
    begun.resolve();
    await rest.promise;
    return await set(...args);
  };
  const { source } = numberedServer();
  const one = source({ ...store, set: (...args) => store.set(...args), lock });
  for (let i = 1; i <= 20; i++) {
    assertEquals((await one.get()).access_token, `t${i}`);
    one.invalidate(`t${i}`);
  }
  await one.get();
  await begun.promise;
  rest.resolve();
  await settle();
  assertEquals(done.filter((what) => what !== "get"), ["set", "set"]);
  assertEquals([values.size, (await source(store).get()).access_token], [1, "t21"]);
});

/** A store with a lock for each key, as a file store has. */
function lockingStore() {
  const { values, done, store } = mapStore();
  const waiting: (() => void)[] = [];
  let isLocked = false;
  const unlock = () => {
    done.push("unlock");
    isLocked = false;
    waiting.shift()?.();
  };
  const lock = async (_: string, signal: AbortSignal) => {
    while (isLocked) {
      await new Promise<void>((resolve, reject) => {
        waiting.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    }
    isLocked = true;
    done.push("lock");
    return unlock;
  };
  return { values, done, store: { ...store, lock } };
}

testSources("sources whose store has a lock make one request", async () => {
  const { done, store } = lockingStore();
  const { source, calls } = numberedServer();
  const tokens = await Promise.all(Array.from({ length: 20 }, () => source(store).get()));
  assertEquals([new Set(tokens.map((token) => token.access_token)).size, calls.length], [1, 1]);
  await settle();
  const count = (wanted: string) => done.filter((what) => what === wanted).length;
  assertEquals([count("lock") > 0, count("unlock"), count("set")], [true, count("lock"), 1]);
  assert(done.indexOf("unlock") > done.indexOf("set"), `${done}`);
});

testSources("the lock is given back if the request fails or all callers leave", async () => {
  const { done, store } = lockingStore();
  const { fetch } = stubFetch(text("no", { status: 400 }), () => new Promise(() => {}));
  const source = tokenSource(REQUEST, { fetch, store });
  await assertRejects(() => source.get(), TokenError);
  const controller = new AbortController();
  const leaving = source.get({ signal: controller.signal });
  await settle();
  controller.abort();
  await assertRejects(() => leaving, TokenError);
  await settle();
  assertEquals(done.filter((what) => what.endsWith("lock")), ["lock", "unlock", "lock", "unlock"]);
});

testSources(
  "a caller that leaves while another process has the lock brings no warning",
  async () => {
    const { done, store } = lockingStore();
    const unlock = await store.lock("", new AbortController().signal);
    const { source, calls, warnings } = numberedServer();
    const controller = new AbortController();
    const leaving = source(store).get({ signal: controller.signal });
    await settle();
    controller.abort();
    await assertRejects(() => leaving, TokenError);
    await settle();
    unlock();
    assertEquals([calls.length, warnings, done], [0, [], ["lock", "get", "get", "unlock"]]);
  },
);

for (const ignoresSignal of [false, true]) {
  testSources(
    `a lock that never comes${ignoresSignal ? ", nor a rejection," : ""} stops no token`,
    async () => {
      let give = (_: () => void) => {};
      let wasGivenBack = false;
      const lock = (_: string, signal: AbortSignal) =>
        new Promise<() => void>((resolve, reject) => {
          give = resolve;
          if (!ignoresSignal) signal.addEventListener("abort", () => reject(signal.reason));
        });
      const { source, warnings } = numberedServer();
      const options = { timeout: 3000, retries: 1 };
      const { result, elapsed } = await withFakeClock(() =>
        source({ ...mapStore().store, lock }, options).get()
      );
      assertEquals(result.status, "fulfilled");
      assertEquals(elapsed, 2000);
      assertEquals(warnings.length, 1);
      give(() => wasGivenBack = true);
      await settle();
      assertEquals(wasGivenBack, ignoresSignal);
    },
  );
}

testSources("a source whose auth_method is a function needs a sealKey for its store", async () => {
  const request = { ...REQUEST, auth_method: () => {} };
  const { store } = mapStore();
  const { fetch } = stubFetch(json({ access_token: "t", expires_in: 60 }));
  for (const sealKey of [undefined, "", new Uint8Array()]) {
    const error = assertThrows(() => tokenSource(request, { store, sealKey }), TokenError);
    assertEquals(error.kind, "usage");
    assertEquals(
      error.message,
      "A store needs a sealKey if client_secret or auth_method is a function",
    );
  }
  tokenSource(request);
  const sealKey = crypto.getRandomValues(new Uint8Array(32));
  await tokenSource(request, { fetch, store, sealKey }).get();
  await settle();
  const found = await tokenSource(request, { store, sealKey }).get();
  assertEquals(found.access_token, "t");
});

testSources(
  "a store that does not answer is given 2 s, and then a quarter of a second",
  async () => {
    const { source } = numberedServer({ expires_in: 0 });
    const one = source({ ...mapStore().store, get: hang });
    const { result } = await withFakeClock(async () => {
      const waits: number[] = [];
      for (let i = 0; i < 3; i++) {
        const start = Date.now();
        await one.get();
        waits.push(Date.now() - start);
      }
      return waits;
    });
    assertEquals(result, { status: "fulfilled", value: [2000, 250, 250] });
  },
);
