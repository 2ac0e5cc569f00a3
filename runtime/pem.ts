// Blocks of PEM (RFC 7468) in a text, which may contain several, and notes around them.

import { TokenError } from "../token.ts";
import { fromBase64 } from "./base64.ts";

/** A block of PEM. */
export interface PemBlock {
  /** What it contains, such as `CERTIFICATE`. */
  label: string;
  /** The block from its first line to its last. */
  text: string;
}

const BLOCK = /-----BEGIN ([^-]+)-----[^]*?-----END \1-----/g;
const BORDERS = /-----[^-]+-----/g;

/** The blocks in a text. */
export function pemBlocksOf(text: string): PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([text, label = ""]) => ({ label, text }));
}

/**
 * The bytes in a block.
 *
 * @throws {DOMException} If they are not base64.
 */
export function derOf({ text }: PemBlock): Uint8Array<ArrayBuffer> {
  return fromBase64(text.replace(BORDERS, ""));
}

/**
 * The bytes of the first certificate in a text, which is the client's own in a chain.
 *
 * @throws {TokenError} `usage`, if there is none.
 */
export function certificateDer(text: string): Uint8Array<ArrayBuffer> {
  const block = pemBlocksOf(text).find(({ label }) => label === "CERTIFICATE");
  try {
    if (block) return derOf(block);
  } catch {
    // It is not base64.
  }
  throw new TokenError("usage", "certificate_not_pem", "The certificate is not PEM");
}
