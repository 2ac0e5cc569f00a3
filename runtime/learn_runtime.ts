// What `learn` uses of the runtime beside `runtime.ts`, which every command loads.

import type * as deno from "./deno_child.ts";

/** What `deno_child.ts` and `node_child.ts` have. */
export type LearnHost = typeof deno;

/** Loads the file for a runtime. */
export function load(isDeno: boolean): Promise<LearnHost> {
  return isDeno ? import("./deno_child.ts") : import("./node_child.ts");
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
