// The folders and files of the token store in Node.js and Bun, as in `deno.ts`.

import fs from "node:fs/promises";
import process from "node:process";
import type { FileInfo, LockFile } from "./types.ts";

// In milliseconds: more than a request usually takes. The number of a process that was killed may be that
// of another: in a container, each is number 1.
const MAX_LOCK_AGE = 30_000;

/** Makes a folder, and those above it, for this user alone, unless it exists. */
export async function makeFolder(path: string): Promise<void> {
  await fs.mkdir(path, { recursive: true, mode: 0o700 });
}

/** The names in a folder. */
export async function listFolder(path: string): Promise<string[]> {
  return await fs.readdir(path);
}

/** What is known about a file or folder; `undefined` if it is not there. */
export async function infoOf(path: string): Promise<FileInfo | undefined> {
  const info = await unlessMissing(fs.stat(path));
  const mode = process.platform === "win32" ? 0 : Number(info?.mode) & 0o777;
  return info && { mode, size: info.size };
}

/** Reads a small file. */
export async function readSmallFile(path: string): Promise<string> {
  return await fs.readFile(path, "utf8");
}

/** Writes a new file, for this user alone, and puts it in the place of another at once. */
export async function replaceFile(path: string, text: string, beside: string): Promise<void> {
  try {
    await fs.writeFile(beside, text, { flag: "wx", mode: 0o600 });
    await fs.rename(beside, path);
  } catch (error) {
    await removeFile(beside).catch(() => {});
    throw error;
  }
}

/** Removes a file, if it is there. */
export async function removeFile(path: string): Promise<void> {
  await unlessMissing(fs.unlink(path));
}

/**
 * Opens a lock. Node.js cannot lock a file, so the lock is a file that contains the number of its process.
 * It is free when that process has ended, or when it is old.
 */
export function openLockFile(path: string): Promise<LockFile> {
  const own = `${path}-node`;
  const content = `${process.pid} ${crypto.randomUUID()}`;
  return Promise.resolve({
    async tryLock() {
      try {
        await fs.writeFile(own, content, { flag: "wx", mode: 0o600 });
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        const owner = parseInt(`${await unlessMissing(fs.readFile(own))}`);
        const age = Date.now() - Number((await unlessMissing(fs.stat(own)))?.mtimeMs);
        if (hasEnded(owner) || age > MAX_LOCK_AGE) await removeFile(own);
        return false;
      }
    },
    close() {
      removeOwn().catch(() => {});
    },
  });

  /** Removes the lock, unless it is that of another, which may have taken it over. */
  async function removeOwn() {
    if (await fs.readFile(own, "utf8") === content) await removeFile(own);
  }
}

/** Whether a process has ended; not if it has not written its number yet. */
function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
