import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pathToFileURL } from "node:url";
import config from "../deno.json" with { type: "json" };
import offline from "../runtime/offline/import_map.json" with { type: "json" };
import { FLAGS } from "../command/flags.ts";
import { KINDS } from "../command/error_table.ts";
import { EXIT_UNEXPECTED } from "../command/output.ts";
import { PRACTICE_CLIENT, startPracticeServer } from "../lesson/start_practice_server.ts";
import { OFFLINE, PROJECT, STD_FLAGS, withFiles } from "./support/command.ts";
import "./support/jose.ts";
import { findNode, needs } from "./support/needs.ts";
import { quote } from "./support/terminal.ts";

const README = read("README.md");
/** Access to the folder of the examples with a file store. */
const CACHE_FLAGS = ["--allow-read=token-cache", "--allow-write=token-cache"];
const exported = new Map(
  Object.entries(config.exports).map(([name, path]) => [config.name + name.slice(1), path]),
);

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, PROJECT));
}

function filesIn(folder: string, ending: string): string[] {
  return [...Deno.readDirSync(new URL(folder, PROJECT))].map(({ name }) => `${folder}${name}`)
    .filter((name) => name.endsWith(ending)).sort();
}

/** The code blocks of a language, in Markdown or in doc comments. */
function blocks(text: string, language: string): string[] {
  const pattern = new RegExp(`^( *(?:\\* )?)\`\`\`${language}\\n([^]*?)^ *(?:\\* )?\`\`\`$`, "gm");
  return [...text.matchAll(pattern)].map(([, indent, block]) =>
    block!.split("\n").map((line) => line.slice(indent!.length)).join("\n")
  );
}

/** The text of a section of the README. */
function section(title: string): string {
  return README.split(`\n## ${title}\n`)[1]!.split("\n## ")[0]!;
}

const LESSON = "docs/lesson.md";
const lesson = blocks(read(LESSON), "ts").join("");
const [fourSteps = ""] = blocks(section("The four steps"), "ts");
const pathsOfExamples = [
  ...filesIn("docs/", ".md").filter((path) => path !== LESSON),
  ...Object.values(config.exports).map((path) => path.slice(2)),
];
const examples = [
  ...blocks(section("As a library"), "ts").map((block) => ["README.md", block]),
  ...pathsOfExamples.flatMap((path) => blocks(read(path), "ts").map((block) => [path, block])),
] as [path: string, program: string][];
const programs = [lesson, fourSteps, ...examples.map(([, program]) => program)];

/** Runs `work` in a folder with the programs, which import the files of the project. */
async function withPrograms<T>(work: (folder: string, urls: string[]) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  const urls = await Promise.all(programs.map(async (program, i) => {
    const path = `${folder}/program_${i}.ts`;
    const imports = program.replaceAll(
      /from "(.+)"/g,
      (_, name: string) => `from "${new URL(exported.get(name) ?? name, PROJECT)}"`,
    );
    await Deno.writeTextFile(path, imports);
    return `${pathToFileURL(path)}`;
  }));
  return await work(folder, urls).finally(() => Deno.remove(folder, { recursive: true }));
}

/**
 * Runs the programs that use a file store, or the others, one after the other in one process; the
 * practice server answers their requests to api.example.com. Returns what each prints.
 */
function runAll(isStored: boolean): Promise<string[]> {
  return withPrograms(async (folder, urls) => {
    await using server = await startPracticeServer();
    const mark = `${crypto.randomUUID()}\n`;
    const runs = urls.map((url, i) => {
      const run = `await import("${url}").catch((error) => console.log("failed:", error));`;
      const isRun = programs[i]?.includes("fileStore(") === isStored;
      return `${isRun ? run : ""} console.log(${JSON.stringify(mark.trim())});`;
    });
    await Deno.writeTextFile(
      `${folder}/all.js`,
      `const { fetch } = globalThis;
      globalThis.fetch = (input, init) => {
        const { pathname } = new URL(input);
        if (pathname === "/oauth2/token") return fetch("${server.token_url}", init);
        return Promise.resolve(new Response("What the API has to say"));
      };
      ${runs.join("\n")}`,
    );
    const access = ["--allow-net=127.0.0.1", ...isStored ? CACHE_FLAGS : []];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", ...STD_FLAGS, ...access, "all.js"],
      cwd: folder,
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    return new TextDecoder().decode(stdout).split(mark);
  });
}

const outputs = new Map<boolean, Promise<string[]>>();

/** What a program prints. */
async function outputOf(program: string): Promise<string> {
  const isStored = program.includes("fileStore(");
  const all = outputs.get(isStored) ?? runAll(isStored);
  outputs.set(isStored, all);
  return (await all)[programs.indexOf(program)] ?? "";
}

/** What the examples import, as an import map without the strictness of `deno.json`. */
function importMap(): string {
  const imports = new Map(
    [...exported].map(([name, path]) => [name, `${new URL(path, PROJECT)}`]),
  );
  for (const name of Object.keys(OFFLINE ? offline.imports : {})) {
    imports.set(name, import.meta.resolve(name));
  }
  for (const [name, url] of Object.entries(OFFLINE ? {} : config.imports)) {
    imports.set(name, url).set(`${name}/`, `${url.replace(":", ":/")}/`);
  }
  // In JavaScript, which has no types.
  for (const name of ["keyv", "@keyv/redis"]) {
    imports.set(name, "data:text/javascript,export default class {}");
  }
  return JSON.stringify({ imports: Object.fromEntries(imports) });
}

Deno.test("the examples have the right types", () =>
  withFiles({ "map.json": importMap() }, async (folder) => {
    const flags = ["--no-config", "--no-lock", `--import-map=${folder}/map.json`];
    const paths = ["README.md", ...pathsOfExamples];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "-q", ...flags, "--doc-only", ...paths],
      cwd: PROJECT,
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  }));

Deno.test("the program of docs/lesson.md prints a token", async () => {
  assertMatch(await outputOf(lesson), /^practice-[\w-]+\n$/);
});

Deno.test("the README has the program of the four steps, and it prints a token", async () => {
  assertMatch(await outputOf(fourSteps), /^practice-[\w-]+\n$/);
});

for (const [index, [path, program]] of examples.entries()) {
  const name = `the example ${index + 1}, in ${path}, prints what it says`;
  const signs = /privateKeyJwt|dpopFetch/.test(program);
  Deno.test(needs(name, signs && "npm:jose"), async () => {
    const printed = (await outputOf(program)).replaceAll('"', "");
    assert(!printed.includes("failed:"), printed);
    for (const [, value] of program.matchAll(/console\.log\(.*\); \/\/ (.+)/g)) {
      assertStringIncludes(`\n${printed}`, `\n${value!.replaceAll('"', "")}\n`);
    }
  });
}

const node = await findNode();
Deno.test(
  needs("the program of docs/lesson.md runs in Node.js as build.mjs", "Node.js 24"),
  async () => {
    await using server = await startPracticeServer();
    const folder = await Deno.makeTempDir();
    const program = lesson.replace(/(?<=token_url = ").+(?=")/, server.token_url);
    await Deno.writeTextFile(`${folder}/build.mjs`, program);
    const { stdout } = await new Deno.Command(node, { args: ["build.mjs"], cwd: folder })
      .output();
    await Deno.remove(folder, { recursive: true });
    assertMatch(new TextDecoder().decode(stdout), /^practice-[\w-]+\n$/);
  },
);

Deno.test("the README names symbols that token.ts has", () => {
  const [, table = ""] = section("The four steps").split("| the small program");
  const symbols = [...table.matchAll(/`(\w+)` +\|$/gm)].map(([, symbol]) => symbol);
  for (const symbol of symbols) assertMatch(read("token.ts"), new RegExp(`\\b${symbol}\\b`));
  assertEquals(symbols.length, 8);
});

Deno.test("the README's exit codes are those of the command", () => {
  const rows = [...section("In a script").matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)];
  const codes = rows.map(([, code]) => Number(code));
  const kinds = Object.values(KINDS).map(({ exitCode }) => exitCode);
  assertEquals(codes, [0, ...kinds, EXIT_UNEXPECTED]);
});

const SHELL = ["a system other than Windows", "bash", "sed"] as const;
Deno.test(needs("the README's commands run", ...SHELL), async () => {
  await using server = await startPracticeServer();
  const { client_id, client_secret } = PRACTICE_CLIENT;
  const folder = await Deno.makeTempDir();
  const files = ["main.ts", "token.ts", "deno.json", ".env.example"];
  for (
    const part of ["command", "explain", "lesson", "runtime", "runtime/offline", "token_source"]
  ) {
    await Deno.mkdir(`${folder}/${part}`);
    files.push(...filesIn(`${part}/`, ".ts"), ...filesIn(`${part}/`, ".json"));
  }
  for (const path of files) await Deno.copyFile(new URL(path, PROJECT), `${folder}/${path}`);
  const std = STD_FLAGS.map((flag) => flag.replace(`${PROJECT}`, "")).join(" ");
  // The dependencies of this run, and the practice server in the place of the provider.
  const prelude = `deno() { shift; ${quote([Deno.execPath()])} run -q ${std} "$@"; }
    curl() { echo "called $*"; }
    sed -i.bak "s|https://api.example.com/oauth2/token|${server.token_url}|" .env.example`;
  const outputs: string[] = [];
  const titles = ["With your own provider", "In a script"];
  for (const block of titles.flatMap((title) => blocks(section(title), "sh"))) {
    const filled = block.replaceAll("'https://…'", server.token_url).replaceAll(
      "https://…",
      server.token_url,
    )
      .replaceAll("'…'", client_id).replaceAll("--client-id …", `--client-id ${client_id}`);
    await Deno.writeTextFile(`${folder}/client_secret.txt`, `${client_secret}\n`);
    const child = new Deno.Command("bash", {
      args: ["-c", `${prelude}\n${filled}`],
      cwd: folder,
      env: { TOKEN_URL: server.token_url, CLIENT_ID: client_id, CLIENT_SECRET: client_secret },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${client_secret}\n`)).catch(() => {});
    await writer.close().catch(() => {});
    const { code, stdout } = await child.output();
    assertEquals([code, block], [0, block]);
    outputs.push(new TextDecoder().decode(stdout));
  }
  await Deno.remove(folder, { recursive: true });
  assertEquals(outputs.length, 5);
  assertEquals(outputs[0], "");
  for (const output of outputs.slice(1, 4)) assertMatch(output, /^practice-[\w-]+\n$/);
  assertMatch(outputs[4]!, /^called -H Authorization: Bearer practice-[\w-]+ https:/);
});

Deno.test("the commands in the documents name tasks, files and flags that exist", () => {
  const documents = [
    "README.md",
    "bench/README.md",
    "docs/errors.md",
    "docs/everywhere.md",
    LESSON,
  ];
  const text = [...documents, ...filesIn(".github/", ".md")].map(read).join("\n");
  const commands = text.replace(/\\\n\s*/g, "").matchAll(/\bdeno (task|run) ([^`\n)]+)/g);
  const checked = [...commands].map(([command, verb, args]) => {
    const words = args!.split(/\s+/);
    const [target = "", ...rest] = words.slice(words.findIndex((word) => !word.startsWith("-")));
    if (verb === "task") assert(target in config.tasks, command);
    // The learner writes build.ts.
    else if (target.endsWith(".ts") && target !== "build.ts") assert(read(target), command);
    if (target === "main.ts" || target === "demo") {
      const flags = rest.filter((word) => word.startsWith("--")).map((word) => word.slice(2));
      for (const flag of flags) assert(flag.split("=")[0]! in FLAGS, command);
    }
    return target;
  });
  assert(checked.filter((target) => target === "main.ts").length >= 4, `${checked}`);
});

Deno.test("the links in the documents lead to files", () => {
  const documents = ["README.md", ...filesIn(".github/", ".md"), ...filesIn("docs/", ".md")];
  for (const path of documents) {
    for (const [, link] of read(path).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      assert(Deno.statSync(new URL(link!, new URL(path, PROJECT))), `${path}: ${link}`);
    }
  }
});

Deno.test("the practice server that docs/lesson.md starts prints the URL to use", async () => {
  const command = blocks(read(LESSON), "sh").find((block) => block.includes("practice_server"));
  const [, ...args] = command!.trim().split(" ");
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, "--port", "0"],
    cwd: PROJECT,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const { value } = await child.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  child.kill();
  await child.status;
  assertMatch(
    `${value}`,
    /^The practice server listens at http:\/\/127.0.0.1:\d+\/oauth2\/token\n/,
  );
});
