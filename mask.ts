/**
 * Hides secrets in text from elsewhere, in whatever spelling they stand there.
 *
 * @module
 */

/** What stands for a secret. */
export const MASK = "***";

// A shorter part of a secret may be a part of an ordinary word.
const PART = 10;
const MAX_SECRET = 65_536;
// One character as it may be spelled in a form (one to four bytes), in JSON, in HTML, or as it is.
const SPELLING =
  /(%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-7](?:%[89ab][\da-f]){3})|\\u([\da-f]{4})|\\(["\\/])|&(#?\w{2,6});|[^]/giu;
const ENTITIES: Record<string, string> = { amp: "&", quot: '"', apos: "'", lt: "<", gt: ">" };

/** A text as a secret is looked for in it: letters alike, and where each of them stands. */
interface Skeleton {
  letters: string;
  starts: number[];
  ends: number[];
}

/** Puts `***` in the place of every secret, and of every part of 10 characters of one. */
export function mask(text: string, secrets: string[]): string {
  if (secrets.length === 0) return text;
  const { letters, starts, ends } = skeleton(text);
  const hidden = new Uint8Array(text.length);
  const hide = (at: number, size: number) => hidden.fill(1, starts[at], ends[at + size - 1]);
  const parts = new Set<string>();
  for (const needle of secrets.flatMap(needles)) {
    if (needle.length < PART) {
      let at = letters.indexOf(needle);
      for (; at >= 0; at = letters.indexOf(needle, at + 1)) hide(at, needle.length);
    }
    for (let i = 0; i + PART <= needle.length; i++) parts.add(needle.slice(i, i + PART));
  }
  for (let at = 0; parts.size > 0 && at + PART <= letters.length; at++) {
    if (parts.has(letters.slice(at, at + PART))) hide(at, PART);
  }
  let shown = "";
  for (let i = 0; i < text.length; i++) {
    if (!hidden[i]) shown += text[i];
    else if (!hidden[i - 1]) shown += MASK;
  }
  return shown;
}

/** What to look for: the secret as it is, and as it reads when a part of it looks encoded. */
function needles(secret: string): string[] {
  const bounded = secret.slice(0, MAX_SECRET);
  return [...new Set([alike(bounded), skeleton(bounded).letters])].filter(Boolean);
}

function skeleton(text: string): Skeleton {
  const found: Skeleton = { letters: "", starts: [], ends: [] };
  for (const match of text.matchAll(SPELLING)) {
    const letters = alike(decode(match));
    found.letters += letters;
    for (let i = 0; i < letters.length; i++) {
      found.starts.push(match.index);
      found.ends.push(match.index + match[0].length);
    }
  }
  return found;
}

function decode([spelled, percent, hex, escaped, entity]: RegExpMatchArray): string {
  try {
    if (percent) return decodeURIComponent(percent);
    if (hex) return String.fromCharCode(parseInt(hex, 16));
    if (entity?.startsWith("#x")) return String.fromCodePoint(parseInt(entity.slice(2), 16));
    if (entity?.startsWith("#")) return String.fromCodePoint(parseInt(entity.slice(1)));
  } catch {
    return spelled;
  }
  return escaped ?? ENTITIES[entity ?? ""] ?? spelled;
}

function alike(text: string): string {
  // Text can be full of these without looking different to the eye; in a form, + is a space. (The
  // expression stands here and not above because it takes a while to be built.)
  const unseen = /[\s\p{C}\p{M}\u115f\u1160\u2800\u3164\uffa0+]/gu;
  return text.normalize("NFKD").replace(unseen, "").toLowerCase();
}
