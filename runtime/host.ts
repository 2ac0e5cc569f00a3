// The runtime that runs the program: `deno.ts`, or `node.ts` in Node.js and Bun. Each has the same exports.

import type * as deno from "./deno.ts";

export type { Permission, Server, TlsFetch } from "./deno.ts";

/** Loads the file for a runtime. */
export function load(isDeno: boolean): Promise<typeof deno> {
  return isDeno ? import("./deno.ts") : import("./node.ts");
}

const host = await load("Deno" in globalThis);

export const {
  args,
  createTlsFetch,
  exit,
  isFile,
  isGranted,
  isLocal,
  isOpenToOthers,
  isStyled,
  isTerminal,
  openFile,
  openStdin,
  ownFetch,
  readKeys,
  readVariable,
  runtime,
  serve,
  usesStd,
  writeText,
} = host;
