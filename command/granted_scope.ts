// Which of the scopes that were asked for the server granted. Loaded only if some were.

import { printable, TokenError, type TokenResponse } from "../token.ts";
import { say } from "./output.ts";

const MAX_SHOWN = 200;

/**
 * The scopes that were asked for and not granted. Without `scope`, the answer grants what was asked for
 * (RFC 6749 §5.1).
 */
export function missingScopes({ scope }: TokenResponse, asked: string): string[] {
  if (scope === undefined) return [];
  const granted = new Set(scopesOf(scope));
  return [...new Set(scopesOf(asked))].filter((name) => !granted.has(name));
}

function scopesOf(scope: string): string[] {
  return scope.split(/\s+/).filter(Boolean);
}

/**
 * Warns if a scope that was asked for is missing.
 *
 * @throws {TokenError} `unusable`, if that is not allowed.
 */
export function checkScope(token: TokenResponse, asked: string, isStrict?: boolean): void {
  const missing = missingScopes(token, asked);
  if (missing.length === 0) return;
  const message = `The server did not grant ${printable(missing.join(" "), MAX_SHOWN)}`;
  if (isStrict) throw new TokenError("unusable", "scope_narrowed", message);
  say(`warning: ${message}`);
}
