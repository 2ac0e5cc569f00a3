// What `learn` uses of Node.js beside `node.ts`: child processes, keys, and lines that are typed.

import { spawn } from "node:child_process";
import fs from "node:fs";
import { writeFile } from "node:fs/promises";
import { delimiter } from "node:path";
import process from "node:process";
import { keepWithin } from "./child_bounds.ts";
import type { ChildOptions, ChildResult } from "./types.ts";

const STDIN = 0;

/** Runs a child process, which is killed if it crosses a bound. */
export async function runChild(args: string[], options: ChildOptions): Promise<ChildResult> {
  const { program = process.execPath, cwd, input, env } = options;
  const child = spawn(program, args, { cwd, env });
  const { stdin, stdout, stderr } = child;
  const code = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    // A process that was killed has no code.
    child.on("exit", (code) => resolve(code ?? 1));
  });
  const written = new Promise<void>((resolve, reject) => {
    stdin.on("error", reject);
    stdin.end(input, resolve);
  });
  return await keepWithin(options, {
    stdout,
    stderr,
    code,
    written,
    kill: () => child.kill("SIGKILL"),
    giveUp() {
      stdout.destroy();
      stderr.destroy();
    },
  });
}

/** Whether a child process with `--permission` needs `--allow-net` to use the network. */
export const takesAllowNet: boolean = process.allowedNodeEnvironmentFlags.has("--allow-net");

/** How many bytes of memory this process has. */
export function memoryBytes(): number {
  return process.memoryUsage.rss();
}

/** Calls `onKeys` with what is typed in the terminal, without waiting for a line, until it is disposed of. */
export function openKeys(onKeys: (typed: string) => void): Disposable {
  const { stdin } = process;
  const listener = (bytes: Uint8Array) => onKeys(new TextDecoder().decode(bytes));
  stdin.setRawMode(true);
  stdin.on("data", listener);
  return {
    [Symbol.dispose]() {
      stdin.off("data", listener);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}

/** Reads a line that is typed, or the next of what is piped in; `undefined` at the end. */
// deno-lint-ignore require-await -- Deno reads while others run.
export async function readLine(): Promise<string | undefined> {
  const bytes: number[] = [];
  for (;;) {
    const byte = readByte();
    if (byte === undefined && bytes.length === 0) return undefined;
    if (byte === undefined || byte === 10) return new TextDecoder().decode(new Uint8Array(bytes));
    bytes.push(byte);
  }
}

function readByte(): number | undefined {
  const one = new Uint8Array(1);
  for (;;) {
    try {
      return fs.readSync(STDIN, one) === 0 ? undefined : one[0];
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Windows says so.
      if (code === "EOF") return undefined;
      if (code !== "EAGAIN") throw error;
      // Nothing has been typed yet, and another program made the terminal one that does not wait.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** The path of a program on the `PATH`; `undefined` if it is not there. */
export function findProgram(name: string): string | undefined {
  const file = process.platform === "win32" ? `${name}.exe` : name;
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => `${folder}/${file}`).find((path) =>
    fs.statSync(path, { throwIfNoEntry: false })?.isFile()
  );
}

/** The path of this Node.js. */
export function ownPath(): string {
  return process.execPath;
}

/** Writes a file, unless there is one with that name. */
export async function writeNewFile(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: "wx" });
}
