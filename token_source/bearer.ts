/**
 * How a token is shown to an API.
 *
 * @module
 */

import { TokenError, type TokenResponse } from "../token.ts";

/**
 * The value of the `Authorization` field that carries a token (RFC 6750 §2.1): `Bearer`, whatever the
 * server calls it, since servers have many names for that.
 *
 * @throws {TokenError} `unusable`, if the token is bound to a key (DPoP, RFC 9449).
 */
export function bearer({ access_token, token_type }: TokenResponse): string {
  if (!/^dpop$/i.test(token_type)) return `Bearer ${access_token}`;
  throw new TokenError(
    "unusable",
    "A DPoP token needs a proof with every call (RFC 9449), which is not made here",
  );
}
