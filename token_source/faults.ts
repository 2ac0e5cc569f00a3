// What a store does wrong must not stop a token, and one warning of it is enough.

/** Does something with a store, and says what goes wrong. */
export interface Faults {
  /** Resolves to what `work` does; to `undefined` if it fails, or takes too long, or the signal aborts. */
  attempt<T>(
    what: string,
    work: () => Promise<T>,
    signal?: AbortSignal,
    timeLimit?: number,
  ): Promise<T | undefined>;
  /** Says that the token could not be `what`, unless something fails already. */
  warn(what: string, error: unknown): void;
  /** Notes that this works now, so that its next failure is news. */
  works(what: string): void;
  /** Whether the store did what it was last told to. */
  isWorking(): boolean;
}

/** Milliseconds that a store may take for an answer. */
export const STORE_TIME_LIMIT = 2000;

/** Makes what deals with the faults of one store; `say` gets each warning. */
export function watchFaults(say: (warning: string) => void): Faults {
  const failing = new Set<string>();
  let isWorking = true;

  function warn(what: string, error: unknown): void {
    const isNew = failing.size === 0;
    failing.add(what);
    if (!isNew) return;
    const reason = error instanceof Error ? error.message : "unknown reason";
    try {
      say(`The token could not be ${what}: ${reason}`);
    } catch {
      // What a warning leads to must not stop the token.
    }
  }

  return {
    async attempt(what, work, signal, timeLimit = STORE_TIME_LIMIT) {
      try {
        const done = await within(timeLimit, async () => await work());
        isWorking = true;
        failing.delete(what);
        return done;
      } catch (error) {
        if (signal?.aborted) return undefined;
        isWorking = false;
        warn(what, error);
        return undefined;
      }
    },
    warn,
    works: (what) => void failing.delete(what),
    isWorking: () => isWorking,
  };
}

/** Settles as the work does, or rejects after so many milliseconds. */
function within<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const tooLate = () => reject(new Error(`no answer within ${milliseconds / 1000} s`));
    // Not setTimeout, which Deno loads when it is first used: that takes longer than all of the rest.
    const timeout = AbortSignal.timeout(milliseconds);
    timeout.addEventListener("abort", tooLate);
    work().then(resolve, reject).finally(() => timeout.removeEventListener("abort", tooLate));
  });
}
