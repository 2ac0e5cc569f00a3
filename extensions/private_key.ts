/**
 * Reads the private keys that clients sign with: PEM (RFC 7468 §10), a JSON Web Key or a set of them
 * (RFC 7517), or a key of the runtime's own. No message repeats any part of a key.
 *
 * @module
 */

import { usage } from "./errors.ts";
import { readJwk } from "./jwk.ts";
import { readPem } from "./pem_key.ts";
import {
  algorithmsOn,
  checkSize,
  chooseAlgorithm,
  type KeyOptions,
  type PrivateKey,
  type PrivateKeyInput,
} from "./signing_key.ts";

export { openPem } from "./pem_key.ts";
export type { KeyOptions, PrivateKey, PrivateKeyInput } from "./signing_key.ts";

const RSA_NAMES = new Map([["RSASSA-PKCS1-v1_5", "RS"], ["RSA-PSS", "PS"]]);

/**
 * Reads a private key.
 *
 * @throws {TokenError} `usage`, if it is none, cannot be decrypted, is of a kind that is not supported, or
 * does not fit the algorithm; or if a set does not hold exactly one that fits.
 */
export async function readPrivateKey(
  input: PrivateKeyInput,
  options: KeyOptions = {},
): Promise<PrivateKey> {
  if (input instanceof CryptoKey) {
    const alg = chooseAlgorithm(algorithmsOf(input), options.alg);
    return { key: checkSize(input), alg, kid: options.kid };
  }
  if (typeof input !== "string") return await readJwk(input, options);

  const text = input.trim();
  // A file of a service account has PEM in JSON.
  const isJwk = text.startsWith("{") && !text.includes("-----BEGIN ");
  return isJwk ? await readJwk(parse(text), options) : await readPem(text, options);
}

function parse(text: string): JsonWebKey {
  try {
    return JSON.parse(text);
  } catch {
    throw usage("key_unknown_format", "The private key is neither PEM nor JSON");
  }
}

/** What a key of the runtime's own was made for; an RSA key is bound to one algorithm. */
function algorithmsOf({ algorithm, type, usages }: CryptoKey): string[] {
  if (type !== "private" || !usages.includes("sign")) {
    throw usage("key_not_for_signing", "The key cannot sign");
  }
  const { name, namedCurve, hash } = algorithm as EcKeyAlgorithm & RsaHashedKeyAlgorithm;
  const prefix = RSA_NAMES.get(name);
  return prefix ? [`${prefix}${hash.name.slice("SHA-".length)}`] : algorithmsOn(namedCurve ?? name);
}
