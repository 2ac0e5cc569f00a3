// Converts private keys, with `node:crypto`, which Deno, Node.js and Bun have.

type Crypto = typeof import("node:crypto");
interface Runtime {
  process?: { getBuiltinModule?(name: "node:crypto"): Crypto };
}

/**
 * Converts a private key in PEM (PKCS#1, SEC 1, or encrypted) into PKCS#8 that is not encrypted.
 * `undefined` in browsers, which cannot.
 *
 * @throws {Error} If the key is not valid, or the passphrase is wrong.
 */
export function toPkcs8(pem: string, passphrase?: string): string | undefined {
  // Not imported: a program that is bundled for browsers could not be.
  const crypto = (globalThis as Runtime).process?.getBuiltinModule?.("node:crypto");
  const key = crypto?.createPrivateKey({ key: pem, passphrase });
  return key?.export({ type: "pkcs8", format: "pem" }).toString();
}
