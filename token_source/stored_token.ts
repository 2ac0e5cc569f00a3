// What a store has of a token, before it is sealed. Another process reads it, perhaps on a machine whose
// clock differs from that of this one.

import { clocksAt, keepToken, type KeptToken, skewOf } from "./token_lifetime.ts";

/** When a token expires, in milliseconds since 1970. */
export function expiryOf({ asked, lifetime }: KeptToken): number {
  return asked.date + lifetime * 1000;
}

/** Writes what a store has of a token. */
export function packToken(kept: KeptToken): string {
  return JSON.stringify({ token: kept.token, asked: kept.asked.date, expires: expiryOf(kept) });
}

/**
 * Reads what {@linkcode packToken} wrote; `margin` is what is to be left of the token's life.
 *
 * @throws {Error} If there is no token in it.
 */
export function unpackToken(text: string, margin?: number): KeptToken {
  const { token, asked, expires } = JSON.parse(text);
  if (!token.access_token) throw new Error("the stored value has no token");
  const lifetime = (expires - asked) / 1000;
  const issued = { token, asked: clocksAt(asked), lifetime };
  return keepToken(issued, { isShared: true, skew: skewOf(lifetime), margin });
}
