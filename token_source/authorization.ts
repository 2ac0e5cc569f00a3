// How a token is sent to an API.

import { printable, TokenError, type TokenResponse } from "../token.ts";

// `Bearer`, and what else servers call it: `BearerToken`, `Application Access Token`, `JWT`.
const BEARER = /bearer|access[ _-]?token|^jwt$/i;

/**
 * The value of the `Authorization` header that carries a token (RFC 6750 §2.1): `Bearer`, whatever name
 * the server has for that.
 *
 * @throws {TokenError} `unusable`, if the token is bound to a key (DPoP, RFC 9449), or of a type that is
 * not known, which a client must not use (RFC 6749 §7.1).
 */
export function bearer(token: TokenResponse): string {
  if (isBearer(token)) return `Bearer ${token.access_token}`;
  if (isBound(token)) {
    throw new TokenError(
      "unusable",
      "token_bound",
      "A DPoP token needs a proof with every call (RFC 9449), which dpopFetch makes",
    );
  }
  const type = printable(token.token_type, 40);
  const message = `The token has the type ${type}, and no Authorization: Bearer can carry it`;
  throw new TokenError("unusable", "token_type_unknown", message);
}

/** Whether a token is sent as `Bearer`. */
export function isBearer({ token_type }: TokenResponse): boolean {
  return BEARER.test(token_type);
}

/** The value of the `Authorization` header of a call that has a DPoP proof (RFC 9449 §7.1). */
export function bearerOrDpop(token: TokenResponse): string {
  return isBound(token) ? `DPoP ${token.access_token}` : bearer(token);
}

/** Whether a token is bound to a key (DPoP, RFC 9449 §5). */
export function isBound({ token_type }: TokenResponse): boolean {
  return /^dpop$/i.test(token_type);
}
