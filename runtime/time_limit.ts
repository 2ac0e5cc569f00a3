// Waiting: for work that may take too long, and for a while.

/** Settles as the work does, or rejects if it takes longer than so many milliseconds. */
export function withTimeLimit<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const tooLate = () => reject(new Error(`no answer within ${milliseconds / 1000} s`));
    // Not setTimeout, which Deno loads when it is first used: that takes longer than most work here.
    const timeout = AbortSignal.timeout(milliseconds);
    timeout.addEventListener("abort", tooLate);
    work().then(resolve, reject).finally(() => timeout.removeEventListener("abort", tooLate));
  });
}

/** Waits so many milliseconds; rejects if the signal aborts meanwhile. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  signal.throwIfAborted();
}
