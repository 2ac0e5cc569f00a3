import { assert, assertEquals, assertRejects } from "@std/assert";
import { TokenError } from "../token.ts";
import { findIssuer, type FindOptions } from "./resource.ts";

const RESOURCE = "https://api.example.com/v1";
const BY_PATH = "https://api.example.com/.well-known/oauth-protected-resource/v1";
const AT_ROOT = "https://api.example.com/.well-known/oauth-protected-resource";
const ISSUER = "https://login.example.com";
const DOCUMENT = { resource: RESOURCE, authorization_servers: [ISSUER] };
const DEMAND = `Bearer resource_metadata="${BY_PATH}", scope="read write"`;

/** What answers at each address, such as `GET https://a.example/`; a `404` elsewhere. */
type Routes = Record<string, (init: RequestInit) => Response | Promise<Response>>;

function demand(challenge: string, status = 401): () => Response {
  return () => new Response("no", { status, headers: { "www-authenticate": challenge } });
}

function json(document: unknown): () => Response {
  return () => Response.json(document);
}

function serve(routes: Routes) {
  const requests: string[] = [];
  const inits: RequestInit[] = [];
  const fetch: FindOptions["fetch"] = async (url, init) => {
    const request = `${init.method} ${url}`;
    requests.push(request);
    inits.push(init);
    const answer = Object.hasOwn(routes, request) ? routes[request] : undefined;
    return answer ? await answer(init) : new Response("nothing here", { status: 404 });
  };
  return { fetch, requests, inits };
}

/** What is found, and which requests that takes. */
async function find(routes: Routes, options: Partial<FindOptions> = {}, resource = RESOURCE) {
  const { fetch, requests, inits } = serve(routes);
  const found = await findIssuer(resource, { trustedIssuers: "any", fetch, ...options });
  return { found, requests, inits };
}

async function failure(
  routes: Routes,
  options: Partial<FindOptions> = {},
  resource = RESOURCE,
): Promise<TokenError & { requests: string[] }> {
  const { fetch, requests } = serve(routes);
  const all: FindOptions = { trustedIssuers: "any", fetch, retries: 0, timeout: 300, ...options };
  const error = await assertRejects(() => findIssuer(resource, all), TokenError);
  return Object.assign(error, { requests });
}

Deno.test("findIssuer takes scope and metadata from the challenge, in two requests", async () => {
  const { found, requests, inits } = await find({
    [`GET ${RESOURCE}`]: demand(DEMAND),
    [`GET ${BY_PATH}`]: json({ ...DOCUMENT, scopes_supported: ["other"] }),
  }, { headers: { authorization: "Bearer t" } } as Partial<FindOptions>);
  assertEquals(found, {
    issuer: ISSUER,
    resource: RESOURCE,
    scope: "read write",
    metadata_url: BY_PATH,
  });
  assertEquals(requests, [`GET ${RESOURCE}`, `GET ${BY_PATH}`]);
  for (const { redirect, credentials, headers } of inits) {
    assertEquals([redirect, credentials], ["manual", "omit"]);
    assertEquals(new Headers(headers).has("authorization"), false);
  }
});

for (const status of [200, 204, 302, 403, 404, 405]) {
  Deno.test(`findIssuer sends {} with POST after ${status}`, async () => {
    const { found, inits, requests } = await find({
      [`GET ${RESOURCE}`]: () =>
        new Response(null, { status, headers: { "www-authenticate": "Bearer scope=wrong" } }),
      [`POST ${RESOURCE}`]: demand(DEMAND),
      [`GET ${BY_PATH}`]: json(DOCUMENT),
    });
    assertEquals([found.scope, requests.length], ["read write", 3]);
    const { body, headers } = inits[requests.indexOf(`POST ${RESOURCE}`)]!;
    const { accept, "content-type": type } = Object.fromEntries(new Headers(headers));
    assertEquals(
      [body, type, accept],
      ["{}", "application/json", "application/json, text/event-stream"],
    );
  });
}

Deno.test("findIssuer sends no POST for scopes that are known, if the metadata is found", async () => {
  const api = { [`POST ${RESOURCE}`]: demand(DEMAND) };
  const options = { hasScope: true };
  const { found, requests } = await find({ ...api, [`GET ${BY_PATH}`]: json(DOCUMENT) }, options);
  assertEquals(found, {
    issuer: ISSUER,
    resource: RESOURCE,
    scope: undefined,
    metadata_url: BY_PATH,
  });
  assertEquals(requests, [`GET ${RESOURCE}`, `GET ${BY_PATH}`]);

  const own = "https://api.example.com/own.json";
  const elsewhere = {
    [`POST ${RESOURCE}`]: demand(`Bearer resource_metadata="${own}"`),
    [`GET ${own}`]: json(DOCUMENT),
  };
  assertEquals((await find(elsewhere, options)).found.metadata_url, own);
  const both = { [`GET ${RESOURCE}`]: elsewhere[`POST ${RESOURCE}`]!, ...elsewhere };
  const named = await find({ ...both, [`GET ${BY_PATH}`]: json(DOCUMENT) }, options);
  assertEquals(named.found.metadata_url, own);
  const mismatch = { ...elsewhere, [`GET ${BY_PATH}`]: json({ ...DOCUMENT, resource: own }) };
  assertEquals((await find(mismatch, options)).found.metadata_url, own);
  const nowhere = await failure(api, options);
  assertEquals([nowhere.code, nowhere.requests], ["resource_without_metadata", [
    `GET ${RESOURCE}`,
    `GET ${BY_PATH}`,
    `POST ${RESOURCE}`,
    `GET ${AT_ROOT}`,
  ]]);
});

Deno.test("findIssuer sends no POST after a 401 of another scheme", async () => {
  const routes = { [`GET ${RESOURCE}`]: demand("Basic"), [`GET ${BY_PATH}`]: json(DOCUMENT) };
  assertEquals((await find(routes)).requests.length, 2);
});

for (
  const [what, challenge] of [
    ["after others", `Basic realm="a, b", ${DEMAND}`],
    ["before others", `${DEMAND}, Digest nonce="x\\"y"`],
    ["in another order", `Bearer scope="read write", error="x", resource_metadata="${BY_PATH}"`],
    ["in upper case", DEMAND.replace("Bearer", "BEARER")],
    ["of two", `Bearer realm="first", ${DEMAND}`],
  ] as const
) {
  Deno.test(`findIssuer reads a Bearer challenge ${what}`, async () => {
    const { found } = await find({
      [`GET ${RESOURCE}`]: demand(challenge),
      [`GET ${BY_PATH}`]: json(DOCUMENT),
    });
    assertEquals(found.scope, "read write");
  });
}

Deno.test("findIssuer reads the metadata where the challenge says, and nowhere else", async () => {
  const own = "https://api.example.com/own.json";
  const { found, requests } = await find({
    [`GET ${RESOURCE}`]: demand(`Bearer resource_metadata="${own}"`),
    [`GET ${own}`]: json(DOCUMENT),
  });
  assertEquals(found.metadata_url, own);
  assertEquals(requests, [`GET ${RESOURCE}`, `GET ${own}`]);
});

Deno.test("findIssuer asks at the root if nothing is at the first address", async () => {
  for (const resource of [RESOURCE, "https://api.example.com", "https://api.example.com/"]) {
    const { found } = await find({ [`GET ${AT_ROOT}`]: json({ ...DOCUMENT, resource }) });
    assertEquals([found.metadata_url, found.resource], [AT_ROOT, resource]);
  }
});

Deno.test("findIssuer asks at one address for an API without a path", async () => {
  const resource = "https://api.example.com";
  const routes = { [`GET ${AT_ROOT}`]: json({ ...DOCUMENT, resource: `${resource}/` }) };
  const { requests } = await find(routes, {}, resource);
  assertEquals(requests.filter((request) => request.includes("well-known")), [`GET ${AT_ROOT}`]);
});

Deno.test("findIssuer puts a query behind the well-known address", async () => {
  const resource = `${RESOURCE}/?a=b`;
  const routes = { [`GET ${BY_PATH}/?a=b`]: json({ ...DOCUMENT, resource }) };
  assertEquals((await find(routes, {}, resource)).found.resource, resource);
});

Deno.test("findIssuer takes all scopes that are listed, if none is demanded", async () => {
  for (
    const [scopes_supported, scope] of [
      [["a", "b", "a"], "a b"],
      [["a", 1, 'b"', "c\n"], "a"],
      [[], undefined],
      ["a", undefined],
      [undefined, undefined],
    ]
  ) {
    const { found } = await find({ [`GET ${BY_PATH}`]: json({ ...DOCUMENT, scopes_supported }) });
    assertEquals(found.scope, scope as string | undefined);
  }
});

Deno.test("findIssuer uses no scope of a challenge that no scope can be", async () => {
  for (const scope of ["a\\\\b", 'a\\"', "a  b", " a", "é"]) {
    const { found } = await find({
      [`GET ${RESOURCE}`]: demand(`Bearer scope="${scope}"`),
      [`GET ${BY_PATH}`]: json(DOCUMENT),
    });
    assertEquals(found.scope, undefined, scope);
  }
});

Deno.test("findIssuer takes the trusted one of several issuers", async () => {
  const authorization_servers = ["https://a.example", ISSUER, "https://b.example"];
  const routes = { [`GET ${BY_PATH}`]: json({ ...DOCUMENT, authorization_servers }) };
  const { found } = await find(routes, { trustedIssuers: ["https://c.example", ISSUER] });
  assertEquals(found.issuer, ISSUER);
  for (const trustedIssuers of ["any", []] as const) {
    const error = await failure(routes, { trustedIssuers: trustedIssuers as "any" });
    assertEquals([error.kind, error.code], ["usage", "resource_issuer_ambiguous"]);
    assertEquals(error.message.endsWith(authorization_servers.join(", ")), true);
  }
});

Deno.test("findIssuer names both issuers if they differ", async () => {
  const routes = { [`GET ${BY_PATH}`]: json(DOCUMENT) };
  for (
    const other of [
      "https://LOGIN.example.com",
      "https://login.example",
      `${ISSUER}:443`,
      `${ISSUER}//`,
      `${ISSUER}/tenant`,
      `${ISSUER}/?`,
    ]
  ) {
    const error = await failure(routes, { trustedIssuers: [other] });
    assertEquals([error.kind, error.code], ["usage", "resource_issuer_differs"]);
    const message = `Tokens for api.example.com are issued by ${ISSUER}, not by ${other}`;
    assertEquals([error.message, error.issuer], [message, ISSUER]);
  }
});

Deno.test("findIssuer takes an issuer without a path with a slash or without, as the caller spells it", async () => {
  for (const [named, trusted] of [[`${ISSUER}/`, ISSUER], [ISSUER, `${ISSUER}/`]] as const) {
    const routes = issuers(named, "https://a.example");
    assertEquals((await find(routes, { trustedIssuers: [trusted] })).found.issuer, trusted);
    assertEquals((await find(issuers(named))).found.issuer, named);
  }
  const tenant = `${ISSUER}/tenant`;
  for (const [named, trusted] of [[`${tenant}/`, tenant], [tenant, `${tenant}/`]] as const) {
    const { code } = await failure(issuers(named), { trustedIssuers: [trusted] });
    assertEquals(code, "resource_issuer_differs");
  }
});

Deno.test("findIssuer trusts nobody unless the caller says whom", async () => {
  const error = await failure({ [`GET ${BY_PATH}`]: json(DOCUMENT) }, { trustedIssuers: [] });
  assertEquals([error.code, error.issuer], ["resource_issuer_untrusted", ISSUER]);
  const unset = await failure({}, { trustedIssuers: undefined });
  assertEquals([unset.code, unset.requests], ["trusted_issuers_invalid", []]);
});

Deno.test("findIssuer takes an issuer in a private network from the caller, or an API there", async () => {
  const issuer = "https://10.0.0.1";
  const routes = { [`GET ${BY_PATH}`]: json({ ...DOCUMENT, authorization_servers: [issuer] }) };
  assertEquals((await find(routes, { trustedIssuers: [issuer] })).found.issuer, issuer);

  const resource = "http://127.0.0.1:1/v1";
  const local = "http://127.0.0.1:1/.well-known/oauth-protected-resource/v1";
  const document = { resource, authorization_servers: ["http://localhost:2"] };
  const { found } = await find({ [`GET ${local}`]: json(document) }, {}, resource);
  assertEquals(found.issuer, "http://localhost:2");
});

for (
  const [resource, code] of [
    ["api.example.com", "resource_invalid"],
    ["http://api.example.com", "resource_not_https"],
    ["ftp://api.example.com", "resource_not_https"],
    ["https://u:s3cr3t@api.example.com", "resource_not_plain"],
    ["https://api.example.com#s3cr3t", "resource_not_plain"],
  ] as const
) {
  Deno.test(`findIssuer refuses ${resource} and sends nothing`, async () => {
    const error = await failure({}, {}, resource);
    assertEquals([error.kind, error.code, error.requests], ["usage", code, []]);
    assertEquals(error.message.includes("s3cr3t"), false);
  });
}

/** A body that never ends. */
function endless(start = ""): ReadableStream<Uint8Array> {
  const chunk = new TextEncoder().encode(" ".repeat(65_536));
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(start)),
    pull: (controller) => controller.enqueue(chunk),
  });
}

/** A body of which nothing comes after this. */
function silent(start: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(start)),
  });
}

/** A body of which one blank after the other comes, until the request is aborted. */
function dripping({ signal }: RequestInit): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      const blank = new TextEncoder().encode(" ");
      const timer = setInterval(() => controller.enqueue(blank), 10);
      signal?.addEventListener("abort", () => clearInterval(timer));
    },
  });
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function issuers(...authorization_servers: unknown[]): Routes {
  return { [`GET ${BY_PATH}`]: json({ ...DOCUMENT, authorization_servers }) };
}

function resources(resource: unknown): Routes {
  const document = json({ ...DOCUMENT, resource });
  return { [`GET ${BY_PATH}`]: document, [`GET ${AT_ROOT}`]: json({}) };
}

function metadataAt(address: string, more: Routes = {}): Routes {
  return { [`GET ${RESOURCE}`]: demand(`Bearer resource_metadata="${address}"`), ...more };
}

const EVIL = "https://evil.example";
const EVIL_DOCUMENT = json({ ...DOCUMENT, authorization_servers: [EVIL] });
const REDIRECT = () => new Response(null, { status: 302, headers: { location: `${EVIL}/x` } });

/** What hostile or broken APIs answer, and the error that this brings; in none is anyone else asked. */
const HOSTILE: [name: string, routes: Routes, code: string][] = [
  [
    "another origin's metadata",
    metadataAt(`${EVIL}/m`, { [`GET ${EVIL}/m`]: EVIL_DOCUMENT }),
    "resource_without_metadata",
  ],
  [
    "metadata at its name's end",
    metadataAt("https://api.example.com.evil.example/m"),
    "resource_without_metadata",
  ],
  [
    "metadata with a user name",
    metadataAt("https://api.example.com@evil.example/m"),
    "resource_without_metadata",
  ],
  [
    "metadata of its own with a password",
    metadataAt("https://a:b@api.example.com/m"),
    "resource_without_metadata",
  ],
  ["metadata over http:", metadataAt("http://api.example.com/m"), "resource_without_metadata"],
  [
    "metadata on another port",
    metadataAt("https://api.example.com:8443/m"),
    "resource_without_metadata",
  ],
  [
    "metadata in a private network",
    metadataAt("https://169.254.169.254/latest"),
    "resource_without_metadata",
  ],
  ["metadata on this machine", metadataAt("http://127.0.0.1:1/m"), "resource_without_metadata"],
  ["metadata in a file", metadataAt("file:///etc/passwd"), "resource_without_metadata"],
  ["metadata as data", metadataAt("data:application/json,{}"), "resource_without_metadata"],
  ["metadata at no URL", metadataAt("/m"), "resource_without_metadata"],
  ["a resource of another", resources(EVIL), "resource_mismatch"],
  ["a resource with one slash more", resources(`${RESOURCE}/`), "resource_mismatch"],
  ["a resource with another path", resources("https://api.example.com/v2"), "resource_mismatch"],
  [
    "a resource that its path begins with",
    resources("https://api.example.com/v"),
    "resource_mismatch",
  ],
  [
    "the origin as resource, not at the root",
    resources("https://api.example.com"),
    "resource_mismatch",
  ],
  ["a resource in upper case", resources(RESOURCE.toUpperCase()), "resource_mismatch"],
  ["a list of resources", resources([RESOURCE]), "resource_mismatch"],
  ["no resource", resources(undefined), "resource_mismatch"],
  ["a resource with escape sequences", resources("\u001b[2J\nx"), "resource_mismatch"],
  [
    "metadata of another, and right ones at the root",
    {
      ...metadataAt(`${RESOURCE}/m`, {
        [`GET ${RESOURCE}/m`]: json({ ...DOCUMENT, resource: EVIL }),
      }),
      [`GET ${BY_PATH}`]: json(DOCUMENT),
    },
    "resource_mismatch",
  ],
  ["no issuer", issuers(), "resource_without_issuer"],
  [
    "thousands of issuers",
    issuers(...Array.from({ length: 5_000 }, (_, i) => `${EVIL}/${i}`)),
    "resource_issuer_ambiguous",
  ],
  ["an issuer that is a number", issuers(1), "resource_without_issuer"],
  ["issuers that are no list", {
    [`GET ${BY_PATH}`]: json({ ...DOCUMENT, authorization_servers: EVIL }),
  }, "resource_without_issuer"],
  ["an issuer over http:", issuers("http://login.example.com"), "resource_issuer_wrong"],
  ["an issuer in a private network", issuers("https://192.168.1.1"), "resource_issuer_wrong"],
  ["an issuer on this machine", issuers("http://127.0.0.1:8080"), "resource_issuer_wrong"],
  [
    "an issuer with another spelling of this machine",
    issuers("https://0x7f.1"),
    "resource_issuer_wrong",
  ],
  [
    "an issuer in an IPv6 address of this machine",
    issuers("https://[::ffff:127.0.0.1]"),
    "resource_issuer_wrong",
  ],
  [
    "an issuer in a cloud's own network",
    issuers("https://metadata.google.internal"),
    "resource_issuer_wrong",
  ],
  ["an issuer with a query", issuers(`${ISSUER}?x`), "resource_issuer_wrong"],
  ["an issuer with a password", issuers("https://a:b@login.example.com"), "resource_issuer_wrong"],
  [
    "an issuer with letters that look like others",
    issuers("https://lоgin.example.com"),
    "resource_issuer_wrong",
  ],
  ["an issuer with a line break", issuers(`${ISSUER}\n`), "resource_issuer_wrong"],
  ["an issuer that is no URL", issuers("login.example.com"), "resource_issuer_wrong"],
  ["metadata that redirects", {
    [`GET ${BY_PATH}`]: REDIRECT,
    [`GET ${AT_ROOT}`]: REDIRECT,
    [`GET ${EVIL}/x`]: EVIL_DOCUMENT,
  }, "resource_without_metadata"],
  [
    "a redirect",
    { [`GET ${RESOURCE}`]: REDIRECT, [`POST ${RESOURCE}`]: REDIRECT },
    "resource_without_metadata",
  ],
  [
    "endless metadata",
    { [`GET ${BY_PATH}`]: () => new Response(endless("{")) },
    "resource_without_metadata",
  ],
  [
    "metadata that never comes",
    { [`GET ${BY_PATH}`]: never, [`GET ${AT_ROOT}`]: never },
    "timeout",
  ],
  ["metadata that stop", { [`GET ${BY_PATH}`]: () => new Response(silent('{"a":')) }, "timeout"],
  ["metadata that drip", { [`GET ${BY_PATH}`]: (init) => new Response(dripping(init)) }, "timeout"],
  ["no answer", { [`GET ${RESOURCE}`]: never }, "timeout"],
  ["no answer to POST", { [`POST ${RESOURCE}`]: never }, "timeout"],
  [
    "metadata that are a list",
    { [`GET ${BY_PATH}`]: json([DOCUMENT]) },
    "resource_without_metadata",
  ],
  [
    "metadata that are nested deeply",
    { [`GET ${BY_PATH}`]: () => new Response('{"a":'.repeat(100_000)) },
    "resource_without_metadata",
  ],
  [
    "metadata that are a page",
    { [`GET ${BY_PATH}`]: () => new Response("<html>") },
    "resource_without_metadata",
  ],
  [
    "metadata that are down",
    { [`GET ${BY_PATH}`]: () => new Response("", { status: 503 }) },
    "metadata_unavailable",
  ],
  ["a challenge without an end", {
    [`GET ${RESOURCE}`]: demand(`Bearer resource_metadata="${"\\x".repeat(50_000)}`),
  }, "resource_without_metadata"],
  [
    "thousands of challenges",
    { [`GET ${RESOURCE}`]: demand("Bearer a=b, ".repeat(5_000)) },
    "resource_without_metadata",
  ],
  ["members of every object", {
    [`GET ${BY_PATH}`]: () => new Response('{"__proto__":{"resource":"x"}}'),
  }, "resource_mismatch"],
];

for (const [name, routes, code] of HOSTILE) {
  Deno.test(`findIssuer refuses an API with ${name}`, async () => {
    const error = await failure(routes);
    assertEquals(error.code, code, error.message);
    const asked = new Set(error.requests.map((request) => new URL(request.split(" ")[1]!).origin));
    assertEquals([...asked], ["https://api.example.com"]);
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x1f]/.test(error.message) && error.message.length < 500);
  });
}

Deno.test("findIssuer reads nothing of what the API answers without a token", async () => {
  let isCancelled = false;
  const body = new ReadableStream({ pull: never, cancel: () => void (isCancelled = true) });
  const { found } = await find({
    [`GET ${RESOURCE}`]: () => new Response(body, { status: 200 }),
    [`GET ${BY_PATH}`]: json(DOCUMENT),
  });
  assertEquals([found.issuer, isCancelled], [ISSUER, true]);
});

Deno.test("findIssuer ends when its signal aborts", async () => {
  const controller = new AbortController();
  const routes = { [`GET ${RESOURCE}`]: () => (controller.abort(), never()) };
  assertEquals((await failure(routes, { signal: controller.signal })).code, "aborted");
});
