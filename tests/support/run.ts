/**
 * Runs `deno test`, with its flags and files as arguments, and says at the end which tests were left
 * out and why. First it looks for `@std` and for the npm packages of the tests: what cannot be reached
 * would keep every file of tests waiting.
 *
 * @module
 */

import { delimiter } from "node:path";
import { type Flag, FLAGS } from "../../command/flags.ts";
import { writeGroups } from "./groups.ts";
import { linkPython } from "./python.ts";

const PROJECT = new URL("../..", import.meta.url);
const LOCK = "tests/data/deno.lock";
const NPM_TIME_LIMIT_MS = 30_000;
const SANITIZERS = ["--sanitize-ops", "--sanitize-resources"];
const PROXIES = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
];
const THIS_MACHINE = "localhost,127.0.0.1,::1";

/** Runs Deno and returns what it prints, or nothing if it fails. */
async function deno(args: string[], timeLimit?: number): Promise<string | undefined> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: PROJECT,
    stdin: "null",
    stderr: timeLimit ? "null" : "inherit",
    signal: timeLimit ? AbortSignal.timeout(timeLimit) : undefined,
  }).output();
  return success ? new TextDecoder().decode(stdout).trim() : undefined;
}

/** The flags with which the tests import `@std`, or its stand-ins. */
async function chooseStd(): Promise<string[]> {
  const choose = ["run", "--quiet", "--no-lock", "--allow-net", "--allow-env=JSR_URL"];
  const flags = await deno([...choose, "runtime/offline/choose.ts", `--lock=${LOCK}`]);
  return flags?.split(" ") ?? [];
}

/** Whether these files, or all, may use npm packages; a file that does looks for them first. */
function mayUseNpm(files: string[]): boolean {
  return files.length === 0 || files.some((file) => {
    try {
      return Deno.readTextFileSync(new URL(file, PROJECT)).includes("/needs.ts");
    } catch {
      // A folder, or a value of a flag.
      return true;
    }
  });
}

/** The npm packages of the tests; none if the lock file is not there. */
function npmPackages(): string[] {
  try {
    const { specifiers } = JSON.parse(Deno.readTextFileSync(new URL(LOCK, PROJECT)));
    return Object.keys(specifiers).filter((name) => name.startsWith("npm:"));
  } catch {
    return [];
  }
}

/** Whether all npm packages of the tests are cached or can be downloaded. */
async function hasNpm(): Promise<boolean> {
  const packages = npmPackages();
  if (packages.length === 0) return true;
  const printed = await deno(["cache", "--quiet", "--no-lock", ...packages], NPM_TIME_LIMIT_MS);
  return printed !== undefined;
}

/** The environment, without what the programs under test obey, and with no proxy to this machine. */
function environment(programs: string): Record<string, string> {
  const settings = Object.values<Flag>(FLAGS).map(({ variable }) => variable);
  const left = ["FORCE_COLOR", "INIT_CWD", ...settings];
  const all = Object.entries(Deno.env.toObject());
  const kept = Object.fromEntries(all.filter(([name]) => !left.includes(name)));
  kept.PATH = [programs, kept.PATH].filter(Boolean).join(delimiter);
  // What Node.js makes of the modules, it makes once.
  kept.NODE_COMPILE_CACHE ??= `${programs}/node_compile_cache`;
  // Most tests wait for something else for half of their time.
  kept.DENO_JOBS ??= `${2 * navigator.hardwareConcurrency}`;
  if (!PROXIES.some((name) => kept[name])) return kept;
  return { ...kept, NO_PROXY: THIS_MACHINE, no_proxy: THIS_MACHINE };
}

/** Which tests a report in the format of JUnit has as ignored, in one line. */
function describeLeftOut(report: string): string {
  const counts = new Map<string, number>();
  let total = 0;
  for (const [, name = ""] of report.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped/g)) {
    const [, thing = "what their names say"] = name.match(/ \(needs (.+)\)$/) ?? [];
    counts.set(thing, (counts.get(thing) ?? 0) + 1);
    total++;
  }
  if (total === 0) return "left out: no test";
  const things = [...counts].sort(([, a], [, b]) => b - a).map(([thing, n]) => `${thing} (${n})`);
  return `left out: ${total} ${total === 1 ? "test needs" : "tests need"} ${things.join(", ")}`;
}

const files = Deno.args.filter((arg) => !arg.startsWith("-"));
const isAll = files.length === 0;
const folder = await Deno.makeTempDir();
const [std, isNpmThere] = await Promise.all([
  chooseStd(),
  !mayUseNpm(files) || hasNpm(),
  linkPython(folder),
]);
// Without the packages, their types are missing, too.
const offline = ["--cached-only", "--no-check"];
const standIns = ["--no-lock", "--import-map=runtime/offline/import_map.json"];
const chosen = isNpmThere ? std : [...standIns, ...offline];
const report = `${folder}/report.xml`;
// Some tests alone start as fast as they can, and leave a failure of the others out.
const modules = isAll ? ["--parallel", ...await writeGroups(folder)] : [];
const { code } = await new Deno.Command(Deno.execPath(), {
  args: [
    ...["test", ...chosen, "--allow-all", ...SANITIZERS, `--junit-path=${report}`],
    ...[...Deno.args, ...modules],
  ],
  cwd: PROJECT,
  clearEnv: true,
  env: environment(folder),
  stdout: "inherit",
  stderr: "inherit",
}).spawn().status;
const text = await Deno.readTextFile(report).catch(() => "");
await Deno.remove(folder, { recursive: true });
if (text) console.log(describeLeftOut(text));
Deno.exit(code);
