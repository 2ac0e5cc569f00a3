// Runs the command in the process of the tests, which is much faster than a process of its own.

import { pathToFileURL } from "node:url";
import { main } from "../../main.ts";
import type { Outcome } from "./command.ts";
import "./settle.ts";

/** What the command finds around it. */
export interface World {
  /** The permissions that are granted; only `net` by default. */
  granted?: readonly Deno.PermissionDescriptor["name"][];
  /** The environment. */
  env?: Record<string, string>;
  /** The folder that the paths of files are relative to; the real one by default. */
  cwd?: string;
}

/** Replaces members of an object until it is disposed of. */
export function replace<T extends object>(object: T, members: Partial<T>): Disposable {
  const names = Object.keys(members) as (keyof T)[];
  const before = names.map((name) => Object.getOwnPropertyDescriptor(object, name));
  for (const name of names) {
    const value = members[name];
    Object.defineProperty(object, name, { value, configurable: true, writable: true });
  }
  return {
    [Symbol.dispose]() {
      for (const [i, name] of names.entries()) {
        delete object[name];
        if (before[i]) Object.defineProperty(object, name, before[i]);
      }
    },
  };
}

/**
 * Replaces the permissions and the environment, and lets nothing be read from a terminal. stdout is one, so
 * that nobody asks where that of the tests leads.
 */
export function replaceWorld({ granted = ["net"], env = {}, cwd }: World = {}): Disposable {
  const stack = new DisposableStack();
  const querySync = ({ name }: Deno.PermissionDescriptor) =>
    ({ state: granted.includes(name) ? "granted" : "prompt" }) as Deno.PermissionStatus;
  stack.use(replace(Deno.permissions, { querySync }));
  stack.use(replace(Deno.env, { get: (name) => env[name] }));
  if (cwd) stack.use(replaceFolder(cwd));
  for (const stream of ["stdin", "stdout", "stderr"] as const) {
    stack.use(replace(Deno[stream] as typeof Deno.stderr, {
      isTerminal: () => stream === "stdout",
    }));
  }
  return stack;
}

/** Makes the paths of files that are read relative to a folder; the real one is that of all tests. */
function replaceFolder(cwd: string): Disposable {
  const { open, statSync } = Deno;
  const inFolder = (path: string | URL) => new URL(path, `${pathToFileURL(cwd)}/`);
  return replace(Deno, {
    open: (path, options) => open(inFolder(path), options),
    statSync: (path) => statSync(inFolder(path)),
  });
}

/** Notes what is written to a standard stream; `take` may take less, or throw. */
export function capture(
  stream: "stdout" | "stderr",
  take: (bytes: Uint8Array) => number = (bytes) => bytes.length,
): Disposable & { text: string } {
  const decoder = new TextDecoder();
  const writeSync = (bytes: Uint8Array) => {
    const count = take(bytes);
    captured.text += decoder.decode(bytes.subarray(0, count), { stream: true });
    return count;
  };
  const captured = { text: "", ...replace(Deno[stream], { writeSync }) };
  return captured;
}

/** Runs the command in this process. */
export async function runMain(args: string[], world?: World): Promise<Outcome> {
  using _world = replaceWorld(world);
  using stdout = capture("stdout");
  using stderr = capture("stderr");
  const code = await main(args);
  return { code, stdout: stdout.text, stderr: stderr.text };
}
