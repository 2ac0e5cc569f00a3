import { assertEquals } from "@std/assert";
import { testsOf } from "./tests_of.ts";

const IMPORTS = new Map([
  ["a.ts", ["b.ts"]],
  ["b.ts", []],
  ["c.ts", ["a.ts", "d.ts"]],
  ["d.ts", []],
  ["a_test.ts", ["a.ts", "c.ts"]],
  ["b_test.ts", ["c.ts", "b.ts"]],
  ["c_test.ts", ["c.ts"]],
  ["d_test.ts", ["d.ts"]],
  ["tests/large_test.ts", ["b.ts", "c.ts", "d.ts"]],
  ["tests/small_test.ts", ["b.ts"]],
  ["tests/readme_test.ts", ["b.ts"]],
]);

Deno.test("testsOf puts a file's own test first, then the nearest, then those that load the least", () => {
  assertEquals(testsOf("b.ts", IMPORTS), [
    "b_test.ts",
    "tests/small_test.ts",
    "tests/large_test.ts",
    "a_test.ts",
    "c_test.ts",
  ]);
});

Deno.test("testsOf finds no tests of a file that none imports", () => {
  assertEquals(testsOf("e.ts", IMPORTS), []);
});
