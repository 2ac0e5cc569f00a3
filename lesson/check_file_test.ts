import { assert, assertEquals, assertRejects } from "@std/assert";
import { withFiles } from "../tests/support/command.ts";
import { needs } from "../tests/support/needs.ts";
import { TokenError } from "../token.ts";
import { readSource } from "./check_file.ts";

Deno.test("readSource reads no more of a file than a program may have", async () => {
  await withFiles({ "a.ts": "const a = 1;\n", "big.ts": "" }, async (cwd) => {
    assertEquals(await readSource(`${cwd}/a.ts`), "const a = 1;\n");
    // Without blocks on the disk.
    await Deno.truncate(`${cwd}/big.ts`, 2 ** 30);
    const before = Deno.memoryUsage().rss;
    const { message } = await assertRejects(() => readSource(`${cwd}/big.ts`), TokenError);
    assertEquals(message, `${cwd}/big.ts is too long: over 64 KiB`);
    assert(Deno.memoryUsage().rss - before < 2 ** 28);
  });
});

Deno.test(
  needs("readSource reads no device, which may never end", "a system other than Windows"),
  async () => {
    await withFiles({}, async (cwd) => {
      await Deno.symlink("/dev/zero", `${cwd}/a.ts`);
      const { message } = await assertRejects(() => readSource(`${cwd}/a.ts`), TokenError);
      assertEquals(message, `${cwd}/a.ts cannot be read: it is a device`);
    });
  },
);
