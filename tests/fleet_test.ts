// keyv is named here and not in deno.json, whose npm packages every task would download.
// deno-lint-ignore-file no-import-prefix
import { assert, assertEquals } from "@std/assert";
import { runFleet } from "../bench/fleet.ts";
import { startRedis } from "../bench/redis.ts";
import { tokenSource } from "../token_source/token_source.ts";
import { STD_FLAGS } from "./support/command.ts";
import { REQUEST } from "./support/stub_fetch.ts";
import { findPostgres, needs, npm } from "./support/needs.ts";
import { startPostgres } from "./support/postgres.ts";
import { numberedServer } from "./support/stores.ts";

const { default: Keyv } = await npm("keyv", () => import("npm:keyv@5.6.0"));
const { default: KeyvPostgres } = await npm(
  "@keyv/postgres",
  () => import("npm:@keyv/postgres@2.2.3"),
);
const { default: KeyvRedis } = await npm("@keyv/redis", () => import("npm:@keyv/redis@5.1.6"));

const TRIES = 100;

// The clients of Redis and PostgreSQL leave timers behind when they are closed.
const UNSANITIZED = { sanitizeOps: false, sanitizeResources: false };
type Store = InstanceType<typeof Keyv>;
type Adapter = ConstructorParameters<typeof Keyv>[0];

/** Defines a test with Redis. */
function testWithRedis(name: string, work: () => Promise<void>): void {
  const options = needs(name, "redis-server", "npm:keyv", "npm:@keyv/redis");
  Deno.test({ ...UNSANITIZED, ...options }, work);
}

/** A Keyv with a database, whose connection is closed at the end. */
function connect(adapter: Adapter): Store & AsyncDisposable {
  const store = new Keyv(adapter);
  return Object.assign(store, {
    // Adapters to one PostgreSQL share their connections, and only the first can close them.
    [Symbol.asyncDispose]: () => store.disconnect().catch(() => {}),
  });
}

/** Whether another process finds a token in a store, at the latest after so many tries. */
async function finds(store: Store, access_token: string, tries = TRIES): Promise<boolean> {
  const fetch = () => Promise.reject(new Error("nothing is in the store"));
  for (; tries > 0; tries--) {
    const get = tokenSource(REQUEST, { store, fetch, retries: 0 }).get();
    const found = await get.catch(() => undefined);
    if (found?.access_token === access_token) return true;
    await new Promise((done) => setTimeout(done, 50));
  }
  return false;
}

/** Shares a token by way of a database, drops it, and shares the next. */
async function share(makeAdapter: () => Adapter): Promise<void> {
  await using one = connect(makeAdapter());
  await using two = connect(makeAdapter());
  const { source, warnings } = numberedServer();
  const first = source(one);
  assertEquals((await first.get()).access_token, "t1");
  assert(await finds(two, "t1"));
  first.invalidate("t1");
  assertEquals((await first.get()).access_token, "t2");
  assertEquals([await finds(two, "t2"), warnings], [true, []]);
}

testWithRedis("a Keyv with Redis is a store, as it stands", async () => {
  await using redis = await startRedis();
  await share(() => new KeyvRedis(redis.url));
});

// With FULL_TESTS=1, as it takes some seconds to make a database.
const postgres = findPostgres();
const WITH_POSTGRES = needs(
  "a Keyv with PostgreSQL is a store, as it stands",
  "FULL_TESTS=1",
  "PostgreSQL",
  "npm:keyv",
  "npm:@keyv/postgres",
);

Deno.test({ ...UNSANITIZED, ...WITH_POSTGRES }, async () => {
  await using server = await startPostgres(postgres);
  await share(() => new KeyvPostgres({ uri: server.url }));
});

// bench/fleet.ts runs it with 8 processes and 500 callers each, for a minute.
testWithRedis(
  "no call of a fleet fails, though Redis ends and the server answers 503",
  async () => {
    const { seen, ...tokens } = await runFleet({
      processes: 2,
      callers: 20,
      lifetime: 1,
      duration: 4,
      // Longer than a token lives, so that it is renewed meanwhile.
      unavailable: [0.5, 1.6],
      withoutRedis: [2, 2.2],
    }, STD_FLAGS);
    assertEquals([seen.failures, seen.expired], [[], 0]);
    assert(seen.gets > 100, `${seen.gets} gets`);
    assert(tokens.refused > 0, "no request was answered with 503");
    // The machine may be busy with other tests; the benchmark asks for 1.5.
    assert(tokens.perLifetime < 3, `${tokens.perLifetime} tokens for each lifetime`);
  },
);
