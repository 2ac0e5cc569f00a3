import { assertEquals, assertRejects } from "@std/assert";
import { networkReason } from "./failure.ts";
import { fieldText, mask, pause, printable, readText, retryAfter } from "./limits.ts";

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

Deno.test("printable lets no escape sequence eat the first letter of a secret", () => {
  for (const start of ["\x1b", "\x1b[31", "\x9b", "\x1b]0;"]) {
    const shown = printable(`${start}hunter2 and more`, ["hunter2"]);
    assertEquals(shown.includes("unter"), false, shown);
  }
});

Deno.test("printable shows nothing of a text so full of nothing that a secret may be cut", () => {
  assertEquals(printable("\x07".repeat(4794) + "hunter2", ["hunter2"]), "…");
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
    ["half a surrogate pair", "a\ud83db", "ab"],
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

Deno.test("retryAfter reads seconds and dates, and nothing else", () => {
  const read = (value: string) => retryAfter(new Headers({ "retry-after": value }));
  assertEquals(read("120"), 120_000);
  assertEquals(read("9".repeat(400)), 1e12);
  assertEquals(Math.round(read(new Date(Date.now() + 5000).toUTCString())! / 2000), 2);
  for (const value of ["", "-1", "1.5", "soon", "2099-01-01", "Thu, 01 Jan 1970 00:00:00 GMT"]) {
    assertEquals(read(value), undefined);
  }
  assertEquals(retryAfter(new Headers()), undefined);
});

Deno.test("networkReason goes to the innermost cause, but not for ever", () => {
  const inner = new Error("error for url (https://a.example/?k=1): client error (Connect): reset");
  const error = new Error("a", { cause: new Error("b", { cause: inner }) });
  assertEquals(networkReason(error), "reset");
  assertEquals(networkReason(new Error("see https://a.example/?k=1 there")), "see  there");
  assertEquals(networkReason("x"), "unknown reason");
  assertEquals(networkReason(Object.assign(new Error(), { message: 5 })), "5");
  const circle = new Error("round");
  circle.cause = circle;
  assertEquals(networkReason(circle), "round");
});

Deno.test("pause rejects at once when its signal has aborted", async () => {
  const reason = new Error("stop");
  assertEquals(await assertRejects(() => pause(60_000, AbortSignal.abort(reason)), Error), reason);
});

Deno.test("pause leaves no listener behind", async () => {
  let listeners = 0;
  const signal = Object.assign(new AbortController().signal, {
    addEventListener: () => listeners++,
    removeEventListener: () => listeners--,
  });
  await pause(1, signal);
  assertEquals(listeners, 0);
});

Deno.test("fieldText reads bytes as UTF-8, and leaves what is none as it is", () => {
  assertEquals(fieldText("caf\xc3\xa9"), "café");
  assertEquals(fieldText("caf\xe9"), "caf\xe9");
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

Deno.test("mask takes a character beyond 16 bits as one", () => {
  assertEquals(mask("x😀y🎉z", ["😀y🎉"]), "x***z");
});

Deno.test("mask hides a short secret that overlaps itself", () => {
  assertEquals(mask("<ababa>", ["aba"]), "<***>");
});

Deno.test("mask hides a secret of 10 characters, and one of 9 only where it is whole", () => {
  assertEquals(mask("<0123456789>", ["0123456789"]), "<***>");
  assertEquals(mask("<012345678> 01234567", ["012345678"]), "<***> 01234567");
});

Deno.test("readText believes no length beyond the limit", async () => {
  const headers = { "content-length": "5" };
  assertEquals(await readText(new Response("x".repeat(2 ** 20 + 1), { headers })), undefined);
});
