import { assert, assertEquals, assertMatch } from "@std/assert";
import { runProgram } from "./run_program.ts";

const FOLDER = new URL(".", import.meta.url).pathname;

function run(program: string, options: { extension?: string; timeLimit?: number } = {}) {
  return runProgram(program, { folder: FOLDER, extension: "ts", ...options });
}

function startOther() {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  return Deno.serve(options, () => new Response("reached"));
}

/** The names of the errors that these expressions give in a learner's program. */
async function errorsOf(expressions: string[]): Promise<string[]> {
  const lines = expressions.map((expression) =>
    `try { console.log("reached", await (${expression})) } catch (e) { console.log(e.name) }\n`
  );
  const { stdout } = await run(lines.join(""));
  return stdout.trim().split("\n");
}

Deno.test("a learner's program reaches no other host, file, variable or process", async () => {
  await using server = startOther();
  const { port } = server.addr;
  const errors = await errorsOf([
    'fetch("https://example.com/")',
    `Deno.connect({ hostname: "127.0.0.1", port: ${port} })`,
    'Deno.connect({ hostname: "::1", port: 80 })',
    'Deno.resolveDns("example.com", "A")',
    `new Promise((done, fail) => {
      const socket = new WebSocket("ws://127.0.0.1:${port}/");
      socket.onopen = done;
      socket.onerror = () => fail(new TypeError());
    })`,
    'Deno.readTextFile("run.ts")',
    'import("./run" + ".ts")',
    'Deno.writeTextFile("x", "y")',
    "Deno.hostname()",
    'new Deno.Command(Deno.execPath(), { args: ["--version"] }).output()',
    'Deno.dlopen("libc.so.6", {})',
    'Deno.permissions.request({ name: "read" }).then(({ state }) => { throw { name: state } })',
    `new Promise((_, fail) => {
      const program = "try { Deno.readTextFileSync('run.ts') } catch (e) { postMessage(e.name) }";
      const worker = new Worker("data:text/javascript," + program, { type: "module" });
      worker.onmessage = ({ data }) => fail({ name: data }, worker.terminate());
    })`,
  ]);
  for (const error of errors) assertMatch(error, /^(NotCapable|TypeError|denied|prompt)$/);
  assertEquals(errors.length, 13);
});

Deno.test("a learner's program sees no variable and keeps nothing", async () => {
  // Not one that the tests beside this one look at.
  Deno.env.set("NOT_FOR_LEARNERS", "very secret");
  const { stdout } = await run(`
    console.log(Deno.env.get("NOT_FOR_LEARNERS"), process.env.NOT_FOR_LEARNERS, Deno.args.length);
    console.log(typeof localStorage, typeof sessionStorage, typeof caches);`);
  Deno.env.delete("NOT_FOR_LEARNERS");
  assertEquals(stdout, "undefined undefined 0\nundefined undefined undefined\n");
});

Deno.test("a fetch of any address on this machine reaches the practice server", async () => {
  await using server = startOther();
  const { exchanges, stdout } = await run(
    `console.log((await fetch("http://localhost:${server.addr.port}/x")).status)`,
  );
  assertEquals([stdout, exchanges.map(({ path }) => path)], ["404\n", ["/x"]]);
});

Deno.test("a learner's program downloads nothing", async () => {
  for (const name of ["https://example.com/a.js", "npm:no-such-package", "jsr:@no/such"]) {
    const { failure } = await run(`import ${JSON.stringify(name)};`);
    assertEquals(failure?.kind, "import", name);
  }
});

Deno.test("what a learner's program prints is cut, and then the program is killed", async () => {
  const { stdout, failure } = await run('for (;;) console.log("x".repeat(100));');
  assertEquals([stdout.length, failure?.kind], [64 * 1024, "output"]);
});

Deno.test("a learner's program that never ends, forks and ignores signals is killed in time", async () => {
  const start = performance.now();
  const { failure } = await run(
    `for (const signal of ["SIGTERM", "SIGINT"]) Deno.addSignalListener(signal, () => {});
    const fork = () => { setTimeout(fork); setTimeout(fork, 50) }; fork()`,
    { timeLimit: 1000 },
  );
  assertEquals(failure?.kind, "time");
  assert(performance.now() - start < 9000);
});

Deno.test("runProgram sees the variables at top level even if the change breaks the program", async () => {
  const { values } = await run("let data = 5; data = true ? (1) : b => 2;", { extension: "js" });
  assertEquals(values.data, { type: "number", text: "1" });
});

Deno.test("runProgram describes values, however large or odd they are", async () => {
  const { values } = await run(`
    const a = "x".repeat(1e6), b = Array(1e6).fill("y"), c = { d: { e: 1 }, f: [1] }, g = null;
    const h: unknown[] = []; h.push(h);
    const i = { get j() { throw 1 } }, k = new Map([["l", c]]), m = Promise.resolve();
    const n = Symbol("o"), p = [["q", "r"]], s = 1n, u = new FormData(), v = Object.create(null);`);
  const texts = Object.entries(values).map(([name, { type, text }]) => [name, `${type} ${text}`]);
  assertEquals(Object.fromEntries(texts), {
    ...{ a: `string ${"x".repeat(200)}`, b: `Array [${Array(12).fill("string")}]` },
    ...{ c: 'Object {"d":"Object","f":"[number]"}', g: "null null", h: "Array [Array]" },
    ...{ k: "Map Map", m: "Promise Promise", n: "symbol Symbol(o)", p: "Array [Array]" },
    ...{ s: "bigint 1", u: "FormData FormData", v: "Object {}" },
  });
  assertEquals(values.p!.entries, [["q", "string", "r"]]);
});

for (
  const [what, program, kind, message, line] of [
    ["a rejection", "\n\nPromise.reject(new RangeError('a'))", "exception", /^RangeError: a$/, 3],
    ["a thrown text", "throw 'a'", "exception", /^"a"$/, undefined],
    ["a syntax error that only V8 finds", "\nawait: 1", "syntax", /./, 2],
    ["a missing file", "import './a.js'", "import", /Module not found/, 1],
    ["an error in the probe", "await fetch('x:y')", "exception", /cannot be reached/, 1],
  ] as const
) {
  Deno.test(`runProgram reads ${what}`, async () => {
    const { failure } = await run(program);
    assertEquals([failure?.kind, failure?.line], [kind, line]);
    assertMatch(failure!.message, message);
  });
}

Deno.test("runProgram runs a program unchanged if the change breaks it", async () => {
  for (
    const program of [
      'function f(a) { "use strict"; return a }; console.log(f(1));',
      "const a = true ? (1) : b => 2; console.log(a);",
    ]
  ) {
    const { stdout, failure } = await run(program, { extension: "js" });
    assertEquals([stdout, failure], ["1\n", undefined]);
  }
});

Deno.test("runProgram takes no report from the program itself", async () => {
  const { stderr, values } = await run('const a = 1; console.error("{\\"values\\":{}}");');
  assertEquals([stderr, values.a?.text], ['{"values":{}}\n', "1"]);
});
