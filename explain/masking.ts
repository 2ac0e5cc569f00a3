// What is shown in the place of secrets and tokens.

import { isSecretField } from "../command/secret_names.ts";

export { isSecretField };

const MASK = "***";
/** Stands for a value that must not be shown. */
export function hidden(value: string): string {
  return `${MASK} (${value.length} ${value.length === 1 ? "character" : "characters"})`;
}

/** A member of a JSON text as it may be shown, for `JSON.stringify`. */
export function hideMember(name: string, value: unknown): unknown {
  return typeof value === "string" && isSecretField(name) ? hidden(value) : value;
}

/** A URL, without the values in its query that may be secrets. */
export function maskedUrl(url: string): string {
  return url.replace(
    /([?&]([^=&]*)=)[^&]*/g,
    (field, start, name) => isSecretField(name) ? start + MASK : field,
  );
}

/** A name as it may be shown. Those that the demo gives the form stay, even if the secret is in them. */
export function shownName(name: string, mask: (text: string) => string): string {
  return /^(grant_type|client_id|client_secret|scope)$/.test(name) ? name : mask(name);
}

/** A value as it may be shown. What the grant itself is called stays, even if the secret is in it. */
export function shownValue(name: string, value: string, mask: (text: string) => string): string {
  return name === "grant_type" && value === "client_credentials" ? value : mask(value);
}

/** The fields of a form as they are sent, with those masked that may be secrets. */
export function maskedFields(data: URLSearchParams, mask: (text: string) => string): string[] {
  return [...data].map(([name, value]) => {
    const encoded = `${new URLSearchParams([["", value]])}`.slice(1);
    const shown = isSecretField(name) ? MASK : shownValue(name, encoded, mask);
    return `${new URLSearchParams([[shownName(name, mask), ""]])}${shown}`;
  });
}
