// Makes the npm package: what `deno pack` makes of the program, without the files of the repository, and
// with a command and jose, which `deno pack` cannot know of. `npm pack` writes the tarball.

import config from "../deno.json" with { type: "json" };
import { JOSE_VERSION } from "../runtime/jose.ts";
import { stripTypes } from "../runtime/strip_types.ts";

const DESCRIPTION =
  "Gets an OAuth 2.0 access token with the client credentials grant: library and command";
const OLDEST_NODE = 24;
const COMMANDS = {
  token: "main",
  "token-learn": "lesson/learn",
  "token-practice-server": "lesson/practice_server",
};
/** The folders that have what the commands load and no export does. */
const CONVERTED = ["command", "lesson", "runtime"];

/** The file of a command. Without the dashes, Node.js would take --env-file for a flag of its own. */
function commandOf(module: string): string {
  return `#!/usr/bin/env -S node --
if (parseInt(process.versions.node) < ${OLDEST_NODE}) {
  console.error("error: The command needs Node.js ${OLDEST_NODE} or later");
  process.exit(2);
}
const { main } = await import("./${module}.js");
const code = await main(process.argv.slice(2));
// The practice server runs on.
if (code !== undefined) process.exit(code);
`;
}

function run(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args, stdout: "null" }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Makes JavaScript of what `deno pack` left as it was, because no export imports it. */
function convert(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    const [, base] = name.match(/^(\w+)\.ts$/) ?? [];
    if (!base) continue;
    const stripped = stripTypes(Deno.readTextFileSync(`${folder}/${name}`));
    if (!("code" in stripped)) throw new Error(`${name}: ${stripped.problem}`);
    const code = stripped.code.replace(/((?:from|\bimport\()\s*"\.[^"]*)\.ts"/g, '$1.js"');
    Deno.writeTextFileSync(`${folder}/${base}.js`, code);
  }
}

/** Removes what the commands do not load. */
function removeOthers(folder: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) removeOthers(path);
    else if (!/\.js$|\.d\.ts$|^probe\.py$|^page\.html$|^LICENSE$/.test(name)) Deno.removeSync(path);
  }
  if ([...Deno.readDirSync(folder)].length === 0) Deno.removeSync(folder);
}

/** Replaces the first `old` in a file of the package. */
function edit(path: string, old: string, text: string): void {
  const before = Deno.readTextFileSync(`${folder}/${path}`);
  if (!before.includes(old)) throw new Error(`${path} has no ${old}`);
  Deno.writeTextFileSync(`${folder}/${path}`, before.replace(old, () => text));
}

/** Where the package comes from, as a workflow of GitHub knows it; npm compares that with its provenance. */
function originOf(server?: string, repository?: string) {
  if (!server || !repository) return {};
  const homepage = `${server}/${repository}`;
  return {
    repository: { type: "git", url: `git+${homepage}.git` },
    homepage: `${homepage}#readme`,
    bugs: `${homepage}/issues`,
  };
}

const work = Deno.makeTempDirSync();
const folder = `${work}/package`;
const packed = `${work}/packed.tgz`;
run(Deno.execPath(), "pack", "--no-source-maps", "--allow-dirty", "--output", packed);
run("tar", "-xzf", packed, "-C", work);
const made = JSON.parse(Deno.readTextFileSync(`${folder}/package.json`));
for (const name of CONVERTED) convert(`${folder}/${name}`);
removeOthers(folder);
// Only the newest targets of TypeScript know the type Disposable by themselves.
edit("runtime/types.d.ts", "", '/// <reference lib="esnext.disposable" />\n');
// `deno pack` drops the slash when it makes `jose` of `npm:jose@…/`.
edit("runtime/jose.js", "`jose${", "`jose/${");

const files = {
  "package.json": JSON.stringify(
    {
      ...made,
      description: DESCRIPTION,
      ...originOf(Deno.env.get("GITHUB_SERVER_URL"), Deno.env.get("GITHUB_REPOSITORY")),
      bin: Object.fromEntries(Object.keys(COMMANDS).map((name) => [name, `./${name}.bin.js`])),
      engines: { node: ">=22.15" },
      dependencies: { ...made.dependencies, jose: `^${JOSE_VERSION}` },
    },
    null,
    2,
  ),
  "README.md": Deno.readTextFileSync(new URL("../docs/npm.md", import.meta.url)),
  // The command reads its version there.
  "deno.json": JSON.stringify({ version: config.version }),
};
for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(`${folder}/${name}`, text);
for (const [name, module] of Object.entries(COMMANDS)) {
  Deno.writeTextFileSync(`${folder}/${name}.bin.js`, commandOf(module), { mode: 0o755 });
}
run("npm", "pack", folder, "--pack-destination", Deno.args[0] ?? ".");
Deno.removeSync(work, { recursive: true });
