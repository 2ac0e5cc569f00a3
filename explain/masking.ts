/**
 * What is shown in the place of secrets and tokens.
 *
 * @module
 */

import { type Quote, TOKEN_NAME } from "../token.ts";

const MASK = "***";
const SECRET_NAME = /token(?!_(type|url)$)|secret|password|assertion|authorization|cookie|key$/i;
const OWN_NAMES = [
  ...["grant_type", "client_id", "client_secret", "scope"],
  ...["accept", "authorization", "content-type"],
];
const MAX_FIELD = 5000;
const MAX_TOKEN_TEXT = 32_000;
const MAX_DEPTH = 100;

/** The name of a field as it may be shown: by mistake, somebody's own may be a secret. */
export function shownName(name: string, quote: Quote): string {
  return OWN_NAMES.includes(name) ? name : quote(name);
}

/** A value as it may be shown: its length alone, if its name is one that secrets have. */
export function masked(name: string, value: string, quote: Quote, maxLength?: number): string {
  return SECRET_NAME.test(name) ? `${MASK} (${value.length} characters)` : quote(value, maxLength);
}

/** The fields of a form as they are sent, but for the values of those that are secret. */
export function maskedFields(data: URLSearchParams, quote: Quote): string[] {
  return `${data}`.split("&").map((field) => {
    const name = field.slice(0, field.indexOf("="));
    return SECRET_NAME.test(name) ? `${name}=${MASK}` : quote(field, MAX_FIELD);
  });
}

/** The tokens in an answer, at whatever depth; `undefined` if they cannot all be told. */
export function tokensIn(answer: unknown): string[] | undefined {
  const tokens: string[] = [];
  let isDeep = false;
  const walk = (value: unknown, isToken: boolean, depth: number) => {
    if (typeof value === "string" && isToken) tokens.push(value);
    if (typeof value !== "object" || value === null) return;
    if (depth === MAX_DEPTH) isDeep = true;
    else {
      for (const [name, inner] of Object.entries(value)) {
        walk(inner, isToken || TOKEN_NAME.test(name), depth + 1);
      }
    }
  };
  walk(answer, false, 0);
  return isDeep || tokens.join("").length > MAX_TOKEN_TEXT ? undefined : tokens;
}
