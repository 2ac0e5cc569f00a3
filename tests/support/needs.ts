/**
 * What tests need beside Deno. They look for it here before they use it: where it is missing, a test
 * is ignored, and its name says why.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

/** A program that is looked for on the `PATH`. */
type Program =
  | "bash"
  | "cat"
  | "curl"
  | "fish"
  | "git"
  | "http"
  | "keytool"
  | "kubectl"
  | "mkfifo"
  | "node"
  | "npm"
  | "openssl"
  | "python3"
  | "redis-server"
  | "sed"
  | "setpriv"
  | "sh"
  | "ssh-keygen"
  | "stty"
  | "systemd-analyze"
  | "tar"
  | "zsh";

/** What is looked for by a function below, which a test file calls first. */
type Searched =
  | "Bun"
  | "Chromium"
  | "DNS without .invalid"
  | "Node.js 24"
  | "Node.js 26"
  | "PostgreSQL"
  | "esbuild"
  | "the npm registry"
  | `npm:${string}`;

/** What a test may need. */
export type Thing = keyof typeof CONDITIONS | Program | Searched;

const TIME_LIMIT_MS = 20_000;
const isWindows = Deno.build.os === "windows";
const PROJECT = new URL("../..", import.meta.url);
const usesStandIns = import.meta.resolve("@std/assert").startsWith("file:");
const { warn } = console;
const localhosts = await lookup("localhost", { all: true }).catch(() => []);

/** What is no program. */
const CONDITIONS = {
  "Linux": () => Deno.build.os === "linux",
  "a system other than Windows": () => !isWindows,
  "a user other than root": () => isWindows || Deno.uid() !== 0,
  "@std": () => !usesStandIns,
  "the stand-ins for @std": () => usesStandIns,
  "curl 8.3": hasNewCurl,
  "the Python package requests": hasPythonRequests,
  "the lock files": () => isFile(fileURLToPath(new URL("tests/data/deno.lock", PROJECT))),
  "GNU Wget": () => version("wget").includes("GNU Wget"),
  "script of util-linux": () => version("script").includes("util-linux"),
  "FULL_TESTS=1": () => Deno.env.get("FULL_TESTS") === "1",
  "IPv6": () => canListen("::1"),
  "localhost at 127.0.0.1": () => isLocalhost("127.0.0.1"),
  "localhost at ::1": () => isLocalhost("::1") && canListen("::1"),
  "a Git repository": isRepository,
};

const found = new Map<string, boolean>();

/** The name and the option `ignore` of a test that needs these things; it names the first missing. */
export function needs(
  name: string,
  ...things: (Thing | false)[]
): { name: string; ignore: boolean } {
  const missing = things.find((thing) => thing && !isThere(thing));
  if (!missing) return { name, ignore: false };
  return { name: `${name} (needs ${missing})`, ignore: true };
}

/** Whether a thing is there; it is looked for once. */
export function isThere(thing: Thing): boolean {
  const known = found.get(thing);
  if (known !== undefined) return known;
  const isFound = look(thing);
  found.set(thing, isFound);
  return isFound;
}

function look(thing: Thing): boolean {
  if (Object.hasOwn(CONDITIONS, thing)) return CONDITIONS[thing as keyof typeof CONDITIONS]();
  // A name of more than one word, or in upper case, is that of no program.
  if (/^npm:|[A-Z ]/.test(thing)) throw new Error(`Nobody has looked for ${thing} yet`);
  return isOnPath(thing);
}

/**
 * Loads an npm package: `await npm("jose", () => import("npm:jose@6.2.18"))`. If it is neither
 * cached nor can be downloaded, the module has no members; the tests that use them need `npm:jose`.
 */
export async function npm<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  // Some warn of every runtime but Node.js.
  console.warn = () => {};
  const module = await load().catch(() => undefined);
  console.warn = warn;
  found.set(`npm:${name}`, module !== undefined);
  return module ?? {} as Module;
}

/** The path of a Node.js that has all that the command uses, on the `PATH` or as npm keeps it. */
export async function findNode(): Promise<string> {
  const isNode = "!process.versions.deno && require('http').setGlobalProxyFromEnv";
  const show = ["-p", `${isNode} ? process.execPath : ''`];
  return await find("Node.js 24", ["node", ...show], [
    "npx",
    "--offline",
    "-y",
    "node@24",
    ...show,
  ]);
}

/** The path of a Node.js that makes single executables, on the `PATH` or as npm keeps it. */
export async function findNode26(): Promise<string> {
  const isNew = "!process.versions.deno && parseInt(process.versions.node) >= 26";
  const show = ["-p", `${isNew} ? process.execPath : ''`];
  return await find("Node.js 26", ["node", ...show], [
    ...["npx", "--offline", "-y", "node@26"],
    ...show,
  ]);
}

/** The path of Bun, on the `PATH` or as npm keeps it. */
export async function findBun(): Promise<string> {
  const show = ["-p", "process.execPath"];
  return await find("Bun", ["bun", ...show], ["npx", "--offline", "-y", "bun@1", ...show]);
}

/** The folder of PostgreSQL's programs. */
export function findPostgres(): string {
  const folders = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/pgsql"];
  const programs = folders.flatMap(namesIn).map((folder) => `${folder}/bin`);
  return note("PostgreSQL", programs.find((folder) => isFile(`${folder}/initdb`)));
}

/** The path of Debian's Chromium. */
export function findChromium(): string {
  return note("Chromium", ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(isFile));
}

/** Looks for esbuild, which `deno bundle` downloads from npm. */
export async function findBundler(): Promise<void> {
  const file = fileURLToPath(new URL("runtime/write.ts", PROJECT));
  const args = ["bundle", "--quiet", "--no-config", file];
  note("esbuild", await output(Deno.execPath(), args));
}

/**
 * Looks for a registry from which npm can install jose, and these packages, which are in npm's cache then.
 */
export async function findRegistry(packages: string[] = []): Promise<void> {
  let printed = await output("npm", ["view", "jose", "version"]);
  if (printed && packages.length > 0) {
    const folder = await Deno.makeTempDir();
    const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
    printed = await output("npm", ["install", ...quiet, "--prefix", folder, ...packages]);
    await Deno.remove(folder, { recursive: true });
  }
  note("the npm registry", printed);
}

/** Looks for a name server that says at once that a name ending in `.invalid` does not exist. */
export async function findNameServer(): Promise<void> {
  const answer = lookup("token.invalid").then(() => "", () => "refused");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => timer = setTimeout(resolve, 3000, ""));
  note("DNS without .invalid", await Promise.race([answer, late]));
  clearTimeout(timer);
}

/** What the first of these commands prints that succeeds and prints something. */
async function find(thing: Searched, ...commands: string[][]): Promise<string> {
  // All test files share one environment, and npx takes seconds.
  const variable = `FOUND_${thing.replace(/\W/g, "_").toUpperCase()}`;
  const known = Deno.env.get(variable);
  if (known !== undefined) return note(thing, known);
  let printed = "";
  for (const [program = "", ...args] of commands) {
    // Without Node.js, Deno runs itself in its place.
    if (isOnPath(program)) printed ||= await output(program, args);
  }
  Deno.env.set(variable, printed);
  return note(thing, printed);
}

function note(thing: Searched, path = ""): string {
  found.set(thing, path !== "");
  return path;
}

/** What a program prints, or nothing if it fails or is missing. */
async function output(program: string, args: string[]): Promise<string> {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  const options = { args, stdin: "null", stderr: "null", signal } as const;
  try {
    const { success, stdout } = await new Deno.Command(program, options).output();
    return success ? new TextDecoder().decode(stdout).trim() : "";
  } catch {
    return "";
  }
}

function isOnPath(program: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter).filter(Boolean);
  const endings = isWindows ? [".exe", ".cmd", ".bat"] : [""];
  return folders.some((folder) =>
    endings.some((ending) => isFile(`${folder}/${program}${ending}`))
  );
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The paths of what is in a folder, sorted. */
function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`).sort();
  } catch {
    return [];
  }
}

function canListen(hostname: string): boolean {
  try {
    Deno.listen({ hostname, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

function isLocalhost(address: string): boolean {
  return localhosts.some((found) => found.address === address);
}

/** What a program prints when it is asked for its version; nothing if it is missing. */
function version(program: string): string {
  if (!isOnPath(program)) return "";
  const command = new Deno.Command(program, { args: ["--version"], stdin: "null" });
  return new TextDecoder().decode(command.outputSync().stdout);
}

function hasPythonRequests(): boolean {
  if (!isOnPath("python3")) return false;
  const command = new Deno.Command("python3", { args: ["-c", "import requests"], stderr: "null" });
  return command.outputSync().success;
}

/** Whether this curl can encode what it sends. */
function hasNewCurl(): boolean {
  const [, major = "0", minor = "0"] = version("curl").match(/^curl (\d+)\.(\d+)/) ?? [];
  return Number(major) > 8 || (Number(major) === 8 && Number(minor) >= 3);
}

/** Whether Git has the project's files; an archive, or a copy in another repository, has not. */
function isRepository(): boolean {
  if (!isOnPath("git")) return false;
  return new Deno.Command("git", {
    args: ["ls-files", "--error-unmatch", "main.ts"],
    cwd: PROJECT,
    stdout: "null",
    stderr: "null",
  }).outputSync().success;
}
