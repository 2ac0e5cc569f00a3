/**
 * A store in a folder, for the processes of one machine and one user.
 *
 * @module
 */

import {
  type FileInfo,
  infoOf,
  listFolder,
  makeFolder,
  openLockFile,
  readSmallFile,
  removeFile,
  replaceFile,
} from "../runtime/host.ts";
import { sleep } from "../runtime/time_limit.ts";
import type { TokenStore } from "./store.ts";

export type { TokenStore };

const WRITABLE_BY_OTHERS = 0o022;
// More than any sealed token response has.
const MAX_BYTES = 4 * 1024 * 1024;
// In milliseconds.
const FIRST_PAUSE = 5;
const MAX_PAUSE = 100;
const WRITE_TIME_LIMIT = 2000;

/**
 * Makes a store of a folder; it is created when it is first needed. Each token is a file of mode 0600,
 * and a file beside it is the lock while the token is renewed. In Deno, a lock ends with its process; in
 * Node.js it does so too, or after 30 seconds. The store needs `--allow-read` and
 * `--allow-write` for the folder.
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
  const locked = new Set<string>();
  const pathOf = (key: string) => {
    if (/^[\w-]+$/.test(key)) return `${folder}/${key}`;
    throw new RangeError("A key must consist of letters, digits, _ and -");
  };

  async function lock(key: string, signal: AbortSignal): Promise<() => void> {
    const path = pathOf(key);
    await makeFolder(folder);
    await checkMode(folder);
    const file = await openLockFile(`${path}.lock`);
    try {
      for (let pause = FIRST_PAUSE; !await file.tryLock(); pause = Math.min(2 * pause, MAX_PAUSE)) {
        await sleep(pause * (1 + Math.random()), signal);
      }
      await removeLeftovers(key);
    } catch (error) {
      file.close();
      throw error;
    }
    locked.add(key);
    return () => {
      locked.delete(key);
      file.close();
    };
  }

  /** What processes left that ended while they wrote: nobody else writes while the lock is taken. */
  async function removeLeftovers(key: string): Promise<void> {
    for (const name of await listFolder(folder)) {
      if (name.startsWith(`${key}.`) && name.endsWith(".tmp")) {
        await removeFile(`${folder}/${name}`);
      }
    }
  }

  return {
    lock,
    async get(key) {
      const path = pathOf(key);
      const [, info] = await Promise.all([checkMode(folder), checkMode(path)]);
      if (!info) return undefined;
      const text = info.size > MAX_BYTES ? "" : await readSmallFile(path);
      const [, expires, value] = text.match(/^(\d+)\n(.*)$/s) ?? [];
      // It is not for this program to say what another file is worth; the seal does.
      if (value === undefined) return text;
      return Date.now() < Number(expires) ? value : undefined;
    },
    async set(key, value, milliseconds) {
      const path = pathOf(key);
      const unlock = locked.has(key)
        ? undefined
        : await lock(key, AbortSignal.timeout(WRITE_TIME_LIMIT));
      try {
        const text = `${Math.floor(Date.now() + milliseconds)}\n${value}`;
        await replaceFile(path, text, `${path}.${crypto.randomUUID()}.tmp`);
      } finally {
        unlock?.();
      }
    },
    delete: async (key) => await removeFile(pathOf(key)),
  };
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
