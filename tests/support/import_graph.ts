/**
 * Which file of the project imports which.
 *
 * @module
 */

import { PROJECT, STD_FLAGS } from "./command.ts";

interface Module {
  specifier: string;
  dependencies?: { code?: { specifier?: string }; type?: { specifier?: string } }[];
}

/** The files that each file imports, also by `import()` and `import type`, from these files on. */
export async function readImports(files: string[]): Promise<Map<string, string[]>> {
  const root = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(root, files.map((file) => `import "${PROJECT}${file}";\n`).join(""));
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", ...STD_FLAGS, root],
    cwd: PROJECT,
    stderr: "inherit",
  }).output();
  await Deno.remove(root);
  if (!success) throw new Error("deno info failed");

  const graph = new Map<string, string[]>();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
  for (const { specifier, dependencies = [] } of modules.filter(isOurs)) {
    const imported = dependencies.map(({ code, type }) => ({ specifier: "", ...code ?? type }));
    graph.set(pathOf({ specifier }), imported.filter(isOurs).map(pathOf));
  }
  return graph;
}

function isOurs({ specifier }: { specifier: string }): boolean {
  return specifier.startsWith(`${PROJECT}`);
}

function pathOf({ specifier }: { specifier: string }): string {
  return specifier.slice(`${PROJECT}`.length);
}
