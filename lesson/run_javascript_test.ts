import { assert, assertEquals, assertMatch } from "@std/assert";
import { runJavaScript } from "./run_javascript.ts";

const FOLDER = new URL(".", import.meta.url).pathname;

function run(
  program: string,
  options: { extension?: string; timeLimit?: number; maxGrowth?: number } = {},
) {
  return runJavaScript(program, { folder: FOLDER, name: "a.ts", extension: "ts", ...options });
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
    'Deno.readTextFile("check.ts")',
    'import("./check" + ".ts")',
    'Deno.writeTextFile("x", "y")',
    "Deno.hostname()",
    'new Deno.Command(Deno.execPath(), { args: ["--version"] }).output()',
    'Deno.dlopen("libc.so.6", {})',
    'Deno.permissions.request({ name: "read" }).then(({ state }) => { throw { name: state } })',
    `new Promise((_, fail) => {
      const program = "try { Deno.readTextFileSync('check.ts') } catch (e) { postMessage(e.name) }";
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

Deno.test("runJavaScript sees the variables at top level even if the change breaks the program", async () => {
  // A setter has exactly one parameter.
  const program = "let data = { set function(a) { } }; data = 5;";
  const { values, visible } = await run(program, { extension: "js" });
  assertEquals([values.get("data")?.text, visible], ["5", "top level"]);
});

Deno.test("runJavaScript describes values, however large or odd they are", async () => {
  const { values } = await run(`
    const a = "x".repeat(1e6), b = Array(1e6).fill("y"), c = { d: { e: 1 }, f: [1] }, g = null;
    const h: unknown[] = []; h.push(h);
    const i = { get j() { throw 1 } }, k = new Map([["l", c]]), m = Promise.resolve();
    const n = Symbol("o"), p = [["q", "r"]], s = 1n, u = new FormData(), v = Object.create(null);`);
  const texts = [...values].map(([name, { type, text }]) => [name, `${type} ${text}`]);
  assertEquals(Object.fromEntries(texts), {
    ...{ a: `string ${"x".repeat(200)}`, b: `Array [${Array(12).fill("string")}]` },
    ...{ c: 'Object {"d":"Object","f":"[number]"}', g: "null null", h: "Array [Array]" },
    ...{ k: "Map Map", m: "Promise Promise", n: "symbol Symbol(o)", p: "Array [Array]" },
    ...{ s: "bigint 1", u: "FormData FormData", v: "Object {}" },
  });
  assertEquals(values.get("p")?.entries, [["q", "string", "r"]]);
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
  Deno.test(`runJavaScript reads ${what}`, async () => {
    const { failure } = await run(program);
    assertEquals([failure?.kind, failure?.line], [kind, line]);
    assertMatch(failure!.message, message);
  });
}

Deno.test("runJavaScript sees the variables beside a directive, and beside what is no type", async () => {
  for (
    const [program, visible] of [
      ['function f(a) { "use strict"; const b = a; return b }; console.log(f(1));', "all"],
      ['const f = (a: string) => { "use strict"; const b = a }; f("1"); console.log(1);', "all"],
      ["const f = (cb: (t: number) => void, b: string) => cb(1); f(console.log, 'b');", "all"],
      ["enum A { B } const b = (a: number) => a; console.log(b(1));", "declared"],
    ]
  ) {
    const { stdout, failure, values, visible: seen } = await run(program!);
    assertEquals([stdout, failure, seen], ["1\n", undefined, visible], program);
    assert(values.has("b"), program);
  }
});

Deno.test("runJavaScript notes what the program caught, and which line did not end", async () => {
  const { caught, unset, values } = await run(
    "const f = () => { const a = null!.b }; try { f() } catch (error) { const c = `${error}` }",
  );
  assertMatch(`${caught}`, /^TypeError: Cannot read properties of null/);
  assertEquals([unset, values.get("c")?.text], [["a"], caught]);
});

Deno.test("runJavaScript calls the program by its name, and leaves out columns", async () => {
  const { stderr, failure } = await run("\nconsole.error(new Error('a').stack);\nnull!.b;");
  assertEquals(stderr, "Error: a\n    at a.ts:2\n");
  assertEquals(failure?.line, 3);
});

Deno.test("runJavaScript takes no report from the program itself", async () => {
  const { stderr, values } = await run('const a = 1; console.error("{\\"values\\":{}}");');
  assertEquals([stderr, values.get("a")?.text], ['{"values":{}}\n', "1"]);
});

Deno.test("a learner's program cannot read the mark of the reports", async () => {
  const { stdout } = await run(`
    const places: unknown[] = [Deno.env.toObject(), process.env, Deno.args, process.argv];
    Object.defineProperty(Object.prototype, "toJSON", { value() { places.push(this) } });
    Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFileName()).join();
    Map.prototype.get = new Proxy(Map.prototype.get, {
      apply(get, self, args) {
        places.push(new Error().stack, ...args);
        return Reflect.apply(get, self, args);
      },
    });
    const a = 1;
    const text = places.map((place) => Deno.inspect(place)).join();
    console.log(text.includes("probe.js"), text.match(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/));`);
  assertEquals(stdout, "true null\n");
});

Deno.test("a learner's program has no place for a cache, in no realm", async () => {
  const { stdout } = await run(`
    const open = 'caches.open("a").then(() => "kept", () => "no place").then(postMessage)';
    const url = (program: string) => "data:text/javascript," + encodeURIComponent(program);
    const inner = JSON.stringify(url(open));
    const outer = "new Worker(" + inner + ", { type: 'module' })" +
      ".onmessage = ({ data }) => postMessage(data)";
    for (const program of [open, outer]) {
      const worker = new Worker(url(program), { type: "module" });
      console.log(await new Promise((done) => worker.onmessage = ({ data }) => done(data)));
      worker.terminate();
    }`);
  assertEquals(stdout, "no place\nno place\n");
});

Deno.test("a learner's program can use a package that stands in its folder", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/node_modules/a`, { recursive: true });
  await Deno.writeTextFile(`${folder}/node_modules/a/index.js`, "module.exports = { b: 1 };");
  await Deno.writeTextFile(`${folder}/node_modules/a/package.json`, '{ "name": "a" }');
  for (const specifier of ["a", "npm:a"]) {
    const program = `import a from "${specifier}"; const { b } = a;`;
    const options = { folder, name: "a.ts", extension: "ts" };
    const { values, failure } = await runJavaScript(program, options);
    assertEquals([failure, values.get("b")?.text], [undefined, "1"]);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a learner's program that sends too much is stopped", async () => {
  const body = "new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65536)) })";
  for (
    const program of [
      'for (;;) await (await fetch("http://localhost/")).body?.cancel();',
      'for (let i = 0; i < 400; i++) fetch("http://localhost/").catch(() => {});',
      `for (let i = 0; i < 400; i++) fetch("http://localhost/", { method: "POST", body: ${body} });`,
      `const port = Number(new URL((await fetch("http://localhost/")).url).port);
      const head = "POST / HTTP/1.1\\r\\nhost: localhost\\r\\n" + ("a: " + "b".repeat(999) + "\\r\\n").repeat(60);
      for (;;) await (await Deno.connect({ hostname: "127.0.0.1", port })).write(new TextEncoder().encode(head));`,
    ]
  ) {
    const { failure, exchanges } = await run(program, {
      timeLimit: 60_000,
      maxGrowth: 64 * 1024 * 1024,
    });
    assertEquals(failure?.kind, "requests", program);
    assert(exchanges.length <= 200, `${exchanges.length}`);
  }
});
