// `--watch`: keeps a fresh token in a file, for programs that read one. Loaded only then.

import { readVariables, whenToldToEnd } from "../runtime/runtime.ts";
import { MAX_RETRY_AFTER, sleep, withSignal } from "../runtime/time_limit.ts";
import { canPass, printable, TokenError, type TokenResponse } from "../token.ts";
import {
  type Clocks,
  keepToken,
  type KeptToken,
  lifetimeOf,
  readClocks,
  secondsSince,
} from "../token_source/token_lifetime.ts";
import { rememberAnswers } from "./answers.ts";
import { type Flags, variableOf } from "./flags.ts";
import { filterWarnings, formatToken, say } from "./output.ts";
import { report, reportRetry } from "./report.ts";
import { readSettings, type Settings } from "./settings.ts";
import { checkAccess, removeLeftovers, writeTokenFile } from "./token_file.ts";

/** Requests a token, and perhaps explains how. */
export type GetToken = (settings: Settings, isExplained?: boolean) => Promise<TokenResponse>;

// In seconds. How long a token is taken to live if the server does not say.
const ASSUMED_LIFETIME = 300;
// Between two requests, at least.
const SHORTEST_PAUSE = 0.25;
// After failures. Of a token's life, the pauses are no more than a share.
const FAILED_PAUSE = { first: 1, longest: 60, share: 1 / 16 };
// After the server refused what asking again does not change.
const REFUSED_PAUSE = { first: 10, longest: 60 };
// A machine that was asleep, or whose clock was set, notices that after so many milliseconds.
const MAX_SLEEP = 30_000;

/**
 * Writes a token to the file of `--watch`, and renews it before it expires until the program is told to
 * end; with `--once`, ends when it is written. Resolves to the exit code. `args` are the command's.
 *
 * @throws {TokenError} `usage`, if a flag or a value is wrong at the beginning. After that, only stderr
 * says what goes wrong.
 */
export async function watchToken(
  args: string[],
  flags: Flags,
  getToken: GetToken,
): Promise<number> {
  const path = checkFlags(flags);
  checkAccess(path);
  await removeLeftovers(path);
  using _answers = rememberAnswers();
  const file = new FreshFile(path, flags, getToken);
  if (flags.once) return await writeOnce(file, args);

  const end = new AbortController();
  using _listener = whenToldToEnd(() => end.abort());
  await keepFresh(file, args, end.signal);
  return 0;
}

function checkFlags(flags: Flags): string {
  const { watch, output, cache, refresh, once } = flags;
  if (watch === undefined) throw usage("flag_incomplete", "--once needs --watch");
  if (!watch) throw usage("flag_needs_value", "--watch needs the path of a file");
  if (cache || refresh) {
    throw usage("flags_conflict", `--${cache ? "cache" : "refresh"} does not go with --watch`);
  }
  // An assertion expires, and standard input has one.
  const name = variableOf("client_assertion_file");
  const assertion = flags["client-assertion-file"] || readVariables([name]).get(name);
  if (!once && assertion === "-") {
    throw usage("flags_conflict", "--client-assertion-file - does not go with --watch");
  }
  if (output === "kubernetes") {
    throw usage("flags_conflict", "--output kubernetes does not go with --watch");
  }
  return watch;
}

function usage(code: string, message: string): TokenError {
  return new TokenError("usage", code, message);
}

async function writeOnce(file: FreshFile, args: string[]): Promise<number> {
  try {
    await file.renew(new AbortController().signal);
    return 0;
  } catch (error) {
    return report(error, args, file.settings);
  }
}

/** Renews the file again and again, until the signal aborts. */
async function keepFresh(file: FreshFile, args: string[], signal: AbortSignal): Promise<void> {
  const news = new News();
  using _filter = filterWarnings((warning) => news.note(warning));
  let failures = 0;
  while (!signal.aborted) {
    try {
      const { asked, renewAfter } = await file.renew(signal);
      news.forgetOlder();
      failures = 0;
      await waitFrom(asked, Math.max(renewAfter, SHORTEST_PAUSE), signal);
    } catch (error) {
      if (signal.aborted) return;
      // What is wrong from the beginning is for its user to repair.
      const isFirst = !file.kept && failures === 0;
      if (isFirst && error instanceof TokenError && error.kind === "usage") throw error;

      const seconds = drawPause(error, failures, file.kept);
      failures++;
      reportRetry(error, seconds, args, file.settings);
      await waitFrom(readClocks(), seconds, signal);
    }
  }
}

/**
 * Seconds until the next try: more after each failure, drawn at random, and no fewer than the server asks
 * for.
 */
export function drawPause(error: unknown, failures: number, kept?: KeptToken): number {
  const { first, longest } = isFinal(error) ? REFUSED_PAUSE : pausesFor(kept);
  const pause = Math.min(first * 2 ** failures, longest) * (0.5 + Math.random() / 2);
  const asked = error instanceof TokenError ? error.retry_after ?? 0 : 0;
  return Math.max(SHORTEST_PAUSE, pause, Math.min(asked, MAX_RETRY_AFTER));
}

function isFinal(error: unknown): boolean {
  return error instanceof TokenError && error.kind === "refused" && !canPass(error);
}

/** The pauses for a token: the shorter it lives, the sooner its readers miss the next one. */
function pausesFor(kept?: KeptToken): { first: number; longest: number } {
  const { first, longest, share } = FAILED_PAUSE;
  const most = (kept?.lifetime ?? Infinity) * share;
  return { first: Math.min(first, most), longest: Math.min(longest, most) };
}

/** Waits until so many seconds have passed since a time, or the signal aborts. */
async function waitFrom(since: Clocks, seconds: number, signal: AbortSignal): Promise<void> {
  const left = () => Math.ceil(1000 * (seconds - secondsSince(since)));
  while (left() > 0 && !signal.aborted) {
    await sleep(Math.min(left(), MAX_SLEEP), signal).catch(() => {});
  }
}

/** Warnings, of which each is news until a renewal goes well without it. */
class News {
  #known = new Set<string>();
  #latest = new Set<string>();

  /** Notes a warning; returns whether it is news. */
  note(warning: string): boolean {
    this.#latest.add(warning);
    const isNew = !this.#known.has(warning);
    this.#known.add(warning);
    return isNew;
  }

  /** Forgets what has not been noted since the last call, so that it is news again. */
  forgetOlder(): void {
    this.#known = this.#latest;
    this.#latest = new Set();
  }
}

/** The file, and the token that is in it. */
class FreshFile {
  /** The token that was written last. */
  kept?: KeptToken;
  /** What the latest request was made of. */
  settings?: Settings;
  readonly #path: string;
  readonly #getToken: GetToken;
  readonly #flags: Flags;

  constructor(path: string, flags: Flags, getToken: GetToken) {
    this.#path = path;
    this.#flags = flags;
    this.#getToken = getToken;
  }

  /**
   * Reads all settings anew, requests a token and writes it.
   *
   * @throws {TokenError} As `readSettings` and `requestToken` do, or `usage`, if the file cannot be
   * written.
   */
  async renew(signal: AbortSignal): Promise<KeptToken> {
    const settings = await withSignal(readSettings(this.#flags), signal);
    this.settings = settings;
    if (settings.cache) throw usage("flags_conflict", "TOKEN_CACHE does not go with --watch");

    const { token, asked } = await this.#request(settings, signal);
    const text = await formatToken(token, this.#flags.output);
    // A token alone is what programs send as it is, so no newline follows.
    const isToken = !this.#flags.output || this.#flags.output === "token";
    await writeTokenFile(this.#path, isToken ? text : `${text}\n`);
    const { defaultLifetime = ASSUMED_LIFETIME } = settings;
    const lifetime = lifetimeOf({ token, asked }) || defaultLifetime;
    this.kept = keepToken({ token, asked, lifetime }, { isShared: false });
    if (this.#flags.explain) this.#explain(this.kept);
    return this.kept;
  }

  async #request(settings: Settings, signal: AbortSignal) {
    let asked = readClocks();
    const connect: Settings["connect"] = (observer) => {
      const fetch = settings.connect(observer);
      return (url, init) => {
        asked = readClocks();
        return fetch(url, init);
      };
    };
    // The pauses of `keepFresh` suit the life of the token; those between retries may be too long for it.
    const { retries = this.kept && 0 } = settings.options;
    const options = { ...settings.options, retries, signal };
    const isExplained = this.#flags.explain && !this.kept;
    try {
      const destination = this.#path;
      const token = await this.#getToken(
        { ...settings, options, connect, destination },
        isExplained,
      );
      return { token, asked };
    } finally {
      settings.close?.();
    }
  }

  #explain({ token, asked, lifetime, renewAfter }: KeptToken): void {
    const at = (seconds: number) => new Date(asked.date + 1000 * seconds).toISOString();
    const expires = lifetimeOf({ token, asked }) > 0
      ? `It expires at ${at(lifetime)}`
      : "The server does not say when it expires";
    const next = this.#flags.once
      ? "it is not renewed (--once)"
      : `it is renewed at ${at(renewAfter)}, in ${Math.round(renewAfter)} s`;
    say(`\nThe token is in ${printable(this.#path)}. ${expires}; ${next}.`);
  }
}
