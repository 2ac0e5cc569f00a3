import { assertEquals } from "@std/assert";
import { editLine } from "./prompt_secret.ts";

function assertLine(keys: string, text: string, isDone = false): void {
  assertEquals(editLine(keys), { text, isDone });
}

Deno.test("editLine keeps every printable character", () => {
  assertLine("", "");
  assertLine(" p@ss [wörd] 密码 \u{1f511}\u00a0~", " p@ss [wörd] 密码 \u{1f511}\u00a0~");
});

Deno.test("editLine ends at Enter or Ctrl-D and drops the rest", () => {
  assertLine("secret\rrm -rf .\r", "secret", true);
  assertLine("secret\nrm -rf .\n", "secret", true);
  assertLine("secret\r\n", "secret", true);
  assertLine("secret\x04more", "secret", true);
  assertLine("\r", "", true);
});

Deno.test("editLine removes a whole character for Backspace", () => {
  assertLine("secreT\x7ft\r", "secret", true);
  assertLine("a\u{1f511}\x7f\bb", "b");
  assertLine("\x7f\x7fa", "a");
});

Deno.test("editLine removes the line for Ctrl-U", () => {
  assertLine("wrong\x15right", "right");
  assertLine("wrong\x15\x7f\x15", "");
});

Deno.test("editLine ignores other control characters", () => {
  assertLine("\0s\te\x01c\x1ar\x1ce\x9bt\x17", "secret");
});

Deno.test("editLine ignores escape sequences", () => {
  for (
    const sequence of [
      ...["\x1b[A", "\x1b[3~", "\x1b[1;5D", "\x1bOP", "\x1b[[A", "\x1b[?1;2c", "\x1b[0 q"],
      ...["\x1b[200~", "\x1b[201~", "\x1b", "\x1b\x1b[B"],
    ]
  ) {
    assertLine(`sec${sequence}ret\x1b`, "secret");
  }
  assertLine("a\x1bob", "aob");
});

Deno.test("editLine ends within an escape sequence", () => {
  for (const start of ["\x1b", "\x1b[", "\x1b[[", "\x1b[1;", "\x1b[0 ", "\x1bO"]) {
    assertLine(`secret${start}`, "secret");
    assertLine(`secret${start}\r`, "secret", true);
  }
});
