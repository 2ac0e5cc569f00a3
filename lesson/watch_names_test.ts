import { assert, assertEquals } from "@std/assert";
import { processorTime } from "../tests/support/command.ts";
import { watchNames } from "./watch_names.ts";

/** The changed program, without what is in front of it. */
function changed(source: string): string {
  const { program } = watchNames(source, "$watch");
  return program.slice(program.indexOf(";") + 1);
}

/** The names that each call of `$watch` in the changed program can read. */
function watched(source: string): string[] {
  const calls = [...changed(source).matchAll(/\$watch\(\d+,\{([^}]*)\}\)/g)];
  return calls.map(([, getters]) => getters!.replace(/:\(\)=>[\w$]+/g, ""));
}

/** Runs the changed program and returns what its variables are at the end. */
async function run(source: string): Promise<Record<string, unknown>> {
  const getters: Record<string, () => unknown> = {};
  Object.assign(globalThis, {
    $watch: (_: number, more: typeof getters) => Object.assign(getters, more),
  });
  await import(`data:text/typescript,${encodeURIComponent(changed(source))}`);
  const values: Record<string, unknown> = {};
  for (const [name, getter] of Object.entries(getters)) {
    try {
      values[name] = getter();
    } catch {
      // A name that is no variable.
    }
  }
  return values;
}

Deno.test("watchNames finds const, let and var, at top level and in functions", () => {
  const source = "const a = 1; let b: number; { var c = 3 }\nconst d = 4";
  assertEquals(watched(source), ["a", "b", "c", "d"]);
  assertEquals(watched("export const a = 1"), ["a"]);
  const many = "const a = 1, b: Map<string, number> = f(x, y), c = (p, q) => [p, q];";
  assertEquals(watched(many), ["a,b,c", "p,q"]);
});

Deno.test("watchNames finds the names in a pattern", () => {
  assertEquals(watched("const { a, b: c, ...d } = e;"), ["a,b,c,d"]);
  assertEquals(watched("const [a, b = 1] = c"), ["a,b"]);
  assertEquals(watched("const { default: a } = b"), ["a"]);
});

Deno.test("watchNames finds parameters", () => {
  const source = "f((a) => a); f(b => b); f(async c => c); f(async (d, e) => d)";
  assertEquals(watched(source), ["a", "b", "c", "d,e"]);
  assertEquals(watched("function f(a: string, { b }: { b: number }, c = 1) { }"), ["a,b,c"]);
  assertEquals(watched("f(function (a,) { })"), ["a"]);
  assertEquals(watched("const f = (a: string): Promise<void> => g(a)"), ["f", "a"]);
});

Deno.test("watchNames takes no type for a declaration", () => {
  for (
    const source of ["declare const a: string", "const enum A { }", "type B = (b: string) => void"]
  ) {
    assertEquals(watched(source), []);
  }
});

Deno.test("watchNames leaves alone what is no declaration", () => {
  for (
    const source of [
      "for (const a of b) { }",
      "for (let i = 0; i < 3; i++) { }",
      'x.let = 1; y = { var: 1 }; z = ["a"]\nw()',
      "const enum A { }",
      "// const a = 1",
      "/* let b */ 'const c'; \"const d\"; `const e`; f(/const f/)",
      "f(() => 1); f((...rest) => rest)",
      "f(async => 1)",
      "whiles(b)",
      "f) => 1; function g(",
      "if (a) { } for (;b;) { } while (c) { } class D { e(f) { } }",
    ]
  ) assertEquals(changed(source), source);
});

Deno.test("watchNames keeps the lines", () => {
  const source = "const a = 1,\n  b = 2;\nwhile (a < b) { break }\nf(\n  c,\n  d => d);";
  assertEquals(changed(source).split("\n").length, 6);
});

Deno.test("the changed program still works, and its variables can be read", async () => {
  const { l, ...variables } = await run(`
    let a = 1;
    const { b, c: d } = { b: 2, c: 3 };
    async function main(e: number, f = 5): Promise<number> {
      const g = e + f;
      while (a < 3) a++;
      return g;
    }
    const h = await main(4).then((i) => i + 1).then(async j => j + 1);
    if (h) var k = "/" + /[/"]/.source + \`\${h}\`;
    export const l = (m: number) => m, n = l(7)
  `);
  assertEquals(typeof l, "function");
  assertEquals(variables, {
    ...{ a: 3, b: 2, d: 3, e: 4, f: 5, g: 9, h: 11, i: 9, j: 10, k: '/[/"]11', m: 7, n: 7 },
  });
});

Deno.test("watchNames is done soon, however odd the program", () => {
  for (const part of [" ", "let a;", "a=>b,"]) {
    const start = processorTime();
    watchNames(part.repeat(64 * 1024 / part.length), "$watch");
    assert(processorTime() - start < 1500, part);
  }
});
