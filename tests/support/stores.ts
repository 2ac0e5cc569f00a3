// What the tests of stores need: stores, sources with numbered tokens, clocks that are moved by hand.

import { assertEquals } from "@std/assert";
import { STORE_LIMITS } from "../../token_source/store_failures.ts";
import {
  tokenSource,
  type TokenSourceOptions,
  type TokenStore,
} from "../../token_source/token_source.ts";
import { REQUEST, stubFetch } from "./stub_fetch.ts";
import { replace } from "./run_main.ts";
import { settle } from "./settle.ts";

export { settle };

/** What a key of a token in a store looks like. */
export const KEY = /^token-v1-[0-9a-f]{64}$/;

const MAX_TURNS = 1000;

/** A lock that is always free. */
export const unlocked = () => Promise.resolve(() => {});

/** A store in memory that takes no notice of times, and notes what is done with its tokens. */
export function mapStore() {
  const values = new Map<string, string>();
  const done: string[] = [];
  // Most tests are about tokens, not about claims and pauses.
  const note = (key: string, what: string) => {
    if (KEY.test(key)) done.push(what);
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

/** A server that answers requests one by one, by hand, and a source of its tokens. */
export function heldServer(options: TokenSourceOptions = {}) {
  const answers: ((response: Response) => void)[] = [];
  const { calls, fetch } = stubFetch(() => new Promise((resolve) => answers.push(resolve)));
  return {
    calls,
    source: tokenSource(REQUEST, { fetch, retries: 0, ...options }),
    /** Resolves when so many requests have been sent. */
    async sent(count: number): Promise<void> {
      for (let turn = 0; calls.length < count && turn < MAX_TURNS; turn++) await nextTurn();
      assertEquals(calls.length, count, "requests");
    },
    /** Answers the request with this index with a token. */
    answer: (index: number, access_token: string, expires_in = 3600) =>
      answers[index]!(Response.json({ access_token, expires_in })),
    /** Answers the request with this index with an error. */
    refuse: (index: number, status: number, headers?: HeadersInit) =>
      answers[index]!(Response.json({}, { status, headers })),
  };
}

/** Resolves when what can be done without waiting is done. */
export function nextTurn(): Promise<void> {
  return new Promise((done) => setTimeout(done, 0));
}

/** Sets both clocks, which go on, forward by so many seconds, until that is disposed of. */
export function moveClocks(seconds: number): Disposable {
  const stack = new DisposableStack();
  const { now } = Date;
  const uptime = performance.now.bind(performance);
  stack.use(replace(Date, { now: () => now() + 1000 * seconds }));
  stack.use(replace(performance, { now: () => uptime() + 1000 * seconds }));
  return stack;
}

/** Two clocks that stand still until they are moved, by so many seconds, until they are disposed of. */
export function stopClocks() {
  // A round number, so that what is added to it stays exact.
  const start = Math.floor(Date.now() / 1000) * 1000;
  let date = start;
  let uptime = 1_000_000;
  const stack = new DisposableStack();
  stack.use(replace(Date, { now: () => date }));
  stack.use(replace(performance, { now: () => uptime }));
  return {
    start,
    /** Seconds since the start. */
    elapsed: () => (date - start) / 1000,
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

/** Defines a test that waits, at its end, for what its sources do in the background. */
export function testSources(name: string, work: () => Promise<void>): void {
  Deno.test(name, async () => {
    await work();
    await settle();
  });
}
