// Whether what goes to stdout gets anywhere, where that is no terminal.

import fs from "node:fs";

const STDOUT = 1;

/**
 * Whether stdout was closed when the program started, as by `>&-`: the runtime then opens the null device in
 * its place, for reading, too. (Some programs do so for a child whose output they do not want, so this is no
 * error.)
 */
export async function isNowhere(): Promise<boolean> {
  try {
    if (!fs.fstatSync(STDOUT).isCharacterDevice()) return false;
  } catch {
    return true;
  }
  const byte = new Uint8Array(1);
  return await new Promise((resolve) => {
    fs.read(STDOUT, byte, 0, 1, null, (error, length) => resolve(!error && length === 0));
  });
}
