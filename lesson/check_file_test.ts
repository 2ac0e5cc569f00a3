import { assert, assertEquals, assertRejects } from "@std/assert";
import { processorTime, withFiles } from "../tests/support/command.ts";
import { needs } from "../tests/support/needs.ts";
import { TokenError } from "../token.ts";
import { check, readSource } from "./check_file.ts";
import { DENO_SANDBOX } from "./deno_sandbox.ts";
import { NODE_SANDBOX } from "./node_sandbox.ts";

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

Deno.test("check takes no values of variables that do not stand in the program", async () => {
  const program = `const values = ["my_client_id_123", "my_secret_456",
      "https://api.example.com/oauth2/token"];
    const names = ["client_" + "id", "client_" + "secret", "token_" + "url"];
    for (const [i, name] of names.entries()) Object.defineProperty(globalThis, name, { value: values[i] });`;
  assertEquals((await check("exercise.js", program)).verdict.held, 0);
  assertEquals((await check("exercise.js", `${program} client_id;`)).verdict.held, 0);
  const named = `${program} [client_id, client_secret, token_url];`;
  assertEquals((await check("exercise.js", named)).verdict.held, 1);
});

Deno.test("check survives a program that nests too deep for a parser", async () => {
  const steps = `const client_id = "my_client_id_123", client_secret = "my_secret_456";
    const token_url = "https://api.example.com/oauth2/token";`;
  for (const nested of [`${"[".repeat(5000)}${"]".repeat(5000)}`, `${"!".repeat(60_000)}1`]) {
    const { verdict } = await check("exercise.ts", `${steps} const a = ${nested};`);
    assertEquals(verdict.held, 0);
  }
  // A long one is no deep one.
  const { verdict } = await check("exercise.ts", `${steps} ${"// a comment\n".repeat(1000)}`);
  assertEquals(verdict.held, 1);
});

Deno.test("check takes little time for a long error", async () => {
  const started = processorTime();
  const program = 'throw new Error("x".repeat(200_000));';
  const { run, verdict } = await check("exercise.js", program);
  assertEquals(verdict.held, 0);
  assert((run.failure?.message.length ?? Infinity) <= 1000);
  for (const sandbox of [DENO_SANDBOX, NODE_SANDBOX]) {
    const text = "file:".repeat(50_000);
    assertEquals(sandbox.withName(text, "exercise.js"), text);
  }
  assert(processorTime() - started < 5000);
});
