// A Keyv in memory as a store; one with a database is in fleet_test.ts. keyv is named here and not in
// deno.json, whose npm packages every task would download.
// deno-lint-ignore-file no-import-prefix
import { assert, assertEquals, assertMatch } from "@std/assert";
import { needs, npm } from "./support/needs.ts";
import { numberedServer, settle, stopClocks } from "./support/stores.ts";

const { default: Keyv } = await npm("keyv", () => import("npm:keyv@5.6.0"));

Deno.test(needs("a Keyv in memory is a store, as it stands", "npm:keyv"), async () => {
  const store = new Keyv();
  const { source, calls, warnings } = numberedServer();
  const one = source(store);
  assertEquals((await one.get()).access_token, "t1");
  await settle();
  assertEquals((await source(store).get()).access_token, "t1");
  one.invalidate("t1");
  await settle();
  assertEquals((await source(store).get()).access_token, "t2");
  await settle();
  assertEquals([calls.length, warnings], [2, []]);
});

Deno.test(needs("a Keyv forgets a token when it expires", "npm:keyv"), async () => {
  using clocks = stopClocks();
  const store = new Keyv();
  const { source } = numberedServer({ expires_in: 60 });
  await source(store).get();
  await settle();
  const values = store.store as Map<string, string>;
  const [[key, value]] = [...values] as [[string, string]];
  assertMatch(key, /token-v1-[0-9a-f]{64}$/);
  assert(!`${key}${value}`.includes("my_client_id_123") && !value.includes("access_token"), value);
  clocks.move(61);
  assertEquals(await store.get(key.split(":").at(-1)!), undefined);
});
