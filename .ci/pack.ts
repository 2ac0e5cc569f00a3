// Makes the npm package: what `deno pack` makes of the program, without the files of the repository, and
// with a command and jose, which `deno pack` cannot know of. `npm pack` writes the tarball.

import config from "../deno.json" with { type: "json" };
import { JOSE_VERSION } from "../runtime/jose.ts";

const DESCRIPTION =
  "Gets an OAuth 2.0 access token with the client credentials grant: library and command";
const OLDEST_NODE = 24;
// Without the dashes, Node.js would take --env-file for a flag of its own.
const BIN = `#!/usr/bin/env -S node --
if (parseInt(process.versions.node) < ${OLDEST_NODE}) {
  console.error("error: The command needs Node.js ${OLDEST_NODE} or later");
  process.exit(2);
}
const { main } = await import("./main.js");
process.exit(await main(process.argv.slice(2)));
`;

function run(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args, stdout: "null" }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Removes what is neither JavaScript nor a declaration of it. */
function removeOthers(folder: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) removeOthers(path);
    else if (!/\.js$|\.d\.ts$|^LICENSE$/.test(name)) Deno.removeSync(path);
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
      bin: { token: "./bin.js" },
      engines: { node: ">=22.15" },
      dependencies: { ...made.dependencies, jose: `^${JOSE_VERSION}` },
    },
    null,
    2,
  ),
  "README.md": Deno.readTextFileSync(new URL("../docs/npm.md", import.meta.url)),
  "bin.js": BIN,
  // The command reads its version there.
  "deno.json": JSON.stringify({ version: config.version }),
};
for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(`${folder}/${name}`, text);
Deno.chmodSync(`${folder}/bin.js`, 0o755);
run("npm", "pack", folder, "--pack-destination", Deno.args[0] ?? ".");
Deno.removeSync(work, { recursive: true });
