// The lock of a store: who has it requests the token, and the others wait for that.

import type { TokenStore } from "./store.ts";
import type { StoreFailures } from "./store_failures.ts";

/** How to take a lock. */
export interface LockOptions {
  /** Ends the wait for it. */
  signal: AbortSignal;
  /** Whether callers wait for the token, and not for a moment longer than needed. */
  isHurried: boolean;
}

// In milliseconds: longer than two processes usually take to look and to write.
const CONFIRM_AFTER = 50;

/** Takes the lock of a place in a store. Resolves to what gives it back; to `undefined` if it is not free. */
export async function takeLock(
  store: TokenStore,
  findPlace: () => Promise<string>,
  failures: StoreFailures,
  { signal, isHurried }: LockOptions,
): Promise<(() => Promise<void>) | undefined> {
  const tooLate = new AbortController();
  let taking: Promise<() => void | Promise<void>> | undefined;

  async function take(): Promise<true> {
    const lock = await findLock(store, isHurried);
    taking = lock(await findPlace(), AbortSignal.any([signal, tooLate.signal]));
    await taking;
    return true;
  }

  async function giveBack(): Promise<void> {
    const unlock = await taking!;
    await unlock();
  }

  if (await failures.attempt("lock", take, { signal })) return giveBack;
  tooLate.abort();
  // It may come yet.
  giveBack().catch(() => {});
  return undefined;
}

/** The store's own lock, or one that is made of its other methods. */
async function findLock(
  store: TokenStore,
  isHurried: boolean,
): Promise<NonNullable<TokenStore["lock"]>> {
  if (store.lock) return store.lock.bind(store);
  // Loaded only when it is needed, as a command that finds its token does not.
  const { claimLock } = await import("./claim_lock.ts");
  return claimLock(store, isHurried ? 0 : CONFIRM_AFTER);
}
