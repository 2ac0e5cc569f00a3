import { assertEquals, assertThrows } from "@std/assert";
import { fromBase64, toBase64url } from "./base64.ts";

const CASES: [bytes: number[], text: string][] = [
  [[], ""],
  [[0], "AA"],
  [[255, 255], "__8"],
  [[251, 240, 63], "-_A_"],
  [[102, 111, 111, 98], "Zm9vYg"],
];

Deno.test("toBase64url writes bytes, and fromBase64 reads them", () => {
  for (const [bytes, text] of CASES) {
    assertEquals(toBase64url(new Uint8Array(bytes)), text);
    assertEquals([...fromBase64(text)], bytes);
  }
});

Deno.test("fromBase64 reads the other alphabet, padding and line breaks", () => {
  assertEquals([...fromBase64("//8=")], [255, 255]);
  assertEquals([...fromBase64("\r\nZm9v\r\nYg==\n")], [102, 111, 111, 98]);
});

Deno.test("fromBase64 refuses what is not base64", () => {
  for (const text of ["A", "A*", "é", "Zg=a"]) assertThrows(() => fromBase64(text), DOMException);
});
