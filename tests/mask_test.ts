import { assert, assertEquals, assertRejects } from "@std/assert";
import { buildRequest, printable, requestToken, TokenError } from "../token.ts";
import { processorTime } from "./support/command.ts";
import { failure, json, REQUEST, stubFetch, text } from "./support/stub_fetch.ts";

const SECRET = `aB3/+:%&= "é€" \\x<y>'!(z)*~`;
const FORM = new URLSearchParams([["", SECRET]]).toString().slice(1);
const JSON_TEXT = JSON.stringify(SECRET).slice(1, -1);

function masked(shown: string, client_secret = SECRET): string {
  return buildRequest({ ...REQUEST, client_secret }).mask(shown);
}

function escapeUnicode(from: string, characters: RegExp): string {
  return from.replace(characters, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function html(apostrophe: string): string {
  return SECRET.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", apostrophe);
}

for (
  const [what, form] of [
    ["as it is", SECRET],
    ["form-encoded", FORM],
    ["form-encoded in lower case", FORM.replace(/%../g, (hex) => hex.toLowerCase())],
    ["percent-encoded", encodeURIComponent(SECRET)],
    [
      "percent-encoded in lower case",
      encodeURIComponent(SECRET).replace(/%../g, (hex) => hex.toLowerCase()),
    ],
    ["percent-encoded with its punctuation", FORM.replaceAll("+", "%20")],
    ["as JSON", JSON_TEXT],
    ["as JSON with escaped slashes", JSON_TEXT.replaceAll("/", "\\/")],
    ["as JSON in ASCII, with &, < and > escaped", escapeUnicode(JSON_TEXT, /[&<>]|[^ -~]/g)],
    [
      "as JSON in ASCII, as .NET writes it",
      escapeUnicode(JSON_TEXT.replaceAll('\\"', '"'), /["&'+<>`]|[^ -~]/g)
        .replace(/(?<=\\u)..../g, (hex) => hex.toUpperCase()),
    ],
    ["as HTML with '", html("'")],
    ["as HTML with &#39;", html("&#39;")],
    ["as HTML with &#x27;", html("&#x27;")],
    ["as XML", html("&apos;")],
  ] as const
) {
  Deno.test(`the mask replaces a secret ${what}, and leaves the rest`, () => {
    assertEquals(masked(`before ${form} after, ${form}`), "before *** after, ***");
  });
}

Deno.test("the mask replaces the value of a Basic header", () => {
  const client_secret = SECRET;
  for (const auth_method of ["client_secret_basic", "client_secret_basic_raw"] as const) {
    const { headers, mask } = buildRequest({ ...REQUEST, client_secret, auth_method });
    assertEquals(mask(`got "${headers.authorization}"`), 'got "Basic ***"');
  }
});

// Each as the framework itself wrote it.
for (
  const [framework, secret, form] of [
    ["json_encode of PHP", "pä/ss", "p\\u00e4\\/ss"],
    ["Gson", "abc12==", "abc12\\u003d\\u003d"],
    ["encoding/json of Go", "é<x", "é\\u003cx"],
    ["quote of Python", "aB~c!d*e/", "aB~c%21d%2Ae/"],
    ["quote_plus of Python", "aB~c d*e", "aB~c+d%2Ae"],
    ["ElementTree of Python", 'a"b&c', 'a"b&amp;c'],
    ["Markup of Flask", "a\"b'c", "a&#34;b&#39;c"],
    ["htmlspecialchars of PHP", 'it\'s "x"', "it&#039;s &quot;x&quot;"],
    ["mustache.js", "a/b=`c`+d", "a&#x2F;b&#x3D;&#x60;c&#x60;+d"],
    ["HtmlEncoder of .NET", "a+b😀", "a&#x2B;b&#x1F600;"],
    ["UTF-16", "a+b", "a\0+\0b"],
    ["encodeURI of JavaScript", "a+b/c é", "a+b/c%20%c3%A9"],
    ["a form that encodes a form", "a&b", "a%2526b"],
    ["JSON of .NET in JSON", "ab+cd==", "ab\\\\u002Bcd=="],
    ["JSON of PHP in JSON", "ab/cd", "ab\\\\\\/cd"],
    ["a server that trims it", " my secret\n", "my secret"],
    ["a form that was trimmed", " my secret\n", "my+secret"],
    ["a server that decodes %XX and leaves +", "p@ss w+rd/=%", "p@ss+w+rd/=%"],
  ] as const
) {
  Deno.test(`the mask replaces a secret as written by ${framework}`, () => {
    assertEquals(masked(`before ${form} after, ${form}`, secret), "before *** after, ***");
  });
}

for (const start of [0, 1, 2]) {
  Deno.test(`the mask replaces base64 of a secret ${start} bytes into a group of three`, () => {
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    for (const secret of [SECRET, FORM]) {
      for (let after = 0; after < 6; after++) {
        const before = 3 * after + start;
        const bytes = [...random(before), ...new TextEncoder().encode(secret), ...random(after)];
        const encoded = btoa(String.fromCharCode(...bytes));
        // The characters at the ends that hold bits of the text around the secret stay.
        const first = Math.ceil(8 * before / 6);
        const last = Math.floor(8 * (bytes.length - after) / 6);
        const rest = [encoded.slice(0, first), encoded.slice(last)];
        assertEquals(masked(`<${encoded}>`), `<${rest.join("***")}>`);
      }
    }
  });
}

Deno.test("the mask leaves base64 of less than four characters", () => {
  assertEquals(masked("AxQ MTI IxM MTIz", "12"), "AxQ MTI IxM MTIz");
  assertEquals(masked("MTIz EyM xMj", "123"), "*** EyM xMj");
});

for (const client_secret of ["secret", "client_secret", "1", "a", "invalid_client", "*", "\\"]) {
  Deno.test(`requestToken helps even if the secret is ${client_secret}`, async () => {
    const answer = { error: "invalid_client", error_description: `${client_secret} is wrong` };
    const { fetch } = stubFetch(json(answer, { status: 401 }));
    const request = { ...REQUEST, client_secret };
    const error = await assertRejects(() => requestToken(request, { fetch }), TokenError);
    assertEquals([error.status, error.error], [401, "invalid_client"]);
    assert(error.message.startsWith("api.example.com answered 401: invalid_client: "));
    assert(error.message.includes("***"), error.message);
  });
}

for (
  const code of [
    ...["invalid_request", "invalid_client", "invalid_grant", "invalid_scope"],
    ...["unauthorized_client", "unsupported_grant_type"],
  ]
) {
  Deno.test(`requestToken shows ${code} even if that is the secret`, async () => {
    for (const [error, shown] of [[code, code], [`x_${code}`, "x_***"], [`${code}s`, "***s"]]) {
      const { fetch } = stubFetch(json({ error }, { status: 400 }));
      const request = { ...REQUEST, client_secret: code };
      const refusal = await assertRejects(() => requestToken(request, { fetch }), TokenError);
      assertEquals(refusal.error, shown);
    }
  });
}

Deno.test("requestToken masks the secret in every text from outside", async () => {
  const echo = REQUEST.client_secret;
  for (
    const answer of [
      json({ error: echo, error_description: echo, error_uri: echo }, { status: 400 }),
      text(echo, { status: 500 }),
      text(null, { status: 302, headers: { location: `/${echo}` } }),
      text("-", { headers: { "content-type": echo } }),
      () => Promise.reject(new TypeError(echo)),
    ]
  ) {
    const error = await failure(answer, { retries: 0 });
    const shown = `${error.stack} ${Deno.inspect(error)} ${JSON.stringify(error)}`;
    assert(shown.includes("***") && !shown.includes(echo), shown);
  }
});

const LONG = "aB3/+xY7=aB9/+".repeat(6);

for (
  const [what, write] of [
    ["folded at 64 columns", (text) => text.replace(/.{64}(?=.)/g, "$&\n")],
    ["folded in JSON", (text) => text.replace(/.{64}(?=.)/g, "$&\\r\\n")],
    ["cut", (text) => text.slice(0, 70)],
    ["cut after a few characters", (text) => text.slice(0, 20)],
  ] as [string, (text: string) => string][]
) {
  Deno.test(`the mask replaces a long secret ${what}, and leaves the rest`, () => {
    const request = { ...REQUEST, client_secret: LONG };
    const { headers, mask } = buildRequest({ ...request, auth_method: "client_secret_basic" });
    const [, basic = ""] = headers.authorization!.split(" ");
    for (const form of [LONG, encodeURIComponent(LONG), basic]) {
      assertEquals(mask(`a b ${write(form)} \n !`), "a b *** \n !");
    }
  });
}

for (const mark of ["…", "...", "", " (truncated)"]) {
  Deno.test(`the mask replaces the beginning of a long secret before "${mark}"`, () => {
    const { mask } = buildRequest({ ...REQUEST, client_secret: LONG });
    for (const length of [20, 70, LONG.length - 1]) {
      assertEquals(mask(`a ${LONG.slice(0, length)}${mark}`), `a ***${mark}`);
    }
    const short = LONG.slice(0, 19) + mark;
    assertEquals(mask(short), short);
  });
}

Deno.test("the mask takes little time for a secret that repeats itself", () => {
  const { mask } = buildRequest({ ...REQUEST, client_secret: "…".repeat(60) });
  const started = processorTime();
  assertEquals(mask("…".repeat(2 ** 18)).replaceAll("*", ""), "…".repeat(2 ** 18 % 60 % 20));
  assert(processorTime() - started < 5000);
});

Deno.test("the mask leaves words that together are a short secret", () => {
  assertEquals(masked("it is no table", "notable"), "it is no table");
});

for (
  const rest of [
    "100%25 &amp; \\u0041 \\\\ %2B+",
    "&lt;b&gt; a\u200bb \x1b[31mred",
    '{\\"a\\": \\"b\\"}',
  ]
) {
  Deno.test(`the mask changes nothing but the secret in ${JSON.stringify(rest)}`, () => {
    for (const form of [SECRET, FORM, JSON_TEXT, html("&#39;"), encodeURIComponent(SECRET)]) {
      assertEquals(masked(`${rest} ${form} ${rest}`), `${rest} *** ${rest}`);
    }
  });
}

Deno.test("the mask leaves what only resembles an escape", () => {
  for (
    const shown of [
      "&AMP; &LT; &#x110000; &#9999999;",
      "C:\\Users\\New \\U0041 \\u00",
      "100% %zz %4",
    ]
  ) {
    assertEquals(masked(shown), shown);
  }
});

Deno.test("the mask replaces the longest form first", () => {
  assertEquals(masked("50%25, 50%", "50%"), "***, ***");
});

Deno.test("the mask without a secret leaves every text", () => {
  const { token_url, client_id } = REQUEST;
  for (const client_secret of [undefined, "", " \n"]) {
    const { mask } = buildRequest({ token_url, client_id, client_secret, auth_method: () => {} });
    assertEquals(mask("Basic bXk6?"), "Basic bXk6?");
  }
});

Deno.test("the mask takes little time for a long secret and a long text", () => {
  const started = processorTime();
  const long = "aB3/+é".repeat(2 ** 13);
  assertEquals(masked(`x ${long} ${encodeURIComponent(long)}`, long), "x *** ***");
  assertEquals(masked("my_secret_45".repeat(2 ** 16)).length, 12 * 2 ** 16);
  const took = processorTime() - started;
  assert(took < 5000, `${took} ms`);
});

Deno.test("the mask replaces a short secret that fills a whole answer", () => {
  for (const secret of ["a", "abcd"]) {
    const count = 2 ** 20 / secret.length;
    assertEquals(masked(secret.repeat(count), secret), "***".repeat(count));
  }
});

for (
  const [what, from, shown] of [
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
    assertEquals(printable(from), shown);
  });
}

Deno.test("printable cuts a line, and no character in two", () => {
  assertEquals(printable("x".repeat(300)), "x".repeat(300));
  assertEquals(printable("x".repeat(301)), `${"x".repeat(299)}…`);
  assertEquals(printable("x".repeat(9), 5), "xxxx…");
  assertEquals(printable("xxx😀x", 5), "xxx\ufffd…");
});
