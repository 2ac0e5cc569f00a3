import { assert, assertEquals, assertMatch } from "@std/assert";
import { findNode, needs } from "../tests/support/needs.ts";
import { NODE_SANDBOX } from "./node_sandbox.ts";
import { recordRun } from "./record_run.ts";

const FOLDER = import.meta.dirname!;
const node = await findNode();
const takesAllowNet = node && new TextDecoder().decode(
      new Deno.Command(node, {
        args: ["-p", "process.allowedNodeEnvironmentFlags.has('--allow-net')"],
      }).outputSync().stdout,
    ).trim() === "true";

/** Runs a program in the sandbox of Node.js. */
async function run(
  program: string,
  { timeLimit = 60_000, extension = "js", folder = FOLDER } = {},
) {
  const prepared = { program, watch: "$w", usesImports: true, extension, folder };
  const recording = await recordRun((places) => {
    const { args, ...child } = NODE_SANDBOX.childFor(prepared, places);
    // Deno has that flag in any version.
    const known = args.filter((arg) => takesAllowNet || arg !== "--allow-net");
    return { ...child, args: known, program: node };
  }, { folder, name: "a.js", timeLimit });
  const { failure, before } = NODE_SANDBOX.readFailure(recording, program);
  return { ...recording, failure, stderr: NODE_SANDBOX.withName(before, "a.js") };
}

function test(name: string, work: () => Promise<void>): void {
  Deno.test(needs(name, "Node.js 24"), work);
}

test("in Node.js, a program starts no other, writes nothing, and reads only its folder", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/a.txt`, "mine");
  const attempts = [
    'fs.readFileSync("/etc/hosts")',
    'fs.readdirSync("..")',
    'fs.readFileSync("/proc/self/environ")',
    'fs.writeFileSync("a.txt", "b")',
    'fs.mkdirSync("b")',
    'child.spawnSync("true")',
    'child.execSync("true")',
    'child.fork("a.js")',
    'new worker.Worker("1", { eval: true })',
    "new wasi.WASI({ version: 'preview1' })",
    'process.dlopen({ exports: {} }, "/lib/a.so")',
  ];
  const lines = attempts.map((code) =>
    `try { console.log("done", ${code}) } catch (e) { console.log(e.code) }\n`
  );
  const { stdout, failure } = await run(
    `import fs from "node:fs"; import child from "node:child_process";
    import worker from "node:worker_threads"; import wasi from "node:wasi";
    console.log(fs.readFileSync("a.txt", "utf8"));\n` + lines.join(""),
    { folder },
  );
  await Deno.remove(folder, { recursive: true });
  const codes = stdout.trim().split("\n");
  assertEquals([failure, codes.shift()], [undefined, "mine"]);
  assertEquals(codes.length, attempts.length);
  for (const [i, code] of codes.entries()) {
    assertMatch(code, /^ERR_(ACCESS_DENIED|DLOPEN_DISABLED)$/, attempts[i]);
  }
});

test("in Node.js, a program sees no variable, and not the mark of the reports", async () => {
  Deno.env.set("NOT_FOR_LEARNERS", "very secret");
  const { stdout } = await run(`import process from "node:process";
    console.log(process.env.NOT_FOR_LEARNERS, process.env.EXERCISE_MARK, process.argv.length);`);
  Deno.env.delete("NOT_FOR_LEARNERS");
  assertEquals(stdout, "undefined undefined 2\n");
});

test("in Node.js, the probe directs requests to the practice server, and refuses others", async () => {
  const { exchanges, stdout } = await run(`
    import net from "node:net"; import http from "node:http";
    const status = async (url) => console.log(await fetch(url).then((r) => r.status, (e) => e.message));
    await status("https://api.example.com/x");
    await status("http://localhost:1/y");
    await status("https://example.com/");
    await status("no url");
    for (const open of [
      () => net.connect(80, "192.0.2.1"),
      () => net.connect({ port: 80, host: "192.0.2.1" }),
      () => http.get("http://192.0.2.1/"),
    ]) try { open() } catch (error) { console.log(error.message) }`);
  assertEquals(exchanges.map(({ path }) => path), ["/x", "/y"]);
  assertEquals(stdout.trim().split("\n"), [
    "404",
    "404",
    "https://example.com cannot be reached from here",
    "Invalid URL: 'no url'",
    ...Array(3).fill("192.0.2.1:80 cannot be reached from here"),
  ]);
});

for (
  const [what, program, kind, message, line] of [
    ["an exception", "\nnull.a", "exception", /^TypeError: Cannot read properties of null/, 2],
    ["a rejection", "\n\nPromise.reject(new RangeError('a'))", "exception", /^RangeError: a$/, 3],
    ["a thrown text", "throw 'a'", "exception", /^"a"$/, undefined],
    [
      "a thrown object without a text",
      "throw Object.create(null)",
      "exception",
      /text$/,
      undefined,
    ],
    ["a syntax error", "\nconst a = ;", "syntax", /^Unexpected token ';'$/, 2],
    ["a missing file", "\nimport './a.js'", "import", /^Error: Cannot find module '.\/a.js'$/, 2],
    ["a missing package", "import 'a-a'", "import", /^Error: Cannot find package 'a-a'$/, 1],
    ["a missing export", "\nimport { a } from './probe.js'", "import", /named 'a'$/, 2],
    ["an import of another scheme", "import 'https://a.b/'", "import", /protocol 'https:'$/, 1],
    ["an import from another folder", "import '../token.ts'", "exception", /restricted/, undefined],
    ["an error in the probe", "\nawait fetch('x:y')", "exception", /cannot be reached/, 2],
    [
      "a promise that stays",
      "\nawait new Promise(() => {})",
      "exception",
      /^Detected unsettled/,
      2,
    ],
  ] as const
) {
  test(`NODE_SANDBOX reads ${what}`, async () => {
    const { failure } = await run(program);
    assertEquals([failure?.kind, failure?.line], [kind, line]);
    assertMatch(failure!.message, message);
  });
}

test("NODE_SANDBOX reads what is more than a type", async () => {
  const { failure } = await run("enum A { B }", { extension: "ts" });
  assertEquals(failure?.kind, "syntax");
  assertMatch(failure!.message, /strip-only mode/);
});

test("NODE_SANDBOX reads that the memory was used up, and what a program wrote before it ended", async () => {
  const { failure } = await run("const a = []; for (;;) a.push(new Array(1000).fill({}));");
  assertEquals(failure, { kind: "memory", message: "" });
  const { failure: none, stderr, code } = await run(
    "import process from 'node:process'; console.error(new Error('a').stack); process.exit(3)",
  );
  assertEquals([none, code], [undefined, 3]);
  assert(stderr.startsWith("Error: a\n    at a.js:1\n"), stderr);
});

test("in Node.js, a program that prints without an end is stopped for that", async () => {
  const { killedFor, stdout } = await run("for (;;) console.log('abc');");
  assertEquals([killedFor, stdout.length], ["output", 64 * 1024]);
});
