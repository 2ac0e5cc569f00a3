/**
 * Keeps an access token until shortly before it expires, for programs that call an API again and again.
 * It sets no timer: it compares the clock each time it is asked for the token.
 *
 * @module
 */

import {
  buildRequest,
  readResponse,
  type RequestOptions,
  sendRequest,
  TokenError,
  type TokenRequest,
  type TokenResponse,
} from "../token.ts";

export { type RequestOptions, TokenError, type TokenRequest, type TokenResponse };

const MAX_MARGIN = 60;

/** How to send the requests, and how long to keep a token. */
export interface TokenSourceOptions extends Omit<RequestOptions, "signal"> {
  /**
   * Seconds that a token lives if the server does not say (RFC 6749 §5.1 leaves that to its
   * documentation). Without this option, such a token is not kept.
   */
  defaultLifetime?: number;
}

/** Gives an access token that has not expired. */
export interface TokenSource {
  /**
   * Resolves to the token that is kept, its `expires_in` lowered to the seconds left, or to a new one.
   * Callers share one request. A signal that aborts ends only the wait of its caller; the request is
   * aborted when no caller waits for it any more. A failure is reported to the callers that waited, and
   * the next call tries again.
   *
   * @throws {TokenError} As `requestToken` does; `unreachable`, if the signal aborts.
   */
  get(options?: { signal?: AbortSignal }): Promise<TokenResponse>;
  /**
   * Drops the token, because the API answered 401 (RFC 6750 §3.1) or the client's rights changed. With
   * an `access_token`, it drops only that one: if a newer token is already there, it stays. Without one,
   * the answer to a request that is under way is not kept either.
   */
  invalidate(access_token?: string): void;
}

/** A token, and the time of the request for it. */
interface Kept {
  token: TokenResponse;
  asked: Clocks;
}

/** A request that is under way, and how many callers wait for it. */
interface Shared {
  answer: Promise<TokenResponse>;
  controller: AbortController;
  waiting: number;
}

/**
 * Makes a source of access tokens. It requests a new one when a tenth of the token's life, or 60 seconds
 * if that is less, is left. The life is counted from the time of the request.
 *
 * @throws {TokenError} `usage`, if the request, a header field or `defaultLifetime` is wrong.
 *
 * @example Usage
 * ```ts
 * import { tokenSource } from "@client-credentials/token/token-source";
 *
 * const source = tokenSource({
 *   token_url: "https://api.example.com/oauth2/token",
 *   client_id: "my_client_id_123",
 *   client_secret: "my_secret_456",
 * }, {
 *   // Stands in for the provider; leave it out.
 *   fetch: () => Promise.resolve(Response.json({ access_token: "abc", expires_in: 3600 })),
 * });
 * const { access_token } = await source.get();
 * console.log(access_token); // "abc"
 * ```
 */
export function tokenSource(request: TokenRequest, options: TokenSourceOptions = {}): TokenSource {
  const { defaultLifetime } = options;
  if (defaultLifetime !== undefined && !(defaultLifetime > 0)) {
    throw new TokenError("usage", "defaultLifetime must be more than 0 seconds");
  }
  // Built once, because params and headers may be iterators, which can be read only once.
  const built = buildRequest(request, options);
  let kept: Kept | undefined;
  let shared: Shared | undefined;

  function ask(): Shared {
    const controller = new AbortController();
    const send = async () => {
      const asked = readClocks();
      try {
        const answer = await sendRequest(built, { ...options, signal: controller.signal });
        const token = readResponse(answer, built);
        if (shared === own) kept = { token, asked };
        return token;
      } finally {
        if (shared === own) shared = undefined;
      }
    };
    const own: Shared = { answer: send(), controller, waiting: 0 };
    // If no caller gets to wait for it, its failure must not end the process.
    own.answer.catch(() => {});
    return own;
  }

  function wait(joined: Shared, signal?: AbortSignal): Promise<TokenResponse> {
    joined.waiting++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(aborted());
        if (--joined.waiting > 0) return;
        if (shared === joined) shared = undefined;
        joined.controller.abort();
      };
      signal?.addEventListener("abort", leave);
      joined.answer.then(resolve, reject)
        .finally(() => signal?.removeEventListener("abort", leave));
    });
  }

  return {
    async get({ signal } = {}) {
      if (signal?.aborted) throw aborted();
      if (kept && isFresh(kept, defaultLifetime)) return withTimeLeft(kept);
      shared ??= ask();
      // A copy, so that no caller can change what the others get.
      return { ...await wait(shared, signal) };
    },
    invalidate(access_token) {
      if (access_token === undefined) shared = undefined;
      else if (access_token !== kept?.token.access_token) return;
      kept = undefined;
    },
  };
}

function aborted(): TokenError {
  return new TokenError("unreachable", "The wait for a token was aborted");
}

function isFresh({ token, asked }: Kept, defaultLifetime = 0): boolean {
  const lifetime = token.expires_in ?? defaultLifetime;
  const margin = Math.min(lifetime / 10, MAX_MARGIN);
  return secondsSince(asked) < lifetime - margin;
}

function withTimeLeft({ token, asked }: Kept): TokenResponse {
  const { expires_in } = token;
  if (expires_in === undefined) return { ...token };
  return { ...token, expires_in: Math.floor(expires_in - secondsSince(asked)) };
}

/** Milliseconds on a clock that may be set back, and on one that may stop while the machine sleeps. */
interface Clocks {
  date: number;
  uptime: number;
}

function readClocks(): Clocks {
  return { date: Date.now(), uptime: performance.now() };
}

/** Takes the clock that says more: a request too early costs less than one with an expired token. */
function secondsSince({ date, uptime }: Clocks): number {
  const now = readClocks();
  return Math.max(now.date - date, now.uptime - uptime) / 1000;
}
