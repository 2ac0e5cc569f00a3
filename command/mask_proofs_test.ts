import { assert, assertEquals, assertMatch } from "@std/assert";
import { json, stubFetch, TOKEN } from "../tests/support/stub_fetch.ts";
import { processorTime } from "../tests/support/command.ts";
import { noteProofs } from "./mask_proofs.ts";

const URL = "https://a.example/token";
const [ONE, TWO, PROOF] = ["head1", "head2", "proof"].map((name) =>
  `${name}.${"b".repeat(40)}.sig`
);

async function masking(fetch = stubFetch(json(TOKEN)).fetch) {
  const noted = noteProofs(fetch);
  for (const client_assertion of [ONE!, TWO!]) {
    const body = `${new URLSearchParams({ client_assertion })}`;
    await noted.fetch(URL, { method: "POST", body, headers: { dpop: PROOF! } });
  }
  await noted.fetch(URL, { body: "a=b" });
  return noted.mask;
}

Deno.test("noteProofs masks every assertion and proof that was sent, and nothing else", async () => {
  const mask = await masking();
  assertEquals(
    mask(`a ${ONE}. client_assertion=${TWO}&b ${PROOF} ${ONE}`),
    "a ***. client_assertion=***&b *** ***",
  );
  assertEquals(mask("head1.body.sig null"), "head1.body.sig null");
});

Deno.test("noteProofs masks one that was cut at the end of a text", async () => {
  const mask = await masking();
  assertEquals(mask(`got ${ONE!.slice(0, 30)}…`), "got ***…");
  assertEquals(mask(`got ${ONE!.slice(1, 30)}…`), `got ${ONE!.slice(1, 30)}…`);
  // A message may go on after the text of the server.
  const cut = `${ONE!.slice(0, 30)}…`;
  assertEquals(mask(`got ${cut}, ${cut} (after 3 tries)`), "got ***…, ***… (after 3 tries)");
  const short = `got ${ONE!.slice(0, 19)}…`;
  assertEquals(mask(short), short);
});

const fold = (text: string, end: string) => text.replace(/.{16}(?=.)/g, `$&${end}`);

for (
  const [how, write] of [
    ["folded", (proof) => fold(proof, "\n")],
    ["folded in JSON", (proof) => fold(proof, "\\r\\n")],
    ["with blanks after its dots", (proof) => proof.replaceAll(".", ". ")],
    ["percent-encoded", (proof) => proof.replaceAll(".", "%2e").replaceAll("b", "%62")],
    ["folded and percent-encoded", (proof) => fold(proof, "%0D%0A").replaceAll(".", "%2E")],
    ["as entities", (proof) => proof.replaceAll(".", "&#46;").replaceAll("b", "&#x62;")],
    ["with \\u escapes", (proof) => proof.replaceAll(".", "\\u002e").replaceAll("b", "\\u0062")],
    ["in base64", (proof) => btoa(`${proof}c`)],
  ] as [string, (proof: string) => string][]
) {
  Deno.test(`noteProofs masks one ${how}, and leaves the rest`, async () => {
    const mask = await masking();
    const rest = "%2E &#46; \\u002e\nh.b. s";
    const text = `${rest} ${write(ONE!)} ${rest}, ${write(PROOF!)} `;
    const masked = mask(text);
    assert(masked.startsWith(`${rest} `) && masked.endsWith(" "), masked);
    assertEquals(masked.split("***").length, 3, masked);
    for (const part of ["head1", "proof", "bbbb", "b%62", "b&#x62;", "sig"]) {
      assert(!masked.includes(part), masked);
    }
  });
}

Deno.test("noteProofs masks one that was cut, however it was written", async () => {
  const mask = await masking();
  const start = ONE!.slice(0, 40);
  assertEquals(mask(`a ${start.replace(".", "%2E")}…`), "a ***…");
  assertEquals(mask(`a ${start.replace(".", ". ")}… (b)`), "a ***… (b)");
  assertEquals(mask(`a ${fold(start, " ")}…`), "a ***…");
  assertEquals(mask(`a ${fold(start, " ").slice(1)}…`), `a ${fold(start, " ").slice(1)}…`);
});

for (
  const [how, escape] of [
    ["percent-encoded", (code) => `%${code.toString(16)}`],
    ["as entities", (code) => `&#${code};`],
    ["as hexadecimal entities", (code) => `&#x${code.toString(16)};`],
    ["with \\u escapes", (code) => `\\u${code.toString(16).padStart(4, "0")}`],
    ["with \\u escapes in JSON", (code) => `\\\\u${code.toString(16).padStart(4, "0")}`],
  ] as [string, (code: number) => string][]
) {
  Deno.test(`noteProofs masks one ${how} that was cut within an escape`, async () => {
    const mask = await masking();
    const write = (text: string) =>
      [...text].map((letter) => escape(letter.charCodeAt(0))).join("");
    const written = write(ONE!);
    const { length: first } = write(ONE!.slice(0, 30));
    for (let length = first; length < first + 10; length++) {
      // The begun escape may stay: it says nothing.
      assertMatch(mask(`a ${written.slice(0, length)}… b`), /^a \*\*\*[%&#\\\w]{0,7}… b$/);
    }
  });
}

Deno.test("noteProofs takes little time for a long word", async () => {
  const mask = await masking();
  const started = processorTime();
  const text = `… ${"a".repeat(2 ** 20)}`;
  assertEquals(mask(text), text);
  const cuts = `${"b".repeat(20)}…`.repeat(2 ** 14);
  assertEquals(mask(cuts), cuts);
  assert(processorTime() - started < 5000);
});

Deno.test("noteProofs passes the request on as it is", async () => {
  const { calls, fetch } = stubFetch(json(TOKEN));
  await masking(fetch);
  assertEquals(calls.map(({ url }) => url), [URL, URL, URL]);
  assertEquals(calls[2]!.init, { body: "a=b" });
});
