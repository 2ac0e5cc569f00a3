import { assertEquals } from "@std/assert";
import { PROJECT, withFiles } from "./command.ts";
import { findTests, writeGroups } from "./groups.ts";
import { needs } from "./needs.ts";

Deno.test("writeGroups puts every file of tests into one module, and no other file", async () => {
  await withFiles({}, async (folder) => {
    const modules = await writeGroups(folder);
    const paths = await Promise.all(modules.map(async (module) => {
      if (!module.startsWith(folder)) return [module];
      const text = await Deno.readTextFile(module);
      return [...text.matchAll(/^import "(.*)";$/gm)].map(([, url = ""]) =>
        url.slice(PROJECT.href.length)
      );
    }));
    assertEquals(paths.flat().sort(), findTests());
  });
});

const FILES = "findTests finds the files of tests that Git knows";
Deno.test(needs(FILES, "a Git repository"), async () => {
  const flags = ["--cached", "--others", "--exclude-standard"];
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", ...flags, "*_test.ts"],
    cwd: PROJECT,
  }).output();
  const paths = new TextDecoder().decode(stdout).trim().split("\n");
  assertEquals(findTests(), paths.sort());
});
