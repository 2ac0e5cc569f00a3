// One token for a program that ends soon, from a store that it shares with its next runs.

import {
  buildRequest,
  type RequestOptions,
  type TokenRequest,
  type TokenResponse,
} from "../token.ts";
import type { TokenStore } from "./store.ts";
import { type CacheOptions, StoreCache } from "./store_cache.ts";
import {
  isDue,
  keepToken,
  type KeptToken,
  lifetimeOf,
  readClocks,
  secondsSince,
  withTimeLeft,
} from "./token_lifetime.ts";
import { renewalWarning, type Supplied, TokenSupply } from "./token_supply.ts";
import { warnings } from "./warnings.ts";

/** How to take a token. */
export interface TakeOptions extends RequestOptions, CacheOptions {
  /** Where the token is kept from one run to the next. */
  store: TokenStore;
  /** Requests a token, with all retries. */
  send: () => Promise<TokenResponse>;
  /** Whether a new token is wanted, whatever is in the store. */
  isRefresh?: boolean;
  /** How many seconds a token lives if the server does not say; by default it is not kept. */
  defaultLifetime?: number;
  /** Called with one sentence when the store fails, or when the token in it could not be renewed. */
  onWarning?: (warning: string) => void;
}

/** A token that was taken from a store, or is now in it. */
export interface TakenToken {
  /** The token response. */
  token: TokenResponse;
  /** Whether it was in the store already. */
  wasFound: boolean;
  /** Seconds until it expires; 0 if neither the server nor the token said it, and it is not kept. */
  secondsLeft: number;
}

/**
 * Takes the token from the store, or requests one and stores it. A token that is due is renewed first; if
 * that fails, it is taken as it is. While the endpoint is to be left alone, because of what it said to
 * this run or an earlier one, it is not asked.
 *
 * @throws {TokenError} `usage`, if there is nothing to seal with; what `send` throws, or threw in an
 * earlier run, then with `retry_after`.
 */
export async function takeToken(request: TokenRequest, options: TakeOptions): Promise<TakenToken> {
  const { store, send, isRefresh = false, defaultLifetime = 0, onWarning } = options;
  const built = buildRequest(request, options);
  const warn = warnings(onWarning, built.mask);
  const cache = new StoreCache(request, built, store, warn, options);
  const sendOnce = async () => {
    const asked = readClocks();
    const token = await send();
    const lifetime = lifetimeOf({ token, asked }, defaultLifetime);
    return keepToken({ token, asked, lifetime }, { isShared: true });
  };
  const supply = new TokenSupply({ request: sendOnce, retries: 0, cache, warn });
  const isEnough = (kept: KeptToken) => !isRefresh && !isDue(kept);

  const demand = { signal: new AbortController().signal, isWanted: () => true };
  const supplied = await supply.get(demand, isEnough).catch(async (error) => {
    const stored = isRefresh ? undefined : await cache.find();
    if (!stored) throw error;
    warn(renewalWarning(error));
    return { kept: stored, wasFound: true };
    // The program ends when it has the token; the next run is to know what the endpoint said.
  }).finally(() => cache.settled());
  return describe(supplied);
}

function describe({ kept, wasFound }: Supplied): TakenToken {
  const secondsLeft = kept.lifetime - kept.skew - secondsSince(kept.asked);
  return {
    token: wasFound ? withTimeLeft(kept) : kept.token,
    wasFound,
    secondsLeft: Math.max(0, Math.floor(secondsLeft)),
  };
}
