// Asks for the client secret in the terminal.

import { exit, isTerminal, readKeys, writeText } from "../runtime/runtime.ts";
import { readOnce } from "./answers.ts";

const [CTRL_C, CTRL_D, CTRL_U] = ["\x03", "\x04", "\x15"];
const [MARK_PASTES, STOP_MARKING] = ["\x1b[?2004h", "\x1b[?2004l"];
const [PASTE_START, PASTE_END] = ["\x1b[200~", "\x1b[201~"];
// An escape sequence, such as an arrow key, or one character.
// deno-lint-ignore no-control-regex
const KEY = /\x1b(?:\[\[?[0-?]*[ -/]*[@-~]?|O[ -~]?)?|[^]/gu;

/**
 * Asks for a secret on stderr, so that `TOKEN=$(…)` can ask too, and shows nothing of what is typed.
 * Resolves to `undefined` if stdin or stderr is not a terminal. Ctrl-C ends the program.
 */
export async function promptSecret(message: string): Promise<string | undefined> {
  if (!isTerminal("stdin") || !isTerminal("stderr")) return undefined;
  return await readOnce(message, () => readTyped(message));
}

async function readTyped(message: string): Promise<string> {
  let typed = "";
  const ask = () => writeText("stderr", MARK_PASTES + message);
  const stopMarking = () => writeText("stderr", `${STOP_MARKING}\n`);
  for await (const keys of readKeys(ask, stopMarking)) {
    typed += keys;
    // Reads a paste to its end, because the shell would run the lines that are left.
    const isPasting = typed.lastIndexOf(PASTE_START) > typed.lastIndexOf(PASTE_END);
    if (typed.includes(CTRL_C) || (editLine(typed).isDone && !isPasting)) break;
  }
  return typed.includes(CTRL_C) ? exit(130) : editLine(typed).text;
}

/** Edits a line with all keys typed so far, because a read can end within an escape sequence. */
export function editLine(keys: string): { text: string; isDone: boolean } {
  let text: string[] = [];
  for (const [key] of keys.matchAll(KEY)) {
    if (["\r", "\n", CTRL_D].includes(key)) return { text: text.join(""), isDone: true };
    if (["\b", "\x7f"].includes(key)) text.pop();
    else if (key === CTRL_U) text = [];
    else if (!/^\p{Cc}/u.test(key)) text.push(key);
  }
  return { text: text.join(""), isDone: false };
}
