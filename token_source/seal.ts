// What a store gets to see of a token: a key from which nothing can be read, and a sealed value.

import { fromBase64, toBase64 } from "../runtime/base64.ts";
import type { BuiltRequest } from "../token.ts";
import type { SourceRequest } from "./token_client.ts";

/** What keys and values begin with; another version of the program reads neither. */
const KEY_PREFIX = "token-v1-";
const VALUE_PREFIX = "v1.";
const SEAL_PURPOSE = "client-credentials token seal v1";
const IV_BYTES = 12;
const OWN_FIELDS = ["client_id", "client_secret", "scope"];

/**
 * The key of a token in a store: SHA-256 over everything that decides what the token is. That is the
 * token URL, the client id, the scopes in any order, the parameters in their order, the way of
 * authenticating, the header fields, and the thumbprint of the key that the token is bound to.
 */
export async function storeKey(
  { scope = "", auth_method = "client_secret_post" }: Pick<SourceRequest, "scope" | "auth_method">,
  { token_url, client_id, data, headers }: BuiltRequest,
  dpop_jkt = "",
): Promise<string> {
  const identity = JSON.stringify([
    KEY_PREFIX,
    token_url,
    client_id,
    [...new Set(scope.split(" "))].filter(Boolean).sort(),
    [...data].filter(isOfRequest),
    typeof auth_method === "string" ? auth_method : "function",
    // This one contains the secret, with which the key must not change.
    Object.entries(headers).filter(([name]) => name !== "authorization").sort(),
    dpop_jkt,
  ]);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(identity));
  const digits = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0"));
  return KEY_PREFIX + digits.join("");
}

/** Whether a form field tells one request from others, and is not named by other means. */
function isOfRequest([name, value]: [name: string, value: string]): boolean {
  if (name === "grant_type") return value !== "client_credentials";
  return !OWN_FIELDS.includes(name);
}

/** Derives the key of the seal from a secret with HKDF (RFC 5869). */
export async function deriveSealKey(secret: string | Uint8Array): Promise<CryptoKey> {
  const encoder = new TextEncoder();
  const bytes = typeof secret === "string" ? encoder.encode(secret) : Uint8Array.from(secret);
  const params = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: encoder.encode(SEAL_PURPOSE),
  };
  const input = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]);
  const cipher = { name: "AES-GCM", length: 256 };
  return await crypto.subtle.deriveKey(params, input, cipher, false, ["encrypt", "decrypt"]);
}

/** Seals a text for one place in a store with AES-256-GCM. */
export async function seal(text: string, sealKey: CryptoKey, place: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const plain = new TextEncoder().encode(text);
  const sealed = await crypto.subtle.encrypt(cipherFor(iv, place), sealKey, plain);
  return VALUE_PREFIX + toBase64(new Uint8Array([...iv, ...new Uint8Array(sealed)]));
}

/**
 * Opens what {@linkcode seal} made.
 *
 * @throws {Error} If it was changed, or sealed with another key, for another place or by another version.
 */
export async function unseal(value: unknown, sealKey: CryptoKey, place: string): Promise<string> {
  try {
    if (typeof value !== "string" || !value.startsWith(VALUE_PREFIX)) throw new TypeError();
    const bytes = fromBase64(value.slice(VALUE_PREFIX.length));
    const cipher = cipherFor(bytes.subarray(0, IV_BYTES), place);
    const plain = await crypto.subtle.decrypt(cipher, sealKey, bytes.subarray(IV_BYTES));
    return new TextDecoder().decode(plain);
  } catch {
    throw new Error("the stored value was changed, or sealed with another secret");
  }
}

function cipherFor(iv: Uint8Array<ArrayBuffer>, place: string) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(place) };
}
