import { assertEquals, assertRejects } from "@std/assert";
import { networkReason } from "./failure.ts";
import { fieldText, pause, readText, retryAfter, withDeadline } from "./limits.ts";

Deno.test("retryAfter reads seconds and dates, and nothing else", () => {
  const read = (value: string) => retryAfter(new Headers({ "retry-after": value }));
  assertEquals(read("120"), 120_000);
  assertEquals(read("9".repeat(400)), 1e12);
  assertEquals(Math.round(read(new Date(Date.now() + 5000).toUTCString())! / 2000), 2);
  for (const value of ["", "-1", "1.5", "soon", "2099-01-01", "Thu, 01 Jan 1970 00:00:00 GMT"]) {
    assertEquals(read(value), undefined);
  }
  assertEquals(retryAfter(new Headers()), undefined);
  const { now } = Date;
  Date.now = () => Date.UTC(2030, 0, 1);
  try {
    assertEquals(read("Tue, 01 Jan 2030 00:00:00 GMT"), 0);
  } finally {
    Date.now = now;
  }
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
  const chain = (length: number): Error =>
    new Error(`${length}`, { cause: length > 0 ? chain(length - 1) : undefined });
  assertEquals(networkReason(chain(9)), "4");
  const strange = { cause: new Error("deep") };
  assertEquals(networkReason(new Error("a", { cause: strange })), "unknown reason");
  assertEquals(networkReason(new Error("http://a http://b")), " ");
});

Deno.test("pause rejects at once when its signal has aborted", async () => {
  const reason = new Error("stop");
  assertEquals(await assertRejects(() => pause(60_000, AbortSignal.abort(reason)), Error), reason);
});

/** A signal that notes which listeners it has. */
function watchedSignal() {
  const listeners = new Set<unknown>();
  const signal = Object.assign(new AbortController().signal, {
    addEventListener: (type: string, listener: unknown) => listeners.add(`${type} ${listener}`),
    removeEventListener: (type: string, listener: unknown) =>
      listeners.delete(`${type} ${listener}`),
  });
  return { signal, listeners };
}

Deno.test("pause leaves no listener and no timer behind", async () => {
  const { signal, listeners } = watchedSignal();
  await pause(1, signal);
  assertEquals(listeners.size, 0);
  const controller = new AbortController();
  const paused = pause(60_000, controller.signal);
  controller.abort(new Error("stop"));
  await assertRejects(() => paused, Error, "stop");
});

Deno.test("withDeadline leaves no listener behind", async () => {
  const { timeout } = AbortSignal;
  const { signal, listeners } = watchedSignal();
  AbortSignal.timeout = () => signal;
  try {
    assertEquals(await withDeadline(10, undefined, () => Promise.resolve(listeners.size)), 1);
    await pause(0);
    assertEquals(listeners.size, 0);
  } finally {
    AbortSignal.timeout = timeout;
  }
});

Deno.test("fieldText reads bytes as UTF-8, and leaves what is none as it is", () => {
  assertEquals(fieldText("caf\xc3\xa9"), "café");
  assertEquals(fieldText("caf\xe9"), "caf\xe9");
});

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
    assertEquals(await withDeadline(5000, undefined, () => readText(endless)), undefined);
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
