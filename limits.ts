/**
 * What keeps a strange server within bounds: its time, its size and its text.
 *
 * @module
 */

import { mask } from "./mask.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_LINE = 300;
const MAX_SECONDS = 1e9;
const ESCAPE_SEQUENCE =
  // deno-lint-ignore no-control-regex
  /(\x1b\[|\x9b)[\x20-\x3f]*[\x40-\x7e]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)?|\x1b./gs;

/**
 * Makes text from elsewhere fit for one line of a terminal: without control characters, escape
 * sequences and bidirectional overrides, with every secret masked, cut to `maxLength` characters.
 */
export function printable(text: string, secrets: string[] = [], maxLength = MAX_LINE): string {
  const bound = 16 * maxLength;
  const line = oneLine(mask(text.slice(0, bound), secrets));
  // What was cut off might have completed a secret.
  if (text.length > bound && line.length <= 2 * maxLength) return "…";
  return line.length > maxLength ? `${line.slice(0, maxLength - 1).toWellFormed()}…` : line;
}

function oneLine(text: string): string {
  return text.replace(ESCAPE_SEQUENCE, "").replace(/\s+/g, " ").replace(/\p{C}/gu, "").trim();
}

/** Reads a body as UTF-8 text; `undefined` when it is longer than 1 MiB once decompressed. */
export async function readText(response: Response): Promise<string | undefined> {
  const length = response.headers.get("content-length");
  const plain = !response.headers.has("content-encoding") &&
    !response.headers.has("transfer-encoding");
  if (length && Number(length) <= MAX_BODY_BYTES && plain) {
    // Faster, and bounded too: HTTP ends a body at the length it declared.
    const text = await response.text();
    return text.length <= MAX_BODY_BYTES ? text : undefined;
  }
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/**
 * Settles as `work` does, or rejects when `milliseconds` have passed (a `TimeoutError`) or `signal`
 * aborts (its reason), even if `work` pays no heed to the signal it is given.
 */
export async function withDeadline<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // In Deno the first setTimeout of a process costs 4 ms, this next to nothing.
  const timeout = AbortSignal.timeout(milliseconds);
  const deadline = signal ? AbortSignal.any([signal, timeout]) : timeout;
  deadline.throwIfAborted();
  let abort = () => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      abort = () => reject(deadline.reason);
      deadline.addEventListener("abort", abort);
      work(deadline).then(resolve, reject);
    });
  } finally {
    // A listener would keep the process, and the answer in memory, until the time is up.
    deadline.removeEventListener("abort", abort);
  }
}

/** Waits; rejects with the signal's reason when it aborts. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort);
  });
}

/** The milliseconds a `Retry-After` field asks for (RFC 9110 §10.2.3), if it is there and makes sense. */
export function retryAfter(headers: Headers): number | undefined {
  const value = headers.get("retry-after") ?? "";
  if (/^\d+$/.test(value)) return Math.min(Number(value), MAX_SECONDS) * 1000;
  const milliseconds = Date.parse(value) - Date.now();
  return value.endsWith("GMT") && milliseconds >= 0 ? milliseconds : undefined;
}

/** What the runtime says of a failed `fetch`, without the address, whose query may hold a secret. */
export function networkReason(error: unknown): string {
  let cause = error;
  for (let depth = 0; depth < 5 && cause instanceof Error && cause.cause; depth++) {
    cause = cause.cause;
  }
  const text = cause instanceof Error ? `${cause.message}` : "unknown reason";
  return text.replace(/^.*client error \(\w+\): /s, "").replace(/\S+:\/\/\S+/g, "");
}

/** A header field's text: fetch hands on bytes, which most servers mean as UTF-8. */
export function fieldText(value: string): string {
  try {
    const bytes = Uint8Array.from(value, (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return value;
  }
}
