// Runs a learner's program in Python, and records what it does. There is no sandbox: the program has the
// rights of its user. Its time, its output and its requests have the same bounds as those of JavaScript.

import { pathOfUrl } from "../runtime/file_path.ts";
import { findProgram } from "../runtime/learn_runtime.ts";
import { readVariables } from "../runtime/runtime.ts";
import { TokenError } from "../token.ts";
import { type Places, recordRun, type RunOptions } from "./record_run.ts";
import type { Run } from "./run_record.ts";
import { EXERCISE_VALUES } from "./values.ts";

/** The program that runs Python. */
export const PYTHON = "python3";

const PROBE = new URL("probe.py", import.meta.url);
// For what was installed by the user alone, and for Windows.
const KEPT_VARIABLES = ["PATH", "HOME", "USERPROFILE", "APPDATA", "SystemRoot"];

/** What to say before a program in Python runs. */
export const NO_SANDBOX =
  "Python has no sandbox: the program runs with your rights. Check only what you would run yourself.";

/**
 * Runs a program in Python.
 *
 * @throws {TokenError} `usage`, if there is no Python.
 */
export async function runPython(source: string, options: RunOptions): Promise<Run> {
  const program = findProgram(PYTHON);
  if (!program) {
    throw new TokenError("usage", "exercise", `There is no ${PYTHON} on the PATH: install Python`);
  }
  const { hostname: host } = new URL(EXERCISE_VALUES.token_url);
  const childAt = ({ port, mark }: Places) => ({
    program,
    // Texts and files are UTF-8, nothing is kept, and what is printed comes at once.
    args: ["-X", "utf8", "-B", "-u", pathOfUrl(PROBE)],
    input: `${JSON.stringify({ port: Number(port), mark, host, name: options.name })}\n${source}`,
    env: Object.fromEntries(readVariables(KEPT_VARIABLES)),
  });
  const recording = await recordRun(childAt, options);
  const { values, unset, caught, exchanges, stdout, stderr, killedFor } = recording;
  const failure = killedFor ? { kind: killedFor, message: "" } : recording.failure;
  const seen = { values, unset, caught, exchanges, stdout, stderr, failure };
  return { language: "python", source, visible: "all", ...seen };
}
