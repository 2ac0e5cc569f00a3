// What the checker says about a program.

import { ERROR_MESSAGES } from "./error_messages.ts";
import { NODE_MESSAGES } from "./node_messages.ts";
import { STEP_MESSAGES } from "./step_messages.ts";
import { PYTHON_MESSAGES } from "./python_messages.ts";
import type { Language } from "./scan.ts";
import { type Message, SHARED_MESSAGES } from "./shared_messages.ts";

/** Why a step does not hold. */
export interface Finding extends Facts {
  /** The codes of its messages. */
  codes: string[];
  /** What is wrong, in one line. */
  what: string;
  /** What to do about it. */
  advice: string;
}

/** What belongs to a finding beside its message. */
export interface Facts {
  /** What was expected. */
  expected?: string;
  /** What was found. */
  found?: string;
  /** Where to look. */
  line?: number;
  /** Whether something is missing, perhaps because the program ended too early. */
  isMissing?: boolean;
}

/** What a run showed. */
export interface Verdict {
  /** How many steps hold, from the first one on. */
  held: number;
  /** Why the next does not hold. */
  finding?: Finding;
}

/** All messages, by the language of the program and their codes. */
export const MESSAGES: Record<Language, ReadonlyMap<string, Message>> = {
  javascript: new Map(Object.entries({
    ...SHARED_MESSAGES,
    ...STEP_MESSAGES,
    ...ERROR_MESSAGES,
    ...NODE_MESSAGES,
  })),
  python: new Map(Object.entries({ ...SHARED_MESSAGES, ...PYTHON_MESSAGES })),
};

/** Says what is wrong in the message of this code, with these words in the places of those in braces. */
export function finding(
  { language }: { language: Language },
  code: string,
  words: Record<string, string | number> = {},
  facts: Facts = {},
): Finding {
  const message = MESSAGES[language].get(code);
  if (!message) throw new Error(`There is no message ${code} for ${language}`);
  const fill = (text: string) =>
    text.replace(
      /\{(\w+)\}/g,
      (whole, word) => Object.hasOwn(words, word) ? `${words[word]}` : whole,
    );
  return { codes: [code], what: fill(message.what), advice: fill(message.advice), ...facts };
}
