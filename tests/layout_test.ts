import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import offline from "../runtime/offline/import_map.json" with { type: "json" };
import { json, NET, PROJECT, TOKEN, withEndpoint } from "./testing.ts";

interface Lock {
  specifiers: Record<string, string>;
  jsr: Record<string, { integrity: string; dependencies?: string[] }>;
  workspace: { dependencies: string[] };
}

interface Graph {
  modules: { specifier: string; dependencies?: Record<"code" | "type", { specifier: string }>[] }[];
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

async function output(command: string, args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args, cwd: PROJECT }).output();
  return new TextDecoder().decode(stdout);
}

/** The project's files with this ending, wherever git is or is not. */
function filesBelow(folder: string, ending: string): string[] {
  return [...Deno.readDirSync(new URL(folder || ".", PROJECT))].flatMap(({ name, isDirectory }) => {
    if (/^(\.git|node_modules|coverage)$/.test(name)) return [];
    if (isDirectory) return filesBelow(`${folder}${name}/`, ending);
    return name.endsWith(ending) ? [`${folder}${name}`] : [];
  }).sort();
}

const ALL = filesBelow("", ".ts");
const CODE = ALL.filter((path) => !/_test\.ts$|^(tests|bench)\/|^(build|exercise)\.ts$/.test(path));

/** The code of a file, without comments. */
function codeOf(path: string): string {
  return read(path).replace(/\/\*[^]*?\*\/|(?<![:"'`\w/])\/\/.*/g, "");
}

/** What each file of the project imports, types included, as `deno info` sees it. */
async function readImports(): Promise<Map<string, string[]>> {
  const imports = new Map<string, string[]>();
  const args = ["info", "--json", "--no-lock"];
  const graphs = await Promise.all(
    CODE.map((path) => output(Deno.execPath(), [...args, path])),
  );
  for (const { modules } of graphs.map((graph): Graph => JSON.parse(graph))) {
    for (const { specifier, dependencies = [] } of modules) {
      const targets = dependencies.flatMap(({ code, type }) => [code, type])
        .flatMap((target) => target?.specifier ?? []).map(pathOf).filter((path) => path);
      if (pathOf(specifier)) imports.set(pathOf(specifier), [...new Set(targets)]);
    }
  }
  return imports;
}

function pathOf(specifier: string): string {
  const path = specifier.startsWith(`${PROJECT}`) ? specifier.slice(`${PROJECT}`.length) : "";
  return path.endsWith(".ts") ? path : "";
}

const LAYERS = [
  ["main.ts"],
  ["explain/", "lesson/"],
  ["command/"],
  ["extensions/", "token_source/"],
  ["token.ts", "runtime/"],
];

function layerOf(path: string): number {
  return LAYERS.findIndex((parts) => parts.some((part) => path.startsWith(part)));
}

const imports = await readImports();

Deno.test("the imports of the project run one way, from main.ts to token.ts and runtime/", () => {
  assert(imports.get("main.ts")!.length > 3);
  for (const [path, targets] of imports) {
    for (const target of targets) {
      const [from, to] = [layerOf(path), layerOf(target)];
      assert(from >= 0 && to >= 0, `${path} or ${target} is in no layer`);
      assert(from <= to && target !== "main.ts", `${path} imports ${target}`);
      const sideways = path.split("/")[0] !== target.split("/")[0] && from === to;
      assert(!sideways || path.startsWith("runtime/"), `${path} imports ${target}`);
    }
  }
});

Deno.test("the files of the project import each other in no circle", () => {
  const visit = (path: string, trail: string[]): void => {
    assert(!trail.includes(path), [...trail, path].join(" → "));
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
  };
  for (const path of imports.keys()) visit(path, []);
});

Deno.test("runtime/ imports nothing of token.ts but TokenError", () => {
  for (const path of CODE.filter((path) => path.startsWith("runtime/"))) {
    for (const [, names] of codeOf(path).matchAll(/import (.+) from "[./]+token\.ts"/g)) {
      assertEquals(names, "{ TokenError }");
    }
  }
});

Deno.test("no file but runtime/deno.ts uses what is Deno's own", () => {
  const users = CODE.filter((path) => /\bDeno\b[.?[]/.test(codeOf(path)));
  assertEquals(users, ["runtime/deno.ts"]);
});

Deno.test("token.ts imports nothing, has 500 lines at most, and says where to stop", () => {
  assert(codeOf("token.ts").includes("export async function requestToken("));
  assertEquals(codeOf("token.ts").match(/\b(import|require)\b|\bfrom "/g), null);
  const lines = read("token.ts").trimEnd().split("\n");
  assert(lines.length <= 500, `${lines.length} lines`);
  const mark = lines.findIndex((line) => line.includes("you can stop reading here"));
  assert(mark > 100 && mark < 200, `line ${mark + 1}`);
});

Deno.test("README.md has 250 lines at most", () => {
  assert(read("README.md").trimEnd().split("\n").length <= 250);
});

const tracked = await output("git", ["ls-files"]).catch(() => "");
Deno.test({ name: "the top level has 22 entries at most", ignore: !tracked }, () => {
  const entries = new Set(tracked.trim().split("\n").map((path) => path.split("/")[0]));
  assert(entries.size > 10 && entries.size <= 22, [...entries].join(" "));
});

/** Copies the code without a folder, and runs the command there. */
async function runWithout(folder: string, args: string[]): Promise<string> {
  const copy = await Deno.makeTempDir();
  for (const path of [...CODE.filter((path) => !path.startsWith(folder)), "deno.json"]) {
    await Deno.mkdir(`${copy}/${path.replace(/[^/]*$/, "")}`, { recursive: true });
    await Deno.copyFile(new URL(path, PROJECT), `${copy}/${path}`);
  }
  const std = ["--no-lock", `--import-map=${new URL("runtime/offline/import_map.json", PROJECT)}`];
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", ...std, NET, `${copy}/main.ts`, ...args],
  }).output();
  await Deno.remove(copy, { recursive: true });
  return new TextDecoder().decode(stdout);
}

for (const folder of ["explain/", "lesson/", "token_source/"]) {
  Deno.test(`the command gets a token without the folder ${folder}`, async () => {
    await withEndpoint(json(TOKEN), async (flags) => {
      assertEquals(await runWithout(folder, flags), `${TOKEN.access_token}\n`);
    });
  });
}

Deno.test("token.ts, copied alone, gets a token", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.copyFile(new URL("token.ts", PROJECT), `${folder}/token.ts`);
  await Deno.writeTextFile(
    `${folder}/use.ts`,
    `import { requestToken } from "./token.ts";
    const fetch = () => Promise.resolve(Response.json({ access_token: "abc" }));
    const token_url = "https://api.example.com/oauth2/token";
    const request = { token_url, client_id: "a", client_secret: "b" };
    console.log((await requestToken(request, { fetch })).access_token);`,
  );
  const args = ["run", "-q", "--no-config", `${folder}/use.ts`];
  assertEquals(await output(Deno.execPath(), args), "abc\n");
  await Deno.remove(folder, { recursive: true });
});

// To test the real @std from another registry, the lock files are taken away.
const ignore = !exists("deno.lock");

for (const path of ["deno.lock", "tests/data/deno.lock"]) {
  Deno.test({ name: `${path} locks what deno.json imports`, ignore }, () => {
    const lock: Lock = JSON.parse(read(path));
    const specifiers = Object.values(config.imports);
    assertEquals([...lock.workspace.dependencies].sort(), specifiers.sort());
    for (const specifier of specifiers) {
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

Deno.test("runtime/offline/ stands in for everything of @std that is imported", () => {
  const imported = new Set(["@std/cli/parse-args", "@std/dotenv/parse"]);
  for (const path of ALL) {
    const statements = read(path).matchAll(/^import [^;]*"(@std\/[\w/-]+)"/gm);
    for (const [, specifier] of statements) imported.add(specifier!);
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
  const tests = ALL.filter((path) => path.endsWith("_test.ts")).map(read).join("\n");
  const claims = read("docs/errors.md").split("## What is protected")[1]!.replace(/\s+/g, " ");
  const names = [...claims.matchAll(/"([^"]+)"/g)].map(([, name]) => name!);
  assertEquals(names.filter((name) => !tests.includes(name)), []);
  assertEquals(names.length > 15, true);
});
