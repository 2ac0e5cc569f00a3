// The lock of a store: who has it requests the token, and the others wait for that.

import type { TokenStore } from "./store.ts";
import { STORE_LIMITS, type StoreFailures } from "./store_failures.ts";

/**
 * Takes the lock of a place in a store. Resolves to what gives it back; to `undefined` if it cannot be
 * had. `timeLimit` is how many milliseconds another process may have it.
 */
export async function takeLock(
  store: TokenStore,
  findPlace: () => Promise<string>,
  failures: StoreFailures,
  timeLimit: number,
  signal?: AbortSignal,
): Promise<(() => Promise<void>) | undefined> {
  const storeLimit = STORE_LIMITS.milliseconds;
  const lockLimit = store.lock ? timeLimit : 0;
  let taking: Promise<() => void | Promise<void>> | undefined;

  async function take(): Promise<true> {
    const limits = [AbortSignal.timeout(lockLimit || storeLimit), ...signal ? [signal] : []];
    const lock = await findLock(store);
    taking = lock(await findPlace(), AbortSignal.any(limits));
    await taking;
    return true;
  }

  async function giveBack(): Promise<void> {
    const unlock = await taking!;
    await unlock();
  }

  const options = { signal, timeLimit: lockLimit + storeLimit };
  if (await failures.attempt("lock", take, options)) return giveBack;
  // It may come yet.
  giveBack().catch(() => {});
  return undefined;
}

/** The store's own lock, or one that is made of its other methods. */
async function findLock(store: TokenStore): Promise<NonNullable<TokenStore["lock"]>> {
  if (store.lock) return store.lock.bind(store);
  // Loaded only when it is needed, as a command that finds its token does not.
  const { claimLock } = await import("./claim_lock.ts");
  return claimLock(store);
}
