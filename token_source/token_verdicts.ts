// What the answers of an API say about the token that was sent: whether a new one may help.

import { type Clocks, readClocks, secondsSince } from "./token_lifetime.ts";

// A token that was accepted just now has not expired, in seconds.
const YOUNG = 5;

/** What to do about a 401: get a new token; use the one that another call has got; or nothing, as none helps. */
export type Cure = "drop" | "replaced" | "none";

/** The tokens that were sent, one after the other. */
export class TokenVerdicts {
  #latest?: {
    access_token: string;
    since: Clocks;
    isAccepted: boolean;
    isDropped: boolean;
    /** Whether it came in place of one that was refused. */
    isReplacement: boolean;
    /** Whether it was refused, too, so that a third would not help. */
    isHopeless: boolean;
  };

  /** Notes that a token is sent. */
  send(access_token: string): void {
    const before = this.#latest;
    if (before?.access_token === access_token) return;
    this.#latest = {
      access_token,
      since: readClocks(),
      isAccepted: false,
      isDropped: false,
      isReplacement: before?.isDropped ?? false,
      isHopeless: false,
    };
  }

  /** Notes that the API accepted a token. */
  accept(access_token: string): void {
    if (this.#latest?.access_token === access_token) this.#latest.isAccepted = true;
  }

  /** Notes that the API refused a token; `isRetry`, if it had refused the one before in the same call. */
  refuse(access_token: string, isRetry: boolean): Cure {
    const latest = this.#latest;
    if (latest?.access_token !== access_token || latest.isDropped) return "replaced";

    const { isReplacement, isAccepted, since } = latest;
    if (isRetry || (isReplacement && !isAccepted)) latest.isHopeless = true;
    if (latest.isHopeless) return "none";
    if (isAccepted && secondsSince(since) < YOUNG) return "none";

    latest.isDropped = true;
    return "drop";
  }
}
