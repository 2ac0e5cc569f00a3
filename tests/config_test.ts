import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import offline from "../runtime/offline/import_map.json" with { type: "json" };
import { PROJECT } from "./testing.ts";

interface Lock {
  specifiers: Record<string, string>;
  jsr: Record<string, { integrity: string; dependencies?: string[] }>;
  workspace: { dependencies: string[] };
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, PROJECT));
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, PROJECT)).isFile;
  } catch {
    return false;
  }
}

// Who tries the real @std from another registry takes the lock file away.
const ignore = !exists("deno.lock");

for (const path of ["deno.lock", "tests/data/deno.lock"]) {
  Deno.test({ name: `${path} locks what deno.json imports`, ignore }, () => {
    const lock: Lock = JSON.parse(read(path));
    const imports = Object.values(config.imports);
    assertEquals([...lock.workspace.dependencies].sort(), imports.sort());
    for (const specifier of imports) {
      const [, name, minimum] = specifier.match(/^jsr:(@std\/\w+)@[~^](.+)$/)!;
      // The oldest version that deno.json allows is the one that is locked, and so the one tested.
      assertEquals(lock.specifiers[specifier], minimum);
      assertMatch(lock.jsr[`${name}@${minimum}`]!.integrity, /^[0-9a-f]{64}$/);
    }
  });

  Deno.test({ name: `${path} holds the integrities that JSR publishes`, ignore }, () => {
    const lock: Lock = JSON.parse(read(path));
    const integrities = Object.entries(lock.jsr).map(([name, { integrity }]) => [name, integrity]);
    assertEquals(Object.fromEntries(integrities), {
      "@std/assert@1.0.19": "eaada96ee120cb980bc47e040f82814d786fe8162ecc53c91d8df60b8755991e",
      "@std/cli@1.0.32": "188b3a100d6202d64e3f5bd3d799c7fa4f6d77f92cc65eb7f641c1fa0aa92a66",
      "@std/dotenv@0.225.7": "11d8db03ca4ad5aba9eba809f2e8058b2a4f320b7b09fea4b360e162928329e3",
      "@std/internal@1.0.14": "291516b3d4c35024d6ffbc0a9df5bf4c64116e05b50012cf846710152d2ffdf7",
    });
  });
}

Deno.test(
  { name: "deno.lock locks no npm package, which every task would download", ignore },
  () => {
    assertEquals("npm" in JSON.parse(read("deno.lock")), false);
  },
);

Deno.test("offline/ stands in for everything of @std that is imported", () => {
  const imported = new Set<string>();
  for (const { name } of Deno.readDirSync(PROJECT)) {
    if (!name.endsWith(".ts")) continue;
    for (const [, specifier] of read(name).matchAll(/"(@std\/[\w/-]+)"/g)) imported.add(specifier!);
  }
  const mapped = Object.keys(offline.imports).filter((name) => name.startsWith("@std/"));
  assertEquals([...imported].sort(), mapped.sort());
});

Deno.test("each task has a description", () => {
  for (const [name, { description }] of Object.entries(config.tasks)) {
    assertMatch(`${name}: ${description}`, /^\w+: [A-Z].{10,}$/);
  }
});

Deno.test("docs/errors.md names tests that exist", () => {
  const files = [...Deno.readDirSync(PROJECT)].map(({ name }) => name);
  const tests = files.filter((name) => name.endsWith("_test.ts")).map(read).join("\n");
  const claims = read("docs/errors.md").split("## What is protected")[1]!.replace(/\s+/g, " ");
  const names = [...claims.matchAll(/"([^"]+)"/g)].map(([, name]) => name!);
  assertEquals(names.filter((name) => !tests.includes(name)), []);
  assertEquals(names.length > 15, true);
});

Deno.test("token.ts imports nothing and uses nothing of Deno's own", () => {
  const code = read("token.ts").replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
  assert(code.includes("export async function requestToken("));
  assertEquals(code.match(/\b(import|require|Deno)\b|\bfrom "/g), null);
});
