// Runs the learner's program, which is never trusted, and notes what it does.
//
// It runs in a child process that may reach the practice server over the network and nothing else: no
// other host, no file, no environment, no other process. (Deno reads the files that a program imports
// without a permission, so a JSON file can be imported; it has nowhere to go.) The process is killed
// when it takes too long or prints too much. Memory is bounded for JavaScript values, not for buffers.

import { readVariable, runDeno } from "../runtime/deno.ts";
import type { Exchange } from "./exchange.ts";
import type { Failure, Run } from "./run_record.ts";
import { startPracticeServer } from "./practice_server.ts";
import { EXERCISE_VALUES } from "./values.ts";
import { codeOnly, NAMES, watchCall, watchNames } from "./watch_names.ts";

const { origin } = new URL(EXERCISE_VALUES.token_url);
const TIME_LIMIT_MS = 10_000;
const MAX_STDOUT = 64 * 1024;
// The reports of probe.js are in it, too.
const MAX_STDERR = 1024 * 1024;
const FLAGS = [
  ...["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--no-check"],
  // Nothing is downloaded: an import could carry anything to any host.
  "--cached-only",
  // Libraries that look for a variable find none, rather than an error.
  "--ignore-env",
  "--v8-flags=--max-old-space-size=128",
];
// Not even the environment is passed on, with its proxies and settings, but for what Deno needs to find
// its cache, and Windows its network.
const KEPT_VARIABLES = ["DENO_DIR", "HOME", "LOCALAPPDATA", "SystemRoot"];

/** How to run a program. */
export interface RunOptions {
  /** The folder that its imports are relative to. */
  folder: string;
  /** `ts`, `js`, … */
  extension: string;
  /** Milliseconds. */
  timeLimit?: number;
}

/** Runs the program with its variables made visible, or else unchanged. */
export async function runProgram(source: string, options: RunOptions): Promise<Run> {
  const run = await runOnce(source, watchNames(source), options);
  const { kind, message = "" } = run.failure ?? {};
  // The change may have caused that error.
  const isOurs = kind === "syntax" || message.includes("$w");
  return isOurs ? await runOnce(source, source, options) : run;
}

async function runOnce(source: string, changed: string, options: RunOptions): Promise<Run> {
  const { folder, extension, timeLimit = TIME_LIMIT_MS } = options;
  const exchanges: Exchange[] = [];
  const onExchange = (exchange: Exchange) => void exchanges.push(exchange);
  await using server = await startPracticeServer(0, { observer: { onExchange } });
  const { port } = new URL(server.token_url);
  const mark = crypto.randomUUID();
  const { code, stdout, stderr, killedFor } = await runDeno(
    [...FLAGS, `--ext=${extension}`, `--allow-net=127.0.0.1:${port}`, "-"],
    {
      cwd: folder,
      // From standard input, the program needs no second file, and its imports still work.
      input: withProbe(changed, port, mark),
      env: environment(),
      timeLimit,
      maxOutput: { stdout: MAX_STDOUT, stderr: MAX_STDERR },
    },
  );
  const { values, thrown, rest } = readReports(stderr, mark);
  const failure = killedFor ? { kind: killedFor, message: "" } : readFailure(code, rest);
  return { source, values, thrown, exchanges, stdout, stderr: rest, failure };
}

function environment(): Record<string, string> {
  const kept = KEPT_VARIABLES.map((name) => [name, readVariable(name)] as const);
  const set = kept.filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { ...Object.fromEntries(set), NO_COLOR: "1" };
}

/** The program, with the probe in front of it on the same line. */
function withProbe(program: string, port: string, mark: string): string {
  const url = new URL("probe.js", import.meta.url);
  url.search = `${new URLSearchParams({ port, mark, origin })}`;
  if (/\bimport\b/.test(codeOnly(program))) url.searchParams.set("node", "");
  return `import{watch as $watch}from "${url}";${watchCall(0, NAMES)};${
    program.replace(/^#!/, "//")
  }`;
}

type Report = Pick<Run, "values" | "thrown">;

/** Separates the last report of the probe from what the program wrote to stderr. */
function readReports(stderr: string, mark: string): Report & { rest: string } {
  let last: Report = { values: {} };
  const rest = stderr.replace(new RegExp(`\\n?${mark}(.*)\\n?`, "g"), (_, report) => {
    try {
      last = JSON.parse(report);
    } catch {
      // It was cut.
    }
    return "";
  });
  return { ...last, rest };
}

// What Deno calls a program from standard input.
const PLACE = /\$deno\$stdin\S*?:(\d+):\d+/;
const IMPORT_ERROR =
  /Module not found|not found in cache|not a dependency|Failed loading|Relative import path|does not provide an export|is not exported/;

/** Reads what Deno says about a program that failed. */
function readFailure(code: number, stderr: string): Failure | undefined {
  if (/Reached heap limit|out of memory/i.test(stderr)) return { kind: "memory", message: "" };
  const error = [...stderr.matchAll(/^error: (.*(?:\n {4}\d: .*)?)/gm)].at(-1);
  if (code === 0 || !error) return undefined;
  // An error in the probe or in a library is one in how the program called it.
  const [, line] = stderr.slice(error.index).match(PLACE) ?? [];
  const message = error[1]!.replace(/^Uncaught (\(in promise\) )?/, "");
  const isRunning = /^(Uncaught|Top-level)/.test(error[1]!) &&
    !/^SyntaxError(?!.*JSON)/.test(message);
  return {
    kind: IMPORT_ERROR.test(message) ? "import" : isRunning ? "exception" : "syntax",
    message: message.replace(/^.*\n\s*0: /, "").replace(/"file:\S*\/([^/"]+)"/, '"./$1"'),
    ...line && { line: Number(line) },
  };
}
