import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { FLAGS } from "../command/flags.ts";
import { KINDS } from "../command/error_table.ts";
import { EXIT_UNEXPECTED } from "../command/output.ts";
import { PRACTICE_CLIENT, startPracticeServer } from "../lesson/practice_server.ts";
import { PROJECT, STD_FLAGS } from "./support/command.ts";
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

/** Runs a program whose requests to api.example.com the practice server answers. */
async function runProgram(program: string): Promise<string> {
  await using server = await startPracticeServer();
  const folder = await Deno.makeTempDir();
  const imports = program.replaceAll(/from "(.+)"/g, (_, name: string) => {
    const path = exported.get(name) ?? name;
    return `from "${new URL(path, PROJECT)}"`;
  });
  await Deno.writeTextFile(`${folder}/program.ts`, imports);
  await Deno.writeTextFile(
    `${folder}/preload.js`,
    `const { fetch } = globalThis;
    globalThis.fetch = (input, init) => {
      const { pathname } = new URL(input);
      if (pathname === "/oauth2/token") return fetch("${server.token_url}", init);
      return Promise.resolve(new Response("What the API has to say"));
    };`,
  );
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--check",
      ...STD_FLAGS,
      "--allow-net=127.0.0.1",
      ...program.includes("fileStore(") ? CACHE_FLAGS : [],
      "--preload",
      `${folder}/preload.js`,
      `${folder}/program.ts`,
    ],
    cwd: folder,
  }).output();
  await Deno.remove(folder, { recursive: true });
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout);
}

/** The text of a section of the README. */
function section(title: string): string {
  return README.split(`\n## ${title}\n`)[1]!.split("\n## ")[0]!;
}

const LESSON = "docs/lesson.md";
const lesson = blocks(read(LESSON), "ts").join("");
Deno.test("the program of docs/lesson.md prints a token", async () => {
  assertMatch(await runProgram(lesson), /^practice-[\w-]+\n$/);
});

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

const programs = [
  ...blocks(section("As a library"), "ts").map((block) => ["README.md", block]),
  ...[
    ...filesIn("docs/", ".md").filter((path) => path !== LESSON),
    ...Object.values(config.exports).map((path) => path.slice(2)),
  ]
    .flatMap((path) => blocks(read(path), "ts").map((block) => [path, block])),
] as [path: string, program: string][];
for (const [index, [path, program]] of programs.entries()) {
  const name = `the example ${index + 1}, in ${path}, prints what it says`;
  const signs = /privateKeyJwt|dpopFetch/.test(program);
  Deno.test(needs(name, signs && "npm:jose"), async () => {
    const printed = (await runProgram(program)).replaceAll('"', "");
    for (const [, value] of program.matchAll(/console\.log\(.*\); \/\/ (.+)/g)) {
      assertStringIncludes(`\n${printed}`, `\n${value!.replaceAll('"', "")}\n`);
    }
  });
}

Deno.test("the README names symbols that token.ts has", () => {
  const [, table = ""] = section("The four steps").split("| the small program");
  const symbols = [...table.matchAll(/`(\w+)` +\|$/gm)].map(([, symbol]) => symbol);
  for (const symbol of symbols) assertMatch(read("token.ts"), new RegExp(`\\b${symbol}\\b`));
  assertEquals(symbols.length, 8);
});

Deno.test("the README has the program of the four steps, and it prints a token", async () => {
  const [program = ""] = blocks(section("The four steps"), "ts");
  assertMatch(await runProgram(program), /^practice-[\w-]+\n$/);
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
