import { assertEquals } from "@std/assert";
import { needs, npm } from "../support/needs.ts";

const { mutantsOf } = await npm("typescript", () => import("./mutants.ts"));

for (
  const [source, expected] of [
    ["a < 1;", ["a < 1; -> ;", "< -> <=", "< -> >=", "1 -> 2", "1 -> 0"]],
    ['b = "x";', ['b = "x"; -> ;', '"x" -> ""']],
    ["if (c) {}", ["c -> !(c)", "c -> false", "c -> true"]],
    ["for (; d;) {}", ["d -> !(d)", "d -> false"]],
    ["const e = f ?? g;", ["f ?? g -> (f)", "f ?? g -> (g)"]],
    ["const h = !i;", ["!i -> i"]],
    ["const j = /^k+/;", [
      "/^k+/ -> /(?:)/",
      "/^k+/ -> /(?!)/",
      "/^k+/ -> /^k+/i",
      "/^k+/ -> /k+/",
      "/^k+/ -> /^k/",
    ]],
    ['import "l"; export type M = "n"; interface O { p: 1 }', []],
  ] as const
) {
  Deno.test(needs(`mutantsOf changes ${source}`, "npm:typescript"), () => {
    const mutants = mutantsOf(source);
    assertEquals(mutants.map((mutant) => `${mutant.old} -> ${mutant.new}`), [...expected]);
    for (const { at, old } of mutants) assertEquals(source.slice(at, at + old.length), old);
  });
}

Deno.test(needs("mutantsOf says where a change is", "npm:typescript"), () => {
  const [, { at, line, column } = {}] = mutantsOf("const a = 0;\nconst b = 1;\n");
  assertEquals([at, line, column], [23, 2, 11]);
});
