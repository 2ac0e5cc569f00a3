// Deno's sandbox: the program may reach the practice server over the network and nothing else: no other
// host, no file, no environment, no other process. (Deno reads the files that a program imports without a
// permission, so a JSON or text file can be imported; it has nowhere to go.)

import { pathOfUrl } from "../runtime/file_path.ts";
import { runChild } from "../runtime/learn_runtime.ts";
import type { Recording } from "./record_run.ts";
import type { Failure } from "./run_record.ts";
import { MAX_TEXT } from "./run_report.ts";
import { environment, keptEnvironment, PROBE, type Sandbox, withProbe } from "./sandbox.ts";

const RUN = ["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--no-check"];
const FLAGS = [
  ...RUN,
  // Nothing is downloaded: an import could carry anything to any host.
  "--cached-only",
  // Packages are those that stand in the learner's folder.
  "--node-modules-dir=manual",
  // Libraries that look for a variable find none, rather than an error. The probe takes its own away.
  ...["--ignore-env", "--allow-env=EXERCISE_MARK"],
  "--v8-flags=--max-old-space-size=128",
];
// Deno's folder cannot be in a file, so nothing is kept there: no program and no cache, of whatever realm.
const NOWHERE = `${pathOfUrl(PROBE)}/none`;
const STRIP_INPUT = new URL("../runtime/strip_input.ts", import.meta.url);
// No shorter program nests so deep that Deno's parser, which is not that of V8, ends the process.
const MAX_SAFE_LENGTH = 2048;
const STRIP_BOUNDS = { timeLimit: 10_000, maxOutput: { stdout: 0, stderr: 1000 } };
// What Deno calls a program from standard input.
const PLACE = /\$deno\$stdin\.\w+:(\d+):\d+/;
const IMPORT_ERROR =
  /Module not found|not a dependency|matching package|built-in module|does not provide an export|is not exported/;
// What is not on this machine cannot be loaded, in whatever words Deno says so.
const REMOTE_IMPORT = /\b(?:import|from)\b.*["'](?:https?|jsr):/;

/** The sandbox where the checker runs in Deno. */
export const DENO_SANDBOX: Sandbox = {
  dropsTypeImports: true,
  async canStrip(source) {
    if (source.length <= MAX_SAFE_LENGTH) return true;
    const path = pathOfUrl(STRIP_INPUT);
    const { code } = await runChild([...RUN, path], {
      cwd: pathOfUrl(new URL(".", STRIP_INPUT)),
      input: source,
      env: { ...keptEnvironment(), DENO_DIR: NOWHERE },
      ...STRIP_BOUNDS,
    });
    return code === 0;
  },
  childFor(prepared, places) {
    const ownFlags = [`--ext=${prepared.extension}`, `--allow-net=127.0.0.1:${places.port}`];
    return {
      args: [...FLAGS, ...ownFlags, "-"],
      // From standard input, the program needs no second file, and its imports still work.
      input: withProbe(prepared, places),
      env: { ...environment(places), DENO_DIR: NOWHERE },
    };
  },
  readFailure,
  // Without columns, which the probe moves.
  withName: (text, name) =>
    text.replace(
      /(?:file:\S{0,999}?)?\$deno\$stdin\.\w+:(\d+):\d+/g,
      (_, line) => `${name}:${line}`,
    ),
};

/** Reads what Deno says about a program that failed, and what was written before. */
function readFailure(
  { code, stderr }: Recording,
  source: string,
): { failure?: Failure; before: string } {
  if (/Reached heap limit|out of memory/i.test(stderr)) {
    return { failure: { kind: "memory", message: "" }, before: "" };
  }
  const error = [...stderr.matchAll(/^error: (.*(?:\n {4}\d: .*)?)/gm)].at(-1);
  if (code === 0 || !error) return { before: stderr };
  const before = stderr.slice(0, error.index);
  const rest = stderr.slice(error.index);
  // An error in the probe or in a library is one in how the program called it.
  const [, line] = rest.match(PLACE) ?? [];
  const first = error[1]!.slice(0, MAX_TEXT);
  const message = first.replace(/^Uncaught (\(in promise\) )?/, "");
  const isRunning = /^(Uncaught|Top-level)/.test(first) &&
    !/^SyntaxError(?!.*JSON)/.test(message);
  const isRemote = !isRunning && REMOTE_IMPORT.test(source.split("\n")[Number(line) - 1] ?? "");
  const isImport = IMPORT_ERROR.test(message) || isRemote;
  const failure: Failure = {
    kind: isImport ? "import" : isRunning ? "exception" : "syntax",
    message: message.replace(/^.*\n\s*0: /, "").replace(/"file:\S*\/([^/"]+)"/, '"./$1"'),
    ...line && { line: Number(line) },
  };
  return { failure, before };
}
