import { assertEquals, assertThrows } from "@std/assert";
import { finding, MESSAGES } from "./verdict.ts";

Deno.test("finding puts words into a message, and nothing into what is no word", () => {
  const { what, advice } = finding({ language: "javascript" }, "key_renamed", { name: "{other}" });
  assertEquals(what, "the key is called {other}, not {other}");
  assertEquals(advice.includes("RFC 6749"), true);
});

Deno.test("finding takes no message that is not there", () => {
  for (const code of ["no_such_code", "toString"]) {
    assertThrows(() => finding({ language: "javascript" }, code), Error, code);
  }
});

Deno.test("each message is a sentence or two that fit on three lines", () => {
  for (const messages of Object.values(MESSAGES)) {
    for (const [code, { what, advice }] of messages) {
      assertEquals([what.length <= 75, advice.length <= 230], [true, true], code);
    }
  }
});
