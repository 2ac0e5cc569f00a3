/**
 * Keeps an access token that never runs out, for programs that call an API again and again.
 *
 * {@linkcode tokenSource} looks at the clock each time it is asked; it sets no timer. It returns the token
 * that is kept (`token_lifetime.ts`) and, when that is due, renews it in the background. Only if there is
 * none do callers wait, for one request (`shared_request.ts`). A token comes from the store, where there is
 * one (`store_cache.ts`), or else from the endpoint, which is left alone when it says so (`token_supply.ts`).
 *
 * @module
 */

import {
  type RequestOptions,
  TokenError,
  type TokenRequest,
  type TokenResponse,
} from "../token.ts";
import { aborted, SharedRequest } from "./shared_request.ts";
import type { SharingOptions, TokenStore } from "./store.ts";
import { StoreCache } from "./store_cache.ts";
import {
  type ClientOptions,
  type ClientSecret,
  type SourceRequest,
  TokenClient,
} from "./token_client.ts";
import {
  isUsable,
  keepToken,
  type KeptToken,
  secondsSince,
  withTimeLeft,
} from "./token_lifetime.ts";
import { type Demand, type Supplied, TokenSupply } from "./token_supply.ts";
import { warnings } from "./warnings.ts";

export { type RequestOptions, TokenError, type TokenRequest, type TokenResponse };
export type { ClientOptions, ClientSecret, SharingOptions, SourceRequest, TokenStore };

const DEFAULT_RETRIES = 2;

/** How to send the requests, how long to keep a token, and where to share it with other processes. */
export interface TokenSourceOptions extends ClientOptions, SharingOptions {
  /**
   * How many seconds of its life a token has left when it is used, such as for calls that take long. The
   * renewal begins before that. It is half of the life at most.
   */
  margin?: number;
  /** Called with one sentence when the store or a renewal begins to fail, and when a secret is refused. */
  onWarning?: (warning: string) => void;
}

/** Gives an access token that has not expired. */
export interface TokenSource {
  /**
   * Resolves to the token that is kept, its `expires_in` lowered to the seconds left, or to a new one.
   * Callers share one request. A signal that aborts ends only the wait of its caller; the request is
   * aborted when no caller waits for it any more. A failure is reported to the callers that waited.
   *
   * After 429 or 503, the endpoint is not asked again until `Retry-After` is over, or for a pause that
   * doubles each time; after `invalid_client`, `unauthorized_client` or `invalid_scope`, for 10 to 60
   * seconds. Meanwhile, calls fail at once with the same error, whose `retry_after` has the seconds left.
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
 * Makes a source of access tokens. When about a fifth of a token's life is left, at most 5 minutes, or
 * after the seconds of the server's `refresh_in`, the next call renews it in the background. A renewal
 * that fails is tried again, after pauses that grow. Nobody waits for it, and nobody notices, but
 * `onWarning`, until a hundredth of the life is left, at most 10 seconds, or the `margin`. The life is
 * counted from the time of the request.
 *
 * With a `store`, it looks there before it requests a token, and stores what it gets.
 *
 * @throws {TokenError} `usage`, if the request or an option is wrong, or if a store has no `sealKey` and
 * needs one.
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
export function tokenSource(request: SourceRequest, options: TokenSourceOptions = {}): TokenSource {
  checkLifetime(options);
  checkMargin(options);
  const warn = warnings(options.onWarning, (text) => client.mask(text));
  const client = new TokenClient(request, options, warn);
  const { store, retries = DEFAULT_RETRIES, margin } = options;
  const cache = store && new StoreCache(request, client.built, store, warn, options);
  const supply = new TokenSupply({
    request: async (signal) =>
      keepToken(await client.request(signal), { isShared: !!cache, margin }),
    retries,
    cache,
    warn,
  });
  let kept: KeptToken | undefined;
  let underWay: SharedRequest<TokenResponse | undefined> | undefined;

  /** Starts a request. What it finds is kept, unless `invalidate` was called meanwhile. */
  function start(
    find: (demand: Demand) => Promise<Supplied | undefined>,
    isAwaited: boolean,
  ): SharedRequest<TokenResponse | undefined> {
    const isWanted = () => underWay === own;
    const forget = () => {
      if (isWanted()) underWay = undefined;
    };
    const send = async (signal: AbortSignal) => {
      try {
        const found = await find({ signal, isWanted });
        if (found && isWanted()) kept = found.kept;
        // A renewal may have ended so late that what it found can no longer be used.
        if (!found || (!isAwaited && !isUsable(found.kept))) return undefined;
        return responseOf(found);
      } finally {
        forget();
      }
    };
    const own = new SharedRequest(send, isAwaited ? forget : undefined);
    return own;
  }

  function renew(current: KeptToken): void {
    if (underWay || !supply.mayRenew) return;
    underWay = start((demand) => supply.renew(current, demand), false);
  }

  async function wait(signal?: AbortSignal): Promise<TokenResponse | undefined> {
    underWay ??= start((demand) => supply.get(demand), true);
    return await underWay.join(signal);
  }

  return {
    async get({ signal } = {}) {
      if (signal?.aborted) throw aborted();
      for (;;) {
        if (kept) {
          // The clocks are read once, which takes longer than the rest.
          const age = secondsSince(kept.asked);
          if (age >= kept.renewAfter && age < kept.usableFor) renew(kept);
          if (age < kept.usableFor) return withTimeLeft(kept, age);
        }
        const token = await wait(signal);
        // A copy, so that no caller can change what the others get.
        if (token) return { ...token };
        // What they waited for was a renewal that failed; now it is for them to ask.
      }
    },
    invalidate(access_token) {
      if (access_token === undefined) {
        underWay?.abandon();
        underWay = undefined;
      } else if (access_token !== kept?.token.access_token) {
        return;
      }
      kept = undefined;
      cache?.drop(access_token);
    },
  };
}

/** What was requested just now is returned as the server sent it. */
function responseOf({ kept, wasFound }: Supplied): TokenResponse {
  return wasFound ? withTimeLeft(kept) : kept.token;
}

function checkLifetime({ defaultLifetime }: TokenSourceOptions): void {
  if (defaultLifetime === undefined || defaultLifetime > 0) return;
  throw new TokenError(
    "usage",
    "default_lifetime_invalid",
    "defaultLifetime must be more than 0 seconds",
  );
}

function checkMargin({ margin = 0 }: TokenSourceOptions): void {
  if (margin >= 0) return;
  throw new TokenError("usage", "margin_invalid", "margin must be a number of seconds from 0 on");
}
