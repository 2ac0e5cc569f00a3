/**
 * Keeps an access token until shortly before it expires, for programs that call an API again and again.
 *
 * {@linkcode tokenSource} compares the clock each time it is asked for the token; it sets no timer. While
 * the token is fresh (`token_lifetime.ts`), it returns that. Otherwise all callers wait for one request
 * (`shared_request.ts`). With a store (`store.ts`), it looks there before it requests a token, and stores
 * what it gets (`store_cache.ts`), sealed (`seal.ts`).
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
import { aborted, SharedRequest } from "./shared_request.ts";
import type { SharingOptions, TokenStore } from "./store.ts";
import { StoreCache } from "./store_cache.ts";
import { isFresh, type KeptToken, readClocks, withTimeLeft } from "./token_lifetime.ts";

export { type RequestOptions, TokenError, type TokenRequest, type TokenResponse };
export type { SharingOptions, TokenStore };

const MAX_MARGIN = 60;

/** How to send the requests, how long to keep a token, and where to share it with other processes. */
export interface TokenSourceOptions extends Omit<RequestOptions, "signal">, SharingOptions {
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
   * the answer to a request that is under way is not kept either. It is dropped from the store, too.
   */
  invalidate(access_token?: string): void;
}

/**
 * Makes a source of access tokens. It requests a new one when a tenth of the token's life, or 60 seconds
 * if that is less, is left. The life is counted from the time of the request.
 *
 * With a `store`, it looks there before it requests a token, and stores what it gets. It then draws at
 * random when it requests a new one: when 5 to 15 % of the life, at most 60 to 90 seconds, are left.
 *
 * @throws {TokenError} `usage`, if the request, a header field or `defaultLifetime` is wrong, or if a
 * store has no `sealKey` and needs one.
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
    throw new TokenError(
      "usage",
      "default_lifetime_invalid",
      "defaultLifetime must be more than 0 seconds",
    );
  }
  // Built once, because params and headers may be iterators, which can be read only once.
  const built = buildRequest(request, options);
  const cache = options.store && new StoreCache(request, built, options.store, options);
  let kept: KeptToken | undefined;
  let shared: SharedRequest<TokenResponse> | undefined;

  async function requestNew(signal: AbortSignal): Promise<KeptToken> {
    const asked = readClocks();
    const look = cache && lookFirst(cache, options.fetch);
    try {
      const answer = await sendRequest(built, {
        ...options,
        ...look && { fetch: look.fetch },
        signal,
      });
      const token = readResponse(answer, built);
      const lifetime = token.expires_in ?? defaultLifetime ?? 0;
      const margin = Math.min(lifetime / 10, MAX_MARGIN);
      return cache?.keep(token, asked, lifetime) ?? { token, asked, lifetime, margin, skew: 0 };
    } catch (error) {
      if (look?.found) return look.found;
      throw error;
    }
  }

  async function findOrRequest(
    signal: AbortSignal,
    isWanted: () => boolean,
  ): Promise<KeptToken> {
    if (!cache) return await requestNew(signal);
    return await cache.findOrRequest(() => requestNew(signal), isWanted, signal);
  }

  function startRequest(): SharedRequest<TokenResponse> {
    // Not after `invalidate`, nor when all callers have left.
    const isWanted = () => shared === own;
    const forget = () => {
      if (isWanted()) shared = undefined;
    };
    const send = async (signal: AbortSignal) => {
      try {
        const got = await findOrRequest(signal, isWanted);
        if (isWanted()) kept = got;
        // What was requested just now is returned as the server sent it.
        return got.skew > 0 ? withTimeLeft(got) : got.token;
      } finally {
        forget();
      }
    };
    const own = new SharedRequest(send, forget);
    return own;
  }

  return {
    async get({ signal } = {}) {
      if (signal?.aborted) throw aborted();
      if (kept && isFresh(kept)) return withTimeLeft(kept);

      shared ??= startRequest();
      // A copy, so that no caller can change what the others get.
      return { ...await shared.join(signal) };
    },
    invalidate(access_token) {
      if (access_token === undefined) shared = undefined;
      else if (access_token !== kept?.token.access_token) return;
      kept = undefined;
      cache?.drop(access_token);
    },
  };
}

/**
 * Makes a `fetch` that looks into the store before each retry: another process may have been luckier.
 * It then keeps what it `found`, and ends the tries with an error.
 */
function lookFirst(cache: StoreCache, fetch: RequestOptions["fetch"] = globalThis.fetch) {
  let tries = 0;
  const look = {
    found: undefined as KeptToken | undefined,
    async fetch(url: string, init: RequestInit): Promise<Response> {
      tries++;
      // A store that hangs must not use up the time of the tries.
      if (tries > 1 && cache.isWorking) look.found = await cache.find();
      if (look.found) {
        throw new TokenError("unreachable", "found_in_store", "Another process has stored a token");
      }
      return await fetch(url, init);
    },
  };
  return look;
}
