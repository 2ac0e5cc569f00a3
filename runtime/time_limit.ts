// Waiting: for work that may take too long, and for a while.

/** The longest that a server is left alone because it asks for it, in seconds. */
export const MAX_RETRY_AFTER = 3600;

/** Settles as the work does, or rejects if it takes longer than so many milliseconds. */
export function withTimeLimit<T>(
  milliseconds: number,
  work: () => Promise<T>,
  makeError: () => Error = () => new Error(`no answer within ${milliseconds / 1000} s`),
): Promise<T> {
  return new Promise((resolve, reject) => {
    const tooLate = () => reject(makeError());
    // Not setTimeout, which Deno loads when it is first used: that takes longer than most work here.
    const timeout = AbortSignal.timeout(milliseconds);
    timeout.addEventListener("abort", tooLate);
    work().then(resolve, reject).finally(() => timeout.removeEventListener("abort", tooLate));
  });
}

/** Waits so many milliseconds; rejects with the signal's reason if it aborts. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal.addEventListener("abort", wake);
    if (signal.aborted) wake();
  });
}

/** Settles as the work does, or rejects with the signal's reason if it aborts. */
export function withSignal<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    work.then(resolve, reject).finally(() => signal?.removeEventListener("abort", abort));
  });
}
