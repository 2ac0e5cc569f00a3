// A lock for stores that have none. It is made of get, set and delete, so now and then two processes
// take it at the same moment; they then both request a token, which does no harm.

import { sleep } from "../runtime/time_limit.ts";
import type { TokenStore } from "./store.ts";
import { readClocks, secondsSince } from "./token_lifetime.ts";

const CLAIM = /^claim-[0-9a-f-]{36}$/;
// In milliseconds. A process that ended cannot remove its claim, so others wait no longer than this, and
// with what a busy machine and its store take, no longer than that.
const MAX_WAIT = 1000;
const MAX_TIME = 1500;
const PAUSE = 25;
const LIFETIME = 10_000;
const MAX_LOST = 3;

/**
 * Makes the method `lock` of a store: it waits until no other process claims the key, for about a second.
 * A claim is confirmed after some milliseconds, in which another process may overwrite it that had looked
 * at the same moment.
 */
export function claimLock(
  store: TokenStore,
  confirmAfter: number,
): NonNullable<TokenStore["lock"]> {
  return async (key, signal) => {
    const place = `${key}-claim`;
    const claim = `claim-${crypto.randomUUID()}`;
    const giveBack = () => removeClaim(store, place, claim);
    const start = readClocks();
    let lost = 0;
    for (let waited = 0; waited < MAX_WAIT && secondsSince(start) * 1000 < MAX_TIME;) {
      if (!isClaim(await store.get(place))) {
        await store.set(place, claim, LIFETIME);
        try {
          if (confirmAfter > 0) await sleep(confirmAfter, signal);
          const found = await store.get(place);
          if (found === claim) return giveBack;
          // Another process may just have given back its own, and this one with it.
          if (!isClaim(found)) lost++;
          if (lost > MAX_LOST) throw new Error("what was written was not found");
        } catch (error) {
          giveBack().catch(() => {});
          throw error;
        }
      }
      const pause = PAUSE * (0.5 + Math.random());
      waited += pause;
      await sleep(pause, signal);
    }
    return () => {};
  };
}

function isClaim(value: unknown): boolean {
  return typeof value === "string" && CLAIM.test(value);
}

/** Removes a claim, unless it has expired and another process has made its own. */
async function removeClaim(store: TokenStore, place: string, claim: string): Promise<void> {
  if (await store.get(place) === claim) await store.delete(place);
}
