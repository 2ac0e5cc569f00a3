import { assertEquals, assertRejects } from "@std/assert";
import { withFiles } from "../tests/support/command.ts";
import { needs } from "../tests/support/needs.ts";
import { TokenError } from "../token.ts";
import { removeLeftovers, writeTokenFile } from "./token_file.ts";

const MAKE = {
  folder: (path: string) => Deno.mkdir(path),
  pipe: (path: string) => new Deno.Command("mkfifo", { args: [path] }).output(),
  device: (path: string) => Deno.symlink("/dev/null", path),
};

for (const [kind, make] of Object.entries(MAKE)) {
  const name = `writeTokenFile puts no file in the place of a ${kind}`;
  Deno.test(needs(name, "a system other than Windows", kind === "pipe" && "mkfifo"), async () => {
    await withFiles({}, async (cwd) => {
      const path = `${cwd}/token`;
      await make(path);
      const { code, message } = await assertRejects(() => writeTokenFile(path, "t1"), TokenError);
      assertEquals([code, message], [
        "file_unwritable",
        `${path} cannot be written: it is a ${kind}`,
      ]);
      const before = { folder: [true, false], pipe: [false, false], device: [false, true] }[kind];
      const { isDirectory, isSymlink } = await Deno.lstat(path);
      assertEquals([isDirectory, isSymlink], before);
      assertEquals([...Deno.readDirSync(cwd)].length, 1);
    });
  });
}

Deno.test("writeTokenFile writes a file, and replaces one", async () => {
  await withFiles({}, async (cwd) => {
    const path = `${cwd}/token`;
    for (const text of ["t1", "t2"]) {
      await writeTokenFile(path, text);
      assertEquals(await Deno.readTextFile(path), text);
    }
    assertEquals([...Deno.readDirSync(cwd)].length, 1);
  });
});

Deno.test("removeLeftovers removes what is old, and leaves what it cannot remove", async () => {
  await withFiles({}, async (cwd) => {
    const [old, fresh, stuck] = Array.from({ length: 3 }, () => `t.${crypto.randomUUID()}.tmp`);
    await Deno.mkdir(`${cwd}/${stuck}/a`, { recursive: true });
    await Deno.writeTextFile(`${cwd}/${old}`, "");
    await Deno.writeTextFile(`${cwd}/${fresh}`, "");
    const long = new Date(Date.now() - 11_000);
    for (const name of [old, stuck]) await Deno.utime(`${cwd}/${name}`, long, long);
    await removeLeftovers(`${cwd}/t`);
    const left = [...Deno.readDirSync(cwd)].map(({ name }) => name);
    assertEquals(left.toSorted(), [fresh, stuck].toSorted());
  });
});
