/**
 * Prints the names of the files whose code `main.ts` imports, one a line; of a file with types alone,
 * nothing is left to embed. Standard input is what `deno info --json main.ts` prints.
 *
 * @module
 */

interface Module {
  specifier: string;
  dependencies?: { code?: { specifier?: string } }[];
}

const info = await new Response(Deno.stdin.readable).json();
const modules = new Map<string, Module>(info.modules.map((m: Module) => [m.specifier, m]));
const seen = new Set<string>();

function visit(specifier: string): void {
  if (seen.has(specifier)) return;
  seen.add(specifier);
  for (const { code } of modules.get(specifier)?.dependencies ?? []) {
    if (code?.specifier) visit(code.specifier);
  }
}

for (const root of info.roots) visit(root);
const files = [...seen].filter((specifier) => specifier.endsWith(".ts"));
console.log(files.map((file) => file.slice(file.lastIndexOf("/") + 1)).join("\n"));
