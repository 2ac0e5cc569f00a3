// Deno has the modules of Node.js, so that its locks can be tested here. host_test.ts tests what both
// runtimes have in common.

import { assertEquals, assertRejects } from "@std/assert";
import fs from "node:fs/promises";
import { withFiles } from "../tests/support/command.ts";
import { needs } from "../tests/support/needs.ts";
import { replace } from "../tests/support/run_main.ts";
import * as node from "./node_files.ts";

/** Makes all files older. */
function age(milliseconds: number): Disposable {
  const { lstat } = fs;
  const older = async (path: string) => {
    const info = await lstat(path);
    return Object.assign(info, { mtimeMs: info.mtimeMs - milliseconds });
  };
  return replace(fs, { lstat: older as typeof lstat });
}

const NOWHERE = "openLockFile takes over a link that leads nowhere when it is not new";
Deno.test(needs(NOWHERE, "a system other than Windows"), async () => {
  await withFiles({}, async (cwd) => {
    const lock = await node.openLockFile(`${cwd}/c.lock`);
    await Deno.symlink(`${cwd}/nowhere`, `${cwd}/c.lock-node`);
    assertEquals([await lock.tryLock(), await lock.tryLock()], [false, false]);
    using _old = age(1000);
    assertEquals([await lock.tryLock(), await lock.tryLock()], [false, true]);
  });
});

Deno.test("openLockFile leaves no lock behind that could not be written, as on a full disk", async () => {
  await withFiles({}, async (cwd) => {
    const { open } = fs;
    const openFull = async (path: string, flags: string, mode: number) => {
      const file = await open(path, flags, mode);
      file.writeFile = () => Promise.reject(new Error("ENOSPC: no space left on device"));
      return file;
    };
    const lock = await node.openLockFile(`${cwd}/c.lock`);
    {
      using _full = replace(fs, { open: openFull as typeof open });
      await assertRejects(() => lock.tryLock(), Error, "no space left");
    }
    assertEquals([...Deno.readDirSync(cwd)], []);
    assertEquals(await lock.tryLock(), true);
  });
});
