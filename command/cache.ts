// --cache: the token is kept in a folder until shortly before it expires.

import { isGranted } from "../runtime/host.ts";
import { buildRequest, printable, TokenError, type TokenResponse } from "../token.ts";
import { fileStore } from "../token_source/file_store.ts";
import { StoreCache } from "../token_source/store_cache.ts";
import { readClocks, secondsSince, withTimeLeft } from "../token_source/token_lifetime.ts";
import { say } from "./output.ts";
import type { Settings } from "./settings.ts";

/** A token from the cache, or one that is now in it. */
export interface CachedToken {
  /** The token response. */
  token: TokenResponse;
  /** Whether it was in the cache already. */
  wasFound: boolean;
  /** Seconds until it expires; 0 if the server did not say, and it is not kept. */
  secondsLeft: number;
}

/**
 * Takes the token from the cache, or requests one and keeps it. If the cache cannot be used, it says
 * why on stderr and requests a token.
 *
 * @throws {TokenError} `usage`, if access to the folder was not granted; and as `request` does.
 */
export async function getCachedToken(
  settings: Settings,
  request: (settings: Settings) => Promise<TokenResponse>,
): Promise<CachedToken> {
  const { request: { auth_method }, proof: { sealKey, dpop_jkt } = {} } = settings;
  const { folder, refresh } = settings.cache!;
  if (!isGranted({ name: "read", path: folder }) || !isGranted({ name: "write", path: folder })) {
    const message = `${printable(folder)}: read and write access was not granted`;
    throw new TokenError("usage", "cache_permission", message, { path: folder });
  }
  if (typeof auth_method === "function" && !sealKey) {
    throw new TokenError(
      "usage",
      "cache_without_key",
      "--cache needs a secret or a key to seal the token with; --client-assertion-file is neither",
    );
  }
  const files = fileStore(folder);
  const store = refresh ? { ...files, get: () => Promise.resolve(undefined) } : files;
  const built = buildRequest(settings.request, settings.options);
  const cache = new StoreCache(settings.request, built, store, {
    ...settings.options,
    sealKey,
    dpop_jkt,
    place: "the cache",
    onWarning: (warning) => say(`warning: ${warning}`),
  });
  let wasFound = true;
  const kept = await cache.findOrRequest(async () => {
    wasFound = false;
    const asked = readClocks();
    const token = await request(settings);
    return cache.keep(token, asked, token.expires_in ?? 0);
  });
  // The program ends when the token is printed.
  await cache.settled();
  return {
    token: wasFound ? withTimeLeft(kept) : kept.token,
    wasFound,
    secondsLeft: Math.max(0, Math.floor(kept.lifetime - kept.skew - secondsSince(kept.asked))),
  };
}
