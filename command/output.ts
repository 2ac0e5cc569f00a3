/**
 * What the command writes: the token to stdout, everything else to stderr.
 *
 * @module
 */

import { printable, TokenError, type TokenResponse } from "../token.ts";

const EXIT_CODE = { refused: 1, usage: 2, unreachable: 3, unusable: 4 } as const;
const EXIT_UNEXPECTED = 70;
const FORMATS = ["token", "json", "header"] as const;

/** A form in which a token can be printed. */
export type Format = typeof FORMATS[number];

/** Writes text and a newline to stdout; returns the exit code. */
export function write(text: string): number {
  try {
    writeAll(Deno.stdout, text);
    return 0;
  } catch (error) {
    // Whoever read stdout, such as `head`, has had enough.
    if (error instanceof Deno.errors.BrokenPipe) return 0;
    say(`error: stdout cannot be written: ${printable(`${error}`)}`);
    return EXIT_UNEXPECTED;
  }
}

/** Writes a line to stderr. */
export function say(line: string): void {
  try {
    writeAll(Deno.stderr, line);
  } catch {
    // With stderr closed there is nobody to tell.
  }
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = new TextEncoder().encode(`${text}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(stream.writeSync(rest));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      // A pipe that is full for now: rest for a moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Returns the format asked for; the token alone when none is. */
export function checkFormat(format: string | undefined): Format {
  if (!format) return "token";
  const known = FORMATS.find((name) => name === format);
  if (!known) throw new TokenError("usage", `--output must be one of ${FORMATS.join(", ")}`);
  return known;
}

/**
 * Resolves to what to print: the token, the whole answer, or the header field that carries the token
 * (RFC 6750 §2.1).
 */
export async function formatToken(token: TokenResponse, format: Format): Promise<string> {
  if (format === "token") return token.access_token;
  if (format === "header") {
    return `Authorization: ${(await import("../token_source/bearer.ts")).bearer(token)}`;
  }
  try {
    // JSON lets these stand as they are; a terminal would act on them.
    return JSON.stringify(token, null, 2).replace(/[\x7f-\x9f\u2028\u2029\p{Cf}]/gu, escape);
  } catch {
    throw new TokenError("unusable", "The answer is nested too deep to be printed as JSON");
  }
}

function escape(character: string): string {
  return character.replace(/[^]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Says why there is no token and what to do; resolves to the exit code. */
export async function report(error: unknown): Promise<number> {
  if (!(error instanceof TokenError)) {
    const name = error instanceof Error ? error.name : typeof error;
    say(`error: Unexpected ${printable(name)}${place(error)}; please report it`);
    return EXIT_UNEXPECTED;
  }
  say(`error: ${error.message}`);
  const { hintFor } = await import("./hints.ts");
  const hint = hintFor(error);
  if (hint) say(`hint: ${hint}`);
  return EXIT_CODE[error.kind];
}

/** Where an unexpected error arose. Its message is kept back, as it may hold anything. */
function place(error: unknown): string {
  const stack = error instanceof Error ? error.stack ?? "" : "";
  const [, file] = stack.match(/([\w.]+:\d+:\d+)\)?$/m) ?? [];
  return file ? ` at ${file}` : "";
}
