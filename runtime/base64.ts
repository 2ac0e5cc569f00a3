// base64 and base64url (RFC 4648 §4 and §5), until every runtime has `Uint8Array.fromBase64()`.

/** Writes bytes in base64, in one line. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Writes bytes in base64url without padding, as JSON Web Tokens do (RFC 7515 §2). */
export function toBase64url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Reads bytes in base64 or base64url, with white space and padding or without.
 *
 * @throws {DOMException} If it is neither.
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
