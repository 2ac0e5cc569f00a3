// Hashes as the JWT standards write them.

import { toBase64url } from "../runtime/base64.ts";

/** The hash of some bytes in base64url, such as the thumbprint of a certificate (RFC 7515 §4.1.8). */
export async function digest(
  algorithm: "SHA-1" | "SHA-256",
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.digest(algorithm, bytes)));
}
