import { assertEquals, assertStringIncludes } from "@std/assert";
import { json, NET, PROJECT, runCommand, STD_FLAGS, TOKEN, withEndpoint } from "./testing.ts";

const script = await new Deno.Command("script", {
  args: ["--version"],
  stdout: "null",
  stderr: "null",
})
  .output().catch(() => undefined);
const ignore = !script || Deno.build.os !== "linux";

/** Runs the command in a terminal of its own, typing this once it asks. */
async function runInTerminal(
  args: string[],
  typed: string,
  env: Record<string, string> = {},
): Promise<string> {
  const main = `${new URL("main.ts", PROJECT)}`;
  const command = [Deno.execPath(), "run", "-q", ...STD_FLAGS, NET, main, ...args];
  const child = new Deno.Command("script", {
    env: { NO_COLOR: "", ...env },
    args: ["-qec", command.map((arg) => `'${arg}'`).join(" "), "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  let output = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += chunk;
    if (!/: ?$/.test(output)) continue;
    // @std shows its question a moment before it hides what is typed.
    await new Promise((done) => setTimeout(done, 200));
    await writer.write(new TextEncoder().encode(typed));
  }
  await writer.close().catch(() => {});
  await child.status;
  return output;
}

Deno.test(
  { name: "the command asks for a missing secret in a terminal, and hides it", ignore },
  async () => {
    await withEndpoint(json(TOKEN), async (flags, forms) => {
      const output = await runInTerminal(flags.slice(0, 4), "sé cret\x7fT\r");
      assertEquals(forms[0]!.get("client_secret"), "sé creT");
      assertEquals(output.replaceAll("\r", ""), "client_secret of id: \nabc.DEF-123\n");
    });
  },
);

Deno.test({ name: "the command sends nothing when no secret is typed", ignore }, async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    assertStringIncludes(await runInTerminal(flags.slice(0, 4), "\r"), "Missing CLIENT_SECRET");
    await runInTerminal(flags.slice(0, 4), "secret\x03");
    assertEquals(forms, []);
  });
});

Deno.test({ name: "the command asks for no permission in a terminal", ignore }, async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    assertStringIncludes(await runInTerminal(flags.slice(2, 4), ""), "Missing TOKEN_URL");
    const elsewhere = [...flags.slice(2), "--token-url=https://a.example/"];
    assertStringIncludes(await runInTerminal(elsewhere, ""), "Access to a.example");
  });
});

Deno.test(
  { name: "--explain is coloured in a terminal, unless NO_COLOR is set", ignore },
  async () => {
    assertStringIncludes(await runInTerminal(["--demo", "--explain"], ""), "\x1b[1mStep 1");
    const plain = await runInTerminal(["--demo", "--explain"], "", { NO_COLOR: "1" });
    assertStringIncludes(plain, "Step 1");
    assertEquals(plain.includes("\x1b"), false);
    assertEquals((await runCommand(["--demo", "--explain"])).stderr.includes("\x1b"), false);
  },
);
