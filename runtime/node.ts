// All that the program uses of Node.js, with the exports of `deno.ts`. Bun has the same modules.
//
// Node.js has no permissions here: the program may do what its user may.

import fs from "node:fs";
import { constants } from "node:os";
import process from "node:process";
import { Readable } from "node:stream";
import tty from "node:tty";
import { TokenError } from "../token.ts";
import { isNowhere } from "./lost_output.ts";
import { kindOf } from "./node_files.ts";
import type { Permission } from "./types.ts";
import { writeAll } from "./write.ts";

export {
  infoOf,
  kindOf,
  listFolder,
  makeFolder,
  openLockFile,
  readBytes,
  readSmallFile,
  removeFile,
  replaceFile,
} from "./node_files.ts";
export { createTlsFetch, ownFetch, serve } from "./node_network.ts";

/** The arguments of the program. */
export function programArgs(): string[] {
  return process.argv.slice(2);
}

/** What runs the program. */
export const runtime = "node";

/** Whether `@std` is loaded. */
export function usesStd(): boolean {
  return false;
}

/** Whether it runs from its source. The npm package has none. */
export function isLocal(): boolean {
  return import.meta.url.endsWith(".ts");
}

const DESCRIPTORS = { stdin: 0, stdout: 1, stderr: 2 };

/** Ends the program. */
export function exit(code: number): never {
  process.exit(code);
}

/** Calls the listener when the program is told to end, until what it returns is disposed of. */
export function whenToldToEnd(listener: () => void): Disposable {
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}

/** Whether a permission was granted. */
export function isGranted(_: Permission): boolean {
  return true;
}

/**
 * The value of an environment variable; `undefined` if it is not set.
 *
 * @throws {TokenError} `usage`, if it is not UTF-8 text.
 */
export function readVariable(variable: string): string | undefined {
  const value = process.env[variable];
  if (value?.includes("\ufffd")) {
    throw new TokenError("usage", "variable_not_text", `${variable} is not UTF-8 text`);
  }
  return value;
}

/**
 * The values of environment variables that are set.
 *
 * @throws {TokenError} `usage`, if one is not UTF-8 text.
 */
export function readVariables(variables: string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const variable of variables) {
    const value = readVariable(variable);
    if (value !== undefined) found.set(variable, value);
  }
  return found;
}

/** Whether there is such a file, or a named pipe. */
export function isFile(path: string): boolean {
  try {
    return ["file", "pipe"].includes(kindOf(path));
  } catch {
    return false;
  }
}

/** Whether other users of the machine can read or change a file. */
export function isOpenToOthers(path: string): boolean {
  // Windows has no such bits.
  return process.platform !== "win32" && (fs.statSync(path).mode & 0o077) !== 0;
}

/** Standard input. */
export function openStdin(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return Readable.toWeb(process.stdin) as ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Writes text to a standard stream. Returns `false` if nobody reads the stream any more. */
export function writeText(stream: "stdout" | "stderr", text: string): boolean {
  return writeAll(text, (bytes) => fs.writeSync(DESCRIPTORS[stream], bytes));
}

/** Whether a standard stream is a terminal. */
export function isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean {
  return tty.isatty(DESCRIPTORS[stream]);
}

/** Whether nobody gets what goes to stdout. */
export async function isOutputLost(): Promise<boolean> {
  return !isTerminal("stdout") && await isNowhere();
}

/** Whether text on stderr may have colours and bold letters. */
export function isStyled(): boolean {
  return isTerminal("stderr") && !process.env.NO_COLOR;
}

/** The signals that would leave the terminal as it is. */
const ENDING_SIGNALS = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const;

/**
 * Hides what is typed in the terminal, calls `onHidden` and yields what is typed, read by read. At the end,
 * also if a signal ends the program, it shows again what is typed and calls `onShown`.
 */
export async function* readKeys(
  onHidden: () => void,
  onShown: () => void = () => {},
): AsyncGenerator<string> {
  const { stdin } = process;
  const decoder = new TextDecoder();
  const show = () => {
    stdin.setRawMode(false);
    stdin.pause();
    onShown();
  };
  const end = (signal: NodeJS.Signals) => {
    try {
      show();
    } finally {
      process.exit(128 + constants.signals[signal]);
    }
  };
  // While the program was stopped, a shell may have changed the terminal without Node's knowledge.
  const hideAgain = () => stdin.setRawMode(false).setRawMode(true);
  for (const signal of ENDING_SIGNALS) process.on(signal, end);
  process.on("SIGCONT", hideAgain);
  stdin.setRawMode(true);
  try {
    onHidden();
    // A stream that is destroyed could not leave the raw mode.
    for await (const bytes of stdin.iterator({ destroyOnReturn: false })) {
      yield decoder.decode(bytes, { stream: true });
    }
  } finally {
    for (const signal of ENDING_SIGNALS) process.off(signal, end);
    process.off("SIGCONT", hideAgain);
    show();
  }
}
