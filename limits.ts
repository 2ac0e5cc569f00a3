/**
 * What keeps a strange server within bounds: its time, its size and its text. It knows nothing of
 * tokens and imports nothing.
 *
 * @module
 */

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_LINE = 300;
/** What stands for a secret. */
export const MASK = "***";
// A shorter part of a secret may be a part of an ordinary word.
const MASKED_PART = 10;
const ESCAPE_SEQUENCE =
  // deno-lint-ignore no-control-regex
  /(\x1b\[|\x9b)[\x20-\x3f]*[\x40-\x7e]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)?|\x1b./gs;

/**
 * Makes text from elsewhere fit for one line of a terminal: without control characters, escape
 * sequences and bidirectional overrides, with every secret masked, cut to `maxLength` characters.
 */
export function printable(text: string, secrets: string[] = [], maxLength = MAX_LINE): string {
  const line = mask(oneLine(text.slice(0, 16 * maxLength)), secrets.map(oneLine));
  return line.length > maxLength ? `${line.slice(0, maxLength - 1).toWellFormed()}…` : line;
}

function oneLine(text: string): string {
  return text.replace(ESCAPE_SEQUENCE, "").replace(/\s+/g, " ").replace(/\p{C}/gu, "").trim();
}

/** Hides each secret, and each longer part of one, whatever the case of its letters. */
function mask(text: string, secrets: string[]): string {
  const haystack = lowerCase(text);
  const hidden = new Set<number>();
  for (const secret of secrets.filter(Boolean).map(lowerCase)) {
    const size = Math.min(secret.length, MASKED_PART);
    for (let start = 0; start + size <= secret.length; start++) {
      const part = secret.slice(start, start + size);
      for (let at = haystack.indexOf(part); at >= 0; at = haystack.indexOf(part, at + 1)) {
        for (let i = at; i < at + size; i++) hidden.add(i);
      }
    }
  }
  if (hidden.size === 0) return text;
  return Array.from({ length: text.length }, (_, i) => {
    if (!hidden.has(i)) return text[i];
    return hidden.has(i - 1) ? "" : MASK;
  }).join("");
}

/** Unlike `toLowerCase`, keeps every character in its place. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Resolves the escapes of JSON text, behind which a secret would not be recognised. */
export function unescapeJson(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-f]{4})|(["\\/]))/gi,
    (_, hex, character) => character ?? String.fromCharCode(parseInt(hex, 16)),
  );
}

/** Reads a body as UTF-8 text; `undefined` when it is longer than 1 MiB once decompressed. */
export async function readText(response: Response): Promise<string | undefined> {
  const length = response.headers.get("content-length");
  const compressed = response.headers.has("content-encoding");
  // Faster, and bounded too: no server can send more than the length it declared.
  if (length && Number(length) <= MAX_BODY_BYTES && !compressed) return await response.text();
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
  const aborted = new Promise<never>((_, reject) => {
    deadline.addEventListener("abort", () => reject(deadline.reason));
  });
  return await Promise.race([work(deadline), aborted]);
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
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const milliseconds = Date.parse(value) - Date.now();
  return value.endsWith("GMT") && milliseconds >= 0 ? milliseconds : undefined;
}

/** What the runtime says of a failed `fetch`, without the address, whose query may hold a secret. */
export function networkReason(error: unknown): string {
  let cause = error;
  for (let depth = 0; depth < 5 && cause instanceof Error && cause.cause; depth++) {
    cause = cause.cause;
  }
  const text = cause instanceof Error ? cause.message : "unknown reason";
  return text.replace(/^.*client error \(\w+\): /s, "").replace(/\S+:\/\/\S+/g, "");
}
