import { assertEquals } from "@std/assert";
import { stripTypes } from "./strip_types.ts";

Deno.test("stripTypes leaves spaces in the place of types", () => {
  assertEquals(stripTypes("const a: A = b as C;"), { code: "const a    = b     ;" });
});

Deno.test("stripTypes keeps offsets beside characters of several bytes", () => {
  const source = "const a: 'é😀' = 'é😀'; type B = '日'; c";
  const stripped = stripTypes(source);
  const code = "code" in stripped ? stripped.code : "";
  assertEquals([code.length, code.indexOf("c", 30)], [source.length, source.length - 1]);
});

Deno.test("stripTypes says why types cannot be left out", () => {
  assertEquals(stripTypes("const a = ;"), { problem: "syntax error" });
  assertEquals(stripTypes("enum A { B }"), { problem: "more than types" });
});
