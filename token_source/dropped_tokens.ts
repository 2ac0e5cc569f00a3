// The tokens that a source was told to drop. A store may still have them, if it cannot remove them.

import type { KeptToken } from "./token_lifetime.ts";

const MAX_NAMED = 100;

/** The tokens that were dropped, of which only the latest hundred are remembered by name. */
export class DroppedTokens {
  readonly #named = new Set<string>();
  #allUntil = -Infinity;

  /** Drops one token. */
  add(access_token: string): void {
    this.#named.add(access_token);
    const [oldest] = this.#named;
    if (this.#named.size > MAX_NAMED) this.#named.delete(oldest!);
  }

  /** Drops every token that was requested until now. */
  addAll(): void {
    this.#allUntil = Date.now();
  }

  /** Whether a token was dropped. */
  has({ token, asked }: KeptToken): boolean {
    return this.#named.has(token.access_token) || asked.date <= this.#allUntil;
  }
}
