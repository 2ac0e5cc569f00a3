import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { failure, json, REQUEST, stubFetch, text, TOKEN } from "./support/stub_fetch.ts";
import { withFakeClock } from "./support/clock.ts";
import { requestToken, TokenError } from "../token.ts";

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`requestToken does not follow a redirect with status ${status}`, async () => {
    const headers = { location: "https://evil.example/t?client_secret=my_secret_456" };
    const { fetch, calls } = stubFetch(text(null, { status, headers }));
    const error = await assertRejects(() => requestToken(REQUEST, { fetch }), TokenError);
    assertEquals([error.kind, error.status, calls.length], ["unusable", status, 1]);
    assertMatch(error.message, /a redirect to https:\/\/evil\.example\/t, which is not followed/);
  });
}

Deno.test("requestToken reports what the runtime says, without the address", async () => {
  const url = "https://api.example.com/t?key=my_secret_456";
  const cause = new Error(
    `error sending request for url (${url}): client error (Connect): refused`,
  );
  const error = await failure(() => Promise.reject(new TypeError("fetch failed", { cause })), {
    retries: 0,
  });
  assertEquals(error.kind, "unreachable");
  assertEquals(error.message, "No answer from api.example.com: refused");
  assertEquals(error.cause, undefined);
});

Deno.test("requestToken reports access that was not granted as usage", async () => {
  const denied = Object.assign(new Error("Requires net access"), { name: "NotCapable" });
  const { fetch, calls } = stubFetch(() => Promise.reject(denied));
  const error = await assertRejects(() => requestToken(REQUEST, { fetch }), TokenError);
  assertEquals([error.kind, calls.length], ["usage", 1]);
  assertEquals(error.message, "Access to api.example.com over the network was not granted");
});

for (const signal of [undefined, new AbortController().signal]) {
  const also = signal ? ", whatever its signal does" : "";
  Deno.test(`requestToken ends an attempt that takes longer than its timeout${also}`, async () => {
    const { fetch, calls } = stubFetch(() => new Promise<Response>(() => {}));
    const { result, elapsed } = await withFakeClock(() =>
      requestToken(REQUEST, { fetch, signal, timeout: 5000, retries: 1 })
    );
    assert(result.status === "rejected");
    const { kind, message } = result.reason;
    assertEquals(
      [kind, message],
      ["unreachable", "No answer from api.example.com within 5000 ms (after 2 tries)"],
    );
    assertEquals(calls.length, 2);
    assert(elapsed >= 10_250 && elapsed < 10_500, `${elapsed} ms`);
  });
}

Deno.test("requestToken ends a body that takes longer than the timeout", async () => {
  const endless = () => new Response(new ReadableStream({ start() {} }));
  const { fetch } = stubFetch(endless);
  const { result, elapsed } = await withFakeClock(() =>
    requestToken(REQUEST, { fetch, retries: 0 })
  );
  assert(result.status === "rejected");
  assertEquals(result.reason.message, "No answer from api.example.com within 10000 ms");
  assertEquals(elapsed, 10_000);
});

for (
  const [what, after] of [["before it is sent", 0], ["on its way", 1000], [
    "before the retry",
    5100,
  ]] as const
) {
  Deno.test(`requestToken ends when its signal aborts ${what}`, async () => {
    const controller = new AbortController();
    const { fetch } = stubFetch(() => new Promise<Response>(() => {}));
    const { result, elapsed } = await withFakeClock(() => {
      if (after === 0) controller.abort();
      else setTimeout(() => controller.abort(new Error("my_secret_456")), after);
      return requestToken(REQUEST, { fetch, signal: controller.signal, timeout: 5000 });
    });
    assert(result.status === "rejected");
    assertEquals(result.reason.kind, "unreachable");
    assertEquals(
      result.reason.message.split(" (")[0],
      "The request to api.example.com was aborted",
    );
    assertEquals(elapsed, after);
  });
}

for (const location of ["javascript:alert(1)", "data:,x", "xhttp://a", "httpx://a"]) {
  Deno.test(`requestToken names no address for a redirect to ${location}`, async () => {
    const error = await failure(text(null, { status: 302, headers: { location } }));
    assertEquals(
      error.message,
      "api.example.com answered 302 with no token and no usable Location",
    );
  });
}

for (const status of [101, 300, 304, 307]) {
  Deno.test(`requestToken names no address for ${status} without a Location`, async () => {
    const answer = { status, headers: new Headers(), body: null } as unknown as Response;
    const error = await failure(() => answer);
    assertEquals(
      error.message,
      `api.example.com answered ${status} with no token and no usable Location`,
    );
  });
}

Deno.test("requestToken names the address of a redirect without its query", async () => {
  const headers = { location: "/new?client_secret=my_secret_456" };
  assertEquals(
    (await failure(text(null, { status: 308, headers }))).message,
    "api.example.com answered 308 with a redirect to https://api.example.com/new, which is not " +
      "followed, because the secret would go along",
  );
});

Deno.test("requestToken names no address when the Location is none", async () => {
  const { message } = await failure(
    text(null, { status: 302, headers: { location: "https://[" } }),
  );
  assertEquals(message, "api.example.com answered 302 with no token and no usable Location");
});

Deno.test("requestToken sets no timer for an answer that comes at once", async () => {
  const { setTimeout } = globalThis;
  const refuse = () => {
    throw new Error("a timer");
  };
  Object.assign(globalThis, { setTimeout: refuse });
  try {
    await requestToken(REQUEST, { fetch: stubFetch(json(TOKEN)).fetch });
  } finally {
    globalThis.setTimeout = setTimeout;
  }
});

for (
  const [status, kind, message] of [
    [400, "refused", "api.example.com answered 400: no reason given"],
    [300, "unusable", "api.example.com answered 300 with no token and no usable Location"],
    [299, "unreachable", "No answer from api.example.com: broken"],
  ] as const
) {
  Deno.test(`requestToken takes ${status} for ${kind} when the body breaks off`, async () => {
    const body = new ReadableStream({ start: (stream) => stream.error(new Error("broken")) });
    const error = await failure(() => new Response(body, { status }), { retries: 0 });
    assertEquals([error.kind, error.message], [kind, message]);
  });
}

Deno.test("requestToken takes 401 for refused when the body never ends", async () => {
  const { fetch, calls } = stubFetch(() =>
    new Response(new ReadableStream({ start() {} }), { status: 401 })
  );
  const { result } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
  assert(result.status === "rejected");
  assertEquals(result.reason.message, "api.example.com answered 401: no reason given");
  assertEquals(calls.length, 1);
});

Deno.test("requestToken ends when its signal aborts during the body of a 401", async () => {
  const controller = new AbortController();
  // Nobody pulls at it before it is read.
  const body = new ReadableStream({ pull: () => controller.abort() }, { highWaterMark: 0 });
  const { fetch } = stubFetch(() => new Response(body, { status: 401 }));
  const error = await assertRejects(
    () => requestToken(REQUEST, { fetch, signal: controller.signal }),
    TokenError,
  );
  assertEquals(
    [error.kind, error.message],
    ["unreachable", "The request to api.example.com was aborted"],
  );
});

Deno.test("requestToken reports a failure of which nothing is said", async () => {
  const { kind, message } = await failure(() => Promise.reject(undefined), { retries: 0 });
  assertEquals([kind, message], ["unreachable", "No answer from api.example.com: unknown reason"]);
});

Deno.test("requestToken reports a failure that is no Error", async () => {
  const { kind, message } = await failure(() => Promise.reject("my_secret_456"), { retries: 0 });
  assertEquals([kind, message], ["unreachable", "No answer from api.example.com: unknown reason"]);
});

const circle = new Error("round");
circle.cause = circle;
const chain = (length: number): Error =>
  new Error(`${length}`, { cause: length > 0 ? chain(length - 1) : undefined });
for (
  const [what, error, reason] of [
    ["two addresses", new Error("http://a.example is not https://b.example"), "is not"],
    ["a cause that is its own", circle, "round"],
    ["many causes", chain(9), "4"],
    ["a cause for each address", new Error("a", { cause: new AggregateError([chain(0)]) }), "0"],
    ["a cause that is no Error", new Error("a", { cause: { cause: chain(0) } }), "a"],
    ["the kind of failure", new Error("x: client error (Connect): client error (Y): no"), "no"],
    ["a secret", new Error("my_secret_456"), "***"],
  ] as const
) {
  Deno.test(`requestToken reports a failure with ${what}`, async () => {
    const { message } = await failure(() => Promise.reject(error), { retries: 0 });
    assertEquals(message, `No answer from api.example.com: ${reason}`);
  });
}

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

Deno.test("requestToken leaves no listener behind", async () => {
  const { timeout } = AbortSignal;
  const { signal, listeners } = watchedSignal();
  const during: number[] = [];
  const count = (answer: () => Response) => () => {
    during.push(listeners.size);
    return answer();
  };
  AbortSignal.timeout = () => signal;
  try {
    await requestToken(REQUEST, { fetch: stubFetch(count(json(TOKEN))).fetch });
  } finally {
    AbortSignal.timeout = timeout;
  }
  assertEquals([during, listeners.size], [[1], 0]);
});

Deno.test("requestToken leaves neither a listener nor a timer of its pauses behind", async () => {
  const { signal, listeners } = watchedSignal();
  const { fetch } = stubFetch(text("busy", { status: 503 }), json(TOKEN));
  const { result } = await withFakeClock(() => requestToken(REQUEST, { fetch, signal }));
  assertEquals([result.status, listeners.size], ["fulfilled", 0]);
  const controller = new AbortController();
  const busy = () => {
    setTimeout(() => controller.abort(), 10);
    return new Response(null, { status: 503, headers: { "retry-after": "30" } });
  };
  const requested = requestToken(REQUEST, {
    fetch: stubFetch(busy).fetch,
    signal: controller.signal,
  });
  await assertRejects(() => requested, TokenError, "was aborted");
});
