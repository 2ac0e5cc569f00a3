// Explains on stderr where a token came from when there is a cache.

import { getCachedToken } from "../command/cache.ts";
import { say, title } from "../command/output.ts";
import type { Settings } from "../command/settings.ts";
import { printable, type TokenResponse } from "../token.ts";
import { expirySource } from "../token_source/token_lifetime.ts";
import { explainToken, row } from "./explain.ts";

/**
 * Takes the token from the cache, or explains the request for it.
 *
 * @throws {TokenError} As `getCachedToken`.
 */
export async function explainCache(settings: Settings): Promise<TokenResponse> {
  const { cache, places } = settings;
  const { token, wasFound, secondsLeft } = await getCachedToken(settings, explainToken);
  title(wasFound ? "The token came from the cache; none was requested" : "The token is new");
  row("cache", `${printable(cache?.folder ?? "")}  (${printable(places.cache ?? "")})`);
  if (secondsLeft > 0) {
    const expires = new Date(Date.now() + secondsLeft * 1000).toISOString();
    row("expires in", `${secondsLeft} s, at ${expires}${sourceOf(token)}`);
  } else {
    row("expires in", "an unknown time, so it is not kept");
  }
  if (wasFound) say("\n(--refresh requests a new one.)");
  return token;
}

/** What says until when a token lives, if not the server. */
function sourceOf(token: TokenResponse): string {
  const source = expirySource(token);
  if (source === "server") return "";
  return source === "token" ? ", as its claim exp says" : ", as --default-lifetime says";
}
