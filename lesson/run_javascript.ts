// Runs the learner's program, which is never trusted, and records what it does.
//
// It runs in a child process, in as narrow a sandbox as the runtime has: see deno_sandbox.ts and
// node_sandbox.ts. The process is killed when it takes too long, prints too much or sends too many requests.
// Memory is bounded for JavaScript values, not for buffers.

import { runtime } from "../runtime/runtime.ts";
import { DENO_SANDBOX } from "./deno_sandbox.ts";
import { NODE_SANDBOX } from "./node_sandbox.ts";
import { recordRun, type RunOptions } from "./record_run.ts";
import type { Run } from "./run_record.ts";
import { scan } from "./scan.ts";
import { type Watched, watchNames, watchTopLevel } from "./watch_names.ts";

const SANDBOX = { deno: DENO_SANDBOX, node: NODE_SANDBOX }[runtime];

/** Runs a program with its variables made visible, or else unchanged. */
export async function runJavaScript(
  source: string,
  options: RunOptions & { extension: string },
): Promise<Run> {
  const watch = `$w${crypto.randomUUID().slice(0, 8)}`;
  const watched = await SANDBOX.canStrip(source)
    ? watchNames(source, watch)
    : watchTopLevel(source, watch);
  let run = await runOnce(source, watched, watch, options);
  // An import of nothing but types is one of nothing, and goes with them.
  if (watched.hadTypes && SANDBOX.dropsTypeImports && run.failure?.kind === "import") {
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
  const usesImports = /\bimport\b/.test(scan(source, "javascript").code);
  const prepared = {
    program,
    watch,
    usesImports,
    // Deno is slow to compile where it cannot keep what it makes.
    extension: isStripped ? "js" : options.extension,
    folder: options.folder,
  };
  const recording = await recordRun((places) => SANDBOX.childFor(prepared, places), options);
  const { values, outer, unset, thrown, caught, exchanges, stdout } = recording;
  const { failure, before } = recording.killedFor
    ? { failure: { kind: recording.killedFor, message: "" }, before: recording.stderr }
    : SANDBOX.readFailure(recording, source);
  const stderr = SANDBOX.withName(before, options.name);
  const seen = {
    values,
    outer,
    unset,
    visible,
    thrown,
    caught,
    exchanges,
    stdout,
    stderr,
    failure,
  };
  return { language: "javascript", source, ...seen };
}
