// A lock for stores that have none. It is made of get, set and delete, so now and then two processes
// take it at the same moment; they then both request a token, which does no harm.

import { sleep } from "../runtime/time_limit.ts";
import type { TokenStore } from "./store.ts";

const CLAIM = /^claim-[0-9a-f-]{36}$/;
// In milliseconds. A process that ended cannot remove its claim, so others wait no longer than this.
const MAX_WAIT = 1000;
const PAUSE = 25;
const LIFETIME = 10_000;

/** Makes the method `lock` of a store: it waits until no other process claims the key, at most a second. */
export function claimLock(store: TokenStore): NonNullable<TokenStore["lock"]> {
  return async (key, signal) => {
    const place = `${key}-claim`;
    const claim = `claim-${crypto.randomUUID()}`;
    for (let waited = 0; waited < MAX_WAIT;) {
      if (!isClaim(await store.get(place))) {
        await store.set(place, claim, LIFETIME);
        const found = await store.get(place);
        if (found === claim) return () => giveBack(store, place, claim);
        if (!isClaim(found)) throw new Error("what was written was not found");
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

/** Removes the claim, unless it has expired and another process has made its own. */
async function giveBack(store: TokenStore, place: string, claim: string): Promise<void> {
  if (await store.get(place) === claim) await store.delete(place);
}
