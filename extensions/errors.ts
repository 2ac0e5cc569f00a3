// The errors of all extensions.

import { type ErrorDetails, TokenError } from "../token.ts";

/** Makes the error for what the caller has given: a key, an option, an address. */
export function usage(code: string, message: string, details?: ErrorDetails): TokenError {
  return new TokenError("usage", code, message, details);
}
