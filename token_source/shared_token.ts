// A token that a source shares with other processes by way of a store.

import { type BuiltRequest, printable, TokenError, type TokenRequest } from "../token.ts";
import { isBound } from "./bearer.ts";
import { STORE_TIME_LIMIT, watchFaults } from "./faults.ts";
import { type Clocks, isFresh, type KeptToken, readClocks } from "./kept_token.ts";
import { deriveSealKey, seal, storeKey, unseal } from "./seal.ts";
import type { SharingOptions, TokenStore } from "./store.ts";

/** A token in a store, for one source. Whatever the store does, only `findOrRequest` may reject. */
export interface SharedToken {
  /** Makes of a token response what is kept. `lifetime` is in seconds, counted from `asked`. */
  keep(token: KeptToken["token"], asked: Clocks, lifetime: number): KeptToken;
  /** Resolves to the token in the store, if there is one that can be used. */
  find(): Promise<KeptToken | undefined>;
  /**
   * Resolves to the token in the store, or requests one, and then stores it if `isWanted`. Rejects as
   * `request` does.
   */
  findOrRequest(
    request: () => Promise<KeptToken>,
    isWanted?: () => boolean,
    signal?: AbortSignal,
  ): Promise<KeptToken>;
  /** Drops the token, or the one that has this `access_token`, here and in the store. */
  drop(access_token?: string): void;
  /** Whether the store did what it was last told to. */
  isWorking(): boolean;
  /** Resolves when all is written. */
  settled(): Promise<void>;
}

// In milliseconds.
const MAX_LOCK_TIME_LIMIT = 60_000;
// In seconds.
const MAX_SKEW = 30;
const SHORT_LIFETIME = 300;
const MAX_LIFETIME = 365 * 24 * 3600;
const MAX_DROPPED = 100;

const UNNAMED_KEY = "it is bound to a key, and dpop_jkt does not say which";
const REMOVED = "removed from the store";

/**
 * Connects one source with its store.
 *
 * @throws {TokenError} `usage`, if there is nothing to seal with.
 */
export function sharedToken(
  request: TokenRequest,
  built: BuiltRequest,
  store: TokenStore,
  options: SharingOptions & { timeout?: number; retries?: number },
): SharedToken {
  const { timeout = 10_000, retries = 2, dpop_jkt } = options;
  const secret = checkSecret(request, options.sealKey);
  const dropped = new Set<string>();
  let droppedUntil = -Infinity;
  let last: KeptToken | undefined;
  let writes = Promise.resolve();
  let latest: symbol | undefined;
  const place = once(() => storeKey(request, built, dpop_jkt));
  const sealKey = once(() => deriveSealKey(secret));
  const { attempt, warn, works, isWorking } = watchFaults((warning) =>
    options.onWarning?.(printable(built.mask(warning)))
  );

  async function read(): Promise<KeptToken | undefined> {
    const found = await attempt("read from the store", async () => {
      // It is derived while the store is read; a failure is reported where it is needed.
      sealKey().catch(() => {});
      return { value: await store.get(await place()) };
    });
    if (!found) return undefined;
    try {
      const { value } = found;
      const isEmpty = value === undefined || value === null;
      const kept = isEmpty
        ? undefined
        : unpack(await unseal(value, await sealKey(), await place()));
      works("opened");
      return kept;
    } catch (error) {
      // The store works, but what is in it is as good as nothing.
      warn("opened", error);
      return undefined;
    }
  }

  async function find(): Promise<KeptToken | undefined> {
    const kept = await read();
    if (!kept) return undefined;
    const { token: { access_token }, asked: { date }, skew } = kept;
    // When it expires was known better while the clock had not been set back.
    const known = last?.token.access_token === access_token ? last : kept;
    // If it comes from the future, the clocks differ too much to know when it expires.
    const isFromFuture = date - Date.now() > skew * 1000;
    const isDropped = dropped.has(access_token) || date <= droppedUntil;
    return isFromFuture || isDropped || !isFresh(known) ? undefined : last = known;
  }

  /** One after the other, but only the latest of those that wait: it makes the others pointless. */
  function write(work: () => Promise<unknown>): void {
    const own = latest = Symbol();
    writes = writes.then(async () => {
      if (latest === own) await work();
    });
  }

  function put({ token, asked: { date }, lifetime }: KeptToken): void {
    const expires = date + lifetime * 1000;
    write(() =>
      attempt("written to the store", async () => {
        if (isBound(token) && !dpop_jkt) throw new Error(UNNAMED_KEY);
        const text = JSON.stringify({ token, asked: date, expires });
        const value = await seal(text, await sealKey(), await place());
        const left = Math.floor(expires - Date.now());
        if (left > 0) await store.set(await place(), value, left);
        // It can be written to again, so the next fault of that kind is news.
        works(REMOVED);
      })
    );
  }

  /** Waits for the lock as long as a process that has it may take for its request; for a claim, less. */
  async function lock(signal?: AbortSignal): Promise<() => void> {
    const timeLimit = store.lock ? Math.min(timeout * (retries + 1), MAX_LOCK_TIME_LIMIT) : 0;
    let taking: Promise<() => void | Promise<void>> | undefined;
    const giveBack = async () => await (await taking!)();
    const isTaken = await attempt(
      "locked in the store",
      async () => {
        const limits = [
          AbortSignal.timeout(timeLimit || STORE_TIME_LIMIT),
          ...signal ? [signal] : [],
        ];
        // Loaded only when it is needed, as a command that finds its token does not.
        const lockStore = store.lock?.bind(store) ?? (await import("./claim.ts")).claimLock(store);
        taking = lockStore(await place(), AbortSignal.any(limits));
        await taking;
        return true;
      },
      signal,
      timeLimit + STORE_TIME_LIMIT,
    );
    // After all that is to be written now.
    const unlock = () => attempt("unlocked in the store", giveBack);
    if (isTaken) return () => void (writes = writes.then(unlock));
    // It may come yet.
    giveBack().catch(() => {});
    return () => {};
  }

  return {
    keep(token, asked, life) {
      const lifetime = Math.min(life, MAX_LIFETIME);
      return { token, asked, lifetime, margin: drawMargin(lifetime), skew: 0 };
    },
    find,
    async findOrRequest(request, isWanted = () => true, signal) {
      const found = await find();
      if (found) return found;
      // From a store that does not answer, no lock is to be expected.
      const unlock = isWorking() ? await lock(signal) : undefined;
      try {
        // Another process may have stored one while this one waited.
        const later = unlock && await find();
        if (later) return later;
        const kept = last = await request();
        if (isWanted() && isFresh(kept)) put(kept);
        return kept;
      } finally {
        unlock?.();
      }
    },
    drop(access_token) {
      const remove = () => attempt(REMOVED, async () => await store.delete(await place()));
      if (access_token === undefined) {
        droppedUntil = Date.now();
        return write(remove);
      }
      dropped.add(access_token);
      if (dropped.size > MAX_DROPPED) dropped.delete(dropped.values().next().value!);
      write(async () => (await read())?.token.access_token === access_token && await remove());
    },
    isWorking,
    settled: () => writes,
  };
}

/** Does the work when its result is first needed. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => result ??= work();
}

function checkSecret({ auth_method, client_secret }: TokenRequest, sealKey?: string | Uint8Array) {
  const secret = sealKey ?? (typeof auth_method === "function" ? "" : client_secret!);
  if (secret.length > 0) return secret;
  throw new TokenError(
    "usage",
    "seal_key_missing",
    "A store needs a sealKey if auth_method is a function",
  );
}

/**
 * Draws from 5 to 15 % of the life, of which at most 60 and 90 s count: if each source draws its own, a
 * fleet does not ask all at once, and the first renews for all.
 */
function drawMargin(lifetime: number, skew = 0): number {
  const min = Math.max(skew, Math.min(lifetime * 0.05, 60));
  const max = Math.min(lifetime * 0.15, 90);
  return min + (max - min) * Math.random();
}

/** A token that another process has stored, perhaps on a machine whose clock differs from this one. */
function unpack(text: string): KeptToken {
  const { token, asked, expires } = JSON.parse(text);
  if (!token.access_token) throw new Error("the stored value has no token");
  const now = readClocks();
  const lifetime = (expires - asked) / 1000;
  // Of a token that lives very short, little would be left; such clocks have to agree.
  const skew = lifetime < SHORT_LIFETIME ? lifetime * 0.05 : MAX_SKEW;
  const uptime = now.uptime - (now.date - asked);
  const margin = drawMargin(lifetime, skew);
  return { token, asked: { date: asked, uptime }, lifetime, margin, skew };
}
