// --cache: the token is kept in a folder until shortly before it expires.

import { isGranted } from "../runtime/runtime.ts";
import { printable, TokenError, type TokenResponse } from "../token.ts";
import { fileStore } from "../token_source/file_store.ts";
import { type TakenToken, takeToken } from "../token_source/one_token.ts";
import { checkScope, warn } from "./output.ts";
import type { Settings } from "./settings.ts";

/**
 * Takes the token from the cache, or requests one and keeps it. If the cache cannot be used, it says
 * why on stderr and requests a token.
 *
 * @throws {TokenError} `usage`, if access to the folder was not granted; and as `request` does, or did
 * in an earlier run, after which the endpoint is left alone for a while.
 */
export async function getCachedToken(
  settings: Settings,
  request: (settings: Settings) => Promise<TokenResponse>,
): Promise<TakenToken> {
  const { request: { auth_method }, proof: { sealKey, dpop_jkt, mask } = {} } = settings;
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
  let wasAsked = false;
  const taken = await takeToken(settings.request, {
    ...settings.options,
    store: fileStore(folder),
    send: async () => {
      wasAsked = true;
      return await request(settings.find ? { ...settings, ...await settings.find() } : settings);
    },
    isRefresh: refresh,
    defaultLifetime: settings.defaultLifetime,
    sealKey,
    dpop_jkt,
    place: "the cache",
    mask,
    onWarning: (warning) => warn(mask ? mask(warning) : warning),
  }).catch((error) => {
    if (!wasAsked) warnOfPause(error);
    throw error;
  });
  // An earlier run may have been content with less.
  const { request: { scope }, needs } = settings;
  if (taken.wasFound && needs?.isScopeStrict) await checkScope(taken.token, scope, true);
  return taken;
}

/** Says that an error is what an earlier run was told: its cause may be gone. */
function warnOfPause(error: unknown): void {
  if (!(error instanceof TokenError) || error.retry_after === undefined) return;
  warn(
    "The server said this to an earlier run, and is not asked again for another " +
      `${error.retry_after} s`,
  );
}
