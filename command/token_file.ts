// The file of `--watch`. A program that reads it finds a whole token, the old one or the new one.

import { infoOf, isGranted, listFolder, removeFile, replaceFile } from "../runtime/runtime.ts";
import { printable, TokenError } from "../token.ts";

const LEFTOVER = /^\.[0-9a-f-]{36}\.tmp$/;
// More than it takes to write a file.
const WRITE_TIME_LIMIT = 10_000;

/**
 * Checks that the folder of a file may be used.
 *
 * @throws {TokenError} `usage`, if access to it was not granted.
 */
export function checkAccess(path: string): void {
  const [folder] = split(path);
  const names = ["read", "write"] as const;
  if (names.every((name) => isGranted({ name, path: folder }))) return;
  const message = `${printable(folder)}: read and write access was not granted`;
  throw new TokenError("usage", "watch_permission", message, { path: folder });
}

/**
 * Puts a text into a file, for this user alone: into a new one beside it, which then takes its name.
 *
 * @throws {TokenError} `usage`, if the file cannot be written.
 */
export async function writeTokenFile(path: string, text: string): Promise<void> {
  try {
    const { kind = "file" } = await infoOf(path) ?? {};
    // A file would take its place, also that of a terminal or of /dev/null.
    if (kind !== "file") throw new Error(`it is a ${kind}`);
    await replaceFile(path, text, `${path}.${crypto.randomUUID()}.tmp`);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/[:,]? \w+ '.*/s, "") : "";
    const message = `${printable(path)} cannot be written: ${printable(reason)}`;
    throw new TokenError("usage", "file_unwritable", message, { path });
  }
}

/** Removes what a process left beside the file that ended while it wrote. */
export async function removeLeftovers(path: string): Promise<void> {
  const [folder, name] = split(path);
  // What is wrong with the folder is said when the file is written.
  const names = await listFolder(folder).catch(() => []);
  const leftovers = names.filter((other) =>
    other.startsWith(name) && LEFTOVER.test(other.slice(name.length))
  );
  for (const leftover of leftovers) {
    // Where it cannot be removed, a token can be written all the same.
    await removeOld(`${folder}/${leftover}`).catch(() => {});
  }
}

async function removeOld(path: string): Promise<void> {
  const age = Date.now() - ((await infoOf(path))?.modified ?? Infinity);
  if (age > WRITE_TIME_LIMIT) await removeFile(path);
}

function split(path: string): [folder: string, name: string] {
  const [name = ""] = path.match(/[^/\\]*$/) ?? [];
  const folder = path.slice(0, path.length - name.length);
  return [folder || ".", name];
}
