// Reads a private key from a JSON Web Key or a set of them (RFC 7517).

import { loadJose } from "../runtime/jose.ts";
import { usage } from "./errors.ts";
import {
  algorithmsOn,
  checkSize,
  chooseAlgorithm,
  type KeyOptions,
  type PrivateKey,
  RSA,
} from "./signing_key.ts";

/** A member that TypeScript's declaration of a JSON Web Key leaves out (RFC 7517 §4.5). */
type Jwk = JsonWebKey & { kid?: unknown };

const FOR_OTHERS = "The JSON Web Key is not for signing; see its use, key_ops and alg";
const ALG_MISMATCH = "The alg of the JSON Web Key does not fit its kind, which";

/**
 * Reads the key, or the one key of the set that fits.
 *
 * @throws {TokenError} `usage`, if it cannot be used, or there is not exactly one.
 */
export async function readJwk(
  input: Jwk | { keys: Jwk[] },
  options: KeyOptions,
): Promise<PrivateKey> {
  const jwk = pick(input, options);
  const possible = algorithmsOf(jwk);
  if (!isForSigning(jwk)) throw usage("key_not_for_signing", FOR_OTHERS);

  const { kid } = jwk;
  if (kid !== undefined && typeof kid !== "string") {
    throw usage("key_invalid", "The kid of the JSON Web Key must be a string");
  }
  const alg = options.alg
    ? chooseAlgorithm(possible, options.alg)
    : chooseAlgorithm(possible, jwk.alg, ALG_MISMATCH);
  const key = await importJwk(jwk, alg, options);
  return { key: checkSize(key), alg, kid: options.kid ?? kid };
}

async function importJwk(
  jwk: Jwk,
  alg: string,
  { extractable = false }: KeyOptions,
): Promise<CryptoKey> {
  const jose = await loadJose();
  const key = await jose.importJWK({ ...jwk, key_ops: undefined }, alg, { extractable }).catch(
    () => {
      // Without what the runtime says, which may contain a part of the key.
      throw usage("key_invalid", "The JSON Web Key is not valid");
    },
  );
  return key as CryptoKey;
}

/** Takes the one key out of a set that can sign with what is wanted (RFC 7517 §5). */
function pick(input: Jwk | { keys: Jwk[] }, { alg, kid, isUnnamed }: KeyOptions): Jwk {
  if (!("keys" in input)) return input;

  const canSign = (jwk: Jwk) =>
    jwk?.d && isForSigning(jwk) && (kid === undefined || jwk.kid === kid) &&
    (!alg || (jwk.alg ?? alg) === alg && algorithmsOf(jwk).includes(alg));
  const [jwk, ...others] = Array.isArray(input.keys) ? input.keys.filter(canSign) : [];
  const fits = kid === undefined ? "can sign with that" : "has that key id";
  if (!jwk) throw usage("key_not_in_set", `No private key of the set ${fits}`);
  if (others.length === 0) return jwk;

  const what = `${others.length + 1} keys of the set can sign`;
  throw isUnnamed
    ? usage("dpop_key_ambiguous", `${what}; give a file with one key`)
    : usage("key_ambiguous", `${what}; name one by its key id`);
}

/** Whether nothing in a key says that it is for something else (RFC 7517 §4.2 to §4.4). */
function isForSigning({ use, key_ops, alg }: Jwk): boolean {
  return use !== "enc" && (!Array.isArray(key_ops) || key_ops.includes("sign")) &&
    !/^(RSA|ECDH|A\d|dir)/.test(alg ?? "");
}

function algorithmsOf({ kty, crv, d }: Jwk): string[] {
  if (!d) throw usage("key_not_private", "The JSON Web Key is not a private key");
  return kty === "RSA" ? RSA : algorithmsOn(crv);
}
