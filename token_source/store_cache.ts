// A token that a source shares with other processes by way of a store.

import { type BuiltRequest, TokenError, type TokenRequest } from "../token.ts";
import { isBound } from "./authorization.ts";
import { DroppedTokens } from "./dropped_tokens.ts";
import { deriveSealKey, seal, storeKey, unseal } from "./seal.ts";
import type { SharingOptions, TokenStore } from "./store.ts";
import { StoreFailures } from "./store_failures.ts";
import { takeLock } from "./store_lock.ts";
import { expiryOf, pack, unpack } from "./stored_token.ts";
import { type Clocks, drawMargin, isFresh, type KeptToken } from "./token_lifetime.ts";
import { warnings } from "./warnings.ts";
import { WriteQueue } from "./write_queue.ts";

const MAX_LOCK_MILLISECONDS = 60_000;
const MAX_LIFETIME_SECONDS = 365 * 24 * 3600;

/** How a source uses its store. */
export interface CacheOptions extends Omit<SharingOptions, "store"> {
  /** What the warnings call the store; `the store` by default. */
  place?: string;
  /** As in the options of the request. */
  timeout?: number;
  /** As in the options of the request. */
  retries?: number;
}

/** A token in a store, for one source. Whatever the store does, only `findOrRequest` may reject. */
export class StoreCache {
  readonly #store: TokenStore;
  readonly #dpop_jkt: string | undefined;
  readonly #lockLimit: number;
  readonly #failures: StoreFailures;
  readonly #findPlace: () => Promise<string>;
  readonly #findSealKey: () => Promise<CryptoKey>;
  readonly #dropped = new DroppedTokens();
  readonly #writes = new WriteQueue();
  #last?: KeptToken;

  /**
   * Connects one source with its store.
   *
   * @throws {TokenError} `usage`, if there is nothing to seal with.
   */
  constructor(
    request: TokenRequest,
    built: BuiltRequest,
    store: TokenStore,
    options: CacheOptions = {},
  ) {
    const { timeout = 10_000, retries = 2, dpop_jkt, place = "the store" } = options;
    const secret = checkSecret(request, options.sealKey);
    this.#store = store;
    this.#dpop_jkt = dpop_jkt;
    // As long as a process that has the lock may take for its request.
    this.#lockLimit = Math.min(timeout * (retries + 1), MAX_LOCK_MILLISECONDS);
    this.#failures = new StoreFailures(place, warnings(options.onWarning, built.mask));
    this.#findPlace = once(() => storeKey(request, built, dpop_jkt));
    this.#findSealKey = once(() => deriveSealKey(secret));
  }

  /** Whether the store did what it was last told to. */
  get isWorking(): boolean {
    return this.#failures.isWorking;
  }

  /** Makes of a token response what is kept. `life` is in seconds, counted from `asked`. */
  keep(token: KeptToken["token"], asked: Clocks, life: number): KeptToken {
    const lifetime = Math.min(life, MAX_LIFETIME_SECONDS);
    return { token, asked, lifetime, margin: drawMargin(lifetime), skew: 0 };
  }

  /** Resolves to the token in the store, if there is one that can be used. */
  async find(): Promise<KeptToken | undefined> {
    const stored = await this.#read();
    if (!stored || this.#dropped.has(stored)) return undefined;

    // If it comes from the future, the clocks differ too much to know when it expires.
    const isFromFuture = stored.asked.date - Date.now() > stored.skew * 1000;
    // When it expires was known better while the clock had not been set back.
    const isLast = this.#last?.token.access_token === stored.token.access_token;
    const known = isLast ? this.#last! : stored;
    if (isFromFuture || !isFresh(known)) return undefined;

    this.#last = known;
    return known;
  }

  /**
   * Resolves to the token in the store, or requests one, and then stores it if `isWanted`. Rejects as
   * `request` does.
   */
  async findOrRequest(
    request: () => Promise<KeptToken>,
    isWanted: () => boolean = () => true,
    signal?: AbortSignal,
  ): Promise<KeptToken> {
    const found = await this.find();
    if (found) return found;

    // From a store that does not answer, no lock is to be expected.
    const mayLock = this.isWorking;
    const unlock = mayLock ? await this.#lock(signal) : undefined;
    try {
      // Another process may have stored one while this one waited, even if it still has the lock.
      const later = mayLock ? await this.find() : undefined;
      if (later) return later;

      const kept = await request();
      this.#last = kept;
      if (isWanted() && isFresh(kept)) this.#write(kept);
      return kept;
    } finally {
      if (unlock) this.#unlock(unlock);
    }
  }

  /** Drops the token, or the one that has this `access_token`, here and in the store. */
  drop(access_token?: string): void {
    if (access_token === undefined) {
      this.#dropped.addAll();
      this.#writes.add(() => this.#remove());
      return;
    }
    this.#dropped.add(access_token);
    this.#writes.add(async () => {
      const stored = await this.#read();
      if (stored?.token.access_token === access_token) await this.#remove();
    });
  }

  /** Resolves when all is written. */
  settled(): Promise<void> {
    return this.#writes.settled();
  }

  async #read(): Promise<KeptToken | undefined> {
    // It is derived while the store is read; a failure is reported where it is needed.
    this.#findSealKey().catch(() => {});
    const found = await this.#failures.attempt(
      "read",
      async () => ({ value: await this.#store.get(await this.#findPlace()) }),
    );
    if (!found) return undefined;

    try {
      const kept = await this.#open(found.value);
      this.#failures.clear("open");
      return kept;
    } catch (error) {
      // The store works, but what is in it is as good as nothing.
      this.#failures.report("open", error);
      return undefined;
    }
  }

  async #open(value: unknown): Promise<KeptToken | undefined> {
    if (value === undefined || value === null) return undefined;
    return unpack(await unseal(value, await this.#findSealKey(), await this.#findPlace()));
  }

  #write(kept: KeptToken): void {
    this.#writes.add(() =>
      this.#failures.attempt("write", async () => {
        if (isBound(kept.token) && !this.#dpop_jkt) {
          throw new Error("it is bound to a key, and dpop_jkt does not say which");
        }
        const place = await this.#findPlace();
        const value = await seal(pack(kept), await this.#findSealKey(), place);
        const left = Math.floor(expiryOf(kept) - Date.now());
        if (left > 0) await this.#store.set(place, value, left);
        // It can be written to again, so the next failure of that kind is news.
        this.#failures.clear("remove");
      })
    );
  }

  async #remove(): Promise<void> {
    await this.#failures.attempt(
      "remove",
      async () => await this.#store.delete(await this.#findPlace()),
    );
  }

  async #lock(signal?: AbortSignal): Promise<(() => Promise<void>) | undefined> {
    return await takeLock(this.#store, this.#findPlace, this.#failures, this.#lockLimit, signal);
  }

  /** Gives the lock back when all is written that is to be written now. */
  #unlock(unlock: () => Promise<void>): void {
    this.#writes.addLast(() => this.#failures.attempt("unlock", unlock));
  }
}

/** Does the work when its result is first needed. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => result ??= work();
}

function checkSecret(
  { auth_method, client_secret }: TokenRequest,
  sealKey?: string | Uint8Array,
): string | Uint8Array {
  const secret = sealKey ?? (typeof auth_method === "function" ? "" : client_secret!);
  if (secret.length > 0) return secret;
  throw new TokenError(
    "usage",
    "seal_key_missing",
    "A store needs a sealKey if auth_method is a function",
  );
}
