// A clock for the tests that does not wait.

const CIPHERS = ["digest", "importKey", "deriveKey", "encrypt", "decrypt", "sign"] as const;

/** Counts what the cipher's threads have not finished yet. */
function countCiphers(): { pending(): number } & Disposable {
  const subtle = crypto.subtle as unknown as Record<string, (...args: unknown[]) => unknown>;
  let pending = 0;
  for (const name of CIPHERS) {
    const own = subtle[name]!.bind(subtle);
    const counted = async (...args: unknown[]) => {
      pending++;
      try {
        return await own(...args);
      } finally {
        pending--;
      }
    };
    Object.defineProperty(subtle, name, { value: counted, configurable: true });
  }
  return {
    pending: () => pending,
    [Symbol.dispose]() {
      for (const name of CIPHERS) delete subtle[name];
    },
  };
}

/** Runs `work` with a clock that jumps to the next timer whenever nothing else is left to do. */
export async function withFakeClock<T>(
  work: () => Promise<T>,
): Promise<{ result: PromiseSettledResult<T>; elapsed: number }> {
  const { setTimeout, clearTimeout } = globalThis;
  const { now } = Date;
  const { timeout } = AbortSignal;
  const start = now();
  const timers = new Map<number, { at: number; run: () => void }>();
  let clock = start;
  let ids = 0;
  let result: PromiseSettledResult<T> | undefined;
  using ciphers = countCiphers();
  Date.now = () => clock;
  Object.assign(globalThis, {
    setTimeout(run: () => void, delay = 0) {
      timers.set(++ids, { at: clock + delay, run });
      return ids;
    },
    clearTimeout: (id: number) => timers.delete(id),
  });
  AbortSignal.timeout = (delay) => {
    const controller = new AbortController();
    const abort = () => controller.abort(new DOMException("", "TimeoutError"));
    globalThis.setTimeout(abort, delay);
    return controller.signal;
  };
  try {
    Promise.allSettled([work()]).then(([settled]) => result = settled);
    for (let idle = 0; !result && idle < 10_000; idle++) {
      await new Promise((done) => setTimeout(done, 0));
      const [next] = [...timers].sort(([, a], [, b]) => a.at - b.at);
      if (result || !next || ciphers.pending() > 0) continue;
      timers.delete(next[0]);
      clock = next[1].at;
      next[1].run();
    }
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    AbortSignal.timeout = timeout;
    Date.now = now;
  }
  if (!result) throw new Error("The work did not end");
  return { result, elapsed: clock - start };
}
