import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { numberedServer, settle } from "../tests/support/stores.ts";
import { replace } from "../tests/support/run_main.ts";
import { fileStore } from "./file_store.ts";
import { needs } from "../tests/support/needs.ts";

/** Runs `work` with a folder that is not there yet. */
async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const above = await Deno.makeTempDir();
  try {
    await work(`${above}/new/cache`);
  } finally {
    await Deno.remove(above, { recursive: true });
  }
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const modeOf = (path: string) => (Deno.statSync(path).mode! & 0o777).toString(8);
const never = new AbortController().signal;

Deno.test("fileStore gives back what it was given, until its time is over", () =>
  withFolder(async (folder) => {
    const store = fileStore(folder);
    assertEquals(await store.get("a"), undefined);
    await store.delete("a");
    await store.set("a", "one\ntwo é", 60_000);
    await store.set("b", "", 60_000);
    assertEquals([await store.get("a"), await store.get("b")], ["one\ntwo é", ""]);
    assertEquals(await fileStore(folder).get("a"), "one\ntwo é");
    await store.set("a", "three", 60_000);
    assertEquals(await store.get("a"), "three");
    await store.delete("a");
    await Deno.mkdir(`${folder}/c/d`, { recursive: true });
    await assertRejects(() => store.delete("c"), Error);
    await store.set("b", "late", 0);
    assertEquals([await store.get("a"), await store.get("b")], [undefined, undefined]);
  }));

Deno.test(
  needs("fileStore keeps its files from other users", "a system other than Windows"),
  () =>
    withFolder(async (folder) => {
      const { source } = numberedServer();
      await source(fileStore(folder)).get();
      await settle();
      const [token, lock] = namesIn(folder);
      assertMatch(token!, /^token-v1-[0-9a-f]{64}$/);
      assertEquals([lock, namesIn(folder).length], [`${token}.lock`, 2]);
      assertEquals([modeOf(folder), modeOf(`${folder}/${token}`)], ["700", "600"]);
      assertEquals(modeOf(`${folder}/${lock}`), "600");
      assert(!Deno.readTextFileSync(`${folder}/${token}`).includes("access_token"));
    }),
);

Deno.test(
  needs("fileStore finds nothing in what is no file, and does not wait for it", "mkfifo"),
  () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/a`, { recursive: true, mode: 0o700 });
      await new Deno.Command("mkfifo", { args: ["-m", "600", `${folder}/b`] }).output();
      const store = fileStore(folder);
      assertEquals([await store.get("a"), await store.get("b")], ["", ""]);
    }),
);

Deno.test(
  needs(
    "fileStore refuses a folder or a file that others may write",
    "a system other than Windows",
  ),
  () =>
    withFolder(async (folder) => {
      const store = fileStore(folder);
      await store.set("a", "one", 60_000);
      for (const mode of [0o720, 0o702, 0o777]) {
        await Deno.chmod(folder, mode);
        const message = `other users may write ${folder}, whose mode is ${mode.toString(8)}`;
        await assertRejects(() => store.get("a"), Error, message);
        await assertRejects(() => store.set("a", "two", 60_000), Error, message);
      }
      await Deno.chmod(folder, 0o755);
      assertEquals(await store.get("a"), "one");
      await Deno.chmod(`${folder}/a`, 0o620);
      const message = `other users may write ${folder}/a, whose mode is 620`;
      await assertRejects(() => store.get("a"), Error, message);
      await store.set("a", "two", 60_000);
      assertEquals([await store.get("a"), modeOf(`${folder}/a`)], ["two", "600"]);
    }),
);

Deno.test(
  needs(
    "a folder that others may write costs the cache, not the token",
    "a system other than Windows",
  ),
  () =>
    withFolder(async (folder) => {
      const { source, calls, warnings } = numberedServer();
      await Deno.mkdir(folder, { recursive: true });
      await Deno.chmod(folder, 0o777);
      for (let i = 1; i <= 2; i++) {
        assertEquals((await source(fileStore(folder)).get()).access_token, `t${i}`);
        await settle();
      }
      assertEquals([calls.length, namesIn(folder)], [2, []]);
      assertMatch(
        warnings[0]!,
        /^The token could not be read from the store: other users may write /,
      );
    }),
);

Deno.test("fileStore takes only keys that are file names", async () => {
  const store = fileStore("/nowhere");
  for (const key of ["", "../a", "a/b", "a.lock", "a\0"]) {
    const message = "A key must consist of letters, digits, _ and -";
    await assertRejects(() => store.get(key), RangeError, message);
    await assertRejects(() => store.set(key, "", 1), RangeError, message);
    await assertRejects(() => store.delete(key), RangeError, message);
    await assertRejects(() => store.lock(key, never), RangeError, message);
  }
});

Deno.test("what is in a file of another program is left to the seal to judge", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    for (const text of ["garbage", "", "12", "x\ny"]) {
      await Deno.writeTextFile(`${folder}/a`, text, { mode: 0o600 });
      assertEquals(await fileStore(folder).get("a"), text);
    }
    const largest = "1".repeat(4 * 1024 * 1024);
    await Deno.writeTextFile(`${folder}/a`, largest);
    assertEquals(await fileStore(folder).get("a"), largest);
    await Deno.writeTextFile(`${folder}/a`, `${largest}1`);
    assertEquals(await fileStore(folder).get("a"), "");
  }));

Deno.test("one at a time has the lock of a key, and the next gets it soon", () =>
  withFolder(async (folder) => {
    let holders = 0;
    let most = 0;
    const run = async () => {
      const unlock = await fileStore(folder).lock("a", never);
      most = Math.max(most, ++holders);
      await new Promise((done) => setTimeout(done, 5));
      holders--;
      await unlock();
    };
    await Promise.all(Array.from({ length: 5 }, run));
    assertEquals(most, 1);
    // Those of others are held together.
    const others = ["a", "b", "c"].map((key) => fileStore(folder).lock(key, never));
    for (const unlock of await Promise.all(others)) await unlock();
  }));

Deno.test("the wait for a lock ends when its signal aborts", () =>
  withFolder(async (folder) => {
    const unlock = await fileStore(folder).lock("a", never);
    const timeout = AbortSignal.timeout(50);
    const error = await assertRejects(() => fileStore(folder).lock("a", timeout), DOMException);
    assertEquals(error.name, "TimeoutError");
    const aborted = AbortSignal.abort(new Error("left"));
    await assertRejects(() => fileStore(folder).lock("a", aborted), Error, "left");
    await unlock();
    await (await fileStore(folder).lock("a", never))();
  }));

Deno.test("set does not wait for a lock", () =>
  withFolder(async (folder) => {
    const unlock = await fileStore(folder).lock("a", never);
    await fileStore(folder).set("a", "one", 60_000);
    assertEquals(await fileStore(folder).get("a"), "one");
    assertEquals(namesIn(folder), ["a", "a.lock"]);
    await unlock();
  }));

Deno.test("who takes a lock removes what a process left that ended while it wrote, and nothing else", () =>
  withFolder(async (folder) => {
    const store = fileStore(folder);
    await store.set("a", "one", 60_000);
    const ours = () => `a-pause.${crypto.randomUUID()}.tmp`;
    const [old, fresh] = [ours(), ours()];
    const others = ["a.1.tmp", "a.txt", `${crypto.randomUUID()}.tmp`, `.${old}`, `${old}x`];
    const long = new Date(Date.now() - 11_000);
    for (const name of [old, fresh, ...others]) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
      if (name !== fresh) await Deno.utime(`${folder}/${name}`, long, long);
    }
    await (await store.lock("b", never))();
    assertEquals(namesIn(folder), ["a", "b.lock", fresh, ...others].sort());
  }));

Deno.test("what cannot be removed does not keep anybody from a lock", () =>
  withFolder(async (folder) => {
    const name = `a-pause.${crypto.randomUUID()}.tmp`;
    await Deno.mkdir(`${folder}/${name}/b`, { recursive: true });
    const long = new Date(Date.now() - 11_000);
    await Deno.utime(`${folder}/${name}`, long, long);
    await (await fileStore(folder).lock("a", never))();
    assertEquals(namesIn(folder), ["a.lock", name].sort());
  }));

Deno.test("a full disk costs the cache, not the token, and leaves nothing behind", () =>
  withFolder(async (folder) => {
    const { source, calls, warnings } = numberedServer();
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const { writeTextFile } = Deno;
    using _full = replace(Deno, {
      async writeTextFile(path, _, options) {
        await writeTextFile(path, "1795", options);
        throw new Error("No space left on device (os error 28)");
      },
    });
    assertEquals((await source(fileStore(folder)).get()).access_token, "t1");
    await settle();
    const [, reason] = warnings[0]!.split("The token could not be written to the store: ");
    assertEquals([reason, warnings.length], ["No space left on device (os error 28)", 1]);
    assertEquals([calls.length, namesIn(folder).filter((name) => !name.endsWith(".lock"))], [
      1,
      [],
    ]);
  }));

Deno.test("on a read-only disk, a token that is there is found, and another is requested", () =>
  withFolder(async (folder) => {
    const { source, calls, warnings } = numberedServer();
    await source(fileStore(folder)).get();
    await settle();
    using _readOnly = replace(Deno, {
      open: () => Promise.reject(new Error("Read-only file system (os error 30)")),
    });
    assertEquals((await source(fileStore(folder)).get()).access_token, "t1");
    const other = source(fileStore(folder), {}, { scope: "read" });
    assertEquals([(await other.get()).access_token, calls.length], ["t2", 2]);
    await settle();
    const reason = "Read-only file system (os error 30)";
    assertEquals(warnings, [`The token could not be locked in the store: ${reason}`]);
  }));

Deno.test("a place where no folder can be costs the cache, not the token", async () => {
  const file = await Deno.makeTempFile();
  const { source, warnings } = numberedServer();
  for (let i = 1; i <= 2; i++) {
    assertEquals((await source(fileStore(`${file}/cache`)).get()).access_token, `t${i}`);
  }
  await settle();
  assertEquals(warnings.length, 2);
  await Deno.remove(file);
});

Deno.test("a folder that is removed between two calls is made anew", () =>
  withFolder(async (folder) => {
    const { source, warnings } = numberedServer({ expires_in: 1 });
    const one = source(fileStore(folder));
    await one.get();
    await settle();
    await Deno.remove(folder, { recursive: true });
    one.invalidate();
    assertEquals((await one.get()).access_token, "t2");
    await settle();
    assertEquals([namesIn(folder).length, warnings], [2, []]);
  }));
