import { assertEquals } from "@std/assert";
import { printable, quoting } from "../token.ts";

const WITHHELD = "(not shown, as it may hold a secret or a token)";
const SECRET = 'aB3/+:%&= "é€" \\xyz';
const FORM = new URLSearchParams([["", SECRET]]).toString().slice(1);
const BASE64 = "bXlfY2xpZW50OnMzY3IzdA==";
const JSON_TEXT = JSON.stringify(SECRET).slice(1, -1);
const percentEncode = (text: string) =>
  [...new TextEncoder().encode(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(
    "",
  );
const escapeUnicode = (text: string) =>
  text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

for (
  const [what, text, secret = SECRET] of [
    ["whole", SECRET],
    ["form-encoded", FORM],
    ["percent-encoded", encodeURIComponent(SECRET)],
    ["percent-encoded in lower case", encodeURIComponent(SECRET).toLowerCase()],
    ["percent-encoded to the last letter", percentEncode(SECRET)],
    ["encoded five times", `%${"25".repeat(4)}73ecret`, "secret"],
    ["percent-encoded twice", encodeURIComponent(encodeURIComponent(SECRET))],
    ["percent-encoded beside bytes that are no text", `%A0${encodeURIComponent(SECRET)}%FF%E2`],
    ["as JSON", JSON_TEXT],
    ["of a few letters as JSON", 'a\\"b\\\\c\\/d', 'a"b\\c/d'],
    ["of a few letters as HTML", "a&quot;b", 'a"b'],
    ["as JSON in JSON", JSON.stringify(JSON_TEXT)],
    ["as JSON of ASCII", escapeUnicode(JSON_TEXT)],
    ["as JSON of PHP", SECRET.replaceAll("\\", "\\\\").replaceAll("/", "\\/")],
    ["as HTML", SECRET.replaceAll("&", "&amp;").replaceAll('"', "&quot;")],
    ["as HTML in capitals", "<a&AMP;b&LT;c>&GT;", "a&b<c>>"],
    ["as HTML with apostrophes", "it&apos;s", "it's"],
    ["as HTML by numbers", [...SECRET].map((c) => `&#${c.codePointAt(0)};`).join("")],
    [
      "as HTML by hexadecimal numbers",
      [...SECRET].map((c) => `&#X${c.codePointAt(0)!.toString(16)};`).join(""),
    ],
    ["decomposed", SECRET.normalize("NFD")],
    ["with control characters in it", [...SECRET].join("\0")],
    ["with invisible characters in it", [...SECRET].join("\u200b")],
    ["with marks on it", [...SECRET].join("\ufe0f")],
    ["with tabs in it", [...SECRET].join("\t")],
    ["with other white space", SECRET.replaceAll(" ", "\r\n  ")],
    ["in capitals", SECRET.toUpperCase()],
    ["coloured", `\x1b[31m${SECRET}\x1b[0m`],
    ["with a colour in its middle", "my_sec\x1b[31mret_456", "my_secret_456"],
    ["with a title in its middle", "my_sec\x1b]0;t\x07ret_456", "my_secret_456"],
    ["after what would eat its first letter", "\x1bhunter2", "hunter2"],
    ["after what would eat all of it", "\x1b]0;hunter2", "hunter2"],
    ["that JSON spells as two halves", "correct\\ud83d\\ude00horse", "correct😀horse"],
    ["that ends in what begins an escape", 'Tr0ub4dor\\"', "Tr0ub4dor\\"],
    ["that ends in what begins a percent sequence", "hunter2%20is", "hunter2%"],
    ["that follows a percent sign", "%41abcdefghi%", "41abcdefghi"],
    ["that looks percent-encoded", "a%41b%2Bc", "a%41b%2Bc"],
    ["that looks percent-encoded and is", encodeURIComponent("a%41b%2Bc"), "a%41b%2Bc"],
    ["that looks encoded in two ways", encodeURIComponent("a%41b+\\n/c"), "a%41b+\\n/c"],
    ["that looks like JSON", JSON.stringify("\\u0041bc"), "\\u0041bc"],
    ["that looks like HTML", "a&amp;amp;b", "a&amp;b"],
    ["that holds a lone percent sign", encodeURIComponent("100%zz"), "100%zz"],
    ["with white space that JSON spells", "ab\\tcd\\nef", "ab\tcd\nef"],
    ["with numbers of many digits", "it&#X0000027;s&#9;&#0000060;ok&gt;", "it's\t<ok>"],
    ["of plus signs", "+++++++", "+++++++"],
    ["with white space of its own", "it is a b c", "a \t b\nc"],
    ["in a Basic value", `Basic ${BASE64}`, BASE64],
    ["in part, 8 characters", `x ${BASE64.slice(5, 13)} y`, BASE64],
    ["in part, its last 8 characters", `x ${BASE64.slice(-8)} y`, BASE64],
    ["in part, with white space", "rect horse", "correct horse battery staple"],
    ["in part, with a plus sign", "k%2BLm9TraY", "q7RZxk+Lm9TraYwe"],
    ["in capitals that change at the end of a word", "ΚΩΔΙΚΟΣ is", "ΚΩΔΙΚΟΣ"],
    ["whose end forms an escape with what follows", '"hunter2%5C"', "hunter2\\"],
    ["of one letter", "a c b", "c"],
    ["of 7 characters", "<0123456>", "0123456"],
    ["of 8 characters", "<01234567>", "01234567"],
    ["that is the whole of a short text", "hunter2", "hunter2"],
  ] as [what: string, text: string, secret?: string][]
) {
  Deno.test(`quoting withholds a secret ${what}`, () => {
    assertEquals(quoting(["another secret", secret])(`before ${text} after`), WITHHELD);
    assertEquals(quoting([secret])(text), WITHHELD);
  });
}

for (
  const [what, text, secret] of [
    ["7 characters of a longer secret", BASE64.slice(5, 12), BASE64],
    ["the last 7 characters of a longer secret", BASE64.slice(-7), BASE64],
    ["the first 6 characters of a secret of 7", "012345", "0123456"],
    ["the last 6 characters of a secret of 7", "123456", "0123456"],
    ["what has nothing to do with it", "invalid_client: no such client", "my_secret_456"],
    ["everything when the secret is nothing to the eye", "no such client", "\0 \u200b"],
    ["what only looks encoded", "%ed%a0%80 %zz &#xffffff; &#9999999; &nbsp; \\q", "secret"],
    ["no encoding within five others", `%${"25".repeat(5)}73ecret`, "secret"],
  ] as const
) {
  Deno.test(`quoting shows ${what}`, () => {
    assertEquals(quoting(["", secret])(text), text);
  });
}

Deno.test("quoting shows nothing when the secrets cannot be told", () => {
  assertEquals(quoting(undefined)("anything"), WITHHELD);
});

Deno.test("quoting shows nothing of a text so full of nothing that a secret may be cut", () => {
  const quote = quoting(["hunter2"]);
  assertEquals(quote("\x07".repeat(4795) + "hunter2"), WITHHELD);
  const after = (bells: number) => quote("\x07".repeat(bells) + "a".repeat(1000));
  assertEquals(after(4199), `${"a".repeat(299)}…`);
  assertEquals(after(4200), WITHHELD);
  assertEquals(quote("\x07".repeat(4500) + "a".repeat(300)), "a".repeat(300));
});

Deno.test("quoting looks at 16 times the length that it shows", () => {
  const quote = quoting(["hunter2"]);
  assertEquals(quote("a".repeat(4793) + "hunter2"), WITHHELD);
  assertEquals(quote("a".repeat(4794) + "hunter2"), `${"a".repeat(299)}…`);
  assertEquals(quote(`${"a".repeat(73)}hunter2`, 5), WITHHELD);
  assertEquals(quote(`${"a".repeat(74)}hunter2`, 5), "aaaa…");
});

Deno.test("quoting takes little time for long text and long secrets", () => {
  const started = performance.now();
  quoting(["a".repeat(1_000_000), "ab".repeat(500_000)])("a".repeat(1_000_000), 2000);
  assertEquals(performance.now() - started < 10_000, true);
});

for (
  const [what, text, shown] of [
    ["escape sequences", "a\x1b[1;31mb\x1b[0mc\x1b(Bd\x1bMe", "abcBde"],
    ["the title of a terminal", "a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c", "abc"],
    ["C1 control characters", "a\x9b31mb\x85c\x90d", "abcd"],
    ["control characters", "a\0b\x08c\x7fd", "abcd"],
    ["line separators", "a\r\n\u2028b\u2029\tc", "a b c"],
    ["bidirectional overrides", "a\u202eb\u2066c\u200fd", "abcd"],
    ["a lone surrogate", "a\ud83db", "ab"],
    ["what is fit to print", "Ünïcode 😀 → ok", "Ünïcode 😀 → ok"],
  ] as const
) {
  Deno.test(`printable makes one line of ${what}`, () => {
    assertEquals(printable(text), shown);
  });
}

Deno.test("printable cuts a line, and no character in two", () => {
  assertEquals(printable("x".repeat(300)), "x".repeat(300));
  assertEquals(printable("x".repeat(301)), `${"x".repeat(299)}…`);
  assertEquals(printable("x".repeat(9), 5), "xxxx…");
  assertEquals(printable("xxx😀x", 5), "xxx\ufffd…");
});
