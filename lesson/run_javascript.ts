// Runs the learner's program, which is never trusted, and records what it does.
//
// It runs in a child process that may reach the practice server over the network and nothing else: no
// other host, no file, no environment, no other process. (Deno reads the files that a program imports
// without a permission, so a JSON file can be imported; it has nowhere to go.) The process is killed
// when it takes too long, prints too much or sends too many requests. Memory is bounded for JavaScript
// values, not for buffers.

import { readVariable } from "../runtime/deno.ts";
import {
  type Child,
  type Places,
  type Recording,
  recordRun,
  type RunOptions,
} from "./record_run.ts";
import type { Failure, Run } from "./run_record.ts";
import { scan } from "./scan.ts";
import { EXERCISE_VALUES } from "./values.ts";
import { type Watched, watchNames, watchTopLevel } from "./watch_names.ts";

const FLAGS = [
  ...["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--no-check"],
  // Nothing is downloaded: an import could carry anything to any host.
  "--cached-only",
  // Packages are those that stand in the learner's folder.
  "--node-modules-dir=manual",
  // Libraries that look for a variable find none, rather than an error. The probe takes its own away.
  ...["--ignore-env", "--allow-env=EXERCISE_MARK"],
  "--v8-flags=--max-old-space-size=128",
];
// Not even the environment is passed on, with its proxies and settings, but for what Windows needs to find
// its network.
const KEPT_VARIABLES = ["SystemRoot"];
const PROBE = new URL("probe.js", import.meta.url);
// Deno's folder cannot be in a file, so nothing is kept there: no program and no cache, of whatever realm.
const NOWHERE = `${pathOf(PROBE)}/none`;

/** Runs a program with its variables made visible, or else unchanged. */
export async function runJavaScript(
  source: string,
  options: RunOptions & { extension: string },
): Promise<Run> {
  const watch = `$w${crypto.randomUUID().slice(0, 8)}`;
  const watched = watchNames(source, watch);
  let run = await runOnce(source, watched, watch, options);
  // An import of nothing but types is one of nothing, and goes with them.
  if (watched.isStripped && run.failure?.kind === "import") {
    run = await runOnce(source, watchNames(source, watch, true), watch, options);
  }
  const { kind, message = "" } = run.failure ?? {};
  // The change may have caused that error.
  const isOurs = run.visible !== "top level" && (kind === "syntax" || message.includes(watch));
  return isOurs ? await runOnce(source, watchTopLevel(source, watch), watch, options) : run;
}

async function runOnce(
  source: string,
  { program, visible, isStripped }: Watched,
  watch: string,
  options: RunOptions & { extension: string },
): Promise<Run> {
  // Deno is slow to compile where it cannot keep what it makes.
  const extension = isStripped ? "js" : options.extension;
  const usesImports = /\bimport\b/.test(scan(source, "javascript").code);
  const childAt = ({ port, mark }: Places): Child => ({
    args: [...FLAGS, `--ext=${extension}`, `--allow-net=127.0.0.1:${port}`, "-"],
    // From standard input, the program needs no second file, and its imports still work.
    input: withProbe(program, watch, probeUrl(port, usesImports)),
    env: { ...environment(), EXERCISE_MARK: mark },
  });
  const recording = await recordRun(childAt, options);
  const { values, unset, thrown, caught, exchanges, stdout } = recording;
  const { failure, before } = recording.killedFor
    ? { failure: { kind: recording.killedFor, message: "" }, before: recording.stderr }
    : readFailure(recording, source);
  const stderr = withName(before, options.name);
  const seen = { values, unset, visible, thrown, caught, exchanges, stdout, stderr, failure };
  return { language: "javascript", source, ...seen };
}

function environment(): Record<string, string> {
  const kept = KEPT_VARIABLES.map((name) => [name, readVariable(name)] as const);
  const set = kept.filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { NO_COLOR: "1", DENO_DIR: NOWHERE, ...Object.fromEntries(set) };
}

function pathOf({ pathname }: URL): string {
  return decodeURIComponent(pathname).replace(/^\/(?=[A-Za-z]:)/, "");
}

function probeUrl(port: string, imports: boolean): URL {
  const url = new URL(PROBE);
  const { origin } = new URL(EXERCISE_VALUES.token_url);
  url.search = `${new URLSearchParams({ port, origin })}`;
  if (imports) url.searchParams.set("imports", "");
  return url;
}

/** The program, with the probe in front of it on the same line. */
function withProbe(program: string, watch: string, probe: URL): string {
  return `import{watch as ${watch},caught as ${watch}c}from "${probe}";${program}`;
}

/** A text of Deno's with the name of the learner's file, and without columns, which the probe moves. */
function withName(text: string, name: string): string {
  return text.replace(
    /(?:file:\S*?)?\$deno\$stdin\.\w+:(\d+):\d+/g,
    (_, line) => `${name}:${line}`,
  );
}

// What Deno calls a program from standard input.
const PLACE = /\$deno\$stdin\S*?:(\d+):\d+/;
const IMPORT_ERROR =
  /Module not found|not a dependency|matching package|built-in module|does not provide an export|is not exported/;
// What is not on this machine cannot be loaded, in whatever words Deno says so.
const REMOTE_IMPORT = /\b(?:import|from)\b.*["'](?:https?|jsr):/;

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
  const message = error[1]!.replace(/^Uncaught (\(in promise\) )?/, "");
  const isRunning = /^(Uncaught|Top-level)/.test(error[1]!) &&
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
