// A token that is kept: when it is renewed, and how long it can be used. All times are in seconds, but
// those of clocks are in milliseconds.

import { fromBase64 } from "../runtime/base64.ts";
import { parseObject, type TokenResponse } from "../token.ts";

// Before the end of its life, a token is renewed while it is still used, and then no longer used. Of a
// long life, no more than so many seconds count for that.
const EARLIEST_RENEWAL = { share: 0.225, seconds: 300 };
const LATEST_RENEWAL = { share: 0.2, seconds: 240 };
// The first of a fleet renews for all. So it is later there, and drawn from more, lest two do so at once.
const EARLIEST_SHARED_RENEWAL = { share: 0.2, seconds: 300 };
const LATEST_SHARED_RENEWAL = { share: 0.15, seconds: 180 };
const LAST_USE = { share: 0.01, seconds: 10 };
// By how much the clocks of two machines may differ. A token that lives very short would have little left.
const SKEW = 30;
const SHORT_LIFETIME = 300;
const SHORT_LIFETIME_SKEW = 0.05;
// What is before or after that is no time in seconds since 1970: 2001 and 5138.
const EARLIEST_TIME = 1e9;
const LATEST_TIME = 1e11;
const MAX_LIFETIME = 365 * 24 * 3600;

/** A token, when it was asked for, and how long it lives. */
export interface IssuedToken {
  /** The token response. */
  token: TokenResponse;
  /** When the request for it was sent. */
  asked: Clocks;
  /** From then until it expires. */
  lifetime: number;
}

/** A token that is kept. */
export interface KeptToken extends IssuedToken {
  /** From `asked` until it is renewed, while it is still used. */
  renewAfter: number;
  /** From `asked` until it is no longer used. */
  usableFor: number;
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

/** Both clocks at a time in the past or the future of the one that counts from 1970. */
export function clocksAt(date: number): Clocks {
  const now = readClocks();
  return { date, uptime: now.uptime - (now.date - date) };
}

/** Uses the clock that shows more: a request too early costs less than one with an expired token. */
export function secondsSince({ date, uptime }: Clocks): number {
  const now = readClocks();
  return Math.max(now.date - date, now.uptime - uptime) / 1000;
}

/**
 * The seconds from `asked` until a token expires: as the server says, or the token itself, if it is a JWT;
 * otherwise `fallback`.
 */
export function lifetimeOf(
  { token, asked }: Pick<IssuedToken, "token" | "asked">,
  fallback = 0,
): number {
  const now = asked.date / 1000;
  return token.expires_in ?? lifetimeUntil(token, now) ?? lifetimeOfJwt(token.access_token, now) ??
    fallback;
}

/** As servers say it that name a time: in seconds since 1970, or as a date. */
function lifetimeUntil({ expires_on, expires_at }: TokenResponse, now: number): number | undefined {
  for (const said of [expires_on, expires_at]) {
    if (typeof said !== "string" && typeof said !== "number") continue;
    const seconds = Number(said) || Date.parse(`${said}`) / 1000;
    if (seconds > EARLIEST_TIME && seconds < LATEST_TIME) return afterSkew(seconds - now);
  }
  return undefined;
}

function afterSkew(left: number): number {
  return Math.max(0, left - skewOf(left));
}

/** What says how long a token lives: the server, the token itself, or nothing. */
export function expirySource(token: TokenResponse): "server" | "token" | undefined {
  if (token.expires_in !== undefined || lifetimeUntil(token, 0) !== undefined) return "server";
  return typeof claimsOf(token.access_token).exp === "number" ? "token" : undefined;
}

/** By the clock that shows less time left, that of the server or this machine's. */
function lifetimeOfJwt(jwt: string, now: number): number | undefined {
  const { exp, iat } = claimsOf(jwt);
  if (typeof exp !== "number") return undefined;
  const left = Math.min(exp - now, exp - (typeof iat === "number" ? iat : now));
  return afterSkew(left);
}

/** What a JWT says (RFC 7519); nothing, if it is none. Its signature is for the API alone. */
function claimsOf(jwt: string): Record<string, unknown> {
  const parts = jwt.split(".");
  if (parts.length !== 3) return {};
  try {
    return parseObject(new TextDecoder().decode(fromBase64(parts[1]!))) ?? {};
  } catch {
    return {};
  }
}

/** How a token is kept. */
interface KeepOptions {
  /** Whether others may renew it. */
  isShared: boolean;
  /** By how much the clock of the machine that asked for it may differ. */
  skew?: number;
  /** What its users want to be left of its life; they get half of it at most. */
  margin?: number;
}

/** Decides when a token is renewed and how long it is used. */
export function keepToken(
  { token, asked, lifetime: life }: IssuedToken,
  { isShared, skew = 0, margin: wanted = 0 }: KeepOptions,
): KeptToken {
  const lifetime = Math.min(life, MAX_LIFETIME);
  const margin = Math.min(wanted, lifetime / 2);
  const usableFor = lifetime - Math.max(skew + margin, marginOf(lifetime, LAST_USE));
  const renewAfter = Math.min(
    renewalWish(token, lifetime) ?? drawRenewal(lifetime - margin, isShared),
    usableFor,
  );
  return { token, asked, lifetime, renewAfter, usableFor, skew };
}

/** Whether the token can still be used. */
export function isUsable({ asked, usableFor }: KeptToken): boolean {
  return secondsSince(asked) < usableFor;
}

/** Whether it is time to renew the token. */
export function isDue({ asked, renewAfter }: KeptToken): boolean {
  return secondsSince(asked) >= renewAfter;
}

/** The token response, its `expires_in` lowered to the seconds that are left for sure. */
export function withTimeLeft(
  { token, asked, skew }: KeptToken,
  age: number = secondsSince(asked),
): TokenResponse {
  const { expires_in } = token;
  if (expires_in === undefined) return { ...token };
  return { ...token, expires_in: Math.max(0, Math.floor(expires_in - skew - age)) };
}

/** By how much the clock of a machine may differ that asked for a token with this lifetime. */
export function skewOf(lifetime: number): number {
  return lifetime < SHORT_LIFETIME ? lifetime * SHORT_LIFETIME_SKEW : SKEW;
}

/** When the server wants the token to be renewed, as Microsoft Entra ID says it. */
function renewalWish({ refresh_in }: TokenResponse, lifetime: number): number | undefined {
  const wish = typeof refresh_in === "string" ? Number(refresh_in) : refresh_in;
  return typeof wish === "number" && wish > 0 && wish < lifetime ? wish : undefined;
}

/** At random, so that clients which started together do not all ask at once. */
function drawRenewal(lifetime: number, isShared: boolean): number {
  const first = isShared ? EARLIEST_SHARED_RENEWAL : EARLIEST_RENEWAL;
  const last = isShared ? LATEST_SHARED_RENEWAL : LATEST_RENEWAL;
  const earliest = lifetime - marginOf(lifetime, first);
  const latest = lifetime - marginOf(lifetime, last);
  return earliest + (latest - earliest) * Math.random();
}

function marginOf(
  lifetime: number,
  { share, seconds }: { share: number; seconds: number },
): number {
  return Math.min(lifetime * share, seconds);
}
