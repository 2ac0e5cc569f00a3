// What a store does wrong must not stop a token, and one warning of it is enough.

import { withTimeLimit } from "../runtime/time_limit.ts";

/** What is done with a token and its store. */
export type StoreAction = "read" | "open" | "write" | "remove" | "lock" | "unlock";

/** How long a store may take for an answer. */
export const STORE_LIMITS = { milliseconds: 2000 };

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
  readonly #warn: (warning: string) => void;
  readonly #failing = new Set<StoreAction>();
  #isWorking = true;

  /** `place` is what the warnings call the store, such as `the store`. */
  constructor(place: string, warn: (warning: string) => void) {
    this.#place = place;
    this.#warn = warn;
  }

  /** Whether the store did what it was last told to. */
  get isWorking(): boolean {
    return this.#isWorking;
  }

  /**
   * Resolves to what `work` does with the store; to `undefined` if that fails or takes too long, or if
   * the signal aborts.
   */
  async attempt<T>(
    action: StoreAction,
    work: () => Promise<T>,
    { signal, timeLimit = STORE_LIMITS.milliseconds }: {
      signal?: AbortSignal;
      timeLimit?: number;
    } = {},
  ): Promise<T | undefined> {
    try {
      const result = await withTimeLimit(timeLimit, async () => await work());
      this.#isWorking = true;
      this.clear(action);
      return result;
    } catch (error) {
      if (signal?.aborted) return undefined;
      this.#isWorking = false;
      this.report(action, error);
      return undefined;
    }
  }

  /** Warns of a failure, unless something fails already. */
  report(action: StoreAction, error: unknown): void {
    const isNew = this.#failing.size === 0;
    this.#failing.add(action);
    if (!isNew) return;

    const reason = error instanceof Error ? error.message : "unknown reason";
    this.#warn(`The token could not be ${FAILED[action](this.#place)}: ${reason}`);
  }

  /** Notes that this works now, so that its next failure is news. */
  clear(action: StoreAction): void {
    this.#failing.delete(action);
  }
}
