// A token that is kept, and how long it can be used. All times are in seconds, but for those of clocks.

import type { TokenResponse } from "../token.ts";

// At both ends of what is drawn, the smaller of the two counts: a share of the life, and seconds.
const LAST_MARGIN = { share: 0.05, seconds: 60 };
const FIRST_MARGIN = { share: 0.15, seconds: 90 };
// By how much the clocks of two machines may differ. A token that lives very short would have little left.
const SKEW = 30;
const SHORT_LIFETIME = 300;
const SHORT_LIFETIME_SKEW = 0.05;

/** A token, when it was asked for, and how long it lives. */
export interface KeptToken {
  /** The token response. */
  token: TokenResponse;
  /** When the request for it was sent. */
  asked: Clocks;
  /** From then until it expires. */
  lifetime: number;
  /** Before it expires: from then on, a new one is requested. */
  margin: number;
  /** By how much the clock of the machine that asked for it may differ; 0 if it is this one. */
  skew: number;
}

/** Milliseconds on a clock that may be set back, and on one that may stop while the machine sleeps. */
export interface Clocks {
  /** Since 1970. */
  date: number;
  /** Since the program started. */
  uptime: number;
}

/** Reads both clocks. */
export function readClocks(): Clocks {
  return { date: Date.now(), uptime: performance.now() };
}

/** Whether the token has enough time left. */
export function isFresh({ asked, lifetime, margin }: KeptToken): boolean {
  return secondsSince(asked) < lifetime - margin;
}

/** The token response, its `expires_in` lowered to the seconds that are left for sure. */
export function withTimeLeft({ token, asked, skew }: KeptToken): TokenResponse {
  const { expires_in } = token;
  if (expires_in === undefined) return { ...token };
  return { ...token, expires_in: Math.max(0, Math.floor(expires_in - skew - secondsSince(asked))) };
}

/** Uses the clock that shows more: a request too early costs less than one with an expired token. */
export function secondsSince({ date, uptime }: Clocks): number {
  const now = readClocks();
  return Math.max(now.date - date, now.uptime - uptime) / 1000;
}

/**
 * Draws when a token is renewed that is shared: if each source draws its own, a fleet does not ask all
 * at once, and the first renews for all.
 */
export function drawMargin(lifetime: number, skew = 0): number {
  const last = Math.max(skew, Math.min(lifetime * LAST_MARGIN.share, LAST_MARGIN.seconds));
  const first = Math.min(lifetime * FIRST_MARGIN.share, FIRST_MARGIN.seconds);
  return last + (first - last) * Math.random();
}

/** By how much the clock of a machine may differ that asked for a token with this lifetime. */
export function skewOf(lifetime: number): number {
  return lifetime < SHORT_LIFETIME ? lifetime * SHORT_LIFETIME_SKEW : SKEW;
}
