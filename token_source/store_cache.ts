// A token that a source shares with other processes by way of a store.

import { type BuiltRequest, TokenError } from "../token.ts";
import { isBound } from "./authorization.ts";
import { DroppedTokens } from "./dropped_tokens.ts";
import { packPause, type Pause, secondsLeft, unpackPause } from "./endpoint_pause.ts";
import { deriveSealKey, seal, storeKey, unseal } from "./seal.ts";
import type { SharingOptions, TokenStore } from "./store.ts";
import { listenToErrors } from "./store_events.ts";
import { StoreFailures } from "./store_failures.ts";
import { type LockOptions, takeLock } from "./store_lock.ts";
import { expiryOf, packToken, unpackToken } from "./stored_token.ts";
import type { SourceRequest } from "./token_client.ts";
import { isUsable, type KeptToken } from "./token_lifetime.ts";
import type { Warn } from "./warnings.ts";
import { WriteQueue } from "./write_queue.ts";

// In seconds after its end, so that the next one can be longer.
const PAUSE_KEPT_FOR = 120;

/** How a source uses its store. */
export interface CacheOptions extends Pick<SharingOptions, "sealKey" | "dpop_jkt"> {
  /** How many seconds of a token's life are to be left when it is used. */
  margin?: number;
  /** What the warnings call the store; `the store` by default. */
  place?: string;
  /** Replaces what a text should not keep by `***`, before the text is stored. */
  mask?: (text: string) => string;
}

/** A token in a store, for one source. None of its methods rejects, whatever the store does. */
export class StoreCache {
  readonly #store: TokenStore;
  readonly #dpop_jkt: string | undefined;
  readonly #margin: number | undefined;
  readonly #mask: ((text: string) => string) | undefined;
  readonly #failures: StoreFailures;
  readonly #findPlace: () => Promise<string>;
  readonly #findSealKey: () => Promise<CryptoKey>;
  readonly #onEvent: (error: unknown) => void;
  readonly #dropped = new DroppedTokens();
  readonly #writes = new WriteQueue();
  #own?: KeptToken;

  /**
   * Connects one source with its store.
   *
   * @throws {TokenError} `usage`, if there is nothing to seal with.
   */
  constructor(
    request: SourceRequest,
    built: BuiltRequest,
    store: TokenStore,
    warn: Warn,
    { sealKey, dpop_jkt, margin, place = "the store", mask }: CacheOptions = {},
  ) {
    const secret = checkSecret(request, sealKey);
    this.#store = store;
    this.#dpop_jkt = dpop_jkt;
    this.#margin = margin;
    this.#mask = mask;
    this.#failures = new StoreFailures(place, warn);
    this.#findPlace = once(() => storeKey(request, built, dpop_jkt));
    this.#findSealKey = once(() => deriveSealKey(secret));
    this.#onEvent = (error) => this.#failures.noteEvent(error);
    listenToErrors(store, this.#onEvent);
  }

  /** Whether the store did what it was last told to. */
  get isWorking(): boolean {
    return this.#failures.isWorking;
  }

  /** Resolves to the token in the store, if there is one that can be used. */
  async find(): Promise<KeptToken | undefined> {
    const stored = await this.#readToken();
    if (!stored || this.#dropped.has(stored)) return undefined;

    // If it comes from the future, the clocks differ too much to know when it expires.
    const isFromFuture = stored.asked.date - Date.now() > stored.skew * 1000;
    // When it expires was known better when this process requested it, or while the clock was right.
    const isOwn = this.#own?.token.access_token === stored.token.access_token;
    const known = isOwn ? this.#own! : stored;
    if (isFromFuture || !isUsable(known)) return undefined;

    this.#own = known;
    return known;
  }

  /** Resolves to the latest pause of the endpoint that a process has noted in the store. */
  async findPause(): Promise<Pause | undefined> {
    const place = await this.#findPausePlace();
    const value = await this.#read(place);
    try {
      const text = await this.#open(value, place);
      return text === undefined ? undefined : unpackPause(text);
    } catch {
      // One that another secret sealed is about that secret.
      return undefined;
    }
  }

  /** Takes the lock. Resolves to what gives it back when all is written that is to be written then. */
  async lock(options: LockOptions): Promise<() => void> {
    const unlock = await takeLock(this.#store, this.#findPlace, this.#failures, options);
    if (!unlock) return () => {};
    return () => this.#writes.addLast(() => this.#failures.attempt("unlock", unlock));
  }

  /** Remembers a token that this process requested. */
  remember(kept: KeptToken): void {
    this.#own = kept;
  }

  /** Stores a token, if others can still use it. */
  put(kept: KeptToken): void {
    if (!isUsable(kept)) return;
    this.#writes.add("token", () => this.#failures.attempt("write", () => this.#write(kept)));
  }

  /** Stores a pause of the endpoint. */
  putPause(pause: Pause): void {
    this.#writes.add("pause", () =>
      this.#failures.attempt("write", async () => {
        const expires = Date.now() + (secondsLeft(pause) + PAUSE_KEPT_FOR) * 1000;
        await this.#set(await this.#findPausePlace(), packPause(pause, this.#mask), expires);
      }));
  }

  /** Removes the pause, as it is over. */
  removePause(): void {
    this.#writes.add("pause", async () => await this.#remove(await this.#findPausePlace()));
  }

  /** Drops the token, or the one that has this `access_token`, here and in the store. */
  drop(access_token?: string): void {
    if (access_token === undefined) {
      this.#dropped.addAll();
      this.#writes.add("token", async () => await this.#remove(await this.#findPlace()));
      return;
    }
    this.#dropped.add(access_token);
    this.#writes.add("token", async () => {
      const stored = await this.#readToken();
      if (stored?.token.access_token === access_token) await this.#remove(await this.#findPlace());
    });
  }

  /** Resolves when all is written. */
  settled(): Promise<void> {
    return this.#writes.settled();
  }

  async #findPausePlace(): Promise<string> {
    return `${await this.#findPlace()}-pause`;
  }

  async #readToken(): Promise<KeptToken | undefined> {
    const place = await this.#findPlace();
    const value = await this.#read(place);
    try {
      const text = await this.#open(value, place);
      const kept = text === undefined ? undefined : unpackToken(text, this.#margin);
      this.#failures.clear("open");
      return kept;
    } catch (error) {
      // The store works, but what is in it is as good as nothing.
      this.#failures.report("open", error);
      return undefined;
    }
  }

  /** Resolves to the value in the store; to `undefined` if there is none or the store fails. */
  async #read(place: string): Promise<unknown> {
    // It is derived while the store is read; a failure is reported where it is needed.
    this.#findSealKey().catch(() => {});
    const isEmpty = (value: unknown) => value === undefined || value === null;
    return await this.#failures.attempt("read", async () => await this.#store.get(place), {
      isDoubtful: isEmpty,
    });
  }

  async #open(value: unknown, place: string): Promise<string | undefined> {
    if (value === undefined || value === null) return undefined;
    return await unseal(value, await this.#findSealKey(), place);
  }

  async #write(kept: KeptToken): Promise<void> {
    if (isBound(kept.token) && !this.#dpop_jkt) {
      throw new Error("it is bound to a key, and dpop_jkt does not say which");
    }
    await this.#set(await this.#findPlace(), packToken(kept), expiryOf(kept));
    // It can be written to again, so the next failure of that kind is news.
    this.#failures.clear("remove");
  }

  /** Seals a text and stores it until a time, in milliseconds since 1970. */
  async #set(place: string, text: string, expires: number): Promise<void> {
    const value = await seal(text, await this.#findSealKey(), place);
    // Keyv 5 loses a value whose time is no whole number.
    const milliseconds = Math.floor(expires - Date.now());
    if (milliseconds <= 0) return;
    const result = await this.#store.set(place, value, milliseconds);
    if (result === false) throw new Error("it was refused");
  }

  async #remove(place: string): Promise<void> {
    await this.#failures.attempt("remove", async () => await this.#store.delete(place));
  }
}

/** Does the work when its result is first needed. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => result ??= work();
}

function checkSecret(
  { auth_method, client_secret }: SourceRequest,
  sealKey: string | Uint8Array | undefined,
): string | Uint8Array {
  const mayChange = typeof auth_method === "function" || typeof client_secret !== "string";
  const secret = sealKey ?? (mayChange ? "" : client_secret);
  if (secret.length > 0) return secret;
  throw new TokenError(
    "usage",
    "seal_key_missing",
    "A store needs a sealKey if client_secret or auth_method is a function",
  );
}
