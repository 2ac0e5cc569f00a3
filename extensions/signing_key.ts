// What a key that signs is, of which kind, and with which algorithms (RFC 7518 §3.1, RFC 8037 §3.1).

import type { TokenError } from "../token.ts";
import { usage } from "./errors.ts";

/** A private key: PEM or JSON text, a JSON Web Key, a set of them, or a key of the runtime's own. */
export type PrivateKeyInput = string | JsonWebKey | { keys: JsonWebKey[] } | CryptoKey;

/** A private key that is ready to sign. */
export interface PrivateKey {
  /** The key. */
  key: CryptoKey;
  /** The signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1), such as `RS256`. */
  alg: string;
  /** The key's id (RFC 7517 §4.5), if it has one. */
  kid?: string;
}

/** Which key to take, and what for. */
export interface KeyOptions {
  /** The signature algorithm; by default that of the key, and `RS256` for RSA. */
  alg?: string;
  /** The id of the key to take from a set; it goes into the JWT's header. */
  kid?: string;
  /** What opens a key in PEM that is encrypted, in Deno, Node.js and Bun. */
  passphrase?: string;
  /** Whether the key must give its public part, as a DPoP key does. */
  extractable?: boolean;
  /** Whether the caller cannot name a key of a set, as with DPoP. */
  isUnnamed?: boolean;
}

/** The algorithms of an RSA key, that which is used by default first. */
export const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

const CURVES = new Map([
  ["P-256", ["ES256"]],
  ["P-384", ["ES384"]],
  ["P-521", ["ES512"]],
  ["Ed25519", ["EdDSA", "Ed25519"]],
]);
const MIN_RSA_BITS = 2048;

/** The algorithms of each kind of key. */
export const KINDS: string[][] = [RSA, ...CURVES.values()];

/** The algorithms of a key on a curve; none, if the curve is not supported. */
export function algorithmsOn(curve = ""): string[] {
  return CURVES.get(curve) ?? [];
}

/** The algorithm to sign with: the one wanted, or else the first. `what` cannot sign with others. */
export function chooseAlgorithm(
  possible: string[],
  wanted?: string,
  what = "The key does not fit the signing algorithm; it",
): string {
  const alg = wanted ?? possible[0];
  if (alg === undefined || possible.length === 0) throw unsupported();
  if (possible.includes(alg)) return alg;
  throw usage("signing_alg_mismatch", `${what} can sign ${possible.join(", ")}`);
}

/** Makes the error for a key of another kind. */
export function unsupported(): TokenError {
  return usage("key_unsupported", "The key must be RSA, P-256, P-384, P-521 or Ed25519");
}

/**
 * Returns the key, if it is long enough.
 *
 * @throws {TokenError} `usage`, if it is an RSA key that is too short.
 */
export function checkSize(key: CryptoKey): CryptoKey {
  const { modulusLength = MIN_RSA_BITS } = key.algorithm as RsaHashedKeyAlgorithm;
  if (modulusLength >= MIN_RSA_BITS) return key;
  const message = `The RSA key must have at least ${MIN_RSA_BITS} bits (RFC 7518 §3.3)`;
  throw usage("key_too_short", message);
}
