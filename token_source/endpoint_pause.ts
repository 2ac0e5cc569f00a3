// A time in which the token endpoint is left alone, because it said so or because asking again would not
// change what it said. All times are in seconds, but those of clocks are in milliseconds.

import { MAX_RETRY_AFTER } from "../runtime/time_limit.ts";
import { TokenError } from "../token.ts";
import { type Clocks, clocksAt, readClocks, secondsSince } from "./token_lifetime.ts";

/** A time in which the endpoint is not asked. */
export interface Pause {
  /** When it began. */
  since: Clocks;
  /** How long it is. */
  seconds: number;
  /** What the endpoint said. */
  error: TokenError;
  /** Whether callers who need a token fail at once; otherwise, they wait, and the endpoint is asked again. */
  isFinal: boolean;
}

/** Callers wait no longer for a pause to end, as `requestToken` does not. */
export const MAX_WAIT = 30;
// What asking again does not change, unless someone changes the client at the provider.
const FINAL_CODES = new Set(["invalid_client", "unauthorized_client", "invalid_scope"]);
const FINAL_PAUSE = { first: 10, longest: 60 };
const UNAVAILABLE = new Set([429, 503]);
const UNAVAILABLE_PAUSE = { first: 1, longest: 60 };
const MAX_SKEW = 30;

/** The pauses of one endpoint, one after the other. */
export class EndpointPause {
  #latest?: Pause;

  /** The latest pause, which may have ended. */
  get latest(): Pause | undefined {
    return this.#latest;
  }

  /** The pause that holds now, if there is one. */
  get current(): Pause | undefined {
    return this.#latest && secondsLeft(this.#latest) > 0 ? this.#latest : undefined;
  }

  /** Notes a pause, unless one is known that ends later. */
  note(pause: Pause | undefined): void {
    if (!pause) return;
    if (!this.#latest || secondsLeft(pause) >= secondsLeft(this.#latest)) this.#latest = pause;
  }

  /** Forgets all pauses, because the endpoint has given a token. */
  end(): void {
    this.#latest = undefined;
  }
}

/**
 * The pause that a failed request calls for, if it calls for one. `isLast` says that callers were told of
 * the failure; if they are not, the endpoint is asked again after a `delay`.
 */
export function pauseAfter(
  error: unknown,
  { delay, isLast, latest }: { delay: number; isLast: boolean; latest?: Pause },
): Pause | undefined {
  if (!(error instanceof TokenError)) return undefined;

  const since = readClocks();
  const asked = Math.min(error.retry_after ?? 0, MAX_RETRY_AFTER);
  const before = latest?.error.code === error.code ? latest.seconds : 0;
  if (FINAL_CODES.has(error.code)) {
    return { since, seconds: twice(before, FINAL_PAUSE), error, isFinal: true };
  }
  if (!UNAVAILABLE.has(error.status ?? 0)) return undefined;
  if (asked > 0) return { since, seconds: asked, error, isFinal: isLast || asked > MAX_WAIT };
  const seconds = isLast ? twice(before, UNAVAILABLE_PAUSE) : delay;
  return { since, seconds, error, isFinal: isLast };
}

function twice(seconds: number, { first, longest }: { first: number; longest: number }): number {
  return Math.min(Math.max(first, 2 * seconds), longest);
}

/** The seconds until a pause ends. */
export function secondsLeft({ since, seconds }: Pause): number {
  return Math.min(seconds, seconds - secondsSince(since));
}

/** The error that led to a pause, with the seconds until the endpoint may be asked again. */
export function errorOf(pause: Pause): TokenError {
  const { kind, code, message, name: _, ...details } = pause.error;
  const retry_after = Math.max(1, Math.ceil(secondsLeft(pause)));
  return new TokenError(kind, code, message, { ...details, retry_after });
}

/** Writes what a store has of a pause. */
export function packPause(
  { since, seconds, error, isFinal }: Pause,
  mask: (text: string) => string = (text) => text,
): string {
  // JSON leaves out the message of an error.
  const { message } = error;
  const members = { since: since.date, seconds, isFinal, error: { ...error, message } };
  return JSON.stringify(members, (_, value) => typeof value === "string" ? mask(value) : value);
}

/** Reads what {@linkcode packPause} wrote; `undefined`, if it is something else or from the future. */
export function unpackPause(text: string): Pause | undefined {
  const { since, seconds, isFinal, error } = JSON.parse(text);
  if (typeof since !== "number" || typeof seconds !== "number" || !error) return undefined;
  if (since - Date.now() > MAX_SKEW * 1000) return undefined;

  const { kind, code, message, name: _, ...details } = error;
  const unpacked = new TokenError(kind, code, message, details);
  return { since: clocksAt(since), seconds, isFinal, error: unpacked };
}
