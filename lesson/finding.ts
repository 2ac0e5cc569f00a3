// What the checker found, and the words in which it says so.

import { isSimilar } from "../command/similar.ts";
import type { Run, Value } from "./notes.ts";
import { NAMES, withoutComments } from "./watch_names.ts";

/** Why a step does not hold. */
export interface Finding {
  /** What is wrong, in one line. */
  what: string;
  /** What was expected. */
  expected?: string;
  /** What was found. */
  found?: string;
  /** Where to look. */
  line?: number;
  /** What to do about it. */
  advice: string;
  /** Whether something is missing, perhaps because the program ended too early. */
  isMissing?: boolean;
}

/** Why a value may be `undefined`. */
export const NO_RETURN = "With braces, an arrow function needs return.";

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

/** A value in words: `"text"`, `a Promise`, `undefined`. */
export function show({ type, text }: Value): string {
  if (type === "string") return JSON.stringify(text);
  if (["undefined", "null", "number", "boolean", "Object", "Array"].includes(type)) return text;
  const words: Record<string, string> = {
    function: "a function that was not called",
    Promise: "a Promise: its value is not there yet",
    Response: "the Response itself, not its JSON",
  };
  return words[type] ?? `a value of the type ${type}`;
}

/** Says that a variable is missing, or which other one seems to be meant. */
export function missingVariable(
  run: Run,
  name: string,
  expected: string,
  isMeant: (value: Value) => boolean,
): Finding {
  const others = Object.entries(run.values).filter(([other]) => !NAMES.includes(other));
  const [meant] = others.find(([other, value]) => isMeant(value) || isSimilar(other, name)) ?? [];
  if (meant) {
    return {
      what: `the variable is called ${meant}, not ${name}`,
      expected: name,
      found: meant,
      line: lineOfName(run, meant),
      advice:
        `Rename ${meant} to ${name} in the whole file. The exercise spells its names as OAuth ` +
        "does: lowercase letters, with underscores between the words.",
    };
  }
  const line = lineOf(run, new RegExp(`\\b(const|let|var)\\s+${name}\\b`));
  if (line) {
    return {
      what: `${name} has no value`,
      expected,
      found: run.stderr.trim().split("\n").at(-1) || "nothing",
      line,
      advice:
        "The line that sets it failed, or was not reached. If your program catches an error, " +
        "print it: catch (error) { console.error(error); }",
      isMissing: true,
    };
  }
  const names = Object.keys(run.values).reverse();
  return {
    what: `there is no variable ${name}`,
    expected,
    found: names.length > 0 ? `the variables ${names.join(", ")}` : "no variables",
    advice: `Declare ${name} with const below the task of this step, and give it that value.`,
    isMissing: true,
  };
}
