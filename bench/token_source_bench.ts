/**
 * `tokenSource` under load: 10,000 gets by 1,000 callers at once, with a server on this machine. Run
 * by itself, it prints the requests made, the time and the memory. `deno bench` measures one get.
 *
 * @module
 */

import {
  tokenSource,
  type TokenSourceOptions,
  type TokenStore,
} from "../token_source/token_source.ts";
import { REQUEST, serve, stub } from "./server.ts";

const CALLERS = 1000;
const GETS = 10;
const KEPT_GETS = 1_000_000;

if (import.meta.main) {
  const { server, token_url } = serve();
  await load("one token for all", token_url, false);
  await load("each caller drops the token it got", token_url, true);
  await keep("a token that is kept", {});
  await keep("a token that is kept, and shared by a store", { store: memoryStore() });
  await keep("a token that is due, and cannot be renewed", { fetch: failAfterFirst() });
  await server.shutdown();
}

/** Each caller gets a token, waits for a turn of the event loop, and gets the next. */
async function load(what: string, token_url: string, drop: boolean): Promise<void> {
  let requests = 0;
  const source = tokenSource({ ...REQUEST, token_url }, {
    fetch: (url, init) => {
      requests++;
      return fetch(url, init);
    },
  });
  const before = memory();
  const start = performance.now();
  await Promise.all(Array.from({ length: CALLERS }, async () => {
    for (let i = 0; i < GETS; i++) {
      const { access_token } = await source.get();
      if (drop) source.invalidate(access_token);
      await new Promise((done) => setTimeout(done, 0));
    }
  }));
  const time = (performance.now() - start) * 1000 / (CALLERS * GETS);
  const after = memory();
  console.log(`${what}: ${CALLERS * GETS} gets by ${CALLERS} callers`);
  console.log(`  requests  ${requests}`);
  console.log(`  time      ${time.toFixed(1)} µs for each get`);
  console.log(`  heap      ${before.heapUsed} to ${after.heapUsed} MB`);
  console.log(`  process   ${before.rss} to ${after.rss} MB`);
}

function memoryStore(): TokenStore {
  const values = new Map<string, string>();
  return {
    get: (key) => Promise.resolve(values.get(key)),
    set: (key, value) => Promise.resolve(values.set(key, value)),
    delete: (key) => Promise.resolve(values.delete(key)),
  };
}

/** Answers once, with a token that is due at once, and then no more. */
function failAfterFirst(): () => Promise<Response> {
  let requests = 0;
  return () => {
    if (requests++ > 0) return Promise.resolve(new Response("", { status: 503 }));
    const body = { access_token: "abc", expires_in: 3600, refresh_in: 1e-6 };
    return Promise.resolve(Response.json(body));
  };
}

/** Gets a token that is kept, again and again. */
async function keep(what: string, options: TokenSourceOptions): Promise<void> {
  const source = tokenSource(REQUEST, { fetch: stub, ...options });
  await source.get();
  const before = memory();
  const start = performance.now();
  for (let i = 0; i < KEPT_GETS; i++) await source.get();
  const time = (performance.now() - start) * 1000 / KEPT_GETS;
  const after = memory();
  console.log(`${what}: ${KEPT_GETS} gets`);
  console.log(`  time      ${time.toFixed(2)} µs for each get`);
  console.log(`  heap      ${before.heapUsed} to ${after.heapUsed} MB`);
  console.log(`  process   ${before.rss} to ${after.rss} MB`);
}

function memory(): { heapUsed: string; rss: string } {
  // There with --v8-flags=--expose-gc: what counts is what stays.
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, rss } = Deno.memoryUsage();
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return { heapUsed: megabytes(heapUsed), rss: megabytes(rss) };
}

const kept = tokenSource(REQUEST, { fetch: stub });
Deno.bench("get of a token that is kept", async () => {
  await kept.get();
});

Deno.bench(`${CALLERS} callers, one request`, async () => {
  const source = tokenSource(REQUEST, { fetch: stub });
  await Promise.all(Array.from({ length: CALLERS }, () => source.get()));
});
