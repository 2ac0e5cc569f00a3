// Where a token comes from when one is needed: the store, or else the endpoint, which is asked no more
// often than it wants.

import { sleep } from "../runtime/time_limit.ts";
import { canPass } from "../token.ts";
import { EndpointPause, errorOf, type Pause, pauseAfter, secondsLeft } from "./endpoint_pause.ts";
import { RenewalPace } from "./renewal_pace.ts";
import type { StoreCache } from "./store_cache.ts";
import { isDue, isUsable, type KeptToken } from "./token_lifetime.ts";
import { reasonOf, type Warn } from "./warnings.ts";

/** A token, and whether another process had requested it. */
export interface Supplied {
  /** The token. */
  kept: KeptToken;
  /** Whether it was in the store. */
  wasFound: boolean;
}

/** What a supply is made of. */
export interface SupplyParts {
  /** Requests a token, once. */
  request: (signal: AbortSignal) => Promise<KeptToken>;
  /** How often to try again while callers wait, if that can help. */
  retries: number;
  /** Where other processes find the token. */
  cache?: StoreCache;
  /** Reports that a renewal failed. */
  warn: Warn;
}

/** For whom a token is looked for. */
export interface Demand {
  /** Aborts when nobody waits for the token any more. */
  signal: AbortSignal;
  /** Whether others may get this token. If so, it is stored. */
  isWanted: () => boolean;
}

/** How to try once. */
interface Try extends Demand {
  /** Whether callers wait. */
  isHurried: boolean;
  /** Whether to look into the store first. */
  asksStore: boolean;
  /** Whether a token from the store will do. */
  isEnough: (kept: KeptToken) => boolean;
  /** How long the endpoint is to be left alone after an error. */
  pauseFor: (error: unknown) => Pause | undefined;
}

// In seconds: before the first retry, at least, and before any.
const FIRST_DELAY = 0.25;
const MAX_DELAY = 30;
// A timer may fire a little before the clock says so.
const CLOCK_TOLERANCE = 0.02;

/** Supplies one source with tokens. */
export class TokenSupply {
  readonly #parts: SupplyParts;
  readonly #pause = new EndpointPause();
  readonly #pace = new RenewalPace();

  /** Makes a supply of its parts. */
  constructor(parts: SupplyParts) {
    this.#parts = parts;
  }

  /**
   * Finds or requests a token for callers who wait for it. `isEnough` says whether one from the store will
   * do.
   *
   * @throws {TokenError} What the endpoint said, perhaps before: then it is not asked again so soon.
   */
  async get(
    demand: Demand,
    isEnough: (kept: KeptToken) => boolean = isUsable,
  ): Promise<Supplied> {
    const { retries, cache } = this.#parts;
    for (let tries = 1;; tries++) {
      const isLast = tries > retries;
      const delay = drawDelay(tries);
      try {
        return await this.#findOrRequest({
          ...demand,
          isHurried: true,
          // A store that hangs must not use up the time of the tries, nor delay a failure.
          asksStore: cache?.isWorking || (tries === 1 && !this.#pause.current),
          isEnough,
          pauseFor: (error) => pauseAfter(error, { delay, isLast, latest: this.#pause.latest }),
        });
      } catch (error) {
        const { current } = this.#pause;
        if (isLast || current?.isFinal || !canPass(error)) throw error;
        const wait = current ? secondsLeft(current) + CLOCK_TOLERANCE : delay;
        await sleep(1000 * wait, demand.signal);
      }
    }
  }

  /** Whether a renewal may start now. */
  get mayRenew(): boolean {
    return this.#pace.mayStart && !this.#pause.current;
  }

  /** Renews a token that can still be used. A failure is reported once; `undefined`, if there was one. */
  async renew(current: KeptToken, demand: Demand): Promise<Supplied | undefined> {
    const delay = this.#pace.drawDelay(current);
    try {
      const renewed = await this.#findOrRequest({
        ...demand,
        isHurried: false,
        asksStore: true,
        isEnough: (kept) => !isDue(kept),
        pauseFor: (error) =>
          pauseAfter(error, { delay, isLast: false, latest: this.#pause.latest }),
      });
      this.#pace.succeed();
      return renewed;
    } catch (error) {
      if (demand.signal.aborted) return undefined;
      if (!this.#pace.hasFailed) this.#parts.warn(renewalWarning(error));
      this.#pace.fail(error, delay);
      return undefined;
    }
  }

  async #findOrRequest(attempt: Try): Promise<Supplied> {
    const { cache } = this.#parts;
    const found = attempt.asksStore ? await this.#find(attempt) : undefined;
    if (found) return found;
    if (this.#pause.current) throw errorOf(this.#pause.current);
    if (!cache) return await this.#request(attempt);

    // From a store that does not answer, no lock is to be expected.
    const mayLook = cache.isWorking;
    const unlock = mayLook ? await cache.lock(attempt) : undefined;
    try {
      return (mayLook ? await this.#lookAgain(attempt) : undefined) ?? await this.#request(attempt);
    } finally {
      unlock?.();
    }
  }

  /** Another process may have stored a token while this one waited, or what the endpoint said. */
  async #lookAgain(attempt: Try): Promise<Supplied | undefined> {
    const [found, pause] = await Promise.all([
      this.#find(attempt),
      this.#parts.cache?.findPause(),
    ]);
    if (found) return found;
    if (pause) this.#pause.note(pause);
    if (this.#pause.current) throw errorOf(this.#pause.current);
    return undefined;
  }

  async #find({ isEnough }: Try): Promise<Supplied | undefined> {
    const kept = await this.#parts.cache?.find();
    return kept && isEnough(kept) ? { kept, wasFound: true } : undefined;
  }

  async #request({ signal, isWanted, pauseFor }: Try): Promise<Supplied> {
    const { request, cache } = this.#parts;
    try {
      const kept = await request(signal);
      if (this.#pause.latest) cache?.removePause();
      this.#pause.end();
      this.#pace.succeed();
      cache?.remember(kept);
      if (isWanted()) cache?.put(kept);
      return { kept, wasFound: false };
    } catch (error) {
      const pause = pauseFor(error);
      if (pause) {
        this.#pause.note(pause);
        cache?.putPause(pause);
      }
      throw error;
    }
  }
}

/** Twice as long before each retry, and drawn at random, so that clients do not return together. */
function drawDelay(tries: number): number {
  return Math.min(MAX_DELAY, FIRST_DELAY * 2 ** (tries - 1) * (1 + Math.random()));
}

/** The warning of a renewal that failed. */
export function renewalWarning(error: unknown): string {
  return `The token could not be renewed: ${reasonOf(error)}`;
}
