// Blocks of PEM (RFC 7468) in a text, which may contain several, and notes around them.

import { TokenError } from "../token.ts";
import { fromBase64 } from "./base64.ts";

/** A block of PEM. */
export interface PemBlock {
  /** What it contains, such as `CERTIFICATE`. */
  label: string;
  /** The block from its first line to its last, each line ended as PEM wants it. */
  text: string;
}

const BLOCK = /-----BEGIN ([^-]+)-----([^]*?)-----END \1-----/g;
const BORDERS = /-----[^-]+-----/g;
// Those of Windows, and as JSON and variables have them.
const LINE_ENDS = /\\r\\n|\\n|\r\n?/g;

/** The blocks in a text. Their line ends may be written as `\n`, or be spaces, as in JSON and variables. */
export function pemBlocksOf(text: string): PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([, label = "", body = ""]) => ({
    label,
    text: `-----BEGIN ${label}-----\n${withLines(body)}\n-----END ${label}-----`,
  }));
}

function withLines(body: string): string {
  const text = body.replace(LINE_ENDS, "\n").trim();
  // A header, such as that of a key encrypted in the old way, has lines of its own.
  if (text.includes(":")) return text;
  return text.replace(/\s/g, "").replace(/.{64}(?=.)/g, "$&\n");
}

/** The blocks of a text as a text without anything else; the text itself, if it has none. */
export function tidyPem(text: string): string {
  const blocks = pemBlocksOf(text);
  return blocks.length === 0 ? text : blocks.map(({ text }) => `${text}\n`).join("");
}

/**
 * The bytes in a block.
 *
 * @throws {DOMException} If they are not base64.
 */
export function derOf({ text }: PemBlock): Uint8Array<ArrayBuffer> {
  return fromBase64(text.replace(BORDERS, ""));
}

/** The certificates in a text, in their order. */
export function certificatesOf(text: string): PemBlock[] {
  return pemBlocksOf(text).filter(({ label }) => label === "CERTIFICATE");
}

/**
 * The bytes of the certificates in a text, of which the first is the client's own.
 *
 * @throws {TokenError} `usage`, if there is none, or one is not base64.
 */
export function certificateDers(text: string): Uint8Array<ArrayBuffer>[] {
  try {
    const ders = certificatesOf(text).map(derOf);
    if (ders.length > 0) return ders;
  } catch {
    // It is not base64.
  }
  throw new TokenError("usage", "certificate_not_pem", "The certificate is not PEM");
}
