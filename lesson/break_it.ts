// `deno task learn --next`: five faults, each to be predicted, and then seen with the practice server.

import { print } from "../command/output.ts";
import { readLine } from "../runtime/learn_runtime.ts";
import { writeText } from "../runtime/runtime.ts";
import { printable } from "../token.ts";
import type { Exchange } from "./exchange.ts";
import { type Break, BREAKS, NO_ANSWER } from "./breaks.ts";
import { runJavaScript } from "./run_javascript.ts";
import type { Run } from "./run_record.ts";
import { STARTED } from "./started.ts";
import { STEPS } from "./steps.ts";
import { wrap } from "./wrap.ts";

const MAX_SHOWN = 400;
const LETTERS = ["a", "b", "c"];
const INTRODUCTION =
  "The program of the four steps, here in JavaScript, works while all goes well.\n" +
  "Predict what happens when something does not.\n";

/** Asks about one fault after the other and shows each; resolves to the exit code. */
export async function breakIt(faults: readonly Break[] = BREAKS): Promise<number> {
  print(INTRODUCTION);
  for (const [i, fault] of faults.entries()) {
    print(formatQuestion(fault, `${i + 1} / ${faults.length}`));
    const answer = await readAnswer();
    if (answer === undefined) return 0;
    print(`\n${await seeFault(fault, answer)}\n`);
  }
  print(`${STARTED.library} handles the first four; token_source/ gets a new token in time.`);
  return 0;
}

function formatQuestion({ title, code, question, options }: Break, number: string): string {
  return [
    `Break it ${number}: ${title}`,
    "",
    ...code.map((line) => `  ${line}`),
    "",
    ...wrap(question),
    ...options.flatMap((option, i) =>
      wrap(option, 70).map((line, j) => `  ${j === 0 ? LETTERS[i] : " "}  ${line}`)
    ),
  ].join("\n");
}

/** The letter that was typed; `undefined` at the end of the input, or to quit. */
async function readAnswer(): Promise<string | undefined> {
  for (;;) {
    writeText("stdout", "Your answer, a, b or c (q quits): ");
    const line = (await readLine())?.trim().toLowerCase();
    if (line === undefined || line === "q") {
      print("");
      return undefined;
    }
    if (LETTERS.includes(line)) return line;
  }
}

/** Runs the program with its fault, and says what happened and why. */
export async function seeFault(fault: Break, answer: string): Promise<string> {
  const run = await runJavaScript(programOf(fault), {
    folder: ".",
    name: "broken.js",
    extension: "js",
    timeLimit: fault.timeLimit,
    fault: fault.answer,
    lifetimeSeconds: fault.lifetimeSeconds,
  });
  const right = LETTERS[fault.right];
  return [
    ...formatOutput(run),
    "The server's log:",
    ...run.exchanges.flatMap(formatLog),
    ...fault.showsBodies ? formatBodies(run) : [],
    "",
    ...wrap(`${answer === right ? "Yes" : "No"}: ${right}. ${fault.explanation}`),
  ].join("\n");
}

/** The program of the four steps, with the fault in it. */
export function programOf({ step, code }: Break): string {
  const blocks = STEPS.map(({ solution }) => solution);
  if (step > STEPS.length) return [...blocks.slice(0, -1), ...code].join("\n");
  return blocks.map((block, i) => i + 1 === step ? code.join("\n") : block).join("\n");
}

function formatOutput({ stdout, failure }: Run): string[] {
  if (failure?.kind === "time") {
    return ["After 2 seconds, the program was still waiting, and was stopped.", ""];
  }
  return ["The program printed:", ...stdout.trim().split("\n").flatMap(cut), ""];
}

function formatLog({ method, path, status }: Exchange): string[] {
  return cut(`${method} ${path} ${status === NO_ANSWER ? "(no answer)" : status}`);
}

/** What arrived where. */
function formatBodies({ exchanges }: Run): string[] {
  return exchanges.flatMap(({ path, body }) => ["", `${printable(path)} received:`, ...cut(body)]);
}

/** A text of whatever words, in lines that end after a field of a form or a word, where they can. */
function cut(text: string): string[] {
  const lines = printable(text, MAX_SHOWN).match(/.{1,76}$|.{1,75}[& ]|.{1,76}/g) ?? [];
  return lines.map((line) => `  ${line.trimEnd()}`);
}
