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

import { print } from "../command/output.ts";
import { report } from "../command/report.ts";
import {
  args,
  exit,
  isTerminal,
  readSmallFile,
  readVariable,
  writeNewFile,
} from "../runtime/deno.ts";
import { printable, TokenError } from "../token.ts";
import { judge } from "./check.ts";
import { DEFAULT_FILE, newExercise } from "./steps.ts";
import { runJavaScript } from "./run_javascript.ts";
import { formatLine, formatScreen } from "./screen.ts";

const USAGE = `Checks your program for the exercise, step by step.

Usage: deno task learn [flags] [file …]

The file is exercise.ts unless you name another; if it is missing, it is written. With several
files, each gets one line.

      --hint      show the hint of the step that does not hold yet
      --solution  show a solution of that step
      --watch     check again whenever the file is saved, until all steps hold
  -h, --help      print this text

Exit codes: 0 all steps hold, 1 not yet, 2 wrong use, or a file cannot be read`;
const OTHER_FILE = /\.(?!m?[tj]s$)\w+$/;
const FLAGS = ["--hint", "--solution", "--watch"];
const MAX_SOURCE = 64 * 1024;
const POLL_MS = 200;
// Clears the screen and what was scrolled out of it, and goes to its beginning.
const CLEAR = "\x1b[2J\x1b[3J\x1b[H";

const usage = (message: string) => new TokenError("usage", "exercise", printable(message));

/** Checks files; resolves to the exit code. */
export async function learn(args: string[], timeLimit?: number): Promise<number> {
  if (args.includes("-h") || args.includes("--help")) return print(USAGE);
  const flags = args.filter((arg) => arg.startsWith("-"));
  const files = args.filter((arg) => !arg.startsWith("-"));
  const has = (name: string) => flags.includes(name);
  try {
    const other = files.find((file) => OTHER_FILE.test(file));
    if (other) throw usage(`${other} is no program: its name must end in .ts, .js, .mts or .mjs`);
    const unknown = flags.find((flag) => !FLAGS.includes(flag));
    if (unknown) throw usage(`Unknown flag ${unknown}; there are ${FLAGS.join(", ")}`);
    if (files.length > 1) {
      if (flags.length > 0) throw usage(`${flags[0]} takes one file`);
      return await checkMany(files, timeLimit);
    }
    const isWatching = has("--watch");
    const options = { hint: has("--hint"), solution: has("--solution") };
    const [file = DEFAULT_FILE] = files;
    // If that fails, it exists, or else cannot be read either.
    await writeNewFile(pathOf(file), newExercise(file)).catch(() => {});
    const show = async (source: string) => {
      const { run, verdict } = await check(file, source, timeLimit);
      const cleared = isWatching && isTerminal("stdout") ? CLEAR : "";
      const opened = source === newExercise(file)
        ? `Open ${printable(file)} in your editor; it has the four tasks.\n\n`
        : "";
      const waiting = isWatching && verdict.finding
        ? "\nSave the file to check it again. Ctrl-C ends."
        : "";
      print(cleared + opened + formatScreen(file, run, verdict, options) + waiting);
      return verdict.finding ? 1 : 0;
    };
    return isWatching ? await watch(file, show) : await show(await readSource(file));
  } catch (error) {
    return report(error);
  }
}

/** Checks a file at once and whenever it has changed, until all steps hold. */
async function watch(file: string, show: (source: string) => Promise<number>): Promise<number> {
  let before: string | undefined;
  // Reading it again and again works everywhere; notifications miss network drives and some editors.
  for (;; await new Promise((resolve) => setTimeout(resolve, POLL_MS))) {
    const source = await readSource(file).catch((error) => {
      // An editor may move the file away for a moment.
      if (before === undefined) throw error;
      return before;
    });
    if (source === before) continue;
    before = source;
    if (await show(source) === 0) return 0;
  }
}

/** Checks many files, some at the same time, and prints one line for each. */
async function checkMany(files: string[], timeLimit?: number): Promise<number> {
  const results: string[] = [];
  let code = 0;
  const width = Math.min(30, Math.max(...files.map((file) => file.length)));
  const rest = [...files.entries()];
  const work = async () => {
    for (let next; (next = rest.shift());) {
      const [i, file] = next;
      const name = printable(file, 60).padEnd(width);
      try {
        const { verdict } = await check(file, await readSource(file), timeLimit);
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

/** Runs a program and judges it. */
export async function check(file: string, source: string, timeLimit?: number) {
  const path = pathOf(file);
  const [, folder = ".", name = file] = path.match(/^(.*[/\\])?([^/\\]*)$/) ?? [];
  const [, extension = "ts"] = file.match(/\.(js|mjs|mts)$/) ?? [];
  const run = await runJavaScript(source, { folder, name, extension, timeLimit });
  return { run, verdict: judge(run) };
}

/** The path of a file in the folder where the task was started. */
function pathOf(file: string): string {
  const isAbsolute = /^([/\\]|[A-Za-z]:)/.test(file);
  const folder = readVariable("INIT_CWD");
  return isAbsolute || !folder ? file : `${folder}/${file}`;
}

async function readSource(file: string): Promise<string> {
  const source = await readSmallFile(pathOf(file)).catch(({ message }) => {
    throw usage(`${file} cannot be read: ${message}`);
  });
  // Looking for declarations takes longer and longer.
  if (source.length > MAX_SOURCE) throw usage(`${file} is too long: over 64 KiB`);
  return source;
}

if (import.meta.main) exit(await learn(args));
