/**
 * The command and scripts as child processes.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The milliseconds of processor time that this thread has used, which no other prolongs. */
export function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** What a child process did. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** How to run the command. */
export interface RunOptions {
  permissions?: string[];
  env?: Record<string, string>;
  cwd?: string;
  stdin?: string;
  /** The path of Node.js, to run the command with that. */
  node?: string;
}

/** Access to this machine alone. */
export const NET = "--allow-net=127.0.0.1";
/** Access to the variables of the command. */
export const ENV = "--allow-env=TOKEN_URL,CLIENT_ID,CLIENT_SECRET,SCOPE,AUTH_METHOD";
/** The folder of the project. */
export const PROJECT = new URL("../..", import.meta.url);
/** The path of a file of the project. */
export const pathOf = (name: string) => fileURLToPath(new URL(name, PROJECT));
/** Whether `offline/` stands in for `@std`. */
export const OFFLINE = import.meta.resolve("@std/assert").startsWith("file:");
const KEPT = [
  "HOME",
  "DENO_COVERAGE_DIR",
  "DENO_DIR",
  "JSR_URL",
  "NODE_COMPILE_CACHE",
  "PATH",
  "SystemRoot",
  "LOCALAPPDATA",
  "USERPROFILE",
];

/** The flags with which a child process uses the same dependencies as this one. */
export const STD_FLAGS = OFFLINE
  ? [`--import-map=${new URL("runtime/offline/import_map.json", PROJECT)}`, "--no-lock"]
  : ["--no-lock"];

/** Runs the command, in an empty folder and an empty environment unless told otherwise. */
export async function runCommand(args: string[], options: RunOptions = {}): Promise<Outcome> {
  return await runFile("main.ts", args, options);
}

/**
 * Runs the command several times, one after the other in one process: its start takes longer than
 * they do.
 */
export async function runCommands<const Runs extends readonly string[][]>(
  runs: Runs,
  options?: RunOptions,
): Promise<OutcomesOf<Runs>> {
  const { file, args, split } = inARow(runs);
  return split(await runFile(file, args, options));
}

/** An outcome for each run. */
type OutcomesOf<Runs extends readonly string[][]> = { -readonly [Index in keyof Runs]: Outcome };

/** The program that does so, its arguments, and what makes an outcome of each run. */
export function inARow<const Runs extends readonly string[][]>(runs: Runs) {
  const mark = crypto.randomUUID();
  const ends = new RegExp(`([^]*?)${mark}(\\d+)\n`, "g");
  return {
    file: "tests/support/command_in_a_row.ts",
    args: [mark, JSON.stringify(runs)],
    split({ stdout, stderr }: Outcome): OutcomesOf<Runs> {
      const errors = [...stderr.matchAll(ends)].map(([, text = ""]) => text);
      const outcomes = [...stdout.matchAll(ends)].map(([, text = "", code], i) => {
        return { code: Number(code), stdout: text, stderr: errors[i] ?? "" };
      });
      assertEquals([outcomes.length, errors.length], [runs.length, runs.length], stderr);
      return outcomes as OutcomesOf<Runs>;
    },
  };
}

async function runFile(file: string, args: string[], options: RunOptions = {}): Promise<Outcome> {
  const { permissions = ["--allow-net"], env = {}, stdin } = options;
  const cwd = options.cwd ?? await Deno.makeTempDir();
  const kept = KEPT.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const url = new URL(file, PROJECT);
  const run = options.node
    ? [fileURLToPath(url)]
    : ["run", "-q", ...STD_FLAGS, ...permissions, `${url}`];
  const child = new Deno.Command(options.node ?? Deno.execPath(), {
    args: [...run, ...args],
    cwd,
    clearEnv: true,
    env: { ...Object.fromEntries(kept), ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const outcome = await outcomeOf(child, stdin);
  if (!options.cwd) await Deno.remove(cwd, { recursive: true });
  return outcome;
}

/** Runs a script that uses the library, as a process of its own. */
export async function runScript(script: string, flags: string[], arg = ""): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-lock", "--no-prompt", ...flags, "-", arg],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return await outcomeOf(
    child,
    `import { requestToken } from "${new URL("token.ts", PROJECT)}";\n${script}`,
  );
}

async function outcomeOf(child: Deno.ChildProcess, stdin?: string): Promise<Outcome> {
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs `work` with a token endpoint that notes each form it gets. */
export async function withEndpoint(
  answer: () => Response,
  work: (flags: string[], forms: URLSearchParams[], token_url: string) => Promise<void>,
): Promise<void> {
  const forms: URLSearchParams[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      forms.push(new URLSearchParams(await request.text()));
      return answer();
    },
  );
  const token_url = `http://127.0.0.1:${server.addr.port}/token`;
  const flags = ["--token-url", token_url, "--client-id", "id", "--client-secret", "secret"];
  await work(flags, forms, token_url);
}

/** Runs `work` in a folder with these files. */
export async function withFiles(
  files: Record<string, string>,
  work: (cwd: string) => Promise<void>,
): Promise<void> {
  const cwd = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${cwd}/${name}`, text);
    }
    await work(cwd);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

/** Passes if the command failed with one line of message, perhaps a hint, and nothing on stdout. */
export function assertFails(
  { code, stdout, stderr }: Outcome,
  exit: number,
  message: string,
): void {
  assertStringIncludes(stderr, message);
  assertEquals([code, stdout], [exit, ""]);
  assertMatch(stderr, /^error: [^\n]+\n(hint: [^\n]+\n)?$/m);
  assert(!/\bat .*:\d+:\d+/.test(stderr), `a stack trace: ${stderr}`);
}
