/**
 * Reads the private keys that clients sign with: PKCS#8 in PEM (RFC 7468 §10), a JSON Web Key or a set
 * of them (RFC 7517). No message repeats any part of a key.
 *
 * @module
 */

import { loadJose } from "../runtime/jose.ts";
import { TokenError } from "../token.ts";

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
  /** Whether the key must give its public part, as a DPoP key does. */
  extractable?: boolean;
}

/** A member that TypeScript's declaration of a JSON Web Key leaves out (RFC 7517 §4.5). */
type Jwk = JsonWebKey & { kid?: unknown };

const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const CURVES: Record<string, string[]> = {
  "P-256": ["ES256"],
  "P-384": ["ES384"],
  "P-521": ["ES512"],
  "Ed25519": ["EdDSA", "Ed25519"],
};
// The algorithm identifiers near the start of a PKCS#8 key, as hexadecimal DER.
const IDENTIFIERS: [hex: string, algorithms: string[]][] = [
  ["06092a864886f70d010101", RSA],
  ["06082a8648ce3d030107", CURVES["P-256"]!],
  ["06052b81040022", CURVES["P-384"]!],
  ["06052b81040023", CURVES["P-521"]!],
  ["06032b6570", CURVES["Ed25519"]!],
];
const IDENTIFIER_BYTES = 40;
const MIN_RSA_BITS = 2048;
const JWK_ALG = "The alg of the JSON Web Key does not fit its kind, which";
const CONVERT = "convert it: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW";

const usage = (code: string, message: string) => new TokenError("usage", code, message);

/**
 * Reads a private key.
 *
 * @throws {TokenError} `usage`, if it is none, is encrypted, of a kind that is not supported, or does not
 * fit the algorithm; or if a set does not hold exactly one that fits.
 */
export async function readPrivateKey(
  input: PrivateKeyInput,
  options: KeyOptions = {},
): Promise<PrivateKey> {
  if (input instanceof CryptoKey) {
    return {
      key: checkSize(input),
      alg: choose(algorithmsOf(input), options.alg),
      kid: options.kid,
    };
  }
  const text = typeof input === "string" ? input.trim() : undefined;
  if (text !== undefined && !text.startsWith("{")) return await readPem(text, options);
  const jwk = pick(text ? parse(text) : input as JsonWebKey, options);
  const possible = algorithmsOfJwk(jwk);
  if (!isForSigning(jwk)) {
    throw usage(
      "key_not_for_signing",
      "The JSON Web Key is not for signing; see its use, key_ops and alg",
    );
  }
  const { kid } = jwk;
  if (kid !== undefined && typeof kid !== "string") {
    throw usage("key_invalid", "The kid of the JSON Web Key must be a string");
  }
  const alg = choose(possible, options.alg ?? jwk.alg, options.alg ? undefined : JWK_ALG);
  const jose = await loadJose();
  const { extractable = false } = options;
  const key = await jose.importJWK({ ...jwk, key_ops: undefined }, alg, { extractable }).catch(
    () => {
      throw usage("key_invalid", "The JSON Web Key is not valid");
    },
  );
  return { key: checkSize(key as CryptoKey), alg, kid: options.kid ?? kid };
}

/**
 * Checks that a text in PEM has a private key which needs no password.
 *
 * @throws {TokenError} `usage`, if it is encrypted, or there is something else in its place.
 */
export function checkPem(text: string): void {
  if (/Proc-Type:.*ENCRYPTED|BEGIN ENCRYPTED PRIVATE KEY/.test(text)) {
    throw usage("key_encrypted", `The private key is encrypted; ${CONVERT}`);
  }
  if (text.includes("PRIVATE KEY-----")) return;
  const [, other] = text.match(/-----BEGIN .*(CERTIFICATE|PUBLIC KEY)-----/) ?? [];
  if (other) {
    throw usage("key_not_private", `There is no private key, but a ${other.toLowerCase()}`);
  }
}

async function readPem(text: string, { alg: wanted, kid, extractable }: KeyOptions) {
  checkPem(text);
  if (/BEGIN (RSA|EC) PRIVATE KEY/.test(text)) {
    throw usage("key_not_pkcs8", `The private key is not in PKCS#8; ${CONVERT}`);
  }
  const [pem, base64] = text.match(/-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----/) ??
    [];
  if (!pem) {
    throw usage(
      "key_unknown_format",
      "There is no private key; it must be PKCS#8 in PEM, a JSON Web Key or a set",
    );
  }
  const alg = choose(algorithmsOfPkcs8(base64!), wanted);
  const jose = await loadJose();
  const key = await jose.importPKCS8(pem, alg, { extractable }).catch(() => {
    throw usage("key_invalid", "The private key is not valid PKCS#8");
  });
  return { key: checkSize(key), alg, kid };
}

function parse(text: string): JsonWebKey {
  try {
    return JSON.parse(text);
  } catch {
    throw usage("key_unknown_format", "The private key is neither PEM nor JSON");
  }
}

/** Takes the one key out of a set that can sign with what is wanted (RFC 7517 §5). */
function pick(input: Jwk | { keys: Jwk[] }, { alg, kid, extractable }: KeyOptions): Jwk {
  if (!("keys" in input)) return input;
  const canSign = (jwk: Jwk) =>
    jwk?.d && isForSigning(jwk) && (kid === undefined || jwk.kid === kid) &&
    (!alg || (jwk.alg ?? alg) === alg && algorithmsOfJwk(jwk).includes(alg));
  const [jwk, ...others] = Array.isArray(input.keys) ? input.keys.filter(canSign) : [];
  const fits = kid === undefined ? "can sign with that" : "has that key id";
  if (!jwk) throw usage("key_not_in_set", `No private key of the set ${fits}`);
  if (others.length === 0) return jwk;
  // A DPoP key has no id.
  const what = extractable ? "give a file with one key" : "name one by its key id";
  throw usage("key_ambiguous", `${others.length + 1} keys of the set can sign; ${what}`);
}

/** Whether nothing in a key says that it is for something else (RFC 7517 §4.2 to §4.4). */
function isForSigning({ use, key_ops, alg }: Jwk): boolean {
  return use !== "enc" && (!Array.isArray(key_ops) || key_ops.includes("sign")) &&
    !/^(RSA|ECDH|A\d|dir)/.test(alg ?? "");
}

function choose(
  possible: string[],
  wanted = possible[0],
  what = "The key does not fit the signing algorithm; it",
): string {
  if (possible.length === 0) {
    throw usage("key_unsupported", "The key must be RSA, P-256, P-384, P-521 or Ed25519");
  }
  if (possible.includes(wanted!)) return wanted!;
  throw usage("signing_alg_mismatch", `${what} can sign ${possible.join(", ")}`);
}

function algorithmsOfPkcs8(base64: string): string[] {
  try {
    const start = atob(base64).slice(0, IDENTIFIER_BYTES);
    const hex = Array.from(start, (c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
    return IDENTIFIERS.find(([identifier]) => hex.includes(identifier))?.[1] ?? [];
  } catch {
    throw usage("key_invalid", "The private key is not valid PKCS#8");
  }
}

function algorithmsOfJwk({ kty, crv = "", d }: Jwk): string[] {
  if (!d) throw usage("key_not_private", "The JSON Web Key is not a private key");
  return kty === "RSA" ? RSA : algorithmsOn(crv);
}

/** What a key of the runtime's own was made for; an RSA key is bound to one algorithm. */
function algorithmsOf({ algorithm, type, usages }: CryptoKey): string[] {
  if (type !== "private" || !usages.includes("sign")) {
    throw usage("key_not_for_signing", "The key cannot sign");
  }
  const { name, namedCurve, hash } = algorithm as EcKeyAlgorithm & RsaHashedKeyAlgorithm;
  const kind = { "RSASSA-PKCS1-v1_5": "RS", "RSA-PSS": "PS" }[name];
  return kind ? [`${kind}${hash.name.slice("SHA-".length)}`] : algorithmsOn(namedCurve ?? name);
}

function algorithmsOn(curve: string): string[] {
  return CURVES[curve] ?? [];
}

function checkSize(key: CryptoKey): CryptoKey {
  const { modulusLength = MIN_RSA_BITS } = key.algorithm as RsaHashedKeyAlgorithm;
  if (modulusLength >= MIN_RSA_BITS) return key;
  throw usage(
    "key_too_short",
    `The RSA key must have at least ${MIN_RSA_BITS} bits (RFC 7518 §3.3)`,
  );
}
