// A token that is kept, and how long it can be used.

import type { TokenResponse } from "../token.ts";

/** A token, when it was asked for, and how long it lives. */
export interface KeptToken {
  /** The token response. */
  token: TokenResponse;
  /** When the request for it was sent. */
  asked: Clocks;
  /** Seconds from then until it expires. */
  lifetime: number;
  /** Seconds before it expires from which on a new one is requested. */
  margin: number;
  /** Seconds by which the clock of the machine that asked for it may differ; 0 if it is this one. */
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
