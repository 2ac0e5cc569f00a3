// Folders and files in Node.js and Bun, as in `deno.ts`.

import { constants, readFileSync, type Stats, statSync, unlinkSync } from "node:fs";
import fs from "node:fs/promises";
import process from "node:process";
import { sleep } from "./time_limit.ts";
import type { FileInfo, FileKind, LockFile } from "./types.ts";

// In milliseconds: more than a request usually takes. The number of a process that was killed may be that
// of another: in a container, each is number 1.
const MAX_LOCK_AGE = 30_000;
// The number is written at once, unless the process was killed just then or the disk is full.
const MAX_EMPTY_LOCK_AGE = 500;
// Between two looks at a pipe to which nobody has written.
const PIPE_PAUSE = 20;

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
  return info && { kind: kindIn(info), mode, size: info.size, modified: info.mtimeMs };
}

/**
 * What a path leads to.
 *
 * @throws {Error} If there is nothing.
 */
export function kindOf(path: string): FileKind {
  return kindIn(statSync(path));
}

function kindIn(info: Stats): FileKind {
  if (info.isFile()) return "file";
  if (info.isDirectory()) return "folder";
  return info.isFIFO() ? "pipe" : "device";
}

/**
 * Reads no more than so many bytes of a file, or of a pipe as soon as somebody writes to it; rejects with
 * the signal's reason if it aborts.
 */
export async function readBytes(
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  // A thread that waits for the writer of a pipe would keep the process alive. Windows has no such flag.
  const { O_RDONLY, O_NONBLOCK = 0 } = constants;
  const file = await fs.open(path, O_RDONLY | O_NONBLOCK);
  try {
    let hasWriter = !(await file.stat()).isFIFO();
    const bytes = new Uint8Array(maxBytes);
    let length = 0;
    while (length < maxBytes) {
      const count = await readSome(file, bytes.subarray(length));
      if (count === 0 && hasWriter) break;
      if (count !== 0) hasWriter = true;
      if (!count) await sleep(PIPE_PAUSE, signal);
      length += count ?? 0;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** How many bytes were read: 0 at the end, or without a writer; `undefined` if the writer has not written. */
async function readSome(file: fs.FileHandle, bytes: Uint8Array): Promise<number | undefined> {
  try {
    return (await file.read(bytes, 0, bytes.length, null)).bytesRead;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
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
      if (await createFile(own, content)) return true;
      if (await isFree(own)) await removeFile(own);
      return false;
    },
    // At once, as the program may end next. Another may have taken the lock over.
    close() {
      try {
        if (readFileSync(own, "utf8") === content) unlinkSync(own);
      } catch {
        // It is not there any more, or cannot be removed.
      }
    },
  });
}

/** Creates a file, unless there is one. If it cannot be written, as on a full disk, nothing stays. */
async function createFile(path: string, content: string): Promise<boolean> {
  let file: fs.FileHandle;
  try {
    file = await fs.open(path, "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  try {
    await file.writeFile(content);
  } catch (error) {
    await removeFile(path);
    throw error;
  } finally {
    await file.close();
  }
  return true;
}

/** Whether a lock can be taken over. */
async function isFree(path: string): Promise<boolean> {
  // Of a link itself, which may lead nowhere.
  const info = await unlessMissing(fs.lstat(path));
  if (!info) return false;

  // Clocks of machines that share a folder differ, so it may come from the future.
  const age = Math.abs(Date.now() - info.mtimeMs);
  const owner = info.isFile() ? parseInt(`${await unlessMissing(fs.readFile(path))}`) : NaN;
  if (Number.isNaN(owner)) return age > MAX_EMPTY_LOCK_AGE;
  return hasEnded(owner) || age > MAX_LOCK_AGE;
}

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
