/**
 * Values for the eye: a secret shows its length and nothing else.
 *
 * @module
 */

import { printable } from "./limits.ts";
import { MASK } from "./mask.ts";

const SECRET_NAME = /token(?!_(type|url)$)|secret|password|assertion|authorization|cookie|key$/i;

/** A value as it may be shown: its length alone, if its name is one that secrets have. */
export function masked(name: string, value: string, secrets: string[], maxLength?: number): string {
  if (SECRET_NAME.test(name)) return `${MASK} (${value.length} characters)`;
  return printable(value, secrets, maxLength);
}

/** The fields of a form as they are sent, but for the values of those that are secret. */
export function maskedFields(data: URLSearchParams, secrets: string[]): string[] {
  return `${data}`.split("&").map((field) => {
    const name = field.slice(0, field.indexOf("="));
    return SECRET_NAME.test(name) ? `${name}=${MASK}` : printable(field, secrets, 5000);
  });
}
