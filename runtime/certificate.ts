// What a client certificate says, and whether a key is its own. With `node:crypto`, which Deno, Node.js
// and Bun have.

import { createPrivateKey, X509Certificate } from "node:crypto";
import { TokenError } from "../token.ts";
import { certificateDers, certificatesOf, type PemBlock, pemBlocksOf, tidyPem } from "./pem.ts";

/** What is shown of a certificate. */
export interface Certificate {
  /** Whose it is, in one line, such as `CN=my-client, O=My company`. */
  subject: string;
  /** Until when it is valid. */
  validTo: Date;
  /** It and those beside it in PEM, it first, as TLS wants them. */
  chain: string;
}

/**
 * Checks that a certificate in a PEM text and the first private key in another, or in the same, belong
 * together. Returns what that certificate says.
 *
 * @throws {TokenError} `usage`, if one is missing or not valid, or they do not.
 */
export function checkCertificate(pem: string, keyPem: string): Certificate {
  const chain = ownFirst(pem, keyPem);
  const certificate = readCertificate(chain);
  if (!isKeyOf(certificate, keyPem)) {
    throw new TokenError(
      "usage",
      "certificate_key_mismatch",
      "The certificate does not match the private key",
    );
  }
  // Its declaration does not say that it is absent if the certificate names nobody.
  const subject = certificate.subject?.split("\n").join(", ") ?? "(no subject)";
  return { subject, validTo: new Date(certificate.validTo), chain };
}

/** The certificates in a text, that of the key first; authorities may stand before it in a file. */
export function ownFirst(pem: string, keyPem: string): string {
  const certificates = certificatesOf(pem);
  if (certificates.length < 2) return tidyPem(pem);
  const own = certificates.find((block) => isOwn(block, keyPem));
  const others = certificates.filter((block) => block !== own);
  return [own, ...others].map((block) => block ? `${block.text}\n` : "").join("");
}

function isOwn(block: PemBlock, keyPem: string): boolean {
  try {
    return isKeyOf(new X509Certificate(block.text), keyPem);
  } catch {
    return false;
  }
}

function readCertificate(pem: string): X509Certificate {
  const [der] = certificateDers(pem);
  try {
    return new X509Certificate(der!);
  } catch {
    throw new TokenError("usage", "certificate_not_pem", "The certificate is not PEM");
  }
}

function isKeyOf(certificate: X509Certificate, keyPem: string): boolean {
  const block = pemBlocksOf(keyPem).find(({ label }) => label.endsWith("PRIVATE KEY"));
  try {
    if (block) return certificate.checkPrivateKey(createPrivateKey(block.text));
  } catch {
    // It is not valid, or encrypted.
  }
  throw new TokenError("usage", "key_not_pem", "The private key of the certificate must be PEM");
}
