// Waits for what token sources and commands leave under way in the background: the sanitizers take it
// for a leak if it goes on when a test ends.

import { TokenSupply } from "../../token_source/token_supply.ts";
import { WriteQueue } from "../../token_source/write_queue.ts";

const MAX_TURNS = 1000;

/** What is under way: the work of ciphers, what is written to stores, and looking for tokens. */
const underWay = { ciphers: 0, writes: 0, supplies: 0 };

/** Counts the calls of methods that have not settled yet. */
function countCalls<T extends object>(
  prototype: T,
  names: (keyof T)[],
  kind: keyof typeof underWay,
): void {
  for (const name of names) {
    const method = prototype[name] as (...args: unknown[]) => unknown;
    const counted = function (this: T, ...args: unknown[]) {
      underWay[kind]++;
      const result = method.apply(this, args);
      const settled = result instanceof Promise ? result : (this as WriteQueue).settled();
      settled.catch(() => {}).then(() => underWay[kind]--);
      return result;
    };
    Object.defineProperty(prototype, name, { value: counted, configurable: true, writable: true });
  }
}
countCalls(
  SubtleCrypto.prototype,
  ["digest", "importKey", "deriveKey", "encrypt", "decrypt"],
  "ciphers",
);
countCalls(WriteQueue.prototype, ["addLast"], "writes");
countCalls(TokenSupply.prototype, ["get", "renew"], "supplies");

/**
 * Resolves when what is under way in the background is done. It does not wait long for tokens, which a
 * server may never send.
 */
export async function settle(): Promise<void> {
  let idle = 0;
  for (let turn = 0; idle < 3 && turn < MAX_TURNS; turn++) {
    await new Promise((done) => setTimeout(done, 1));
    const isBusy = underWay.ciphers > 0 || (underWay.writes > 0 && turn < 600);
    const isLooking = underWay.supplies > 0 && turn < 30;
    idle = isBusy || isLooking ? 0 : idle + 1;
  }
}

// After every test. Ciphers always come to an end; what a test's server never answers does not.
Deno.test.afterEach(async () => {
  if (underWay.ciphers > 0) await settle();
});
