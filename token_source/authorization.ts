// How a token is sent to an API.

import { TokenError, type TokenResponse } from "../token.ts";

/**
 * The value of the `Authorization` header that carries a token (RFC 6750 §2.1): `Bearer`, whatever name
 * the server has for that.
 *
 * @throws {TokenError} `unusable`, if the token is bound to a key (DPoP, RFC 9449).
 */
export function bearer(token: TokenResponse): string {
  if (!isBound(token)) return `Bearer ${token.access_token}`;
  throw new TokenError(
    "unusable",
    "token_bound",
    "A DPoP token needs a proof with every call (RFC 9449), which dpopFetch makes",
  );
}

/** The value of the `Authorization` header of a call that has a DPoP proof (RFC 9449 §7.1). */
export function bearerOrDpop(token: TokenResponse): string {
  return isBound(token) ? `DPoP ${token.access_token}` : bearer(token);
}

/** Whether a token is bound to a key (DPoP, RFC 9449 §5). */
export function isBound({ token_type }: TokenResponse): boolean {
  return /^dpop$/i.test(token_type);
}
