// One request that is under way, and the callers who wait for it.

import { TokenError } from "../token.ts";

/** A request that its callers share. */
export class SharedRequest<T> {
  readonly #controller = new AbortController();
  readonly #answer: Promise<T>;
  readonly #onDeserted?: () => void;
  #waiting = 0;

  /**
   * Starts it. When the last caller leaves before the answer came, `onDeserted` is called, and the request
   * is aborted. Without `onDeserted`, it goes on, as nobody needs to wait for it.
   */
  constructor(send: (signal: AbortSignal) => Promise<T>, onDeserted?: () => void) {
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

  /** Aborts the request if nobody waits for it. */
  abandon(): void {
    if (this.#waiting === 0) this.#controller.abort();
  }

  #leave(): void {
    this.#waiting--;
    if (this.#waiting > 0 || !this.#onDeserted) return;
    this.#onDeserted();
    this.#controller.abort();
  }
}

/** The error for a caller whose signal aborted. */
export function aborted(): TokenError {
  return new TokenError("unreachable", "aborted", "The wait for a token was aborted");
}
