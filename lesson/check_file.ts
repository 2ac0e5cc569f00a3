// A learner's file: where it is, what is in it, and what the checker says about it.

import { kindOf, readBytes, readVariable } from "../runtime/runtime.ts";
import { printable, TokenError } from "../token.ts";
import { judge } from "./check.ts";
import { runJavaScript } from "./run_javascript.ts";
import type { Limits } from "./record_run.ts";
import { runPython } from "./run_python.ts";
import type { Run } from "./run_record.ts";
import { scan } from "./scan.ts";
import { languageOf } from "./steps.ts";
import type { Verdict } from "./verdict.ts";

const MAX_SOURCE = 64 * 1024;
const PIPE_TIME_LIMIT_MS = 10_000;

/** What is known about a file after its check. */
export interface Checked {
  run: Run;
  verdict: Verdict;
}

/** An error for what a learner typed, or what a file is. */
export function usageError(message: string): TokenError {
  return new TokenError("usage", "exercise", printable(message));
}

/** Runs a program and judges it. */
export async function check(file: string, source: string, limits?: Limits): Promise<Checked> {
  const [, folder = ".", name = file] = pathOf(file).match(/^(.*[/\\])?([^/\\]*)$/) ?? [];
  const options = { folder, name, ...limits };
  const [, extension = "ts"] = file.match(/\.(js|mjs|mts)$/) ?? [];
  const run = languageOf(file) === "python"
    ? await runPython(source, options)
    : await runJavaScript(source, { ...options, extension });
  return { run, verdict: judge(withNamedValues(run)) };
}

/** Without the values of variables that do not stand in the program, which only pretends to have them. */
function withNamedValues(run: Run): Run {
  const { code } = scan(run.source, run.language);
  const isNamed = ([name]: [string, unknown]) =>
    new RegExp(`(?<![\\w$])${name}(?![\\w$])`).test(code);
  return { ...run, values: new Map([...run.values].filter(isNamed)) };
}

/** The path of a file in the folder where the task was started. */
export function pathOf(file: string): string {
  const isAbsolute = /^([/\\]|[A-Za-z]:)/.test(file);
  const folder = readVariable("INIT_CWD");
  return isAbsolute || !folder ? file : `${folder}/${file}`;
}

/**
 * Reads a file.
 *
 * @throws {TokenError} `usage`, if it cannot be read, or is too long for a program.
 */
export async function readSource(file: string): Promise<string> {
  const bytes = await readStart(pathOf(file)).catch(({ message }) => {
    throw usageError(`${file} cannot be read: ${message}`);
  });
  // Looking for declarations takes longer and longer.
  if (bytes.length > MAX_SOURCE) throw usageError(`${file} is too long: over 64 KiB`);
  return new TextDecoder().decode(bytes);
}

/** Reads what a program may have, and one byte more. */
async function readStart(path: string): Promise<Uint8Array> {
  if (kindOf(path) === "device") throw new Error("it is a device");
  return await readBytes(path, MAX_SOURCE + 1, AbortSignal.timeout(PIPE_TIME_LIMIT_MS));
}
