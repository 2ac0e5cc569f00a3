// The runtime that runs the program: `deno.ts`, or `node.ts` in Node.js and Bun.

import * as deno from "./deno.ts";

export type { FileInfo, FileKind, LockFile, Permission, Server, TlsFetch } from "./types.ts";

/** What both files have. */
export type Host = Omit<typeof deno, "hideKeys">;

/** Loads the file for a runtime. That for Deno is there already: to import it here would take time. */
export async function load(isDeno: boolean): Promise<Host> {
  return isDeno ? deno : await import("./node.ts");
}

const host = await load("Deno" in globalThis);

export const {
  createTlsFetch,
  exit,
  infoOf,
  isFile,
  isGranted,
  isLocal,
  isOpenToOthers,
  isOutputLost,
  isStyled,
  isTerminal,
  kindOf,
  listFolder,
  makeFolder,
  openLockFile,
  openStdin,
  ownFetch,
  programArgs,
  readBytes,
  readKeys,
  readSmallFile,
  readVariable,
  readVariables,
  removeFile,
  replaceFile,
  runtime,
  serve,
  usesStd,
  whenToldToEnd,
  writeText,
} = host;
