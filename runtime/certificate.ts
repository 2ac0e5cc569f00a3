// What a client certificate says, and whether a key is its own. With `node:crypto`, which Deno, Node.js
// and Bun have.

import { createPrivateKey, X509Certificate } from "node:crypto";
import { TokenError } from "../token.ts";

// A file may contain both, in either order.
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/;
const KEY = /-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----[^]+?-----END \1-----/;

/** What is shown of a certificate. */
export interface Certificate {
  /** Whose it is, in one line, such as `CN=my-client, O=My company`. */
  subject: string;
  /** Until when it is valid. */
  validTo: Date;
}

/**
 * Reads the first certificate in a PEM text.
 *
 * @throws {TokenError} `usage`, if there is none, or if the key in PEM is not its own.
 */
export function readCertificate(pem: string, key: string): Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem.match(CERTIFICATE)![0]);
  } catch {
    throw new TokenError("usage", "certificate_not_pem", "The certificate is not PEM");
  }
  let matches: boolean;
  try {
    matches = certificate.checkPrivateKey(createPrivateKey(key.match(KEY)![0]));
  } catch {
    throw new TokenError("usage", "key_not_pem", "The private key of the certificate must be PEM");
  }
  if (!matches) {
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
