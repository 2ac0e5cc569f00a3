import { assertEquals, assertMatch } from "@std/assert";
import { mask, masked, maskedFields, printable } from "./limits.ts";

const SECRET = 'aB3/+:%&= "é€" \\xyz';
const FORM = new URLSearchParams([["", SECRET]]).toString().slice(1);
const percentEncode = (text: string) =>
  [...new TextEncoder().encode(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(
    "",
  );
const escapeUnicode = (text: string) =>
  text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
const BASE64 = "bXlfY2xpZW50OnMzY3IzdA==";

for (
  const [what, text, shown] of [
    ["whole", SECRET, "***"],
    ["twice", `${SECRET}, ${SECRET}`, "***, ***"],
    ["between words", `no ${SECRET}!`, "no ***!"],
    ["form-encoded", FORM, "***"],
    ["percent-encoded", encodeURIComponent(SECRET), "***"],
    ["in lower case", encodeURIComponent(SECRET).toLowerCase(), "***"],
    ["percent-encoded to the last letter", percentEncode(SECRET), "***"],
    ["as JSON", JSON.stringify(SECRET).slice(1, -1), "***"],
    ["as JSON of ASCII", escapeUnicode(JSON.stringify(SECRET).slice(1, -1)), "***"],
    ["as JSON of PHP", SECRET.replaceAll("\\", "\\\\").replaceAll("/", "\\/"), "***"],
    ["as HTML", SECRET.replaceAll("&", "&amp;").replaceAll('"', "&quot;"), "***"],
    ["as HTML by numbers", [...SECRET].map((c) => `&#${c.codePointAt(0)};`).join(""), "***"],
    ["decomposed", SECRET.normalize("NFD"), "***"],
    ["with control characters in it", [...SECRET].join("\0"), "***"],
    ["with invisible characters in it", [...SECRET].join("\u200b"), "***"],
    ["with fillers in it", [...SECRET].join("\u3164\u2800\ufe0f"), "***"],
    ["with tabs in it", [...SECRET].join("\t"), "***"],
    ["with more white space", SECRET.replaceAll(" ", "\r\n  "), "***"],
    ["coloured", `\x1b[31m${SECRET}\x1b[0m`, "***"],
    ["in base64", `Basic ${BASE64}`, "Basic ***"],
    ["in part, 10 characters", `x ${BASE64.slice(5, 15)} y`, "x *** y"],
    ["in part, 9 characters", `x ${BASE64.slice(5, 14)} y`, `x ${BASE64.slice(5, 14)} y`],
  ] as const
) {
  Deno.test(`printable masks a secret ${what}`, () => {
    assertEquals(printable(text, [SECRET, BASE64]), shown);
  });
}

Deno.test("printable masks an encoded secret beside bytes that are no text", () => {
  for (const secret of ['"**"*"', 'é€😀"x']) {
    const encoded = encodeURIComponent(secret);
    assertEquals(printable(`%A0${encoded}%FF%E2`, [secret]), "%A0***%FF%E2");
  }
});

Deno.test("printable masks a secret that looks encoded itself", () => {
  for (const secret of ["a%41b%2Bc", "\\u0041bc", "a&amp;b", "100%zz"]) {
    assertEquals(printable(`<${secret}>`, [secret]), "<***>");
    assertEquals(printable(`<${encodeURIComponent(secret)}>`, [secret]), "<***>");
  }
});

for (
  const [what, secret, text] of [
    ["between whose parts stood a sequence", "my_secret_456", "my_sec\x1b[31mret_456"],
    ["between whose parts stood a title", "my_secret_456", "my_sec\x1b]0;t\x07ret_456"],
    ["that JSON spells as two halves", "correct😀horse", "correct\\ud83d\\ude00horse"],
    ["that ends in what begins an escape", "Tr0ub4dor\\", 'Tr0ub4dor\\"'],
    ["that ends in what begins a percent sequence", "hunter2%", "hunter2%20is"],
    ["that follows a percent sign", "41abcdefghi", "%41abcdefghi%"],
    ["with white space that JSON spells", "ab\tcd\nef", "ab\\tcd\\nef"],
    ["with an entity in capitals", "a&b<c", "a&AMP;b&LT;c"],
    ["with numbers for letters", "it's\t<ok>", "it&#X27;s&#9;&#0000060;ok&gt;"],
    ["of plus signs", "+++++++", "+++++++"],
  ] as const
) {
  Deno.test(`printable masks a secret ${what}`, () => {
    const shown = printable(`<${text}>`, [secret]);
    assertMatch(shown, /^<.*\*\*\*.*>$/);
    for (let i = 0; i + 6 <= secret.length; i++) {
      assertEquals(shown.includes(secret.slice(i, i + 6)), false, shown);
    }
  });
}

Deno.test("printable lets no escape sequence eat the first letter of a secret", () => {
  for (const start of ["\x1b", "\x1b[31", "\x9b", "\x1b]0;"]) {
    const shown = printable(`${start}hunter2 and more`, ["hunter2"]);
    assertEquals(shown.includes("unter"), false, shown);
  }
});

Deno.test("printable shows nothing of a text so full of nothing that a secret may be cut", () => {
  assertEquals(printable("\x07".repeat(4794) + "hunter2", ["hunter2"]), "…");
  assertEquals(printable("\x07".repeat(4793) + "hunter2", ["hunter2"]), "***");
});

Deno.test("printable takes little time for long text and long secrets", () => {
  const started = performance.now();
  printable("a".repeat(1_000_000), ["a".repeat(1_000_000), "ab".repeat(500_000)], 2000);
  assertEquals(performance.now() - started < 10_000, true);
});

Deno.test("printable masks a short secret where it stands whole", () => {
  assertEquals(printable("a cat and a dog", ["cat"]), "a *** and a dog");
  assertEquals(printable("a cat", ["", "\0"]), "a cat");
  assertEquals(printable("h\tu\tn\tt", ["hunt"]), "***");
});

Deno.test("printable masks a secret that was written with odd white space", () => {
  assertEquals(printable("it is a b c", ["a \t b\nc"]), "it is ***");
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
  assertEquals(printable("x".repeat(9), [], 5), "xxxx…");
  assertEquals(printable("xxx😀x", [], 5), "xxx\ufffd…");
});

Deno.test("printable masks hex and HTML", () => {
  const S = "<a>'bc\ud83d\ude00";
  assertEquals(
    printable([...S].map((c) => `&#x${c.codePointAt(0)!.toString(16)};`).join(""), [S]),
    "***",
  );
  assertEquals(printable("&lt;a&gt;&apos;bc😀", [S]), "***");
});

Deno.test("mask leaves what only looks encoded as it is", () => {
  for (const text of ["%ed%a0%80", "&#xffffff;", "&#9999999;"]) {
    assertEquals(mask(`${text} secret`, ["secret"]), `${text} ***`);
  }
});

Deno.test("mask hides a secret with white space that looks encoded itself", () => {
  const secret = "%41 b c";
  assertEquals(mask(`<${encodeURIComponent(secret)}>`, [secret]), "<***>");
});

Deno.test("masked shows of a secret its length alone", () => {
  for (
    const name of [
      ...["access_token", "refresh_token_2", "client_secret", "Password", "client_assertion"],
      ...["Authorization", "set-cookie", "api_key", "token_type_hint"],
    ]
  ) assertEquals(masked(name, "abcdef", []), "*** (6 characters)");
  for (const name of ["token_type", "token_url", "key_id", "scope"]) {
    assertEquals(masked(name, "abc\ndef", ["def"], 6), "abc **…".slice(0, 5) + "…");
  }
});

Deno.test("maskedFields shows a form without its secrets", () => {
  const data = new URLSearchParams({ client_secret: "x y", q: "a=é&b", id: "s3cret" });
  assertEquals(maskedFields(data, ["s3cret"]), ["client_secret=***", "q=a%3D%C3%A9%26b", "id=***"]);
});

Deno.test("mask takes a letter and its marks for one that has them", () => {
  assertEquals(mask("<u\u0308\u0304bcdef>", ["\u01d6bcdef"]), "<***>");
});

Deno.test("mask takes a character beyond 16 bits as one", () => {
  assertEquals(mask("<😀🎉%20>", ["😀🎉%"]), "<***20>");
  assertEquals(mask("x😀y🎉z", ["😀y🎉"]), "x***z");
});

Deno.test("mask hides a short secret that overlaps itself", () => {
  assertEquals(mask("<ababa>", ["aba"]), "<***>");
  assertEquals(mask("<aaa>", ["aa"]), "<***>");
});

Deno.test("mask hides a secret of 10 characters, and one of 9 only where it is whole", () => {
  assertEquals(mask("<0123456789>", ["0123456789"]), "<***>");
  assertEquals(mask("<012345678> 01234567", ["012345678"]), "<***> 01234567");
});
