// Reads a private key in PEM: PKCS#8 (RFC 5958), and with `node:crypto` PKCS#1, SEC 1 and encrypted keys.

import { loadJose } from "../runtime/jose.ts";
import { derOf, type PemBlock, pemBlocksOf } from "../runtime/pem.ts";
import { toPkcs8 } from "../runtime/pkcs8.ts";
import type { TokenError } from "../token.ts";
import { usage } from "./errors.ts";
import {
  checkSize,
  chooseAlgorithm,
  type KeyOptions,
  KINDS,
  type PrivateKey,
  unsupported,
} from "./signing_key.ts";

const PKCS8 = "PRIVATE KEY";
const OPENSSH = "OPENSSH PRIVATE KEY";
const PRIVATE_LABEL = /^((RSA|EC|ENCRYPTED) )?PRIVATE KEY$/;
const OTHER_LABEL = /(CERTIFICATE|PUBLIC KEY)$/;
const NO_KEY = "There is no private key; it must be PEM, a JSON Web Key or a set";
const TO_PKCS8 = "openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW";
const TO_RSA = "openssl genpkey -algorithm RSA -out NEW";
const TO_NAMED_CURVE = "openssl ec -in OLD -param_enc named_curve -out NEW";

// Object identifiers, as hexadecimal DER.
const RSA_PSS = "06092a864886f70d01010a";
// It describes the field of a curve; a key that names its curve has no such description.
const PRIME_FIELD = "06072a8648ce3d0101";
const READABLE = [
  "06092a864886f70d010101", // RSA
  "06082a8648ce3d030107", // P-256
  "06052b81040022", // P-384
  "06052b81040023", // P-521
  "06032b6570", // Ed25519
];

/**
 * Reads the first private key in the text.
 *
 * @throws {TokenError} `usage`, if there is none, or it cannot be used.
 */
export async function readPem(text: string, options: KeyOptions): Promise<PrivateKey> {
  const found = findPrivateKey(text);
  if (!found) throw usage("key_unknown_format", NO_KEY);
  const block = found.label === PKCS8 ? found : convert(found, options.passphrase);

  const jose = await loadJose();
  const { alg: wanted, kid, extractable } = options;
  for (const possible of KINDS) {
    // An RSA key is imported for one algorithm.
    const alg = possible.find((alg) => alg === wanted) ?? possible[0]!;
    const key = await jose.importPKCS8(block.text, alg, { extractable }).catch(() => undefined);
    if (key) return { key: checkSize(key), alg: chooseAlgorithm(possible, wanted), kid };
  }
  throw diagnose(block);
}

/**
 * Opens the private key in a text, if it is encrypted: `ask` is called for the passphrase, and the key is
 * returned as PKCS#8. Another text is returned as it is.
 *
 * @throws {TokenError} `usage`, if there is no passphrase, or a wrong one; or if something else stands there
 * in PEM.
 */
export async function openPem(
  text: string,
  ask: () => Promise<string | undefined>,
): Promise<string> {
  const block = findPrivateKey(text);
  if (!block || !isEncrypted(block)) return text;
  return convert(block, await ask()).text;
}

/** Finds the private key; throws, if there are only certificates and public keys. */
function findPrivateKey(text: string): PemBlock | undefined {
  const blocks = pemBlocksOf(text);
  const block = blocks.find(({ label }) => PRIVATE_LABEL.test(label));
  if (!block && blocks.some(({ label }) => label === OPENSSH)) {
    throw usage("key_openssh", "The private key is in OpenSSH's own format, and PKCS#8 is needed");
  }
  const [other] = blocks.flatMap(({ label }) => label.match(OTHER_LABEL)?.[0] ?? []);
  if (block || !other) return block;
  throw usage("key_not_private", `There is no private key, but a ${other.toLowerCase()}`);
}

function isEncrypted({ label, text }: PemBlock): boolean {
  return label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type:.*ENCRYPTED/m.test(text);
}

function encrypted(): TokenError {
  return usage("key_encrypted", `The private key is encrypted; decrypt it: ${TO_PKCS8}`);
}

/** Makes PKCS#8 of a key. */
function convert(block: PemBlock, passphrase?: string): PemBlock {
  if (isEncrypted(block) && passphrase === undefined) throw encrypted();
  let text: string | undefined;
  try {
    text = toPkcs8(block.text, passphrase);
  } catch {
    const message = "The private key cannot be opened with this passphrase";
    throw isEncrypted(block) ? usage("passphrase_wrong", message) : diagnose(block);
  }
  if (text !== undefined) return { label: PKCS8, text };

  const what = "Browsers read private keys only in PKCS#8 that is not encrypted";
  throw usage("key_not_pkcs8", `${what}; convert it: ${TO_PKCS8}`);
}

/** Says why a key cannot be read. */
function diagnose(block: PemBlock): TokenError {
  const invalid = usage("key_invalid", "The private key is not valid");
  let der: Uint8Array;
  try {
    der = derOf(block);
  } catch {
    return invalid;
  }

  const hex = Array.from(der, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex.includes(RSA_PSS)) {
    const what = "The key is for RSA-PSS alone, which Web Crypto cannot read";
    return usage("key_rsa_pss", `${what}; make one for RSA, which can sign PS256: ${TO_RSA}`);
  }
  if (hex.includes(PRIME_FIELD)) {
    const what = "The key describes its curve instead of naming it, which cannot be read here";
    return usage("key_explicit_curve", `${what}; convert it: ${TO_NAMED_CURVE}`);
  }
  // A key in PKCS#1 is always for RSA, and does not say so.
  const isReadable = block.label === "RSA PRIVATE KEY" || READABLE.some((id) => hex.includes(id));
  return isReadable ? invalid : unsupported();
}
