import { assertEquals } from "@std/assert";
import { type Language, scan } from "./scan.ts";

/** What is left of a program, with each run of spaces as one. */
function scanned(source: string, language: Language = "javascript"): [string, string] {
  const { code, withoutComments } = scan(source, language);
  assertEquals([code.length, withoutComments.length], [source.length, source.length]);
  const short = (text: string) => text.replace(/ +/g, " ").trim();
  return [short(code), short(withoutComments)];
}

Deno.test("scan leaves out comments, and from the code texts and regular expressions too", () => {
  const source = "a // b\n/* c\n */ 'd' + \"// e\" + `f` + /g'/ + h / i / j";
  assertEquals(scanned(source), [
    "a \n \n + + + + h / i / j",
    "a \n \n 'd' + \"// e\" + `f` + /g'/ + h / i / j",
  ]);
});

Deno.test("scan keeps the code in a template, also of a template in that", () => {
  assertEquals(scanned("a(`b ${c + `d ${{ e }.e} f` + g} h` + i)")[0], "a( c + { e }.e + g + i)");
  assertEquals(scanned("`${a}` / b / `c`")[0], "a / b /");
});

Deno.test("scan tells a division from a regular expression", () => {
  assertEquals(
    scanned("(a) / b; return /c/.test(d) / e; [/f[/]g/, h]")[0],
    "(a) / b; return .test(d) / e; [ , h]",
  );
  assertEquals(scanned("a.return / b / c")[0], "a.return / b / c");
  assertEquals(scanned("a = / b")[0], "a = / b");
});

Deno.test("scan leaves out comments and texts of Python", () => {
  const source = `a = 'b # c' # d\ne = """f\n# g""" + '\\'h' + i // j`;
  assertEquals(scanned(source, "python"), [
    "a = \ne = \n + + i // j",
    `a = 'b # c' \ne = """f\n# g""" + '\\'h' + i // j`,
  ]);
});

for (
  const [source, language, what, line] of [
    ["a\n/* b", "javascript", "comment", 2],
    ["a\n'b\nc", "javascript", "text", 2],
    ["a\n`b ${c}\n", "javascript", "template", 2],
    ["a\n'b\\\n", "javascript", "text", 2],
    ["a = 'b\nc", "python", "text", 1],
    ["a\n'''b\nc''", "python", "text", 2],
    ["'a' // '\n", "javascript", undefined, 0],
  ] as const
) {
  Deno.test(`scan says where what does not end begins: ${JSON.stringify(source)}`, () => {
    assertEquals(scan(source, language).unclosed, what && { what, line });
  });
}
