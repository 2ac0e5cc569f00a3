/**
 * The exercise: checks the learner's program and says which of the four steps hold, and why the next does
 * not.
 *
 * ```sh
 * deno task learn
 * ```
 *
 * Its permissions, in `deno.json`, are the narrowest with which any file can be checked: it reads files,
 * writes only in the current folder, and starts Deno alone. The learner's program has none of them; see
 * `run.ts`.
 *
 * @module
 */

import { print, say } from "../command/output.ts";
import { report } from "../command/report.ts";
import { exitOnSignals } from "../runtime/child_bounds.ts";
import { writeNewFile } from "../runtime/learn_runtime.ts";
import { exit, programArgs, runtime } from "../runtime/runtime.ts";
import { printable } from "../token.ts";
import { breakIt } from "./break_it.ts";
import { check, pathOf, readSource, usageError } from "./check_file.ts";
import type { Limits } from "./record_run.ts";
import { formatLine, formatScreen } from "./screen.ts";
import { NODE_LIMITS } from "./node_sandbox.ts";
import { NO_SANDBOX } from "./run_python.ts";
import { DEFAULT_FILE, languageOf, newExercise, openingLine, PYTHON_FILE } from "./steps.ts";
import { STARTED } from "./started.ts";
import { linkTo } from "./terminal_link.ts";
import { watchFiles } from "./watch_files.ts";

const USAGE = `Checks your program for the exercise, step by step.

Usage: ${STARTED.learn} [flags] [file …]

The file is exercise.ts unless you name another; if it is missing, it is written. With several
files, each gets one line.

      --hint      show the hint of the step that does not hold yet
      --solution  show a solution of that step
      --watch     check again whenever the file is saved, until all steps hold; with
                  several files, one after the other
      --python    write and check exercise.py, in Python
      --next      after all steps: five faults, to predict and then to see
  -h, --help      print this text

Exit codes: 0 all steps hold, 1 not yet, 2 wrong use, or a file cannot be read`;
const OTHER_FILE = /\.(?!m?[tj]s$|py$)\w+$/;
// Beside what the checker has, and what it keeps of the requests that it allows.
const MAX_GROWTH_BYTES = 64 * 1024 * 1024;
const FLAGS = ["--hint", "--solution", "--watch", "--next", "--python"];

const WARNINGS = { deno: undefined, node: NODE_LIMITS };

/** Checks files; resolves to the exit code. */
export async function learn(args: string[], limits?: Limits): Promise<number> {
  const flags = args.filter((arg) => arg.startsWith("-"));
  const named = args.filter((arg) => !arg.startsWith("-"));
  try {
    if (flags.includes("-h") || flags.includes("--help")) return print(USAGE);
    // It takes the flags of Node.js, and ignores those that protect.
    if ("Bun" in globalThis) {
      throw usageError("The exercise runs in Deno and in Node.js, not in Bun");
    }
    checkArguments(flags, named);
    if (flags.includes("--next")) return await breakIt();
    const files = named.length > 0
      ? named
      : [flags.includes("--python") ? PYTHON_FILE : DEFAULT_FILE];
    const warning = warningFor(files);
    if (warning) say(warning);
    if (files.length > 1 && !flags.includes("--watch")) return await checkMany(files, limits);
    // If that fails, it exists, or else cannot be read either.
    for (const file of files) await writeNewFile(pathOf(file), newExercise(file)).catch(() => {});
    if (flags.includes("--watch")) return await watchFiles(files, limits);
    return await checkOne(files[0]!, flags, limits);
  } catch (error) {
    return report(error);
  }
}

/** What to say before programs run: where nothing, or little, protects who runs them. */
function warningFor(files: string[]): string | undefined {
  const isPython = files.some((file) => languageOf(file) === "python");
  return isPython ? NO_SANDBOX : WARNINGS[runtime];
}

function checkArguments(flags: string[], files: string[]): void {
  const other = files.find((file) => OTHER_FILE.test(file));
  if (other) {
    throw usageError(`${other} is no program: its name must end in .ts, .js, .mts, .mjs or .py`);
  }
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (unknown) throw usageError(`Unknown flag ${unknown}; there are ${FLAGS.join(", ")}`);
  const forOne = flags.find((flag) => flag !== "--watch");
  if (forOne && files.length > 1) throw usageError(`${forOne} takes one file`);
}

async function checkOne(file: string, flags: string[], limits?: Limits): Promise<number> {
  const source = await readSource(file);
  const { run, verdict } = await check(file, source, limits);
  const options = {
    hint: flags.includes("--hint"),
    solution: flags.includes("--solution"),
    // The next step was not begun: this one was written just now.
    why: verdict.finding?.isMissing ?? !verdict.finding,
    link: linkTo(file),
  };
  print(openingLine(file, source) + formatScreen(file, run, verdict, options));
  return verdict.finding ? 1 : 0;
}

/** Checks many files, some at the same time, and prints one line for each. */
async function checkMany(files: string[], limits?: Limits): Promise<number> {
  const results: string[] = [];
  let code = 0;
  const width = Math.min(30, Math.max(...files.map((file) => file.length)));
  const rest = [...files.entries()];
  const work = async () => {
    for (let next; (next = rest.shift());) {
      const [i, file] = next;
      const name = printable(file, 60).padEnd(width);
      try {
        const { verdict } = await check(file, await readSource(file), limits);
        results[i] = formatLine(name, verdict);
        code = Math.max(code, verdict.finding ? 1 : 0);
      } catch (error) {
        results[i] = `${name}  ${printable((error as Error).message)}`;
        code = 2;
      }
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
  print(results.join("\n"));
  return code;
}

/** Checks files with the bounds that learners get; resolves to the exit code. */
export function main(args: string[]): Promise<number> {
  exitOnSignals();
  return learn(args, { maxGrowth: MAX_GROWTH_BYTES });
}

if (import.meta.main) exit(await main(programArgs()));
