import { assert, assertEquals, assertRejects } from "@std/assert";
import { failure, json, REQUEST, stubFetch, text, TOKEN } from "./support/stub_fetch.ts";
import { withFakeClock } from "./support/clock.ts";
import { requestToken, retryAfter, TokenError } from "../token.ts";

for (const status of [408, 429, 500, 502, 503, 504]) {
  Deno.test(`requestToken tries again after ${status}`, async () => {
    const { fetch, calls } = stubFetch(text("busy", { status }), json(TOKEN));
    const { result, elapsed } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
    assertEquals(result.status, "fulfilled");
    assertEquals(calls.length, 2);
    assert(elapsed >= 250 && elapsed < 500, `${elapsed} ms`);
  });
}

for (const status of [400, 401, 403, 404, 501]) {
  Deno.test(`requestToken does not try again after ${status}`, async () => {
    const { fetch, calls } = stubFetch(text("no", { status }));
    await assertRejects(() => requestToken(REQUEST, { fetch }), TokenError);
    assertEquals(calls.length, 1);
  });
}

Deno.test("requestToken gives up after two retries, each after a longer wait", async () => {
  const { fetch, calls } = stubFetch(text("busy", { status: 503 }));
  const { result, elapsed } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
  assert(result.status === "rejected");
  assertEquals(result.reason.message, "api.example.com answered 503: busy (after 3 tries)");
  assertEquals(result.reason.kind, "refused");
  assertEquals(calls.length, 3);
  assert(elapsed >= 750 && elapsed < 1500, `${elapsed} ms`);
});

Deno.test("requestToken waits twice as long each time, with jitter, and at most 30 s", async () => {
  const { random } = Math;
  for (const [chance, expected] of [[0, 250 + 500 + 1000], [0.5, 375 + 750 + 1500]] as const) {
    Math.random = () => chance;
    const { fetch } = stubFetch(text("busy", { status: 503 }));
    const { elapsed } = await withFakeClock(() => requestToken(REQUEST, { fetch, retries: 3 }));
    assertEquals(elapsed, expected);
  }
  const { fetch } = stubFetch(text("busy", { status: 503 }));
  const { elapsed } = await withFakeClock(() => requestToken(REQUEST, { fetch, retries: 10 }));
  Math.random = random;
  // 375 ms, doubled until 24 s, then 30 s each.
  assertEquals(elapsed, 375 * (2 ** 7 - 1) + 3 * 30_000);
});

Deno.test("requestToken does not try again with retries: 0", async () => {
  const { fetch, calls } = stubFetch(text("busy", { status: 503 }));
  await assertRejects(() => requestToken(REQUEST, { fetch, retries: 0 }), TokenError, "503: busy");
  assertEquals(calls.length, 1);
});

Deno.test("requestToken tries again after a failed connection", async () => {
  const fail = () => Promise.reject(new TypeError("connection reset"));
  const { fetch, calls } = stubFetch(fail, fail, json(TOKEN));
  const { result } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
  assertEquals(result.status, "fulfilled");
  assertEquals(calls.length, 3);
});

for (
  const reason of [
    "invalid peer certificate: UnknownIssuer",
    "received corrupt message of type InvalidContentType",
    "peer is incompatible: NoCipherSuitesInCommon",
    "Requests to port 9 are blocked",
    "unable to verify the first certificate",
    "received fatal alert: ProtocolVersion",
    "error:0A000102:SSL routines::unsupported protocol version",
    "error:0A00010B:SSL routines::wrong version number",
  ]
) {
  Deno.test(`requestToken does not try again after "${reason}"`, async () => {
    const { fetch, calls } = stubFetch(() => Promise.reject(new TypeError(reason)));
    const error = await assertRejects(() => requestToken(REQUEST, { fetch }), TokenError, reason);
    assertEquals([error.kind, calls.length], ["unreachable", 1]);
  });
}

for (
  const [value, wait] of [
    ["3", 3000],
    ["0", 0],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 250],
    ["soon", 250],
    ["-1", 250],
    ["1.5", 250],
    ["2099-01-01", 250],
  ] as const
) {
  Deno.test(`requestToken waits as Retry-After: ${value} asks, or as usual`, async () => {
    const headers = { "retry-after": value };
    const { fetch } = stubFetch(text("busy", { status: 503, headers }), json(TOKEN));
    const { result, elapsed } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
    assertEquals(result.status, "fulfilled");
    assert(elapsed >= wait && elapsed <= Math.max(wait, 2 * (wait % 1000)), `${elapsed} ms`);
  });
}

Deno.test("requestToken waits until the date in Retry-After", async () => {
  const { fetch } = stubFetch(
    () =>
      text("", {
        status: 429,
        headers: { "retry-after": new Date(Date.now() + 20_000).toUTCString() },
      })(),
    json(TOKEN),
  );
  const { result, elapsed } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
  assertEquals(result.status, "fulfilled");
  assert(elapsed > 18_000 && elapsed <= 20_000, `${elapsed} ms`);
});

for (const wait of ["31", "9999999999"]) {
  Deno.test(`requestToken gives up at once when Retry-After asks for ${wait} s`, async () => {
    const { fetch, calls } = stubFetch(
      text("busy", { status: 429, headers: { "retry-after": wait } }),
    );
    const error = await assertRejects(() => requestToken(REQUEST, { fetch }), TokenError);
    const seconds = Number(wait);
    assertEquals(error.message, `api.example.com answered 429: busy; it asks to wait ${seconds} s`);
    assertEquals([calls.length, error.retry_after], [1, seconds]);
  });
}

Deno.test("requestToken takes the reset of a rate limit for a wait only with 429", async () => {
  const headers = { "x-ratelimit-reset": "3600" };
  const refused = stubFetch(json({ error: "invalid_client" }, { status: 401, headers }));
  const error = await assertRejects(() => requestToken(REQUEST, refused), TokenError);
  assertEquals([error.retry_after, error.message.includes("wait")], [undefined, false]);
  const { fetch, calls } = stubFetch(text("", { status: 503, headers }), json(TOKEN));
  await withFakeClock(() => requestToken(REQUEST, { fetch }));
  assertEquals(calls.length, 2);
});

for (const name of ["ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"]) {
  Deno.test(`requestToken waits as ${name} asks, in seconds or until a time`, async () => {
    for (const value of ["20", `${Math.floor(Date.now() / 1000) + 20}`]) {
      const headers = { [name]: value };
      const { fetch } = stubFetch(text("busy", { status: 429, headers }), json(TOKEN));
      const { result, elapsed } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
      assertEquals(result.status, "fulfilled");
      assert(elapsed > 18_000 && elapsed <= 20_000, `${elapsed} ms`);
    }
  });
}

Deno.test("requestToken takes Retry-After for what it asks, and no odd limit for one", async () => {
  for (
    const [headers, wait] of [
      [{ "retry-after": "3", "ratelimit-reset": "20" }, 3000],
      [{ "retry-after-ms": "2500", "retry-after": "3" }, 2500],
      [{ "x-ms-retry-after-ms": "1500" }, 1500],
      [{ "ratelimit-reset": "soon", "x-ratelimit-reset": "4" }, 4000],
      [{ "x-ratelimit-reset": "1000000001" }, 0],
    ] as const
  ) {
    const { fetch } = stubFetch(text("busy", { status: 429, headers }), json(TOKEN));
    const { elapsed } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
    assertEquals(elapsed, wait);
  }
});

Deno.test("retryAfter reads a header that ends in white space, as Node.js gives it", () => {
  const read = (name: string, value: string) => {
    const headers = Object.assign(new Headers(), {
      get: (other: string) => other === name ? value : null,
    });
    return retryAfter({ status: 429, headers });
  };
  assertEquals(read("retry-after", "3 "), 3000);
  assertEquals(read("retry-after-ms", "2500 "), 2500);
  assertEquals(read("x-ratelimit-reset", "4\t"), 4000);
});

Deno.test("requestToken tries again whatever a failure says of the host", async () => {
  for (const reason of ["getaddrinfo EAI_AGAIN tls.example.com", "The proxy Requires network"]) {
    const fail = () => Promise.reject(new Error(reason));
    const { fetch, calls } = stubFetch(fail, json(TOKEN));
    const request = { ...REQUEST, token_url: "https://tls.example.com/token" };
    const { result } = await withFakeClock(() => requestToken(request, { fetch }));
    assertEquals([result.status, calls.length], ["fulfilled", 2]);
  }
});

Deno.test("requestToken tries again whatever the host is called", async () => {
  const { fetch, calls } = stubFetch(() => Promise.reject(new TypeError("connection reset")));
  const request = { ...REQUEST, token_url: "https://ssl.certificate.example/" };
  await withFakeClock(() => requestToken(request, { fetch }));
  assertEquals(calls.length, 3);
});

Deno.test("requestToken waits the 30 s that Retry-After may ask for, and says nothing of it", async () => {
  const headers = { "retry-after": "30" };
  const { fetch, calls } = stubFetch(text("busy", { status: 503, headers }));
  const { result, elapsed } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
  assertEquals([calls.length, elapsed], [3, 60_000]);
  assertEquals(
    result.status === "rejected" && result.reason.message,
    "api.example.com answered 503: busy (after 3 tries)",
  );
});

Deno.test("requestToken reports the seconds that Retry-After asks for", async () => {
  const { message } = await failure(
    text("busy", { status: 429, headers: { "retry-after": "999999999" } }),
  );
  assertEquals(message, "api.example.com answered 429: busy; it asks to wait 999999999 s");
});

Deno.test("requestToken tries again after 503 whose body never ends", async () => {
  const endless = () => new Response(new ReadableStream({ start() {} }), { status: 503 });
  const { fetch, calls } = stubFetch(endless, json(TOKEN));
  const { result } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
  assertEquals([result.status, calls.length], ["fulfilled", 2]);
});

Deno.test("requestToken does not wait until a date that has come", async () => {
  const headers = { "retry-after": "Tue, 01 Jan 2030 00:00:00 GMT" };
  const busy = () => {
    Date.now = () => Date.UTC(2030, 0, 1);
    return text("busy", { status: 503, headers })();
  };
  const { fetch } = stubFetch(busy, json(TOKEN));
  const { result, elapsed } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
  assertEquals([result.status, elapsed], ["fulfilled", 0]);
});

for (
  const reason of [
    "tls handshake eof",
    "peer closed connection without sending TLS close_notify",
    "Client network socket disconnected before secure TLS connection was established",
    "received fatal alert: HandshakeFailure",
  ]
) {
  Deno.test(`requestToken tries again after "${reason}"`, async () => {
    const { fetch, calls } = stubFetch(() => Promise.reject(new TypeError(reason)), json(TOKEN));
    const { result } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
    assertEquals([result.status, calls.length], ["fulfilled", 2]);
  });
}
