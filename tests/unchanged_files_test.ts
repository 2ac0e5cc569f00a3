// What a command leaves behind in the folder of the program, and what a task downloads.

import { assertEquals, assertMatch } from "@std/assert";
import { PROJECT, withEndpoint } from "./support/command.ts";
import { pem } from "./support/mtls_server.ts";
import "./support/jose.ts";
import { needs } from "./support/needs.ts";
import { json, TOKEN } from "./support/stub_fetch.ts";

const PROGRAM = [
  ...["deno.json", "deno.lock", "main.ts", "token.ts"],
  ...["command", "explain", "extensions", "lesson", "runtime", "token_source"],
];
// Git ignores it.
const EXERCISE = "exercise.ts";

/** The contents of all files below a folder, by path. */
async function readAll(folder: string, path = "", texts: Record<string, string> = {}) {
  for await (const entry of Deno.readDir(`${folder}/${path}`)) {
    const name = `${path}${entry.name}`;
    if (entry.isDirectory) await readAll(folder, `${name}/`, texts);
    else texts[name] = await Deno.readTextFile(`${folder}/${name}`);
  }
  return texts;
}

/** Copies a file or a folder of the project. */
async function copy(name: string, folder: string): Promise<void> {
  const from = new URL(name, PROJECT);
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, `${folder}/${name}`);
  await Deno.mkdir(`${folder}/${name}`);
  for await (const entry of Deno.readDir(from)) await copy(`${name}/${entry.name}`, folder);
}

async function copyProgram(): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const name of PROGRAM) await copy(name, folder);
  return folder;
}

async function deno(cwd: string, args: string[], env: Record<string, string> = {}) {
  const options = { args, cwd, env, stdin: "null" } as const;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), options).output();
  const decoder = new TextDecoder();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test(needs("no command changes or adds a file", "the lock files", "npm:jose"), async () => {
  const folder = await copyProgram();
  await Deno.writeTextFile(`${folder}/key.pem`, pem("client.key"), { mode: 0o600 });
  const before = await readAll(folder);

  await withEndpoint(json(TOKEN), async (_, __, token_url) => {
    const withKey = ["--token-url", token_url, "--client-id", "id", "--client-key", "key.pem"];
    for (
      const [args, expected] of [
        ["run --allow-net main.ts", /^practice-/],
        ["run --allow-net main.ts --demo --auth-method private_key_jwt", /^practice-/],
        [`run --allow-net --allow-read=key.pem main.ts ${withKey.join(" ")}`, /^abc\.DEF-123\n$/],
        ["task -q demo --auth-method private_key_jwt", /^practice-/],
        [`task -q token ${withKey.join(" ")}`, /^abc\.DEF-123\n$/],
        ["task -q learn", /^/],
      ] as const
    ) {
      const { stdout, stderr } = await deno(folder, args.split(" "));
      assertMatch(stdout, expected, `${args}: ${stderr}`);
      const { [EXERCISE]: _exercise, ...after } = await readAll(folder);
      assertEquals(after, before, args);
    }
  });
  assertEquals(EXERCISE in await readAll(folder), true);
  await Deno.remove(folder, { recursive: true });
});

Deno.test(
  needs("a task downloads no npm package that it does not use", "the lock files"),
  async () => {
    const folder = await copyProgram();
    // Deno would download there all that deno.json, or a lock file that it names, has of npm.
    const env = { DENO_DIR: `${folder}/cache`, NPM_CONFIG_REGISTRY: "http://127.0.0.1:1/" };
    const { stdout, stderr } = await deno(folder, ["task", "-q", "demo"], env);
    assertMatch(stdout, /^practice-/, stderr);
    await Deno.remove(folder, { recursive: true });
  },
);
