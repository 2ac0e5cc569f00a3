import { assert, assertEquals, assertRejects } from "@std/assert";
import { withFakeClock } from "../tests/support/clock.ts";
import { claimLock } from "./claim_lock.ts";

const CLAIM = "claim-7d1f8f5e-57f5-4e39-9c53-1f6b0a6f3f0f";
const never = new AbortController().signal;

/** A store in memory that notes how long each value was to be kept. */
function noteStore() {
  const values = new Map<string, unknown>();
  const lives: number[] = [];
  return {
    values,
    lives,
    store: {
      get: (key: string) => Promise.resolve(values.get(key)),
      set(key: string, value: string, milliseconds: number) {
        lives.push(milliseconds);
        return Promise.resolve(values.set(key, value));
      },
      delete: (key: string) => Promise.resolve(values.delete(key)),
    },
  };
}

Deno.test("claimLock takes the lock of a key with a value beside it, and gives it back", async () => {
  const { values, lives, store } = noteStore();
  const lock = claimLock(store, 0);
  const unlock = await lock("a", never);
  assertEquals([[...values.keys()], lives], [["a-claim"], [10_000]]);
  // Another key is not locked.
  await (await lock("b", never))();
  await unlock();
  assertEquals(values.size, 0);
});

Deno.test("claimLock lets one after the other have the lock of a key", async () => {
  const { store } = noteStore();
  let holders = 0;
  let most = 0;
  await Promise.all(Array.from({ length: 3 }, async () => {
    const unlock = await claimLock(store, 0)("a", never);
    most = Math.max(most, ++holders);
    await new Promise((done) => setTimeout(done, 5));
    holders--;
    await unlock();
  }));
  assertEquals(most, 1);
});

Deno.test("of two that claim at the same moment, the one whose claim was overwritten waits", async () => {
  const { values, store } = noteStore();
  const set = (key: string, ...rest: [string, number]) =>
    store.set(key, ...rest).then(() => values.set(key, CLAIM));
  const { result } = await withFakeClock(() => claimLock({ ...store, set }, 0)("a", never));
  // After a second it goes on without the lock, and must leave that of the other.
  await (result as PromiseFulfilledResult<() => Promise<void>>).value();
  assertEquals([...values], [["a-claim", CLAIM]]);
});

Deno.test("claimLock waits for a claim for about a second, and leaves it where it is", async () => {
  const { values, lives, store } = noteStore();
  values.set("a-claim", CLAIM);
  const { result, elapsed } = await withFakeClock(() => claimLock(store, 0)("a", never));
  await (result as PromiseFulfilledResult<() => Promise<void>>).value();
  assert(elapsed >= 1000 && elapsed < 1050, `${elapsed} ms`);
  assertEquals([[...values], lives], [[["a-claim", CLAIM]], []]);
});

Deno.test("claimLock does not remove the claim of another that followed its own", async () => {
  const { values, store } = noteStore();
  const unlock = await claimLock(store, 0)("a", never);
  values.set("a-claim", CLAIM);
  await unlock();
  assertEquals(values.get("a-claim"), CLAIM);
});

for (const value of [undefined, null, "", "v1.garbage", `${CLAIM} `, `x${CLAIM}`, 5]) {
  Deno.test(`claimLock takes ${JSON.stringify(value)} for no claim`, async () => {
    const { values, store } = noteStore();
    values.set("a-claim", value);
    await (await claimLock(store, 0)("a", never))();
    assertEquals(values.size, 0);
  });
}

Deno.test("claimLock refuses a store that does not return what it was given", async () => {
  for (const value of [undefined, "garbage"]) {
    const store = { ...noteStore().store, get: () => Promise.resolve(value) };
    const message = "what was written was not found";
    await assertRejects(() => claimLock(store, 0)("a", never), Error, message);
  }
});

Deno.test("the wait for a claim ends when its signal aborts", async () => {
  const { values, store } = noteStore();
  values.set("a-claim", CLAIM);
  const { result, elapsed } = await withFakeClock(() =>
    claimLock(store, 0)("a", AbortSignal.timeout(30))
  );
  assert(result.status === "rejected");
  assertEquals(result.reason.name, "TimeoutError");
  assert(elapsed >= 30 && elapsed < 100, `${elapsed} ms`);
});

Deno.test("a claim is confirmed after some time, in which another process may have overwritten it", async () => {
  const { values, store } = noteStore();
  const unlocks: (() => void | Promise<void>)[] = [];
  let isLate = true;
  const slow = {
    ...store,
    async get(key: string) {
      const found = await store.get(key);
      // This process looks before the first one claims the key, and writes after that.
      if (isLate) await new Promise((done) => setTimeout(done, 20));
      isLate = false;
      return found;
    },
  };
  const order: string[] = [];
  const take = async (name: string, its: typeof store) => {
    unlocks.push(await claimLock(its, 60)("a", never));
    order.push(name);
    if (name === "late") await unlocks.at(-1)!();
  };
  await withFakeClock(() => Promise.all([take("late", slow), take("early", store)]));
  assertEquals(order, ["late", "early"]);
  await unlocks.at(-1)!();
  assertEquals(values.size, 0);
});

Deno.test("a claim that is given up before it is confirmed is removed", async () => {
  const { values, store } = noteStore();
  const controller = new AbortController();
  const taking = claimLock(store, 10_000)("a", controller.signal);
  for (let turn = 0; values.size === 0 && turn < 100; turn++) {
    await new Promise((done) => setTimeout(done, 1));
  }
  controller.abort(new RangeError("enough"));
  await assertRejects(() => taking, RangeError, "enough");
  await new Promise((done) => setTimeout(done, 0));
  assertEquals(values.size, 0);
});

Deno.test("a claim that another process removed with its own is made again", async () => {
  const { store } = noteStore();
  let removed = 0;
  const set = async (key: string, value: string, milliseconds: number) => {
    await store.set(key, value, milliseconds);
    if (removed++ < 3) await store.delete(key);
  };
  await (await claimLock({ ...store, set }, 0)("a", never))();
  assertEquals(removed, 4);
});
