// Which of the scopes that were asked for the server granted. Loaded only if some were.

import type { TokenResponse } from "../token.ts";

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
