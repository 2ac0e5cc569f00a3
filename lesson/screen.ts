// What `deno task learn` shows: at most 32 lines of 80 columns. All that comes from the learner's program
// goes through `printable`.

import { runtime } from "../runtime/runtime.ts";
import { printable } from "../token.ts";
import type { Run } from "./run_record.ts";
import { STARTED } from "./started.ts";
import { commandFor, helpFor, STEPS } from "./steps.ts";
import { linked } from "./terminal_link.ts";
import type { Verdict } from "./verdict.ts";
import { WIDTH, wrap } from "./wrap.ts";
import { requestOf } from "./check_request.ts";

const MAX_VALUE = 66;
// Of the bar, for each step.
const STEP_WIDTH = 8;
const SUGGESTION_INDENT = 28;
const TYPESCRIPT = /\.m?ts$/;
const MAX_OUTPUT = 74;
const MAX_OUTPUT_LINES = 5;

/** What to show beside the verdict. */
interface ScreenOptions {
  /** The hint of the step that does not hold. */
  hint?: boolean;
  /** Its solution. */
  solution?: boolean;
  /** Why the last step that holds works that way. */
  why?: boolean;
  /** Whether keys show hint and solution. */
  hasKeys?: boolean;
  /** Where the file's name leads. */
  link?: string;
}

/** One line about a program, for a list of many. */
export function formatLine(name: string, { held, finding }: Verdict): string {
  const progress = `${name}  ${held} / ${STEPS.length}`;
  if (!finding) return progress;
  const step = `${progress}  step ${held + 1}: `;
  return step + printable(finding.what, Math.max(20, WIDTH - step.length));
}

/** The whole verdict on a program. */
export function formatScreen(
  name: string,
  run: Run,
  verdict: Verdict,
  options: ScreenOptions,
): string {
  const { held, finding } = verdict;
  const lines = [
    linked(printable(name, WIDTH), options.link),
    "",
    ...STEPS.map(({ title }, i) => `  ${markOf(i, held)} ${i + 1}  ${title}`),
    "",
    `Progress ${barOf(held)} ${held} / ${STEPS.length}`,
    "",
    ...options.why ? whyOf(held) : [],
    ...finding
      ? [...formatFinding(run, verdict), ...help(name, run, held, options)]
      : next(name, run),
  ];
  return lines.join("\n");
}

function barOf(held: number): string {
  const done = STEP_WIDTH * held;
  return `[${"#".repeat(done)}${"-".repeat(STEP_WIDTH * STEPS.length - done)}]`;
}

/** Why the last step that holds works that way. */
function whyOf(held: number): string[] {
  const step = STEPS[held - 1];
  return step ? [...wrap(`Step ${held} holds. ${step.why}`), ""] : [];
}

function markOf(step: number, held: number): string {
  return step < held ? "[x]" : step === held ? "[!]" : "[ ]";
}

/** Whether nothing has run, so that what is wrong belongs to no step. */
function isUnread({ failure }: Run): boolean {
  return failure?.kind === "syntax";
}

function formatFinding(run: Run, { held, finding }: Verdict): string[] {
  const { what, expected, found, line, advice } = finding!;
  const code = line && run.source.split("\n")[line - 1];
  const output = outputOf(run);
  // Of steps 1 and 2, the variables say more.
  const isShown = held >= 2 && !isSaid(output, found);
  return [
    ...wrap(printable(isUnread(run) ? what : `Step ${held + 1}: ${what}`)),
    ...row("expected", expected),
    ...row("found", found),
    ...row("look at", code && `line ${line}: ${code}`, 1),
    ...isShown && output.length > 0
      ? ["", "The program printed:", ...output.map((text) => `  ${text}`)]
      : [],
    "",
    ...wrap(printable(advice)),
  ];
}

/** What is written beside its label, on a few lines. */
function row(label: string, text: string | undefined | 0, maxLines = 3): string[] {
  if (!text) return [];
  const lines = wrap(printable(text, MAX_VALUE * maxLines), MAX_VALUE);
  return lines.map((line, i) => `  ${(i === 0 ? label : "").padEnd(9)} ${line}`);
}

/** The last lines that the program printed, on whatever stream. */
function outputOf({ stdout, stderr }: Run): string[] {
  const lines = `${stdout}\n${stderr}`.split("\n").map(indented);
  return lines.filter(Boolean).slice(-MAX_OUTPUT_LINES);
}

/** A line as it can be shown, with the spaces at its beginning, as the members of an object have them. */
function indented(line: string): string {
  const [spaces] = line.match(/^ {0,8}/)!;
  const text = printable(line, MAX_OUTPUT - spaces.length);
  return text && spaces + text;
}

function isSaid(output: string[], found = ""): boolean {
  const [first = "", second] = output;
  return second === undefined && found.startsWith(first.trim().slice(0, MAX_VALUE));
}

function help(name: string, run: Run, held: number, options: ScreenOptions): string[] {
  const { hint, solution, hasKeys } = options;
  if (!hint && !solution && (hasKeys || isUnread(run))) return hasKeys ? [""] : [];
  const help = helpFor(STEPS[held]!, run.language);
  const lines = [""];
  if (hint) lines.push(...wrap(`Hint: ${help.hint}`));
  if (solution) {
    lines.push(
      `A solution of step ${held + 1}:`,
      ...help.solution.split("\n").map((line) => `  ${line}`),
    );
  }
  if (!hint && !solution) {
    const command = commandFor(name);
    lines.push(
      ...wrap(`${command} --hint shows a hint, and --solution a solution of step ${held + 1}.`),
    );
  }
  return lines;
}

/** What to look at when all four steps hold. */
function next(name: string, run: Run): string[] {
  const { method, path, body, headers } = requestOf(run)!;
  const type = headers.find(([name]) => name === "content-type")?.[1];
  const fields = printable(body).split(/(?<=&)/);
  const request = [`${method} ${path} HTTP/1.1`, `content-type: ${type}`, ...fields];
  return [
    "Your program gets an access token. The server received this request:",
    "",
    ...request.flatMap((text) => wrap(printable(text))).slice(0, 10).map((line) => `  ${line}`),
    "",
    "What to look at next:",
    ...TYPESCRIPT.test(name) && runtime === "deno"
      ? suggestion(`deno check ${printable(name)}`, "checks its types, which this checker does not")
      : [],
    ...suggestion(`${STARTED.learn} --next`, "break it: five faults, to predict and then to see"),
    ...suggestion(`${STARTED.demo} --explain`, "explains such a request and its answer in detail"),
    ...suggestion(STARTED.library, "the same four steps, safe enough for production"),
  ];
}

function suggestion(what: string, why: string): string[] {
  const [first = "", ...more] = wrap(why, WIDTH - SUGGESTION_INDENT);
  const label = `  ${what}`.padEnd(SUGGESTION_INDENT);
  const indent = " ".repeat(SUGGESTION_INDENT);
  const rest = more.map((line) => indent + line);
  return !label.endsWith(" ") ? [label, indent + first, ...rest] : [label + first, ...rest];
}
