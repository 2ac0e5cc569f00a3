// What a store does wrong must not stop a token, and one warning of it is enough.

import { withTimeLimit } from "../runtime/time_limit.ts";
import { reasonOf, type Warn } from "./warnings.ts";

/** What is done with a token and its store. */
export type StoreAction = "read" | "open" | "write" | "remove" | "lock" | "unlock";

/** How long a store may take: for anything, and for a token while it fails, as callers may wait for that. */
export const STORE_LIMITS = { milliseconds: 2000, whileFailing: 250 };

const FAILED: Record<StoreAction, (place: string) => string> = {
  read: (place) => `read from ${place}`,
  open: () => "opened",
  write: (place) => `written to ${place}`,
  remove: (place) => `removed from ${place}`,
  lock: (place) => `locked in ${place}`,
  unlock: (place) => `unlocked in ${place}`,
};

/** The failures of one store. */
export class StoreFailures {
  readonly #place: string;
  readonly #warn: Warn;
  readonly #failing = new Set<StoreAction>();
  #isWorking = true;
  /** The errors that the store reported by itself. */
  #events = 0;
  #latestEvent: unknown;
  #hasReportedEvent = false;

  /** `place` is what the warnings call the store, such as `the store`. */
  constructor(place: string, warn: Warn) {
    this.#place = place;
    this.#warn = warn;
  }

  /** Whether the store did what it was last told to. */
  get isWorking(): boolean {
    return this.#isWorking;
  }

  /**
   * Resolves to what `work` does with the store; to `undefined` if that fails or takes too long, or if
   * the signal aborts. It also fails if `isDoubtful` and the store has reported an error meanwhile: some
   * stores do that in place of rejecting.
   */
  async attempt<T>(
    action: StoreAction,
    work: () => Promise<T>,
    { signal, isDoubtful = () => false }: {
      signal?: AbortSignal;
      isDoubtful?: (result: T) => boolean;
    } = {},
  ): Promise<T | undefined> {
    const eventsBefore = this.#events;
    try {
      const result = await withTimeLimit(this.#limitOf(action), async () => await work());
      const isQuiet = this.#events === eventsBefore;
      if (!isQuiet && isDoubtful(result)) throw this.#latestEvent;

      this.#isWorking = true;
      if (isQuiet) this.#hasReportedEvent = false;
      this.clear(action);
      return result;
    } catch (error) {
      if (signal?.aborted) return undefined;
      this.#isWorking = false;
      this.report(action, error);
      return undefined;
    }
  }

  #limitOf(action: StoreAction): number {
    const { milliseconds, whileFailing } = STORE_LIMITS;
    return action === "read" && !this.#isWorking
      ? Math.min(whileFailing, milliseconds)
      : milliseconds;
  }

  /** Notes an error that the store reports by itself, such as a connection that was lost. */
  noteEvent(error: unknown): void {
    this.#events++;
    this.#latestEvent = error;
    const isNew = this.#isWorking && !this.#hasReportedEvent;
    this.#isWorking = false;
    if (!isNew) return;

    this.#hasReportedEvent = true;
    this.#warn(`There is an error in ${this.#place}: ${reasonOf(error)}`);
  }

  /** Warns of a failure, unless something fails already. */
  report(action: StoreAction, error: unknown): void {
    const isNew = this.#failing.size === 0 && !this.#hasReportedEvent;
    this.#failing.add(action);
    if (isNew) {
      this.#warn(`The token could not be ${FAILED[action](this.#place)}: ${reasonOf(error)}`);
    }
  }

  /** Notes that this works now, so that its next failure is news. */
  clear(action: StoreAction): void {
    this.#failing.delete(action);
  }
}
