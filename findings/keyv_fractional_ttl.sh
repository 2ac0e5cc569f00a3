#!/usr/bin/env bash
# Software  Keyv 5.6.0 and @keyv/redis 5.1.6, with redis-server (Debian's 7.0.15); of Keyv's majors, 5 is
#           the one that this adapter takes
# Expected  A value that is set with a ttl of 299999.5 milliseconds is stored; if not, `set` says so.
# Seen      `set` resolves to true, and nothing is stored: Redis refuses the fraction, and only listeners
#           of "error" hear of it. In memory, Keyv takes the same ttl.
# Matters   A ttl computed from a token's life (`expires_in * 1000 * 0.9`, or with performance.now())
#           often has a fraction. Then no token is ever found in the store, each process requests its
#           own, and nothing fails. Round it down.
# Source    Redis documentation, SET: PX takes an integer; to Keyv, a ttl is a number
set -euo pipefail

if ! command -v redis-server >/dev/null; then
  echo "redis-server is missing (Debian package redis-server)"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund keyv@5.6.0 @keyv/redis@5.1.6

cat >"$work/run.mjs" <<'JS'
import KeyvRedis from "@keyv/redis";
import Keyv from "keyv";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

// It listens to no port, only to a socket in the temporary folder.
const path = `${process.cwd()}/redis.sock`;
const redis = spawn("redis-server", ["--port", "0", "--unixsocket", path, "--save", ""], {
  stdio: "ignore",
});
process.on("exit", () => redis.kill());
setTimeout(() => process.exit(1), 40_000).unref();
for (let tries = 0; tries < 100 && !existsSync(path); tries++) await sleep(100);

const stores = { "memory": new Keyv(), "Redis": new Keyv(new KeyvRedis({ socket: { path } })) };
for (const [name, store] of Object.entries(stores)) {
  const errors = [];
  store.on("error", ({ message }) => errors.push(message));
  for (const ttl of [299_999, 299_999.5]) {
    const set = await store.set("token", "abc", ttl);
    const get = await store.get("token");
    console.log(`${name}, ttl ${ttl}: set ${set}, get ${get}, errors ${JSON.stringify(errors)}`);
    await store.delete("token");
  }
}
await stores.Redis.disconnect();
redis.kill();
await once(redis, "close");
JS

cd "$work"
node run.mjs | tee seen
diff - seen <<'SEEN'
memory, ttl 299999: set true, get abc, errors []
memory, ttl 299999.5: set true, get abc, errors []
Redis, ttl 299999: set true, get abc, errors []
Redis, ttl 299999.5: set true, get undefined, errors ["ERR value is not an integer or out of range"]
SEEN
