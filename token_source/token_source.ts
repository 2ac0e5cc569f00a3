/**
 * Keeps an access token for as long as it lives, so that a program that calls an API again and again
 * asks for a new one only when it must. It sets no timer: it looks at the clock when it is asked.
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
   * Seconds a token lives when the server does not say (RFC 6749 §5.1 leaves that to its
   * documentation). Without it, such a token is not kept.
   */
  defaultLifetime?: number;
}

/** Gives an access token that has not expired. */
export interface TokenSource {
  /**
   * Resolves to the token kept, its `expires_in` lowered to the seconds left, or to a new one.
   * Callers share one request. A signal that aborts ends the wait of its caller alone; the request
   * itself ends when no caller waits for it any more. A failure is reported to those who waited for
   * it and then forgotten.
   *
   * @throws {TokenError} As `requestToken` does; `unreachable`, if the signal aborts.
   */
  get(options?: { signal?: AbortSignal }): Promise<TokenResponse>;
  /**
   * Drops the token, because the API answered 401 (RFC 6750 §3.1) or the client's rights changed.
   * Given an `access_token`, it drops that one alone: late news of an old token leaves a newer one in
   * place. Given none, it also keeps a token that is on its way from whoever asks after this.
   */
  invalidate(access_token?: string): void;
}

/** A token, and what both clocks said when it was asked for. */
interface Kept {
  token: TokenResponse;
  asked: Clocks;
}

/** A request on its way, and how many callers wait for it. */
interface Shared {
  answer: Promise<TokenResponse>;
  controller: AbortController;
  waiting: number;
}

/**
 * Makes a source of access tokens. It asks for a new one when a tenth of the token's life is left, at
 * most 60 seconds; the life is counted from when the token was asked for.
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
  // Built once, since params and headers may be iterators, which can be read only once.
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

/** Milliseconds on a clock that can be set back, and on one that may stop while a machine sleeps. */
interface Clocks {
  date: number;
  uptime: number;
}

function readClocks(): Clocks {
  return { date: Date.now(), uptime: performance.now() };
}

/** Believes whichever clock says more: to ask too early costs a request, too late a failed call. */
function secondsSince({ date, uptime }: Clocks): number {
  const now = readClocks();
  return Math.max(now.date - date, now.uptime - uptime) / 1000;
}
