// What a client certificate says, and whether a key is its own. With `node:crypto`, which Deno, Node.js
// and Bun have.

import { createPrivateKey, X509Certificate } from "node:crypto";
import { TokenError } from "../token.ts";
import { certificateDer, pemBlocksOf } from "./pem.ts";

/** What is shown of a certificate. */
export interface Certificate {
  /** Whose it is, in one line, such as `CN=my-client, O=My company`. */
  subject: string;
  /** Until when it is valid. */
  validTo: Date;
}

/**
 * Checks that the first certificate in a PEM text and the first private key in another, or in the same,
 * belong together. Returns what the certificate says.
 *
 * @throws {TokenError} `usage`, if one is missing or not valid, or they do not.
 */
export function checkCertificate(pem: string, keyPem: string): Certificate {
  const certificate = readCertificate(pem);
  if (!isKeyOf(certificate, keyPem)) {
    throw new TokenError(
      "usage",
      "certificate_key_mismatch",
      "The certificate does not match the private key",
    );
  }
  // Its declaration does not say that it is absent if the certificate names nobody.
  const subject = certificate.subject?.split("\n").join(", ") ?? "(no subject)";
  return { subject, validTo: new Date(certificate.validTo) };
}

function readCertificate(pem: string): X509Certificate {
  const der = certificateDer(pem);
  try {
    return new X509Certificate(der);
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
