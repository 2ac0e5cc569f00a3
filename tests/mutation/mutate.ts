/**
 * Changes a file in one small way after another and runs the tests each time: a change that no test
 * notices shows what they do not look at. Not every such change calls for a test: some make no
 * difference, and then the code can often be simpler.
 *
 * `deno task mutate FILE[:LINE] [TEST …]`
 *
 * The tests are all that import the file, nearest first, or else those that are named.
 *
 * @module
 */

import { PROJECT, STD_FLAGS } from "../support/command.ts";
import { findTests } from "../support/groups.ts";
import { readImports } from "../support/import_graph.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";
import { testsOf } from "./tests_of.ts";

const TEST_FLAGS = [
  "--allow-all",
  "--no-check",
  "--fail-fast",
  "--sanitize-ops",
  "--sanitize-resources",
  "--v8-flags=--max-old-space-size=512",
  ...STD_FLAGS.map((flag) => flag.replace(`${PROJECT}`, "")),
];
const AT_A_TIME = 2;
const MAX_MS = 300_000;
// With a change, a test may take longer than without: another one runs at the same time.
const MAX_SLOWER = 4;
const MIN_LIMIT_MS = 20_000;

const stop = new AbortController();

/** The files that Git has or would take. */
async function listProject(): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: PROJECT,
  }).output();
  const paths = new TextDecoder().decode(stdout).split("\0").filter(Boolean);
  return paths.filter((path) => isFile(new URL(path, PROJECT)));
}

function isFile(url: URL): boolean {
  try {
    return Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}

async function copyProject(paths: string[]): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const path of paths) {
    const to = new URL(path, `file://${folder}/`);
    await Deno.mkdir(new URL(".", to), { recursive: true });
    await Deno.copyFile(new URL(path, PROJECT), to);
  }
  return folder;
}

/** Whether a test file passes in a folder within the limit. */
async function passes(test: string, folder: string, limitMs: number): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...TEST_FLAGS, test],
    cwd: folder,
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  // With all that it started: a change may leave a program that never ends.
  const kill = () => new Deno.Command("kill", { args: ["-9", "--", `-${child.pid}`] }).output();
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(limitMs)]);
  signal.addEventListener("abort", kill);
  const { success } = await child.status;
  signal.removeEventListener("abort", kill);
  await kill();
  return success;
}

/**
 * Finds the limit of each test file when it is first needed, in a folder without a change. One that
 * fails there has no limit.
 */
function limitsIn(folder: string): (test: string) => Promise<number | undefined> {
  const limits = new Map<string, Promise<number | undefined>>();
  const measure = async (test: string) => {
    const start = performance.now();
    const isUsable = await passes(test, folder, MAX_MS);
    stop.signal.throwIfAborted();
    if (isUsable) return Math.max(MIN_LIMIT_MS, MAX_SLOWER * (performance.now() - start));
    console.error(`${test} is left out: it fails without a change`);
    return undefined;
  };
  return (test) => {
    const limit = limits.get(test) ?? measure(test);
    limits.set(test, limit);
    return limit;
  };
}

/** Makes one change after another, and prints those that no test notices; returns their number. */
async function tryMutants(file: string, mutants: Mutant[], tests: string[]): Promise<number> {
  const source = await Deno.readTextFile(new URL(file, PROJECT));
  const project = await listProject();
  const [original = "", ...folders] = await Promise.all(
    Array.from({ length: 1 + AT_A_TIME }, () => copyProject(project)),
  );
  const limitOf = limitsIn(original);
  const queue = mutants.values();
  let survivors = 0;

  const isNoticed = async (folder: string) => {
    for (const test of tests) {
      const limit = await limitOf(test);
      if (limit !== undefined && !await passes(test, folder, limit)) return true;
    }
    return false;
  };
  const work = async (folder: string) => {
    for (const { at, old, new: by, line, column } of queue) {
      const changed = source.slice(0, at) + by + source.slice(at + old.length);
      await Deno.writeTextFile(`${folder}/${file}`, changed);
      const isSurvivor = !await isNoticed(folder);
      stop.signal.throwIfAborted();
      if (!isSurvivor) continue;
      survivors++;
      console.log(`${file}:${line}:${column} ${oneLine(old)} -> ${oneLine(by)}`);
    }
  };

  try {
    await Promise.all(folders.map(work));
  } finally {
    stop.abort();
    for (const folder of [original, ...folders]) await Deno.remove(folder, { recursive: true });
  }
  return survivors;
}

function oneLine(code: string): string {
  return code.replace(/\s+/g, " ");
}

async function main([place = "", ...named]: string[]): Promise<number> {
  const [file = "", line] = place.split(":");
  const source = await Deno.readTextFile(new URL(file, PROJECT)).catch(() => undefined);
  if (source === undefined) throw new Error("Name a file: deno task mutate FILE[:LINE] [TEST …]");
  const mutants = mutantsOf(source).filter((mutant) => !line || mutant.line === Number(line));
  if (mutants.length === 0) throw new Error("Nothing there to change: no code but types");

  const tests = named.length > 0 ? named : testsOf(file, await readImports(findTests()));
  if (tests.length === 0) throw new Error(`No test imports ${file}; name the tests after it`);
  console.error(`${mutants.length} changes; tests: ${tests.join(" ")}`);

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  const survivors = await tryMutants(file, mutants, tests);
  console.log(`${mutants.length} changes made, ${survivors} not noticed`);
  return survivors > 0 ? 1 : 0;
}

Deno.exit(
  await main(Deno.args).catch((error) => {
    console.error(`error: ${error.message}`);
    return 2;
  }),
);
