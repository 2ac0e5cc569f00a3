import { assertEquals } from "@std/assert";
import { readText } from "../token.ts";

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

Deno.test("readText believes no length, and takes the text of the right one", async () => {
  const read = (size: number, length: number) =>
    readText(new Response("x".repeat(size), { headers: { "content-length": `${length}` } }));
  assertEquals(await read(LIMIT + 1, 5), undefined);
  assertEquals((await read(LIMIT, LIMIT))?.length, LIMIT);
});

Deno.test("readText takes a character whose bytes come apart", async () => {
  const bytes = new TextEncoder().encode("é");
  const stream = ReadableStream.from([bytes.subarray(0, 1), bytes.subarray(1)]);
  assertEquals(await readText(new Response(stream)), "é");
});
