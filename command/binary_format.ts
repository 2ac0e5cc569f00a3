// Says what a file is that contains no text. Loaded only then.

/** What a file is, and the code of the error. */
export interface BinaryFormat {
  /** The code, whose advice says how to convert it. */
  code: string;
  /** What it is, for a message. */
  reason: string;
}

const SEQUENCE = 0x30;
// The version with which PKCS#12 begins (RFC 7292 §4), as DER.
const VERSION_3 = [2, 1, 3];
// What keytool writes without and with the keys of other kinds.
const KEYSTORES = [[0xfe, 0xed, 0xfe, 0xed], [0xce, 0xce, 0xce, 0xce]];

/** What a file is by its first bytes; `undefined` if that is not known. */
export function binaryFormatOf(bytes: Uint8Array): BinaryFormat | undefined {
  if (KEYSTORES.some((magic) => startsWith(bytes, magic))) {
    return { code: "file_java_keystore", reason: "it is a Java keystore, and PEM is needed" };
  }
  if (bytes[0] !== SEQUENCE) return undefined;

  // A long length is written as the number of its bytes, with a bit before, and then those.
  const first = bytes[1]!;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  return startsWith(bytes.subarray(2 + lengthBytes), VERSION_3)
    ? { code: "file_pkcs12", reason: "it is PKCS#12 (.p12, .pfx), and PEM is needed" }
    : { code: "file_der", reason: "it is DER, and PEM is needed" };
}

function startsWith(bytes: Uint8Array, expected: number[]): boolean {
  return expected.every((byte, i) => bytes[i] === byte);
}
