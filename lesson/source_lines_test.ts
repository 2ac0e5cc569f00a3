import { assertEquals } from "@std/assert";
import {
  functionAround,
  isNameInCode,
  lineOf,
  lineOfDeclaration,
  lineOfName,
  type Program,
} from "./source_lines.ts";

const javascript = (source: string): Program => ({ language: "javascript", source });
const python = (source: string): Program => ({ language: "python", source });

Deno.test("lineOf finds a line of code, and none in a comment", () => {
  assertEquals(lineOf(javascript("// a\n/* a */\na"), /a/), 3);
  assertEquals(lineOf(python("# a\na"), /a/), 2);
  assertEquals(lineOf(javascript("// a"), /a/), undefined);
});

Deno.test("lineOfName prefers the line in which a variable gets its value", () => {
  assertEquals(lineOfName(javascript("f(a);\na === b;\nb.a = 1;\nconst a: A = 1;"), "a"), 4);
  assertEquals(lineOfName(javascript("b.a;\nf(a);"), "a"), 2);
});

Deno.test("lineOfDeclaration finds a declaration, also in a pattern", () => {
  assertEquals(lineOfDeclaration(javascript("a = 1;\nlet a;"), "a"), 2);
  assertEquals(lineOfDeclaration(javascript("f(a);\nconst { b, a } = c;"), "a"), 2);
  assertEquals(lineOfDeclaration(javascript("f(a);"), "a"), undefined);
  assertEquals(lineOfDeclaration(python("a == 1\n  a = 1"), "a"), 2);
});

Deno.test("isNameInCode looks for a variable, not for a member, a key or a text", () => {
  assertEquals(isNameInCode(javascript("f((a) => b)"), "a"), true);
  for (const source of ["b.a", "b?. a", "({ a: 1 })", "'a'", "// a", "ab"]) {
    assertEquals(isNameInCode(javascript(source), "a"), false, source);
  }
});

for (
  const [head, name] of [
    ["function main() {", "main"],
    ["async function main(a, b = c(d)) {", "main"],
    ["const main = async () => {", "main"],
    ["const main = a => {", "main"],
    ["const main = function () {", "main"],
    ["class A {\n async main() {", "main"],
    ["class A {\n main(): Promise<void> {", "main"],
    ["class A {", undefined],
    ["{", undefined],
    ["f(function () {", undefined],
    ["if (a) {", undefined],
    ["try {", undefined],
    ["function main() {\n try {", "main"],
    ["function main() {\n if (a) {\n for (;;) {", "main"],
    ["function main() {\n f({ a: 1 });", "main"],
    ["function main() {}\n{", undefined],
    ["const a = '{'; // {", undefined],
  ] as const
) {
  Deno.test(`functionAround knows the function after ${JSON.stringify(head)}`, () => {
    const source = `${head}\nhere`;
    const line = source.split("\n").length;
    assertEquals(functionAround(javascript(source), line), name);
  });
}

Deno.test("functionAround knows a function of Python by its indent", () => {
  const source = "def a():\n    b = 1\n    if b:\n        c = 2\n\nd = 3\ne = 4";
  const around = (line: number) => functionAround(python(source), line);
  assertEquals([1, 2, 4, 6, 7].map(around), [undefined, "a", "a", undefined, undefined]);
});
