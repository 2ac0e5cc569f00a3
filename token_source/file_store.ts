/**
 * A store in a folder, for the processes of one machine and one user.
 *
 * @module
 */

import {
  type FileInfo,
  infoOf,
  listFolder,
  type LockFile,
  makeFolder,
  openLockFile,
  readSmallFile,
  removeFile,
  replaceFile,
} from "../runtime/runtime.ts";
import { sleep } from "../runtime/time_limit.ts";
import type { TokenStore } from "./store.ts";

export type { TokenStore };

const WRITABLE_BY_OTHERS = 0o022;
const LEFTOVER = /^[\w-]+\.[0-9a-f-]{36}\.tmp$/;
// More than any sealed token response has.
const MAX_BYTES = 4 * 1024 * 1024;
// In milliseconds.
const FIRST_PAUSE = 5;
const MAX_PAUSE = 100;
// More than it takes to write a file.
const WRITE_TIME_LIMIT = 10_000;

/**
 * Makes a store of a folder; it is created when it is first needed. Each token is a file of mode 0600,
 * and a file beside it is the lock while the token is renewed. In Deno, a lock ends with its process; in
 * Node.js it does so too, or after 30 seconds. Nobody waits for a lock longer than 2 seconds. The store needs
 * `--allow-read` and `--allow-write` for the folder.
 *
 * The methods of the store reject if the folder or a file cannot be used, or if other users may write
 * it. (Windows has no such modes: there, the folder's access control list decides.)
 *
 * @example Usage
 * ```ts
 * import { fileStore } from "@client-credentials/token/file-store";
 * import { tokenSource } from "@client-credentials/token/token-source";
 *
 * const source = tokenSource({
 *   token_url: "https://api.example.com/oauth2/token",
 *   client_id: "my_client_id_123",
 *   client_secret: "my_secret_456",
 * }, {
 *   store: fileStore("token-cache"),
 *   onWarning: console.warn,
 *   // Stands in for the provider; leave it out.
 *   fetch: () => Promise.resolve(Response.json({ access_token: "abc", expires_in: 3600 })),
 * });
 * const { access_token } = await source.get();
 * console.log(access_token); // "abc"
 * ```
 */
export function fileStore(folder: string): Required<TokenStore> {
  const pathOf = (key: string) => {
    if (/^[\w-]+$/.test(key)) return `${folder}/${key}`;
    throw new RangeError("A key must consist of letters, digits, _ and -");
  };

  return {
    async get(key) {
      const path = pathOf(key);
      const [, info] = await Promise.all([checkMode(folder), checkMode(path)]);
      if (!info) return undefined;
      // Reading a pipe or a device might never end.
      const isReadable = info.kind === "file" && info.size <= MAX_BYTES;
      const text = isReadable ? await readSmallFile(path) : "";
      const [, expires, value] = text.match(/^(\d+)\n(.*)$/s) ?? [];
      // It is not for this program to say what another file is worth; the seal does.
      if (value === undefined) return text;
      return Date.now() < Number(expires) ? value : undefined;
    },

    async set(key, value, milliseconds) {
      const path = pathOf(key);
      await prepareFolder(folder);
      const expires = Math.floor(Date.now() + milliseconds);
      await replaceFile(path, `${expires}\n${value}`, `${path}.${crypto.randomUUID()}.tmp`);
    },

    async delete(key) {
      await removeFile(pathOf(key));
    },

    async lock(key, signal) {
      const path = `${pathOf(key)}.lock`;
      await prepareFolder(folder);
      const file = await openLockFile(path);
      try {
        await takeLock(file, signal);
        await removeLeftovers(folder);
      } catch (error) {
        file.close();
        throw error;
      }
      return () => file.close();
    },
  };
}

async function prepareFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  await checkMode(folder);
}

/** Waits for a lock, and looks at it less and less often. */
async function takeLock(file: LockFile, signal: AbortSignal): Promise<void> {
  for (let pause = FIRST_PAUSE; !await file.tryLock(); pause = Math.min(2 * pause, MAX_PAUSE)) {
    await sleep(pause * (1 + Math.random()), signal);
  }
}

/** Removes what processes left that ended while they wrote. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = (await listFolder(folder)).filter((name) => LEFTOVER.test(name));
  for (const name of names) {
    // Where it cannot be removed, the lock is as good.
    await removeOld(`${folder}/${name}`).catch(() => {});
  }
}

async function removeOld(path: string): Promise<void> {
  const age = Date.now() - ((await infoOf(path))?.modified ?? Infinity);
  if (age > WRITE_TIME_LIMIT) await removeFile(path);
}

/**
 * Looks at a file or folder; `undefined` if it is not there.
 *
 * @throws {Error} If others may write it.
 */
async function checkMode(path: string): Promise<FileInfo | undefined> {
  const info = await infoOf(path);
  if (!info || (info.mode & WRITABLE_BY_OTHERS) === 0) return info;
  throw new Error(`other users may write ${path}, whose mode is ${info.mode.toString(8)}`);
}
