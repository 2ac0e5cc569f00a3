import { assertEquals } from "@std/assert";
import { readKeys } from "./deno.ts";

Deno.test("readKeys ends when the terminal is gone, and shows what is typed again", async () => {
  const { setRaw, readSync } = Deno.stdin;
  const modes: boolean[] = [];
  Deno.stdin.setRaw = (mode) => void modes.push(mode);
  Deno.stdin.readSync = () => null;
  try {
    assertEquals(await Array.fromAsync(readKeys(() => {})), []);
  } finally {
    Object.assign(Deno.stdin, { setRaw, readSync });
  }
  assertEquals(modes, [true, false]);
});
