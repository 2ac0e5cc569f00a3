import { assertEquals } from "@std/assert";
import { mapStore, numberedServer, settle, testSources } from "../tests/support/stores.ts";
import { listenToErrors } from "./store_events.ts";

/** A store that reports errors, and says how many listen. */
function eventStore() {
  const { values, store } = mapStore();
  const listeners: ((error: unknown) => void)[] = [];
  const on = (event: string, listener: (error: unknown) => void) => {
    assertEquals(event, "error");
    listeners.push(listener);
  };
  const emit = (error: unknown) => {
    if (listeners.length === 0) throw error;
    for (const listener of listeners) listener(error);
  };
  return { values, store: Object.assign(store, { on }), listeners, emit };
}

testSources("an error that a store reports by itself is one warning for each outage", async () => {
  const { store, emit } = eventStore();
  const { source, warnings, calls } = numberedServer();
  const one = source(store);
  await one.get();
  await settle();
  for (let i = 0; i < 3; i++) emit(new Error("Socket closed\n"));
  const warning = "There is an error in the store: Socket closed";
  assertEquals(warnings, [warning]);
  one.invalidate();
  await settle();
  await one.get();
  await settle();
  emit(new Error("refused"));
  emit("no Error");
  assertEquals(warnings, [warning, "There is an error in the store: refused"]);
  assertEquals(calls.length, 2);
});

testSources("all sources of a store hear of its errors, by way of one listener", async () => {
  const { store, emit, listeners } = eventStore();
  const servers = Array.from({ length: 3 }, () => numberedServer());
  const sources = servers.flatMap(({ source }) => [source(store), source(store)]);
  emit(new Error("down"));
  assertEquals(listeners.length, 1);
  assertEquals(servers.map(({ warnings }) => warnings.length), [2, 2, 2]);
  await Promise.all(sources.map((source) => source.get()));
});

testSources("what fails because of an outage brings no second warning", async () => {
  const { store, emit } = eventStore();
  const { source, warnings } = numberedServer();
  const one = source(store);
  emit(new Error("Socket closed"));
  store.get = () => Promise.reject(new Error("down"));
  await one.get();
  emit(new Error("refused"));
  assertEquals(warnings, ["There is an error in the store: Socket closed"]);
});

testSources("an error that follows from a failure brings no second warning", async () => {
  const { store, emit } = eventStore();
  const { source, warnings } = numberedServer();
  const one = source(store);
  store.get = () => Promise.reject(new Error("down"));
  await one.get();
  emit(new Error("Socket closed"));
  assertEquals(warnings, ["The token could not be read from the store: down"]);
});

testSources("a store that reports an error in place of rejecting is down", async () => {
  const { store, emit } = eventStore();
  const { source, warnings } = numberedServer();
  const one = source(store);
  store.get = () => {
    emit(new Error("connection lost"));
    return Promise.resolve(undefined);
  };
  store.set = () => {
    emit(new Error("connection lost"));
    return Promise.resolve(false);
  };
  await one.get();
  await settle();
  assertEquals(warnings, ["There is an error in the store: connection lost"]);
});

testSources("a store that refuses to write without an error brings a warning", async () => {
  const { store } = mapStore();
  const { source, warnings } = numberedServer();
  const lock = () => Promise.resolve(() => {});
  await source({ ...store, lock, set: () => Promise.resolve(false) }).get();
  await settle();
  assertEquals(warnings, ["The token could not be written to the store: it was refused"]);
});

Deno.test("a store whose `on` is something else is used as it is", () => {
  const heard: unknown[] = [];
  const listener = (error: unknown) => void heard.push(error);
  const throws = () => {
    throw new Error("not for you");
  };
  for (const on of ["switch", throws, undefined]) {
    listenToErrors({ ...mapStore().store, on } as never, listener);
  }
  assertEquals(heard, []);
});

Deno.test("a store remembers no more sources than are used", () => {
  const { store, emit } = eventStore();
  let heard = 0;
  const kept = () => void heard++;
  const deref = WeakRef.prototype.deref;
  let isCollected = false;
  let derefs = 0;
  WeakRef.prototype.deref = function (this: WeakRef<WeakKey>) {
    derefs++;
    const target = deref.call(this);
    return isCollected && target !== kept ? undefined : target;
  } as typeof deref;
  try {
    listenToErrors(store, kept);
    isCollected = true;
    for (let i = 0; i < 1000; i++) listenToErrors(store, () => {});
    derefs = 0;
    emit(new Error("down"));
    assertEquals([heard, derefs < 20], [1, true]);
  } finally {
    WeakRef.prototype.deref = deref;
  }
});
