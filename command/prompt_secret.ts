// Asks for the client secret in the terminal.

import { exit, isTerminal, readKeys, writeText } from "../runtime/deno.ts";

// An escape sequence, such as an arrow key or the mark around a paste; or one character.
// deno-lint-ignore no-control-regex
const KEY = /\x1b(?:\[\[?[0-?]*[ -/]*[@-~]?|O[ -~]?)?|[^]/gu;
const [ENTER, LINE_FEED, CTRL_C, CTRL_D, CTRL_U] = ["\r", "\n", "\x03", "\x04", "\x15"];

/**
 * Asks for a secret on stderr, so that `TOKEN=$(…)` can ask too, and shows nothing of what is typed.
 * Returns `undefined` if stdin or stderr is not a terminal. Ctrl-C ends the program.
 */
export function promptSecret(message: string): string | undefined {
  if (!isTerminal("stdin") || !isTerminal("stderr")) return undefined;
  let typed = "";
  for (const keys of readKeys(() => writeText("stderr", message))) {
    // Edited anew from the start, because a read can end within an escape sequence.
    if (editLine(typed += keys).end) break;
  }
  writeText("stderr", "\n");
  const { text, end } = editLine(typed);
  return end === CTRL_C ? exit(130) : text;
}

/** Returns the line that the keys make, and the key that ends it; what follows that key is dropped. */
export function editLine(keys: string): { text: string; end?: string } {
  let text: string[] = [];
  for (const [key] of keys.matchAll(KEY)) {
    if ([ENTER, LINE_FEED, CTRL_D, CTRL_C].includes(key)) return { text: text.join(""), end: key };
    if (key === "\b" || key === "\x7f") text.pop();
    else if (key === CTRL_U) text = [];
    else if (!/^\p{Cc}/u.test(key)) text.push(key);
  }
  return { text: text.join("") };
}
