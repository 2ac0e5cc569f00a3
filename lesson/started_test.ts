import { assertEquals, assertStringIncludes } from "@std/assert";
import { STARTED, wayIn, WAYS } from "./started.ts";

Deno.test("wayIn knows a task, the source in Node.js, and the npm package", () => {
  assertEquals([wayIn("deno", true), wayIn("deno", false)], ["task", "task"]);
  assertEquals([wayIn("node", true), wayIn("node", false)], ["node", "package"]);
  assertEquals(STARTED, WAYS.task);
});

Deno.test("what to type in Node.js needs no Deno", () => {
  for (const way of ["node", "package"] as const) {
    const words = Object.values(WAYS[way]).join("\n");
    assertEquals(words.includes("deno"), false, words);
    assertStringIncludes(words, "Node.js");
  }
});
