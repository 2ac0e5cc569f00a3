// What `learn` uses of Deno beside `deno.ts`: child processes, keys, and lines that are typed.

import { keepWithin } from "./child_bounds.ts";
import { hideKeys, isFile, readVariable } from "./deno.ts";
import type { ChildOptions, ChildResult } from "./types.ts";

/** Runs a child process, which is killed if it crosses a bound. */
export async function runChild(args: string[], options: ChildOptions): Promise<ChildResult> {
  const { program = Deno.execPath(), cwd, input, env } = options;
  const streams = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const command = { args, cwd, env, clearEnv: true, ...streams };
  const child = new Deno.Command(program, command).spawn();
  const aborter = new AbortController();
  const open = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
    stream.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal: aborter.signal });
  return await keepWithin(options, {
    stdout: open(child.stdout),
    stderr: open(child.stderr),
    code: child.status.then(({ code }) => code),
    written: new Blob([input]).stream().pipeTo(child.stdin),
    kill: () => child.kill("SIGKILL"),
    giveUp: () => aborter.abort(),
  });
}

/** Whether a child process that runs this program needs `--allow-net` to use the network. */
export const takesAllowNet: boolean = true;

/** How many bytes of memory this process has. */
export function memoryBytes(): number {
  return Deno.memoryUsage().rss;
}

/** Calls `onKeys` with what is typed in the terminal, without waiting for a line, until it is disposed of. */
export function openKeys(onKeys: (typed: string) => void): Disposable {
  const bytes = new Uint8Array(64);
  let isOpen = true;
  const hidden = hideKeys();
  const read = async () => {
    for (let length; (length = await Deno.stdin.read(bytes)) && isOpen;) {
      onKeys(new TextDecoder().decode(bytes.subarray(0, length)));
    }
  };
  // Without a terminal any more, there are no keys.
  read().catch(() => {});
  return {
    [Symbol.dispose]() {
      isOpen = false;
      hidden[Symbol.dispose]();
    },
  };
}

/** Reads a line that is typed, or the next of what is piped in; `undefined` at the end. */
export async function readLine(): Promise<string | undefined> {
  const bytes: number[] = [];
  const one = new Uint8Array(1);
  for (let length; (length = await Deno.stdin.read(one)) !== null;) {
    if (length === 0) continue;
    if (one[0] === 10) return decodeLine(bytes);
    bytes.push(one[0]!);
  }
  return bytes.length > 0 ? decodeLine(bytes) : undefined;
}

function decodeLine(bytes: number[]): string {
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** The path of a program on the `PATH`; `undefined` if it is not there. */
export function findProgram(name: string): string | undefined {
  const isWindows = Deno.build.os === "windows";
  const file = isWindows ? `${name}.exe` : name;
  const folders = (readVariable("PATH") ?? "").split(isWindows ? ";" : ":");
  return folders.filter(Boolean).map((folder) => `${folder}/${file}`).find(isFile);
}

/** The path of this Deno. */
export function ownPath(): string {
  return Deno.execPath();
}

/** Writes a file, unless there is one with that name. */
export async function writeNewFile(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text, { createNew: true });
}
