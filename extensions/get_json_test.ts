import { assertEquals, assertRejects } from "@std/assert";
import { json, stubFetch, text } from "../tests/support/stub_fetch.ts";
import { type RequestOptions, TokenError } from "../token.ts";
import { getJson } from "./get_json.ts";

const URL = "https://login.example.com/.well-known/it?a=b";
const HTML = { headers: { "content-type": "text/html" } };

/** The error with which `getJson` ends if the server answers like this. */
async function failure(
  answer: () => Response | Promise<Response>,
  options: RequestOptions = {},
): Promise<{ error: TokenError; requests: number }> {
  const { calls, fetch } = stubFetch(answer);
  const error = await assertRejects(() => getJson(URL, { fetch, ...options }), TokenError);
  return { error, requests: calls.length };
}

Deno.test("getJson sends GET and nothing of the client but headers", async () => {
  const { calls, fetch } = stubFetch(json({ a: [1] }));
  const tokenOptions = { fetch, headers: { "x-key": "k" } };
  assertEquals(await getJson(URL, tokenOptions), { a: [1] });
  const { url, init: { method, headers, body, redirect, credentials } } = calls[0]!;
  assertEquals([url, method, body, redirect, credentials, calls.length], [
    URL,
    "GET",
    undefined,
    "manual",
    "omit",
    1,
  ]);
  assertEquals(headers, { accept: "application/json", "x-key": "k" });
});

Deno.test("getJson asks over http: if that is allowed, and this machine", async () => {
  const { fetch } = stubFetch(json({ a: 1 }));
  assertEquals(await getJson("http://127.0.0.1:1", { fetch }), { a: 1 });
  assertEquals(await getJson("http://a.example", { fetch, allowHttp: true }), { a: 1 });
});

for (
  const [url, code] of [
    ["login.example.com", "url_invalid"],
    ["http://login.example.com", "url_not_https"],
    ["https://u@login.example.com", "url_not_plain"],
  ] as const
) {
  Deno.test(`getJson refuses ${url} and sends nothing`, async () => {
    const { calls, fetch } = stubFetch(json({}));
    const { kind, ...error } = await assertRejects(() => getJson(url, { fetch }), TokenError);
    assertEquals([kind, error.code, calls.length], ["usage", code, 0]);
  });
}

for (
  const [answer, said] of [
    [text("<html>", HTML), " with text/html, not a JSON object"],
    [text("{", HTML), " with text/html, not a JSON object"],
    [text("-"), " with text/plain;charset=UTF-8, not a JSON object"],
    [() => new Response(new Uint8Array([45])), " with no Content-Type, not a JSON object"],
    [json([]), " with application/json, not a JSON object"],
    [json("x"), " with application/json, not a JSON object"],
    [json(null), " with application/json, not a JSON object"],
    [text(" ".repeat(2 ** 20 + 1)), " with more than 1 MiB"],
    [text(null, { status: 204 }), ""],
    [json({ a: 1 }, { status: 201 }), ""],
    [json({ a: 1 }, { status: 302 }), ""],
    [text("", { status: 399 }), ""],
    [
      text("x", { headers: { "content-type": "x".repeat(61) } }),
      ` with ${"x".repeat(59)}…, not a JSON object`,
    ],
    [
      text("x", { headers: { location: "/", "content-type": "a/b" } }),
      " with a/b, not a JSON object",
    ],
    [
      text("", { status: 300, headers: { location: "https://other.example/login" } }),
      " with a redirect to https://other.example/login, which is not followed",
    ],
    [text("", { status: 302, headers: { location: "mailto:a@b.example" } }), ""],
    [
      text("", { status: 302, headers: { location: "https://other.example/login?a=b" } }),
      " with a redirect to https://other.example/login, which is not followed",
    ],
  ] as const
) {
  const { status } = answer();
  Deno.test(`getJson cannot use ${status}${said}`, async () => {
    const { error } = await failure(answer, { retries: 0 });
    assertEquals([error.kind, error.code], ["unusable", "no_metadata"]);
    assertEquals(error.message, `No metadata: login.example.com answered ${status}${said}`);
    assertEquals([error.host, error.status], ["login.example.com", status]);
    const isRedirect = said.includes("redirect");
    assertEquals(error.location, isRedirect ? "https://other.example/login" : undefined);
  });
}

Deno.test("getJson has the limits of a token request", async () => {
  const large = new Uint8Array(2 ** 19);
  const endless = () => new Response(new ReadableStream({ pull: (c) => c.enqueue(large) }));
  assertEquals((await failure(endless)).error.code, "no_metadata");

  const never = await failure(() => new Promise(() => {}), { timeout: 20, retries: 1 });
  assertEquals([never.error.kind, never.error.code], ["unreachable", "timeout"]);
  assertEquals(never.requests, 2);

  const down = await failure(() => Promise.reject(new Error("down")), { retries: 0 });
  assertEquals([down.error.kind, down.error.code], ["unreachable", "connection_failed"]);
});

for (
  const [answer, code, said] of [
    [text("Forbidden\n", { status: 403 }), "metadata_refused", "403: Forbidden"],
    [text("", { status: 404 }), "metadata_refused", "404: no reason given"],
    [text("", { status: 400 }), "metadata_refused", "400: no reason given"],
    [text("", { status: 499 }), "metadata_refused", "499: no reason given"],
    [text("\u001b[31ma\nb", { status: 500 }), "metadata_unavailable", "500: a b"],
    [
      text(" ".repeat(2 ** 20 + 1), { status: 501 }),
      "metadata_unavailable",
      "501: no reason given",
    ],
    [
      text("", { status: 429, headers: { "retry-after": "2000" } }),
      "metadata_unavailable",
      "429: no reason given; it asks to wait 2000 s",
    ],
  ] as const
) {
  Deno.test(`getJson says that the server answered ${said}`, async () => {
    const { error } = await failure(answer, { retries: 0 });
    assertEquals([error.kind, error.code], ["refused", code]);
    assertEquals(error.message, `No metadata: login.example.com answered ${said}`);
    assertEquals([error.host, error.status], ["login.example.com", answer().status]);
    assertEquals(error.retry_after, said.includes("wait") ? 2000 : undefined);
  });
}

Deno.test("getJson tries again after 503, and says how often", async () => {
  const busy = text("", { status: 503, headers: { "retry-after": "0" } });
  const { error, requests } = await failure(busy);
  const message = "No metadata: login.example.com answered 503: no reason given (after 3 tries)";
  assertEquals([error.message, requests], [message, 3]);
});
