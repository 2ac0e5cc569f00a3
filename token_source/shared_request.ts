// One request that is under way, and the callers who wait for it.

import { TokenError } from "../token.ts";

/** A request that its callers share. It is aborted when none of them waits for it any more. */
export class SharedRequest<T> {
  readonly #controller = new AbortController();
  readonly #answer: Promise<T>;
  readonly #onDeserted: () => void;
  #waiting = 0;

  /** Starts it. `onDeserted` is called when the last caller has left before the answer came. */
  constructor(send: (signal: AbortSignal) => Promise<T>, onDeserted: () => void) {
    this.#onDeserted = onDeserted;
    this.#answer = send(this.#controller.signal);
    // If no caller gets to wait for it, its failure must not end the process.
    this.#answer.catch(() => {});
  }

  /** Settles as the request does, or rejects when the caller's signal aborts. */
  join(signal?: AbortSignal): Promise<T> {
    this.#waiting++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(aborted());
        this.#leave();
      };
      signal?.addEventListener("abort", leave);
      this.#answer.then(resolve, reject)
        .finally(() => signal?.removeEventListener("abort", leave));
    });
  }

  #leave(): void {
    this.#waiting--;
    if (this.#waiting > 0) return;
    this.#onDeserted();
    this.#controller.abort();
  }
}

/** The error for a caller whose signal aborted. */
export function aborted(): TokenError {
  return new TokenError("unreachable", "aborted", "The wait for a token was aborted");
}
