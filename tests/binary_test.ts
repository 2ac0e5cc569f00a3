// The binary that Node.js makes of the command: built, and run in an empty folder.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PACKAGES } from "../.ci/binary.ts";
import config from "../deno.json" with { type: "json" };
import { assertFails, type Outcome, pathOf, withEndpoint } from "./support/command.ts";
import { takeClosedPort } from "./support/loopback_server.ts";
import { pem } from "./support/mtls_server.ts";
import { findNode26, findRegistry, needs } from "./support/needs.ts";
import { json, TOKEN } from "./support/stub_fetch.ts";

const node = await findNode26();
await findRegistry(PACKAGES);

interface Options {
  cwd: string;
  env?: Record<string, string>;
}

/** Builds the binary into a folder, and runs `work` with what runs it there. */
async function withBinary(
  work: (
    run: (args: string[], env?: Record<string, string>) => Promise<Outcome>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const binary = `${folder}/token`;
  try {
    const built = await execute(node, [pathOf(".ci/binary.ts"), binary], { cwd: folder });
    assertEquals(built.code, 0, built.stderr);
    const empty = `${folder}/empty`;
    await Deno.mkdir(empty);
    await work((args, env) => execute(binary, args, { cwd: empty, env }), empty);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function execute(program: string, args: string[], { cwd, env = {} }: Options) {
  const kept = Object.fromEntries(
    ["PATH", "HOME"].map((name) => [name, Deno.env.get(name) ?? ""]),
  );
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    clearEnv: true,
    env: { ...kept, ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test(
  needs(
    "the binary of Node.js does what the command does",
    "a system other than Windows",
    "Node.js 26",
    "npm",
    "the npm registry",
  ),
  () =>
    withBinary(async (run, folder) => {
      const [version, help, demo, signed, missing] = await Promise.all([
        run(["--version"]),
        run(["--help"]),
        run(["--demo", "--explain"]),
        run(["--demo", "--auth-method", "private_key_jwt"]),
        run([]),
      ]);
      assertEquals(version, { code: 0, stdout: `${config.version}\n`, stderr: "" });
      assertStringIncludes(help.stdout, "\nUsage: token [flags]\n");
      for (const { code, stdout, stderr } of [demo, signed]) {
        assertEquals(code, 0, stderr);
        assertMatch(stdout, /^practice-[\w-]+\n$/);
      }
      assertFails(missing, 2, "Missing TOKEN_URL, CLIENT_ID, CLIENT_SECRET");

      await withEndpoint(json(TOKEN), async (flags, forms, token_url) => {
        const key = `${folder}/key.pem`;
        await Deno.writeTextFile(key, pem("client.key"), { mode: 0o600 });
        await Deno.writeTextFile(`${folder}/.env`, "CLIENT_ID=file\nCLIENT_SECRET=b\n");
        const printed = { code: 0, stdout: `${TOKEN.access_token}\n`, stderr: "" };
        assertEquals(await run(flags), printed);
        assertEquals(await run([], { TOKEN_URL: token_url }), printed);
        assertEquals(await run([...flags.slice(0, 4), "--client-key", key]), printed);
        const [fromFlags, fromFile, withKey] = forms.map((form) => Object.fromEntries(form));
        assertEquals([fromFlags?.client_secret, fromFile?.client_id], ["secret", "file"]);
        assertMatch(withKey!.client_assertion!, /^[\w-]+\.[\w-]+\.[\w-]+$/);

        const cache = [...flags, "--cache", `${folder}/cache`];
        assertEquals([await run(cache), await run(cache)], [printed, printed]);
        assertEquals(forms.length, 4);
      });

      const fails = async (answer: () => Response, code: number, message: string) =>
        await withEndpoint(answer, async (flags) => assertFails(await run(flags), code, message));
      await fails(json({ error: "invalid_client" }, { status: 401 }), 1, "invalid_client");
      await fails(() => new Response("<p>hi"), 4, "not a JSON object");
      using closed = await takeClosedPort();
      const unreachable = [
        "--token-url",
        `http://127.0.0.1:${closed.port}/`,
        "--client-id=a",
        "--client-secret=b",
        "--retries=0",
      ];
      assertFails(await run(unreachable), 3, "No answer from 127.0.0.1");
    }),
);
