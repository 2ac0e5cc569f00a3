import { assert, assertEquals, assertRejects } from "@std/assert";
import { authorizedFetch, type AuthorizedFetchOptions } from "./authorized_fetch.ts";
import { REQUEST, stubFetch } from "../tests/support/stub_fetch.ts";
import { startOidcProvider } from "../tests/support/oidc_provider.ts";
import { moveClocks } from "../tests/support/stores.ts";
import { TokenError } from "../token.ts";
import { tokenSource } from "./token_source.ts";
import { needs } from "../tests/support/needs.ts";

const THINGS = "https://api.example.com/v1/things";

/** A source whose tokens are t1, t2, … */
function numbered(token_type = "Bearer") {
  const { calls, fetch } = stubFetch(() =>
    Response.json({ access_token: `t${calls.length}`, expires_in: 3600, token_type })
  );
  return { asked: calls, source: tokenSource(REQUEST, { fetch }) };
}

/** An API that gives these answers in turn, the last one for ever, and what reached it. */
function stubApi(...answers: Response[]) {
  const got: { input: string | Request; init: RequestInit }[] = [];
  const { asked, source } = numbered();
  const fetch: AuthorizedFetchOptions["fetch"] = (input, init) => {
    got.push({ input, init });
    return Promise.resolve(answers[Math.min(got.length, answers.length) - 1]!);
  };
  return { asked, got, source, call: authorizedFetch(source, { fetch }), fetch };
}

/** A server that notes the Authorization header of each request. */
function serve(answer: (request: Request) => Response | Promise<Response>) {
  const got: (string | null)[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    got.push(request.headers.get("authorization"));
    return answer(request);
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return { got, origin, [Symbol.asyncDispose]: () => server.shutdown() };
}

const no = () => new Response("no", { status: 401 });
const yes = () => new Response("yes");

for (const token_type of ["Bearer", "JWT"]) {
  Deno.test(`authorizedFetch sends a token of the type ${token_type} as Bearer`, async () => {
    const { source } = numbered(token_type);
    await using api = serve(async (request) =>
      new Response(`${request.method} ${request.headers.get("x-a")} ${await request.text()}`)
    );
    const init = { method: "POST", headers: { "x-a": "b" }, body: "c" };
    for (const input of [api.origin, new URL(api.origin)]) {
      const response = await authorizedFetch(source)(input, init);
      assertEquals(await response.text(), "POST b c");
    }
    const response = await authorizedFetch(source)(new Request(api.origin, init));
    assertEquals(await response.text(), "POST b c");
    assertEquals(api.got, Array(3).fill("Bearer t1"));
  });
}

for (const [token_type, header] of [["DPoP", "DPoP t1"], ["Bearer", "Bearer t1"]] as const) {
  Deno.test(`authorizedFetch passes a ${token_type} token to the fetch that proves it`, async () => {
    const { source } = numbered(token_type);
    const sent: unknown[] = [];
    const dpop: AuthorizedFetchOptions["dpop"] = (_, { headers }) => {
      sent.push(new Headers(headers).get("authorization"));
      return Promise.resolve(yes());
    };
    await authorizedFetch(source, { dpop })(THINGS);
    assertEquals(sent, [header]);
  });
}

Deno.test("authorizedFetch repeats a request that was refused without a body", async () => {
  const { call, got } = stubApi(new Response(null, { status: 401 }), yes());
  assertEquals(await (await call(THINGS)).text(), "yes");
  assertEquals(got.length, 2);
});

Deno.test("authorizedFetch refuses a token that is bound to a key", async () => {
  const { source } = numbered("dpop");
  const error = await assertRejects(() => authorizedFetch(source)(THINGS), TokenError, "RFC 9449");
  assertEquals([error.kind, error.message.includes("t1")], ["unusable", false]);
});

Deno.test("authorizedFetch gets a new token after a 401 and tries again", async () => {
  let cancelled = 0;
  const first = new Response(new ReadableStream({ cancel: () => void cancelled++ }), {
    status: 401,
  });
  const { call, got, asked } = stubApi(first, yes());
  assertEquals(await (await call(THINGS)).text(), "yes");
  const sent = got.map(({ init }) => new Headers(init.headers).get("authorization"));
  assertEquals(sent, ["Bearer t1", "Bearer t2"]);
  assertEquals([asked.length, cancelled], [2, 1]);
});

for (
  const [what, source] of [
    ["is broken", { start: (stream) => stream.error(new Error("broken")) }],
    ["cannot be cancelled", { cancel: () => new Promise(() => {}) }],
  ] as [string, UnderlyingDefaultSource][]
) {
  Deno.test(`authorizedFetch tries again after a 401 whose body ${what}`, async () => {
    const { call } = stubApi(new Response(new ReadableStream(source), { status: 401 }), yes());
    assertEquals(await (await call(THINGS)).text(), "yes");
  });
}

Deno.test("authorizedFetch tries again only once", async () => {
  const { call, got, asked } = stubApi(no(), no(), yes());
  const response = await call(THINGS);
  assertEquals([response.status, await response.text()], [401, "no"]);
  assertEquals([got.length, asked.length], [2, 2]);
});

Deno.test("authorizedFetch does not try again after another status", async () => {
  const { call, got, asked } = stubApi(new Response("", { status: 403 }));
  assertEquals((await call(THINGS)).status, 403);
  assertEquals([got.length, asked.length], [1, 1]);
});

Deno.test("100 calls that get a 401 at once ask for one new token", async () => {
  const { source, asked } = numbered();
  await using api = serve(({ headers }) =>
    headers.get("authorization") === "Bearer t2" ? yes() : no()
  );
  const call = authorizedFetch(source);
  const texts = Array.from({ length: 100 }, async () => await (await call(api.origin)).text());
  assertEquals(new Set(await Promise.all(texts)), new Set(["yes"]));
  assertEquals(asked.length, 2);
});

const form = new FormData();
form.set("a", "abc");
const bytes = new TextEncoder().encode("abc");
for (
  const body of ["abc", new URLSearchParams("abc"), form, new Blob([bytes]), bytes, bytes.buffer]
) {
  Deno.test(`authorizedFetch sends a body again that is a ${body.constructor.name}`, async () => {
    const { source } = numbered();
    const bodies: string[] = [];
    await using api = serve(async (request) => {
      bodies.push(await request.text());
      return bodies.length === 1 ? no() : yes();
    });
    const response = await authorizedFetch(source)(api.origin, { method: "POST", body });
    assertEquals(await response.text(), "yes");
    assertEquals(bodies.map((body) => body.includes("abc")), [true, true]);
  });
}

async function* iterator() {
  yield await Promise.resolve(bytes);
}
const ONCE = {
  "a stream": (url: string) => [url, { method: "POST", body: new Blob([bytes]).stream() }],
  "an iterator": (url: string) => [url, { method: "POST", body: iterator() as unknown as string }],
  "part of a Request": (url: string) => [new Request(url, { method: "POST", body: bytes })],
} satisfies Record<string, (url: string) => [string | Request, RequestInit?]>;
for (const [what, make] of Object.entries(ONCE)) {
  Deno.test(`authorizedFetch sends a body once that is ${what}`, async () => {
    const { source } = numbered();
    await using api = serve(async (request) => new Response(await request.text(), { status: 401 }));
    const [input, init] = make(api.origin);
    const response = await authorizedFetch(source)(input, init);
    assertEquals([response.status, await response.text()], [401, "abc"]);
    assertEquals(api.got, ["Bearer t1"]);
    assertEquals((await source.get()).access_token, "t2");
  });
}

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`authorizedFetch takes the token to no other origin (${status})`, async () => {
    const { source, asked } = numbered();
    await using other = serve(no);
    const headers = { location: `${other.origin}/x` };
    await using api = serve(() => new Response("moved", { status, headers }));
    const call = authorizedFetch(source);
    for (const input of [api.origin, new Request(api.origin)]) {
      const response = await call(input);
      assertEquals([response.status, await response.text()], [status, "moved"]);
    }
    await assertRejects(() => call(api.origin, { redirect: "error" }), TypeError);
    await assertRejects(() => call(new Request(api.origin, { redirect: "error" })), TypeError);
    assertEquals(other.got, []);
    const response = await call(api.origin, { redirect: "follow" });
    assertEquals([response.status, await response.text()], [401, "no"]);
    assertEquals([other.got, asked.length], [[null], 1]);
    assertEquals(api.got, Array(5).fill("Bearer t1"));
  });
}

Deno.test("authorizedFetch follows a redirect within the origin if told to", async () => {
  const { source } = numbered();
  const headers = { location: "/" };
  await using api = serve(({ url }) => {
    if (!url.endsWith("/")) return new Response(null, { status: 302, headers });
    return api.got.includes("Bearer t2") ? yes() : no();
  });
  const response = await authorizedFetch(source)(`${api.origin}/x`, { redirect: "follow" });
  assertEquals(await response.text(), "yes");
  assertEquals(api.got, ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2"]);
});

for (
  const url of [
    "http://api.example.com/",
    "http://127.0.0.1.example.com",
    "data:,x",
    "file:///x",
    "/x",
  ]
) {
  Deno.test(`authorizedFetch does not send a token to ${url}`, async () => {
    const { source, fetch, got, asked } = stubApi(yes());
    const call = authorizedFetch(source, { fetch, allowHttp: !url.startsWith("http:") });
    const error = await assertRejects(() => call(url), TokenError, "The URL must be");
    assertEquals([error.kind, got.length, asked.length], ["usage", 0, 0]);
  });
}

Deno.test("authorizedFetch fails as its source does", async () => {
  const { fetch, got } = stubApi(yes());
  const failure = new TokenError("refused", "refused", "no");
  const source = { get: () => Promise.reject(failure), invalidate() {} };
  const call = authorizedFetch(source, { fetch });
  assertEquals(await assertRejects(() => call(THINGS), TokenError), failure);
  assertEquals(got.length, 0);
});

Deno.test("authorizedFetch sends no token beside a user name and a password", async () => {
  const { call, got } = stubApi(yes());
  for (const url of ["https://u@api.example.com/", "https://:p@api.example.com/"]) {
    const message = "must not contain a user name or a password";
    const { kind } = await assertRejects(() => call(url), TokenError, message);
    assertEquals(kind, "usage");
  }
  assertEquals(got.length, 0);
});

Deno.test("authorizedFetch sends no token over http: unless told to", async () => {
  const { fetch, source, got } = stubApi(yes());
  const call = authorizedFetch(source, { fetch });
  await assertRejects(() => call("http://api.example.com/"), TokenError, "must be https:");
  assertEquals(got.length, 0);
});

Deno.test("authorizedFetch sends a token over http: if allowed", async () => {
  const { fetch, source, got } = stubApi(yes());
  await authorizedFetch(source, { fetch, allowHttp: true })("http://api.example.com/");
  assertEquals(got[0]!.input, "http://api.example.com/");
});

Deno.test("authorizedFetch takes a relative URL where there is something it is relative to", async () => {
  const { call, got } = stubApi(yes());
  const before = Object.getOwnPropertyDescriptor(globalThis, "location")!;
  Object.defineProperty(globalThis, "location", { value: new URL(THINGS), configurable: true });
  try {
    await call("others?a=b");
  } finally {
    Object.defineProperty(globalThis, "location", before);
  }
  assertEquals(got[0]!.input, "https://api.example.com/v1/others?a=b");
});

Deno.test("authorizedFetch refuses an Authorization header of the caller's own", async () => {
  const { call, got } = stubApi(yes());
  const init = { headers: { Authorization: "Basic abc" } };
  const message = "must not set authorization";
  assertEquals((await assertRejects(() => call(THINGS, init), TokenError, message)).kind, "usage");
  await assertRejects(
    () => call(new Request(THINGS, init)),
    TokenError,
    "must not set authorization",
  );
  assertEquals(got.length, 0);
});

Deno.test("authorizedFetch heeds the signal while it waits for the token", async () => {
  const { fetch } = stubFetch(() => new Promise<Response>(() => {}));
  const call = authorizedFetch(tokenSource(REQUEST, { fetch }));
  for (const inRequest of [false, true]) {
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = inRequest ? call(new Request(THINGS, { signal })) : call(THINGS, { signal });
    controller.abort(new RangeError("enough"));
    await assertRejects(() => waiting, RangeError, "enough");
  }
});

Deno.test("authorizedFetch lets init take a Request's signal away, as fetch does", async () => {
  const { call, got } = stubApi(yes());
  await call(new Request(THINGS, { signal: AbortSignal.abort() }), { signal: null });
  assertEquals(got.length, 1);
});

Deno.test(
  needs("authorizedFetch gets past a token that oidc-provider has revoked", "npm:oidc-provider"),
  async () => {
    await using provider = await startProvider();
    await using api = serve(async ({ headers }) => {
      const [, token = ""] = headers.get("authorization")!.split(" ");
      const { active } = await (await provider.post("introspection", token)).json();
      return active ? yes() : no();
    });
    const source = tokenSource({ ...REQUEST, token_url: `${provider.issuer}/token` });
    const call = authorizedFetch(source);
    assertEquals(await (await call(api.origin)).text(), "yes");
    await (await provider.post("revocation", (await source.get()).access_token)).text();
    // What was accepted just now is not doubted.
    using _later = moveClocks(5);
    assertEquals(await (await call(api.origin)).text(), "yes");
    assertEquals([api.got.length, new Set(api.got).size], [3, 2]);
    assert(api.got[0] === api.got[1] && api.got[2] !== api.got[1]);
  },
);

/** Starts oidc-provider with the demo's client. */
async function startProvider() {
  const { client_id, client_secret } = REQUEST;
  const allowedPolicy = () => true;
  const provider = await startOidcProvider(
    { client_id, client_secret, token_endpoint_auth_method: "client_secret_post" },
    {
      features: {
        introspection: { enabled: true, allowedPolicy },
        revocation: { enabled: true, allowedPolicy },
      },
    },
  );
  return {
    ...provider,
    post: (endpoint: string, token: string) => {
      const body = new URLSearchParams({ client_id, client_secret, token });
      return fetch(`${provider.issuer}/token/${endpoint}`, { method: "POST", body });
    },
  };
}
