/**
 * Changes the source in one small way after another and runs the tests each time: a change that no
 * test notices shows what they do not look at. Those that make no difference stand in
 * tests/data/mutants.json, each with its reason.
 *
 * `mutate.ts [--only=file:line] [--sample=N] [file …]`
 *
 * Without a file, it takes all that a secret or a token passes through: all but `lesson/` and the
 * stand-ins in `runtime/offline/`.
 *
 * @module
 */

import { type Change, type Mutant, mutantsOf } from "./mutants.ts";
import { PROJECT, STD_FLAGS } from "./support/command.ts";

// The tests of a folder, after those of the file itself. The slow ones come last: they are asked
// only about what the quick ones did not notice.
const PROOFS = ["client_authentication", "combinations", "issuer", "key_files"].map((name) =>
  `command/${name}_test.ts`
);
const COMMAND = [
  ["main", "loopback", "cache"].map(inTests),
  ["extensions_loading", "terminal", "everywhere"].map(inTests),
  ["runtimes"].map(inTests),
];
const TESTS: Record<string, string[][]> = {
  "token.ts": [
    ["answer", "authentication", "body", "checks"].map(inTests),
    ["mask", "retry", "sending", "error_texts"].map(inTests),
    ["property", "network", "limits", "tls"].map(inTests),
    ["explain/explain_test.ts", "token_source/"],
  ],
  "main.ts": [["command/completions_test.ts"], ...COMMAND],
  "command/": [["command/"], ...COMMAND],
  "explain/": [
    ["explain/", "lesson/lesson_test.ts", "command/cache_test.ts", ...PROOFS],
    ...COMMAND,
  ],
  "extensions/": [
    ["extensions/"],
    PROOFS,
    ["extensions_interop", "dpop_api"].map(inTests),
  ],
  "token_source/": [
    ["token_source/"],
    ["command/cache_test.ts", "command/cache_proof_test.ts"],
    ["store_property", "fleet"].map(inTests),
  ],
  "runtime/deno.ts": [
    ["runtime/host_test.ts", "lesson/run_javascript_test.ts"],
    ["command/"],
    ["lesson/"],
    ...COMMAND,
  ],
  "runtime/node_fetch.ts": [["runtime/loopback_fetch_test.ts", "runtime/host_test.ts"]],
  "runtime/write.ts": [["runtime/host_test.ts", "command/output_test.ts"]],
  "runtime/node": [["runtime/host_test.ts"], ["runtimes", "extensions_node"].map(inTests)],
  "runtime/": [["runtime/", "command/"], ...COMMAND],
};
const TEST_FLAGS = [
  "--allow-all",
  "--no-check",
  "--fail-fast",
  "--sanitize-ops",
  "--sanitize-resources",
  "--v8-flags=--max-old-space-size=512",
];
const AT_A_TIME = 2;
// Without a change. With one, tests may take four times as long, as two run at a time.
const MAX_MILLISECONDS = 120_000;
const MAX_SLOWER = 4;
const MIN_LIMIT = 20_000;
const RUNS = "{ numRuns: 1000 }";
const SAME_RUNS = "{ numRuns: 300, seed: 1 }";
const KNOWN = new URL("tests/data/mutants.json", PROJECT);
const PROJECT_FILES = await listProject();

function inTests(name: string): string {
  return `tests/${name}_test.ts`;
}

/** The files that Git has or would take. */
async function listProject(): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: PROJECT,
  }).output();
  return new TextDecoder().decode(stdout).split("\0").filter(Boolean);
}

/** Those that can be changed. */
function sourceFiles(): string[] {
  const parts = Object.keys(TESTS);
  return PROJECT_FILES.filter((file) =>
    file.endsWith(".ts") && !file.endsWith("_test.ts") && !file.includes("/offline/") &&
    parts.some((part) => file.startsWith(part))
  );
}

/** Copies the project; the properties are checked with the same values each time. */
async function copyProject(): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const file of PROJECT_FILES) {
    const to = new URL(file, `file://${folder}/`);
    await Deno.mkdir(new URL(".", to), { recursive: true });
    await Deno.copyFile(new URL(file, PROJECT), to);
  }
  const properties = `${folder}/tests/property_test.ts`;
  const test = await Deno.readTextFile(properties);
  if (!test.includes(RUNS)) throw new Error(`property_test.ts does not hold ${RUNS}`);
  await Deno.writeTextFile(properties, test.replace(RUNS, SAME_RUNS));
  return folder;
}

/** The tests that look at a file, in the order in which they are asked. */
function testsOf(file: string): string[][] {
  const own = file.replace(/\.ts$/, "_test.ts");
  const [, stages] = Object.entries(TESTS).find(([part]) => file.startsWith(part)) ??
    end(`${file}: no tests are named for it`);
  return PROJECT_FILES.includes(own) ? [[own], ...stages] : stages;
}

/** Whether tests pass in a folder, each stage within its limit in milliseconds. */
async function pass(
  cwd: string,
  stages: string[][],
  limits: Map<string, number>,
  stop: AbortSignal,
): Promise<boolean> {
  const std = STD_FLAGS.map((flag) => flag.replace(`${PROJECT}`, ""));
  for (const paths of stages) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["test", ...TEST_FLAGS, ...std, ...paths],
      cwd,
      detached: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    // With all that it started: a change may leave a program that never ends.
    const kill = () => new Deno.Command("kill", { args: ["-9", "--", `-${child.pid}`] }).output();
    const limit = AbortSignal.timeout(limits.get(`${paths}`) ?? MAX_MILLISECONDS);
    const signal = AbortSignal.any([stop, limit]);
    signal.addEventListener("abort", kill);
    const { success } = await child.status;
    signal.removeEventListener("abort", kill);
    await kill();
    if (!success) return false;
  }
  return true;
}

/** Returns those of the changes that no test notices. */
async function survivorsOf(mutants: Mutant[], sources: Map<string, string>): Promise<Mutant[]> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  const folders = await Promise.all(Array.from({ length: AT_A_TIME }, copyProject));
  const queue = [...mutants];
  const survivors: Mutant[] = [];
  try {
    // Files share most of their tests.
    const stages = new Map(
      [...sources.keys()].flatMap(testsOf).map((paths) => [`${paths}`, paths]),
    );
    const limits = new Map<string, number>();
    for (const [name, paths] of stages) {
      const start = performance.now();
      const passed = await pass(folders[0]!, [paths], limits, stop.signal);
      stop.signal.throwIfAborted();
      if (!passed) throw new Error(`${name}: the tests fail without a change`);
      limits.set(name, Math.max(MIN_LIMIT, MAX_SLOWER * (performance.now() - start)));
    }
    await Promise.all(folders.map(async (folder) => {
      for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
        const { file, at, old } = mutant;
        const source = sources.get(file)!;
        const changed = source.slice(0, at) + mutant.new + source.slice(at + old.length);
        await Deno.writeTextFile(`${folder}/${file}`, changed);
        if (await pass(folder, testsOf(file), limits, stop.signal)) survivors.push(mutant);
        await Deno.writeTextFile(`${folder}/${file}`, source);
        stop.signal.throwIfAborted();
      }
    }));
  } finally {
    stop.abort();
    for (const folder of folders) await Deno.remove(folder, { recursive: true });
  }
  return survivors;
}

function end(message: string): never {
  console.error(message);
  Deno.exit(2);
}

const option = (name: string) =>
  Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1];
const [file, line] = option("only")?.split(":") ?? [];
const named = Deno.args.filter((arg) => !arg.startsWith("--"));
const sources = new Map<string, string>();
for (const name of file ? [file] : named.length > 0 ? named : sourceFiles()) {
  const source = await Deno.readTextFile(new URL(name, PROJECT)).catch(({ message }) =>
    end(message)
  );
  sources.set(name, source);
}
const known: Change[] = JSON.parse(await Deno.readTextFile(KNOWN).catch(() => "[]"));
const all = [...sources].flatMap(([file, source]) => mutantsOf(file, source));
const asked = all.filter(({ place }) => !line || place[0] === Number(line));
if (asked.length === 0) end("Nothing there to change: comments, types and imports are left alone");
const sample = Number(option("sample") ?? asked.length);
// Spread over all of them.
const mutants = asked.filter((_, i) => i * sample % asked.length < sample);
const survivors = await survivorsOf(mutants, sources).catch(({ message }) => end(message));

const isIn = (changes: Change[], { file, old, text, new: by }: Change) =>
  changes.some((c) => c.file === file && c.old === old && c.text === text && c.new === by);
const unknown = survivors.filter((mutant) => !isIn(known, mutant));
const stale = known.filter((entry) =>
  sources.has(entry.file) && !isIn(survivors, entry) &&
  (isIn(mutants, entry) || !isIn(all, entry))
);
const show = (change: Change) => `${change.old} -> ${change.new}`.replace(/\s+/g, " ");
for (const mutant of unknown) {
  console.log(`${mutant.file}:${mutant.place.join(":")} ${show(mutant)}`);
}
for (const entry of stale) console.log(`stale: ${entry.file}: ${entry.text}: ${show(entry)}`);
console.log(
  `${mutants.length} of ${all.length} changes made: ${survivors.length} not noticed, ` +
    `${unknown.length} of these unknown; ${stale.length} stale`,
);
if (unknown.length + stale.length > 0) Deno.exitCode = 1;
