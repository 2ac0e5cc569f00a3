// Variables in words: what one is, and why one is missing.

import { isSimilar } from "../command/similar.ts";
import { findingOfError } from "./check_failure.ts";
import { NAMES } from "./names.ts";
import type { Run, Value } from "./run_record.ts";
import {
  functionAround,
  isNameInCode,
  lineOf,
  lineOfDeclaration,
  lineOfName,
} from "./source_lines.ts";
import { type Facts, type Finding, finding } from "./verdict.ts";

const AS_TEXT = ["undefined", "null", "None", "number", "int", "boolean", "bool", "Object", "dict"];
const IN_WORDS = new Map([
  ["function", "a function that was not called"],
  ["method", "a method that was not called"],
  ["Promise", "a Promise: its value is not there yet"],
  ["Response", "the Response itself, not its JSON"],
]);

/** A value in words: `"text"`, `a Promise`, `undefined`. */
export function show({ type, text, entries }: Value): string {
  if (type === "string" || type === "str") return JSON.stringify(text);
  if (AS_TEXT.includes(type)) return text;
  if (type === "Array" || type === "list") {
    return entries ? `a list of ${entries.length} pairs` : "a list of values without names";
  }
  return IN_WORDS.get(type) ?? `a value of the type ${type}`;
}

/** Says that a variable is missing, or which other one seems to be meant. */
export function missingVariable(
  run: Run,
  name: string,
  expected: string,
  isMeant: (value: Value) => boolean,
): Finding {
  const others = [...run.values].filter(([other]) => !NAMES.includes(other));
  const [meant] = others.find(([other, value]) => isMeant(value) || isSimilar(other, name)) ?? [];
  if (meant) {
    const line = lineOfName(run, meant);
    return finding(run, "renamed", { other: meant, name }, { expected: name, found: meant, line });
  }
  return missingMember(run, name) ?? notRun(run, name, expected) ?? unknown(run, name, expected);
}

/** A value that is there, but as the member of an object. */
function missingMember(run: Run, name: string): Finding | undefined {
  for (const [other, { type, entries }] of run.values) {
    const hasNames = type === "Object" || type === "dict";
    if (NAMES.includes(other) || !hasNames || !entries?.some(([key]) => key === name)) continue;
    const facts = { expected: `the variable ${name}`, found: `${other}.${name}` };
    return finding(run, "member", { name, other }, { ...facts, line: lineOfName(run, other) });
  }
  return undefined;
}

/** A line that sets the variable, but did not run, or not to its end. */
function notRun(run: Run, name: string, expected: string): Finding | undefined {
  const line = lineOfDeclaration(run, name);
  if (!line) return undefined;
  const facts = { expected, line, isMissing: true };
  // Of Python, it is not known which lines began.
  const hasBegun = run.unset.includes(name) || run.language === "python";
  const caught = hasBegun && caughtError(run, name, facts);
  if (caught) return caught;
  if (run.unset.includes(name)) return finding(run, "not_finished", { name }, facts);
  if (run.visible === "top level" && functionAround(run, line)) {
    return finding(run, "not_seen", { name }, facts);
  }
  const place = functionAround(run, line);
  return place
    ? finding(run, "not_called", { name, place }, facts)
    : finding(run, "not_reached", { name }, facts);
}

/** What ended the line that sets a variable, if the program caught an error. */
export function caughtError(run: Run, name: string, facts: Facts): Finding | undefined {
  if (!run.caught) return undefined;
  const caught = finding(run, "caught", { name }, { ...facts, found: run.caught });
  const cause = findingOfError(run, run.caught, facts.line);
  const codes = [...caught.codes, ...cause.codes];
  // Only who does not see the error needs to know how.
  const isPrinted = (run.stdout + run.stderr).includes(run.caught.replace(/^\w+: /, ""));
  return {
    ...caught,
    codes,
    advice: isPrinted ? cause.advice : `${cause.advice} ${caught.advice}`,
  };
}

function unknown(run: Run, name: string, expected: string): Finding {
  if (run.language === "javascript" && isNameInCode(run, name)) {
    const line = lineOf(run, new RegExp(`(?<![.\\w$])${name}\\b`));
    return finding(run, "not_seen", { name }, { expected, line, isMissing: true });
  }
  const names = [...run.values.keys()].reverse();
  const found = names.length > 0 ? `the variables ${names.join(", ")}` : "no variables";
  return finding(run, "no_variable", { name }, { expected, found, isMissing: true });
}
