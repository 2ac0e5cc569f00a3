import { assert, assertEquals, assertRejects } from "@std/assert";
import { REQUEST, stubFetch, text } from "./support/stub_fetch.ts";
import { withFakeClock } from "./support/clock.ts";
import { readText, requestToken } from "../token.ts";

const LIMIT = 2 ** 20;

/** A body of this many bytes, in two parts and with no end when it is too long. */
function bodyOf(size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(stream) {
      stream.enqueue(new Uint8Array(size - 1));
      stream.enqueue(new Uint8Array(1));
      if (size <= LIMIT) stream.close();
    },
  });
}

for (
  const [what, headers] of [
    ["without a length", {}],
    ["with a length beyond the limit", { "content-length": `${LIMIT + 1}` }],
    ["with a length and compressed", { "content-length": "9", "content-encoding": "gzip" }],
    ["with a length and in chunks", { "content-length": "9", "transfer-encoding": "chunked" }],
  ] as [string, HeadersInit][]
) {
  Deno.test(`readText reads 1 MiB ${what}, and no more`, async () => {
    assertEquals((await readText(new Response(bodyOf(LIMIT), { headers })))?.length, LIMIT);
    const endless = new Response(bodyOf(LIMIT + 1), { headers });
    assertEquals(await readText(endless), undefined);
  });
}

Deno.test("readText refuses a body that is shorter than its length", async () => {
  const read = (body: string, length: number, headers: HeadersInit = {}) =>
    readText(new Response(body, { headers: { ...headers, "content-length": `${length}` } }));
  assertEquals((await read("x".repeat(LIMIT), LIMIT))?.length, LIMIT);
  assertEquals(await read("\ufeffé", 5), "é");
  await assertRejects(() => read("é", 3), Error, "shorter than its content-length");
  // What is compressed has another length when it arrives here.
  assertEquals(await read("é", 3, { "content-encoding": "gzip" }), "é");
});

Deno.test("readText does not rely on a length whose encoding a browser may hide", async () => {
  const crossOrigin = (body: BodyInit, length: number) => {
    const response = new Response(body, { headers: { "content-length": `${length}` } });
    return Object.defineProperty(response, "type", { value: "cors" });
  };
  assertEquals(await readText(crossOrigin("abc", 9)), "abc");
  assertEquals(await readText(crossOrigin(bodyOf(LIMIT + 1), 9)), undefined);
});

Deno.test("requestToken tries again after a body that is shorter than its length", async () => {
  const answer = text('{"access_token":"abc"}', { headers: { "content-length": "99" } });
  const { fetch, calls } = stubFetch(answer);
  const { result } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
  assert(result.status === "rejected");
  assertEquals([result.reason.kind, calls.length], ["unreachable", 3]);
});

Deno.test("readText takes a character whose bytes come apart", async () => {
  const bytes = new TextEncoder().encode("é");
  const stream = ReadableStream.from([bytes.subarray(0, 1), bytes.subarray(1)]);
  assertEquals(await readText(new Response(stream)), "é");
});
