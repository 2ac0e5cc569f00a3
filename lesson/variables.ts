// Variables in words: what one is, and why one is missing.

import type { Run, Value } from "./run_record.ts";
import { isSimilar } from "./similar_names.ts";
import { lineOf, lineOfName } from "./source_lines.ts";
import type { Finding } from "./verdict.ts";
import { NAMES } from "./watch_names.ts";

/** Why a value may be `undefined`. */
export const NO_RETURN = "With braces, an arrow function needs return.";

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
