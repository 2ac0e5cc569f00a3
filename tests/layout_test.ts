import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { type Flag, FLAGS } from "../command/flags.ts";
import offline from "../runtime/offline/import_map.json" with { type: "json" };
import { ENV, inARow, NET, PROJECT, STD_FLAGS, withEndpoint } from "./support/command.ts";
import { readImports } from "./support/import_graph.ts";
import { needs } from "./support/needs.ts";
import { json, TOKEN } from "./support/stub_fetch.ts";
import type { TokenRequest } from "../token.ts";

const MAX_ENTRIES = 24;
/** The folders from which a folder, or a file at the top level, may import; each may from its own. */
const IMPORTS: Record<string, string[]> = {
  "main.ts": ["explain", "lesson", "command", "extensions", "token_source", "token.ts", "runtime"],
  explain: ["command", "extensions", "token_source", "token.ts", "runtime"],
  lesson: ["command", "extensions", "token_source", "token.ts", "runtime"],
  command: ["extensions", "token_source", "token.ts", "runtime"],
  extensions: ["token.ts", "runtime"],
  token_source: ["token.ts", "runtime"],
  runtime: ["token.ts"],
  "token.ts": [],
};

interface Lock {
  specifiers: Record<string, string>;
  jsr: Record<string, { integrity: string; dependencies?: string[] }>;
  workspace: { dependencies: string[] };
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, PROJECT));
}

/** The paths of all files below a folder, except those of Git and of `node_modules`. */
function filesBelow(folder = ""): string[] {
  return [...Deno.readDirSync(new URL(folder || ".", PROJECT))].flatMap(({ name, isDirectory }) => {
    if ([".git", "node_modules", "coverage"].includes(name)) return [];
    return isDirectory ? filesBelow(`${folder}${name}/`) : [`${folder}${name}`];
  });
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, PROJECT)).isFile;
  } catch {
    return false;
  }
}

async function run(command: string, ...args: string[]): Promise<string> {
  const options = { args, cwd: PROJECT, stderr: "inherit" } as const;
  const { success, stdout } = await new Deno.Command(command, options).output();
  assert(success, command);
  return new TextDecoder().decode(stdout);
}

const FILES = filesBelow();
/** The files of the program: no tests, no benchmarks, nothing that stands beside by chance. */
const PROGRAM = FILES.filter((path) =>
  path.endsWith(".ts") && !path.endsWith("_test.ts") && top(path) in IMPORTS
);

function top(path: string): string {
  return path.split("/")[0]!;
}

const graph = await readImports(PROGRAM);

Deno.test(needs("the top level has few entries", "a Git repository"), async () => {
  const entries = (await run("git", "ls-files")).trim().split("\n").map(top);
  const names = [...new Set(entries)];
  assert(names.length <= MAX_ENTRIES, `${names.length}: ${names.join(" ")}`);
});

Deno.test("the graph of imports has all files of the program", () => {
  const paths = [...graph.keys()].filter((path) => path.endsWith(".ts"));
  assertEquals(paths.sort(), [...PROGRAM].sort());
  assert(graph.get("main.ts")!.includes("lesson/demo.ts"));
  assert(graph.get("explain/explain.ts")!.includes("command/settings.ts"));
});

Deno.test("no file imports itself by way of others", () => {
  const done = new Set<string>();
  const visit = (path: string, above: string[]) => {
    assert(!above.includes(path), `a circle: ${[...above, path].join(" → ")}`);
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...above, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
});

Deno.test("imports run one way: from main.ts down to token.ts and runtime/", () => {
  for (const [path, imported] of graph) {
    for (const other of imported.filter((other) => other !== "deno.json")) {
      const isAllowed = top(path) === top(other) || IMPORTS[top(path)]!.includes(top(other));
      assert(isAllowed, `${path} imports ${other}`);
    }
  }
});

Deno.test("nothing imports main.ts", () => {
  assertEquals([...graph].filter(([, imported]) => imported.includes("main.ts")), []);
});

Deno.test("runtime/ imports nothing of token.ts but TokenError", () => {
  for (const path of PROGRAM.filter((path) => top(path) === "runtime")) {
    for (const [, names] of read(path).matchAll(/import (?:type )?(.+) from ".*\/token\.ts"/g)) {
      assertEquals(names, "{ TokenError }", path);
    }
  }
});

/** The code without its comments. A "//" in a string stays, as no space is before it. */
function codeOf(path: string): string {
  return read(path).replace(/^\s*\/\*[^]*?\*\//gm, "").replace(/(^|\s)\/\/.*/gm, "");
}

Deno.test("no file but runtime/deno.ts and deno_child.ts names Deno", () => {
  const own = ["runtime/deno.ts", "runtime/deno_child.ts"];
  for (const path of PROGRAM.filter((path) => !own.includes(path))) {
    assertEquals(codeOf(path).match(/\bDeno\??[.[].*|[=(] ?Deno\b.*/g), null, path);
  }
  assert(codeOf("runtime/deno.ts").includes("Deno.stdin.setRaw(true)"));
});

Deno.test("no file outside runtime/ names a module or the process of Node.js", () => {
  const pattern = /"node:\w+.*|\bprocess\??[.[].*/g;
  for (const path of PROGRAM.filter((path) => top(path) !== "runtime")) {
    assertEquals(codeOf(path).match(pattern), null, path);
  }
  assert(codeOf("runtime/node.ts").match(pattern)!.length > 5);
});

Deno.test("deno publish can read the package or the folder of every dynamic import", () => {
  const specifiers = PROGRAM.flatMap((path) =>
    [...codeOf(path).matchAll(/\bimport\((?:\/\*.*?\*\/)?\s*(.*)/g)].map(([, text = ""]) => text)
  );
  assertEquals(specifiers.filter((text) => !/^"|^`[^`$]+\/\$\{/.test(text)), []);
  assert(specifiers.filter((text) => text.startsWith("`")).length >= 4);
});

Deno.test("two files choose between the runtimes: for all, and for learn", () => {
  const others = /^runtime\/(runtime|learn_runtime|deno_child|node\w*)\.ts$/;
  for (const [path, imported] of graph) {
    if (others.test(path)) continue;
    assertEquals(
      imported.filter((other) => /runtime\/(deno|deno_child|node|node_child)\.ts/.test(other)),
      [],
      path,
    );
  }
});

Deno.test("token.ts imports nothing, and has a place to stop within 170 lines", () => {
  const code = codeOf("token.ts");
  assert(code.includes("export async function requestToken("));
  assertEquals(code.match(/\b(import|require)\b|\bfrom "/g), null);
  const lines = read("token.ts").split("\n");
  const stop = lines.findIndex((line) => line.includes("you can stop reading here")) + 1;
  assert(stop > 0 && stop <= 170, `line ${stop}`);
});

Deno.test("the variable of a flag is its name in upper case, with _FILE for a path", () => {
  const members: (keyof TokenRequest)[] = [
    ...["token_url", "client_id", "client_secret", "scope", "auth_method"] as const,
  ];
  const named = Object.entries<Flag>(FLAGS).filter(([, { variable }]) => variable);
  for (const [name, { variable, value }] of named) {
    const upper = name.replaceAll("-", "_").toUpperCase();
    const expected = value === "path" ? upper.replace(/(_FILE)?$/, "_FILE") : upper;
    // One variable has all that --param gives one by one; CACHE alone would say too little.
    const own: Record<string, string> = { param: "PARAMS", cache: "TOKEN_CACHE" };
    assertEquals(variable, own[name] ?? expected);
  }
  const names = named.map(([name]) => name.replaceAll("-", "_"));
  assertEquals(names.filter((name) => members.some((member) => member === name)), members);
  for (const [, { variable }] of named) assertStringIncludes(read(".env.example"), `${variable}=`);
});

/** Copies the program, and a file, without its tests, and without one folder. */
async function copyWithout(folder: string, file: string): Promise<string> {
  const copy = await Deno.makeTempDir();
  for (const path of [...PROGRAM, "deno.json", file].filter((path) => top(path) !== folder)) {
    await Deno.mkdir(`${copy}/${path}`.replace(/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(new URL(path, PROJECT), `${copy}/${path}`);
  }
  return copy;
}

for (
  const [wing, broken] of [
    ["lesson", ["--demo"]],
    ["explain", ["--explain", "--scope=a"]],
    ["token_source", ["--output=header", "--scope=a"]],
    ["token_source", ["--cache=folder", "--scope=a"]],
    ["extensions", ["--dpop-key=key.pem"]],
  ] as const
) {
  // Who takes a folder away needs no test of it.
  if (!PROGRAM.some((path) => top(path) === wing)) continue;
  const name = `the command works without the folder ${wing}, except ${broken[0]}`;
  Deno.test(name, async () => {
    const { file, args, split } = inARow([["--scope=b"], [...broken]]);
    const copy = await copyWithout(wing, file);
    await withEndpoint(json(TOKEN), async (_, forms, TOKEN_URL) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-q", ...STD_FLAGS, NET, ENV, file, ...args],
        cwd: copy,
        env: { TOKEN_URL, CLIENT_ID: "id", CLIENT_SECRET: "secret" },
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      const [without, within] = split({
        code,
        stdout: decoder.decode(stdout),
        stderr: decoder.decode(stderr),
      });
      assertEquals([without.code, without.stdout], [0, "abc.DEF-123\n"]);
      assertEquals([within.code, within.stdout], [70, ""]);
      assertEquals(forms[0]?.get("client_id"), "id");
    });
    await Deno.remove(copy, { recursive: true });
  });
}

Deno.test("token.ts works alone", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.copyFile(new URL("token.ts", PROJECT), `${folder}/token.ts`);
  await Deno.writeTextFile(
    `${folder}/program.ts`,
    `import { requestToken } from "./token.ts";
    const [token_url = ""] = Deno.args;
    const token = await requestToken({ token_url, client_id: "id", client_secret: "secret" });
    console.log(token.access_token);`,
  );
  await withEndpoint(json(TOKEN), async (_, __, token_url) => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-config", NET, "program.ts", token_url],
      cwd: folder,
    }).output();
    const decoder = new TextDecoder();
    assertEquals([decoder.decode(stderr), decoder.decode(stdout)], ["", "abc.DEF-123\n"]);
  });
  await Deno.remove(folder, { recursive: true });
});

// To test the real @std from another registry, the lock files are taken away.
for (const path of ["deno.lock", "tests/data/deno.lock"]) {
  Deno.test(needs(`${path} locks what deno.json imports`, "the lock files"), () => {
    const lock: Lock = JSON.parse(read(path));
    const specifiers = Object.values(config.imports);
    assertEquals([...lock.workspace.dependencies].sort(), specifiers.sort());
    for (const specifier of specifiers) {
      // Not every command has a lock file, so deno.json names one version. It names no npm package,
      // which every task would download.
      const [, name, version] = specifier.match(/^jsr:(@std\/\w+)@(\d[\d.]+)$/)!;
      assertEquals(lock.specifiers[specifier], version);
      assertMatch(lock.jsr[`${name}@${version}`]!.integrity, /^[0-9a-f]{64}$/);
    }
  });

  Deno.test(needs(`${path} holds the integrities that JSR publishes`, "the lock files"), () => {
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

Deno.test("runtime/offline/ stands in for everything of @std that is imported", () => {
  const imported = new Set(["@std/cli/parse-args", "@std/dotenv/parse"]);
  for (const path of FILES.filter((path) => path.endsWith(".ts"))) {
    const statements = read(path).matchAll(/^import [^;]*"(@std\/[\w/-]+)"/gm);
    for (const [, specifier] of statements) imported.add(specifier!);
  }
  const mapped = Object.keys(offline.imports).filter((name) => name.startsWith("@std/"));
  assertEquals([...imported].sort(), mapped.sort());
});

Deno.test("tests ask needs.ts for what may be missing, and import no npm package before", () => {
  for (const path of FILES.filter((path) => path.endsWith("_test.ts"))) {
    const names = codeOf(path).match(/\bignore(:|,| \}).*|^import .*"npm:.*|[}] from "npm:.*/gm);
    assertEquals(names, null, path);
  }
});

Deno.test("each task has a description", () => {
  for (const [name, { description }] of Object.entries(config.tasks)) {
    assertMatch(`${name}: ${description}`, /^\w+: [A-Z].{10,}$/);
  }
});

Deno.test("deno task check looks at the documentation of everything exported", () => {
  const [, files = ""] = config.tasks.check.command.match(/ deno doc --lint \$\(.*?\) (.+)$/)!;
  const exported = Object.values(config.exports).map((path) => path.replace("./", ""));
  assertEquals(files.split(" ").sort(), exported.sort());
  assert(exported.every(exists));
});

Deno.test("docs/errors.md names tests that exist", () => {
  const tests = FILES.filter((path) => path.endsWith("_test.ts")).map(read).join("\n");
  const claims = read("docs/errors.md").split("## What is protected")[1]!.replace(/\s+/g, " ");
  const names = [...claims.matchAll(/"([^"]+)"/g)].map(([, name]) => name!);
  assertEquals(names.filter((name) => !tests.includes(name)), []);
  assertEquals(names.length > 15, true);
});
