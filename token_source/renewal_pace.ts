// How soon a failed renewal is tried again, while the token can still be used. All times are in seconds.

import { canPass, TokenError } from "../token.ts";
import { type Clocks, type KeptToken, readClocks, secondsSince } from "./token_lifetime.ts";

// Of the time in which a token is renewed. Of a long one, no more than so many seconds count.
const FIRST_DELAY = { share: 1 / 64, seconds: 30 };
const LONGEST_DELAY = { share: 1 / 16, seconds: 600 };
// After the endpoint has refused what asking again does not change.
const REFUSED_DELAY = { first: 10, longest: 60 };

/** The renewals of one source. */
export class RenewalPace {
  #failures = 0;
  #failedAt?: Clocks;
  #delay = 0;

  /** Whether a renewal may start now. */
  get mayStart(): boolean {
    return !this.#failedAt || secondsSince(this.#failedAt) >= this.#delay;
  }

  /** Whether the latest renewal failed. */
  get hasFailed(): boolean {
    return this.#failures > 0;
  }

  /** Draws the delay after the next failure: it doubles each time. */
  drawDelay({ renewAfter, usableFor }: KeptToken): number {
    const time = usableFor - renewAfter;
    const first = Math.min(time * FIRST_DELAY.share, FIRST_DELAY.seconds);
    const longest = Math.min(time * LONGEST_DELAY.share, LONGEST_DELAY.seconds);
    return Math.min(first * 2 ** this.#failures, longest) * (0.5 + Math.random() / 2);
  }

  /** Notes that a renewal failed: the next one starts after the delay, or later. */
  fail(error: unknown, delay: number): void {
    const isRefused = error instanceof TokenError && error.kind === "refused" &&
      !canPass(error);
    const { first, longest } = REFUSED_DELAY;
    this.#delay = isRefused ? Math.min(first * 2 ** this.#failures, longest) : delay;
    this.#failedAt = readClocks();
    this.#failures++;
  }

  /** Notes that a renewal succeeded. */
  succeed(): void {
    this.#failures = 0;
    this.#failedAt = undefined;
  }
}
