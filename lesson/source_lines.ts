// Where in the learner's program something stands.

import type { Run } from "./run_record.ts";
import { withoutComments } from "./watch_names.ts";

/** The number of the first line of code that matches; comments are no code. */
export function lineOf({ source }: Run, pattern: RegExp): number | undefined {
  const line = withoutComments(source).split("\n").findIndex((text) => pattern.test(text));
  return line < 0 ? undefined : line + 1;
}

/** The line in which a variable is declared or gets its value. */
export function lineOfName(run: Run, name: string): number | undefined {
  const escaped = RegExp.escape(name);
  return lineOf(run, new RegExp(`(?<![.\\w$"'])${escaped}\\b\\s*(:[^=]*)?=(?!=|>)`)) ??
    lineOf(run, new RegExp(`(?<![.\\w$])${escaped}\\b`));
}
