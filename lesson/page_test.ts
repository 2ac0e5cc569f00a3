import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openPage, READ_PAGE } from "./page.ts";
import type { Exchange } from "./exchange.ts";
import { PRACTICE_CLIENT, startPracticeServer } from "./start_practice_server.ts";

const EXCHANGE: Exchange = {
  method: "POST",
  path: "/oauth2/token",
  headers: [],
  body: "",
  status: 405,
  answer: "{}",
};

/** Reads server-sent events, one after the other. */
async function* readEvents(response: Response): AsyncGenerator<string> {
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split("\n\n");
    rest = events.pop()!;
    yield* events;
  }
}

function get(page: ReturnType<typeof openPage>, path: string): Promise<Response> {
  return Promise.resolve(page.answer!(new Request(`http://127.0.0.1${path}`))!);
}

const numberOf = (event: string) => JSON.parse(event.slice("data: ".length)).number;

Deno.test("the page's policy allows its own script and style, and nothing else", async () => {
  const response = await get(openPage(), "/");
  const html = await response.text();
  assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
  const hashes = [];
  for (const element of ["script", "style"]) {
    const all = [...html.matchAll(new RegExp(`<${element}[^>]*>([^]*?)</${element}>`, "g"))];
    assertEquals(all.length, 1);
    const bytes = new TextEncoder().encode(all[0]![1]);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    hashes.push(`'sha256-${btoa(String.fromCharCode(...digest))}'`);
  }
  assertEquals(
    response.headers.get("content-security-policy"),
    `default-src 'none'; script-src ${hashes[0]}; style-src ${hashes[1]}; connect-src 'self'; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  assert(!/\b(src|href|style|on\w+)=/.test(html), "something from elsewhere, or inline");
});

Deno.test("the page is the same for both runtimes", async () => {
  assertEquals(await READ_PAGE.node(), await READ_PAGE.deno());
});

Deno.test("the page is neither stored nor taken for another type", async () => {
  const { headers } = await get(openPage(), "/");
  const names = ["x-content-type-options", "cache-control", "referrer-policy"];
  assertEquals(names.map((name) => headers.get(name)), ["nosniff", "no-store", "no-referrer"]);
});

Deno.test("the page forgets a browser that has left", async () => {
  const page = openPage();
  const response = await get(page, "/events");
  await response.body!.cancel();
  page.onExchange(EXCHANGE);
});

Deno.test("the page keeps only the last 20 requests for a browser that does not read", async () => {
  const page = openPage();
  const response = await get(page, "/events");
  for (let i = 0; i < 1000; i++) page.onExchange(EXCHANGE);
  const events = readEvents(response);
  const numbers = [];
  for (let i = 0; i < 20; i++) numbers.push(numberOf((await events.next()).value));
  assertEquals(numbers, Array.from({ length: 20 }, (_, i) => i + 981));
  await events.return(undefined);
});

Deno.test("the page is open in at most 50 browsers", async () => {
  const page = openPage();
  const responses = [];
  for (let i = 0; i < 51; i++) responses.push(await get(page, "/events"));
  const statuses = responses.map(({ status }) => status);
  assertEquals([statuses.filter((status) => status === 200).length, statuses[50]], [50, 503]);
  await responses[0]?.body?.cancel();
  assertEquals((await get(page, "/events")).status, 200);
});

Deno.test("the page gets the last 20 requests, and then each that arrives", async () => {
  const page = openPage();
  for (let i = 0; i < 25; i++) page.onExchange(EXCHANGE);
  const response = await get(page, "/events");
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const events = readEvents(response);
  assertMatch((await events.next()).value, /^: /);
  const numbers = [];
  for (let i = 0; i < 20; i++) numbers.push(numberOf((await events.next()).value));
  assertEquals(numbers, Array.from({ length: 20 }, (_, i) => i + 6));
  page.onExchange(EXCHANGE);
  assertEquals(numberOf((await events.next()).value), 26);
  await events.return(undefined);
});

Deno.test("the practice server answers as before beside its page", async () => {
  await using server = await startPracticeServer(0, { observer: openPage() });
  const url = (path: string) => new URL(path, server.token_url);
  const body = new URLSearchParams({ grant_type: "client_credentials", ...PRACTICE_CLIENT });
  assertEquals(
    (await (await fetch(server.token_url, { method: "POST", body })).json()).scope,
    undefined,
  );
  const statuses = [];
  for (
    const [path, method] of [["/", "GET"], ["/", "POST"], ["/x", "GET"], ["/oauth2/token", "GET"]]
  ) {
    const response = await fetch(url(path!), { method: method! });
    statuses.push(response.status);
    await response.body?.cancel();
  }
  assertEquals(statuses, [200, 404, 404, 405]);
  const events = readEvents(await fetch(url("/events")));
  await events.next();
  const { value } = await events.next();
  assertStringIncludes(value!, "client_secret=my_secret_456");
  await events.return(undefined);
});
