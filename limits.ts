/**
 * What keeps a strange server within bounds: its time, its size and its text.
 *
 * @module
 */

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_LINE = 300;
const MAX_SECONDS = 1e9;
const ESCAPE_SEQUENCE =
  // deno-lint-ignore no-control-regex
  /(\x1b\[|\x9b)[\x20-\x3f]*[\x40-\x7e]|\x1b\][^\x07\x1b]*|\x1b./g;
// A shorter part of a secret may be a part of an ordinary word.
const PART = 10;
// One character as it may be spelled in a form (one to four bytes), in JSON, in HTML, or as it is.
const SPELLING =
  /(%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-7](?:%[89ab][\da-f]){3})|(\\ud[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|\\u[\da-f]{4})|\\(["\\/bfnrt])|&(#\w{1,8}|\w{2,6});|[^]/giu;
const CHARACTER = /[^]/gu;
const ENTITIES: Record<string, string> = { amp: "&", quot: '"', apos: "'", lt: "<", gt: ">" };
const MASK = "***";
const SECRET_NAME = /token(?!_(type|url)$)|secret|password|assertion|authorization|cookie|key$/i;

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

/** The value that a JSON text stands for; `undefined` if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The JSON object that a body is, if it is one. */
export function parseObject(body = ""): Record<string, unknown> | undefined {
  const value = parseJson(body);
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}

/**
 * Settles as `work` does, or rejects when `milliseconds` have passed (a `TimeoutError`) or `signal`
 * aborts (its reason), even if `work` pays no heed to the signal it is given. A value that `work` has
 * asked to keep is the result when it fails or its time is up.
 */
export function withDeadline<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal, keep: (value: T) => void) => Promise<T>,
): Promise<T> {
  // In Deno the first setTimeout of a process costs 4 ms, this next to nothing.
  const timeout = AbortSignal.timeout(milliseconds);
  const deadline = signal ? AbortSignal.any([signal, timeout]) : timeout;
  return new Promise((resolve, reject) => {
    deadline.throwIfAborted();
    let kept: T | undefined;
    const fail = (reason: unknown) => kept && !signal?.aborted ? resolve(kept) : reject(reason);
    const abort = () => fail(deadline.reason);
    deadline.addEventListener("abort", abort);
    work(deadline, (value) => kept = value).then(resolve, fail)
      // A listener would keep the process, and the answer in memory, until the time is up.
      .finally(() => deadline.removeEventListener("abort", abort));
  });
}

/** Waits; rejects with the signal's reason when it aborts. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal!.reason);
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

/**
 * Makes text from elsewhere fit for one line of a terminal: without control characters, escape
 * sequences and bidirectional overrides, with every secret masked, cut to `maxLength` characters.
 */
export function printable(text: string, secrets: string[] = [], maxLength = MAX_LINE): string {
  const bound = 16 * maxLength;
  // What is taken out may have stood between the parts of a secret.
  const line = mask(oneLine(mask(text.slice(0, bound), secrets)), secrets);
  // What was cut off might have completed a secret.
  if (text.length > bound && line.length <= 2 * maxLength) return "…";
  return line.length > maxLength ? `${line.slice(0, maxLength - 1).toWellFormed()}…` : line;
}

/** Text without what a terminal would act on, and with single spaces for all white space. */
export function oneLine(text: string): string {
  return text.replace(ESCAPE_SEQUENCE, "").replace(/\s+/g, " ").replace(/\p{C}/gu, "").trim();
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

/** Text with what looks encoded decoded. */
export function decoded(text: string): string {
  return Array.from(text.matchAll(SPELLING), decode).join("");
}

/** Tells whether a name is one that secrets have. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** A value as it may be shown: its length alone, if its name is one that secrets have. */
export function masked(name: string, value: string, secrets: string[], maxLength?: number): string {
  if (isSecretName(name)) return `${MASK} (${value.length} characters)`;
  return printable(value, secrets, maxLength);
}

/** The fields of a form as they are sent, but for the values of those that are secret. */
export function maskedFields(data: URLSearchParams, secrets: string[]): string[] {
  return `${data}`.split("&").map((field) => {
    const name = field.slice(0, field.indexOf("="));
    return isSecretName(name) ? `${name}=${MASK}` : printable(field, secrets, 5000);
  });
}

/** A text as a secret is looked for in it: letters alike, and where each of them stands. */
interface Reading {
  letters: string;
  starts: number[];
  ends: number[];
}

/** What to look for: short secrets whole, and of longer ones every part of 10 characters. */
interface Needles {
  short: Set<string>;
  parts: Set<string>;
}

// The same list is asked about again and again.
const NEEDLES = new WeakMap<readonly string[], Needles>();

function needlesOf(secrets: readonly string[]): Needles {
  const known = NEEDLES.get(secrets);
  if (known) return known;
  const needles: Needles = { short: new Set(), parts: new Set() };
  for (const { letters } of secrets.flatMap(readings)) {
    if (letters && letters.length < PART) needles.short.add(letters);
    for (let i = 0; i + PART <= letters.length; i++) needles.parts.add(letters.slice(i, i + PART));
  }
  NEEDLES.set(secrets, needles);
  return needles;
}

/**
 * Puts `***` in the place of every secret, and of every part of 10 characters of one. The list of
 * secrets must not change afterwards.
 */
export function mask(text: string, secrets: readonly string[]): string {
  if (secrets.length === 0) return text;
  const { short, parts } = needlesOf(secrets);
  const hidden = new Uint8Array(text.length);
  for (const { letters, starts, ends } of readings(text)) {
    const hide = (at: number, size: number) => hidden.fill(1, starts[at], ends[at + size - 1]);
    for (const needle of short) {
      let at = letters.indexOf(needle);
      for (; at >= 0; at = letters.indexOf(needle, at + 1)) hide(at, needle.length);
    }
    for (let at = 0; at + PART <= letters.length; at++) {
      if (parts.has(letters.slice(at, at + PART))) hide(at, PART);
    }
  }
  let shown = "";
  for (let i = 0; i < text.length; i++) {
    if (!hidden[i]) shown += text[i];
    else if (!hidden[i - 1]) shown += MASK;
  }
  return shown;
}

/** A text as it stands, and as it reads when what looks encoded is. */
function readings(text: string): Reading[] {
  return [CHARACTER, SPELLING].map((spelling) => {
    const reading: Reading = { letters: "", starts: [], ends: [] };
    for (const match of text.matchAll(spelling)) {
      const letters = spelling === CHARACTER
        ? alike(match[0])
        // In a form, + is a space.
        : alike(decode(match)).replaceAll("+", "");
      reading.letters += letters;
      for (let i = 0; i < letters.length; i++) {
        reading.starts.push(match.index);
        reading.ends.push(match.index + match[0].length);
      }
    }
    return reading;
  });
}

function decode([spelled, percent, unicode, escaped, entity]: RegExpMatchArray): string {
  try {
    if (percent) return decodeURIComponent(percent);
    if (unicode) return JSON.parse(`"${unicode}"`);
    if (entity?.toLowerCase().startsWith("#x")) {
      return String.fromCodePoint(parseInt(entity.slice(2), 16));
    }
    if (entity?.startsWith("#")) return String.fromCodePoint(parseInt(entity.slice(1)));
  } catch {
    // Spelled as no character is.
  }
  if (escaped) return /\w/.test(escaped) ? "" : escaped;
  return entity && ENTITIES[entity.toLowerCase()] || spelled;
}

function alike(text: string): string {
  // Text can be full of these without looking different to the eye. (The expression stands here and
  // not above because it takes a while to be built.)
  const unseen = /[\s\p{C}\p{M}\u115f\u1160\u2800\u3164\uffa0]/gu;
  return text.normalize("NFKD").replace(unseen, "").toLowerCase();
}
