// The public half of a key (RFC 7517 §4), and its thumbprint (RFC 7638).

import { digest } from "./digest.ts";
import { usage } from "./errors.ts";

/** The members of a public key that say which key it is: no private one is among them. */
const MEMBERS = ["kty", "crv", "x", "y", "n", "e"] as const;

/**
 * The public half of a key, which must be extractable; rejects if it is not.
 *
 * @throws {TokenError} `usage`, if the key is damaged.
 */
export async function publicJwkOf(key: CryptoKey): Promise<JsonWebKey> {
  const jwk = await crypto.subtle.exportKey("jwk", key).catch((error) => {
    // Deno imports a damaged key, and notices only here that it is none.
    throw key.extractable ? usage("key_invalid", "The private key is not valid") : error;
  });
  const members = MEMBERS.map((name) => [name, jwk[name]] as const);
  return Object.fromEntries(members.filter(([, value]) => value));
}

/** The thumbprint of a public key that has no further members (RFC 7638 §3). */
export async function thumbprintOf(publicJwk: JsonWebKey): Promise<string> {
  const sorted = Object.fromEntries(Object.entries(publicJwk).sort());
  return await digest("SHA-256", new TextEncoder().encode(JSON.stringify(sorted)));
}
