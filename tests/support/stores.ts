// What the tests of stores need: stores, sources with numbered tokens, clocks that are moved by hand.

import { STORE_LIMITS } from "../../token_source/store_failures.ts";
import {
  tokenSource,
  type TokenSourceOptions,
  type TokenStore,
} from "../../token_source/token_source.ts";
import { REQUEST, stubFetch } from "./stub_fetch.ts";
import { replace } from "./run_main.ts";

/** What a key of a token in a store looks like. */
export const KEY = /^token-v1-[0-9a-f]{64}$/;

/** A lock that is always free. */
export const unlocked = () => Promise.resolve(() => {});

/** A store in memory that takes no notice of times, and notes what is done with its tokens. */
export function mapStore() {
  const values = new Map<string, string>();
  const done: string[] = [];
  // Whether a process is about to request a token is no matter of most tests.
  const note = (key: string, what: string) => {
    if (!key.endsWith("-claim")) done.push(what);
  };
  const store = {
    get(key: string): Promise<unknown> {
      note(key, "get");
      return Promise.resolve(values.get(key));
    },
    set(key: string, value: string, _milliseconds: number): Promise<unknown> {
      note(key, "set");
      return Promise.resolve(values.set(key, value));
    },
    delete(key: string): Promise<unknown> {
      note(key, "delete");
      return Promise.resolve(values.delete(key));
    },
  } satisfies TokenStore;
  return { values, done, store };
}

/** A server that numbers its tokens t1, t2, … for all sources that are made of it. */
export function numberedServer(members: Record<string, unknown> = { expires_in: 3600 }) {
  const answer = () => Response.json({ access_token: `t${calls.length}`, ...members });
  const { calls, fetch } = stubFetch(answer);
  const warnings: string[] = [];
  const onWarning = (warning: string) => void warnings.push(warning);
  const source = (store?: TokenStore, options: TokenSourceOptions = {}, request = {}) =>
    tokenSource({ ...REQUEST, ...request }, { fetch, store, onWarning, ...options });
  return { calls, fetch, warnings, source };
}

/** Two clocks that stand still until they are moved, by so many seconds, until they are disposed of. */
export function stopClocks() {
  const start = Date.now();
  let date = start;
  let uptime = performance.now();
  const stack = new DisposableStack();
  stack.use(replace(Date, { now: () => date }));
  stack.use(replace(performance, { now: () => uptime }));
  return {
    start,
    move(seconds: number, dateOnly = false) {
      date += 1000 * seconds;
      if (!dateOnly) uptime += 1000 * seconds;
    },
    [Symbol.dispose]: () => stack.dispose(),
  };
}

/** Makes the 2 s that a store may take so many milliseconds, until it is disposed of. */
export function shortenTimeLimit(milliseconds: number): Disposable {
  return replace(STORE_LIMITS, { milliseconds });
}

/** Resolves when what is under way in the background is done, as far as it waits for nothing else. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 15; turn++) {
    // Done by other threads, as what a source does to seal.
    await crypto.subtle.digest("SHA-256", new Uint8Array(1));
    await new Promise((done) => setTimeout(done, 2));
  }
}

/** Defines a test that waits, at its end, for what its sources do in the background. */
export function testSources(name: string, work: () => Promise<void>): void {
  Deno.test(name, async () => {
    await work();
    await settle();
  });
}
