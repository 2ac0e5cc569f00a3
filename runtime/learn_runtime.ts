// What `learn` uses of the runtime beside `runtime.ts`, which every command loads.

import type * as deno from "./deno.ts";

/** What `deno.ts` and `node_child.ts` have for `learn`. */
export type LearnHost = Pick<
  typeof deno,
  | "findProgram"
  | "memoryBytes"
  | "openKeys"
  | "ownPath"
  | "readLine"
  | "runChild"
  | "takesAllowNet"
  | "writeNewFile"
>;

/** Loads the file for a runtime. */
export function load(isDeno: boolean): Promise<LearnHost> {
  return isDeno ? import("./deno.ts") : import("./node_child.ts");
}

const host = await load("Deno" in globalThis);

export const {
  findProgram,
  memoryBytes,
  openKeys,
  ownPath,
  readLine,
  runChild,
  takesAllowNet,
  writeNewFile,
} = host;
