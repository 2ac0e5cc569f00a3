import { assert, assertEquals, assertRejects } from "@std/assert";
import { json, REQUEST, stubFetch, text, TOKEN } from "../tests/support/stub_fetch.ts";
import { requestToken, TokenError, type TokenRequest } from "../token.ts";
import { clientAssertion } from "./assertion.ts";
import { dpopFetch, type DpopKey, dpopKey, dpopThumbprint } from "./dpop.ts";
import {
  calculateJwkThumbprint,
  decodeJwt,
  EmbeddedJWK,
  exportPKCS8,
  generateKeyPair,
  jwtVerify,
} from "../tests/support/jose.ts";
import { needs } from "../tests/support/needs.ts";

const API = "https://api.example.com/v1/things?q=1#part";
const FROM = "https://api.example.com/from";
const BOUND = { authorization: "DPoP abc" };
const DEMAND = { "www-authenticate": 'DPoP error="use_dpop_nonce"' };
const key = await dpopKey();

/** The proofs that reached a stubbed `fetch`, verified. */
async function proofs(calls: ReturnType<typeof stubFetch>["calls"]) {
  return await Promise.all(calls.map(async ({ init }) => {
    const proof = new Headers(init.headers).get("dpop")!;
    return await jwtVerify(proof, EmbeddedJWK, { typ: "dpop+jwt", maxTokenAge: 5 });
  }));
}

/** Answers that demand this nonce. */
const tokenDemand = (nonce: string) =>
  json({ error: "use_dpop_nonce" }, { status: 400, headers: { "dpop-nonce": nonce } });
const apiDemand = (nonce: string) =>
  text(null, { status: 401, headers: { ...DEMAND, "dpop-nonce": nonce } });

Deno.test(needs("dpopThumbprint is the thumbprint of RFC 7638", "npm:jose"), async () => {
  for (const alg of ["ES256", "RS256", "Ed25519"]) {
    const pair = await generateKeyPair(alg, { extractable: true });
    const one = await dpopKey(pair as CryptoKeyPair);
    assertEquals(await dpopThumbprint(one), await calculateJwkThumbprint(one.publicJwk));
  }
  // The key and the thumbprint of RFC 9449, sections 4.1 and 6.1.
  const x = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs";
  const y = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA";
  const publicJwk = { kty: "EC", x, y, crv: "P-256" };
  const thumbprint = await dpopThumbprint({ ...key, publicJwk });
  assertEquals(thumbprint, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
});

Deno.test(needs("dpopFetch adds a proof to the token request", "npm:jose"), async () => {
  const { calls, fetch } = stubFetch(json({ ...TOKEN, token_type: "DPoP" }));
  const seen: string[] = [];
  const options = { fetch: dpopFetch(key, { fetch, onProof: (proof) => seen.push(proof) }) };
  assertEquals((await requestToken(REQUEST, options)).token_type, "DPoP");
  const [{ payload, protectedHeader }] = await proofs(calls) as [
    Awaited<ReturnType<typeof proofs>>[0],
  ];
  const { jti, iat, ...claims } = payload;
  assertEquals(claims, { htm: "POST", htu: REQUEST.token_url });
  assertEquals([typeof jti, typeof iat], ["string", "number"]);
  assertEquals(protectedHeader, { alg: "ES256", typ: "dpop+jwt", jwk: key.publicJwk });
  const { headers } = calls[0]!.init;
  // A record with names in lower case, as the loopback fetch takes it.
  assertEquals(Object.keys(headers!).sort(), ["accept", "content-type", "dpop"]);
  assertEquals(seen, [(headers as Record<string, string>).dpop]);
});

Deno.test(needs("dpopFetch proves each attempt anew", "npm:jose"), async () => {
  const { calls, fetch } = stubFetch(text("", { status: 503 }), json(TOKEN));
  await requestToken(REQUEST, { fetch: dpopFetch(key, { fetch }) });
  const [a, b] = await proofs(calls);
  assert(a!.payload.jti !== b!.payload.jti);
});

Deno.test(
  needs("dpopFetch binds the token of a call, with the hash of RFC 9449 §7.1", "npm:jose"),
  async () => {
    const { calls, fetch } = stubFetch(text("ok"));
    // The token and the hash of the RFC's example.
    const token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    const headers = { Authorization: `DPoP ${token}` };
    const callApi = dpopFetch(key, { fetch });
    await callApi(new URL(API), { headers, method: "patch" });
    await callApi(new Request(API, { headers, method: "DELETE" }));
    await callApi(API, { method: "put", headers: { authorization: `Bearer ${token}` } });
    const [a, b, c] = (await proofs(calls)).map((
      { payload: { htm, htu, ath } },
    ) => [htm, htu, ath]);
    const ath = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo";
    const { method } = new Request(API, { method: "patch" });
    assertEquals(a, [method, "https://api.example.com/v1/things", ath]);
    assertEquals(b, ["DELETE", "https://api.example.com/v1/things", ath]);
    assertEquals(c, ["PUT", "https://api.example.com/v1/things", undefined]);
  },
);

Deno.test(
  needs("dpopFetch knows the scheme in any case, and none that only ends in it", "npm:jose"),
  async () => {
    const { calls, fetch } = stubFetch(text("ok"));
    for (const scheme of ["DPoP", "dpop", "DPoP ", "X-DPoP"]) {
      await dpopFetch(key, { fetch })(API, { headers: { authorization: `${scheme} abc` } });
    }
    const hashes = (await proofs(calls)).map(({ payload }) => payload.ath);
    assertEquals(hashes, [
      ...Array(3).fill("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"),
      undefined,
    ]);
  },
);

Deno.test(
  needs("dpopFetch repeats a call once with the nonce that an API demands", "npm:jose"),
  async () => {
    const { calls, fetch } = stubFetch(
      apiDemand("n1"),
      text("ok", { headers: { "dpop-nonce": "n2" } }),
      text("ok"),
      apiDemand("n3"),
      apiDemand("n4"),
    );
    const send = dpopFetch(key, { fetch });
    const init = { headers: BOUND, method: "POST", body: "a" };
    assertEquals((await send(API, init)).status, 200);
    assertEquals((await send(API, init)).status, 200);
    assertEquals((await send(API, init)).status, 401);
    const nonces = (await proofs(calls)).map(({ payload }) => payload.nonce);
    // The last nonce is used until there is a newer one; a second demand in a row is an answer.
    assertEquals(nonces, [undefined, "n1", "n2", "n2", "n3"]);
    assertEquals(calls.map(({ init }) => init.body), Array(5).fill("a"));
  },
);

Deno.test(
  needs(
    "dpopFetch repeats a call with a body that can be sent again, and a Request without one",
    "npm:jose",
  ),
  async () => {
    for (
      const body of [undefined, "a", new Blob(["a"]), new URLSearchParams("a=b"), new FormData()]
    ) {
      const { calls, fetch } = stubFetch(apiDemand("n"), text("ok"));
      const method = body === undefined ? "GET" : "POST";
      const response = await dpopFetch(key, { fetch })(API, { method, headers: BOUND, body });
      assertEquals([response.status, calls.map(({ init }) => init.body)], [200, [body, body]]);
    }
    const { calls, fetch } = stubFetch(apiDemand("n"), text("ok"));
    const request = new Request(API, { headers: BOUND });
    assertEquals((await dpopFetch(key, { fetch })(request)).status, 200);
    assertEquals(calls.map(({ url }) => url as unknown), [request, request]);
  },
);

Deno.test(
  needs("dpopFetch sends a body that can be read only once only once", "npm:jose"),
  async () => {
    const stream = new Blob(["x"]).stream();
    const iterator = stream.values() as unknown as string;
    const request = new Request(API, { method: "POST", headers: BOUND, body: "x" });
    for (const body of [stream, iterator, request]) {
      const { calls, fetch } = stubFetch(apiDemand("n"));
      const send = dpopFetch(key, { fetch });
      const sent = body instanceof Request
        ? send(body)
        : send(API, { method: "POST", headers: BOUND, body });
      assertEquals([(await sent).status, calls.length], [401, 1]);
    }
  },
);

for (
  const [what, challenge, times] of [
    ["a demand", 'DPoP error="use_dpop_nonce"', 2],
    ["a demand among others", 'Bearer realm="a, b", dpop algs="ES256", error=use_dpop_nonce', 2],
    [
      "an error whose text names the demand",
      'DPoP error="invalid_token", error_description="not use_dpop_nonce, DPoP error=use_dpop_nonce"',
      1,
    ],
    ["a demand of another scheme", 'Bearer error="use_dpop_nonce"', 1],
    ["a demand in another case", 'DPoP error="USE_DPOP_NONCE"', 1],
    ["no error", "DPoP", 1],
    ["no challenge", undefined, 1],
  ] as const
) {
  Deno.test(
    needs(`dpopFetch repeats a call ${times - 1} times after ${what}`, "npm:jose"),
    async () => {
      for (const status of [400, 401, 403, 500]) {
        const headers = new Headers({ "dpop-nonce": "n" });
        if (challenge) headers.set("www-authenticate", challenge);
        const { calls, fetch } = stubFetch(json({ error: "use_dpop_nonce" }, { status, headers }));
        const response = await dpopFetch(key, { fetch })(API, { headers: BOUND });
        assertEquals(calls.length, status <= 401 ? times : 1);
        // The body is still there for the caller.
        assertEquals(await response.json(), { error: "use_dpop_nonce" });
      }
    },
  );
}

Deno.test(needs("dpopFetch repeats nothing without a new nonce", "npm:jose"), async () => {
  const { calls, fetch } = stubFetch(apiDemand("n"));
  const send = dpopFetch(key, { fetch });
  const without = stubFetch(text("", { status: 401, headers: DEMAND }));
  await dpopFetch(key, { fetch: without.fetch })(API, { headers: BOUND });
  assertEquals(without.calls.length, 1);

  await send(API, { headers: BOUND });
  assertEquals(calls.length, 2);
  await send(API, { headers: BOUND });
  assertEquals(calls.length, 3);
});

Deno.test(
  needs("dpopFetch repeats no request without a token that is bound to the key", "npm:jose"),
  async () => {
    for (const authorization of [undefined, "Bearer abc", "Basic abc"]) {
      for (const answer of [apiDemand("n"), tokenDemand("n")]) {
        const { calls, fetch } = stubFetch(answer);
        const body = new Blob(["a"]);
        const headers: HeadersInit = authorization ? { authorization } : {};
        await dpopFetch(key, { fetch })(API, { method: "POST", headers, body });
        assertEquals(calls.map(({ init }) => init.body), [body]);
      }
    }
  },
);

Deno.test(
  needs(
    "requestToken repeats a request with the nonce that dpopFetch has noted, authenticated anew",
    "npm:jose",
  ),
  async () => {
    let signed = 0;
    const auth_method: TokenRequest["auth_method"] = async (attempt) => {
      attempt.headers["x-proof"] = `${++signed}`;
      await clientAssertion(() => `head.body.${signed}`)(attempt);
    };
    const { calls, fetch } = stubFetch(tokenDemand("n"), json({ ...TOKEN, token_type: "DPoP" }));
    const request = { ...REQUEST, auth_method, scope: "a", params: { client_hint: "x" } };
    await requestToken(request, { fetch: dpopFetch(key, { fetch }) });
    const nonces = (await proofs(calls)).map(({ payload }) => payload.nonce);
    assertEquals(nonces, [undefined, "n"]);
    assertEquals(calls.map(({ init }) => new Headers(init.headers).get("x-proof")), ["1", "2"]);
    const forms = calls.map(({ init }) => new URLSearchParams(init.body as string));
    assertEquals(forms.map((form) => form.getAll("client_assertion")), [
      ["head.body.1"],
      ["head.body.2"],
    ]);
  },
);

Deno.test(needs("dpopFetch keeps the nonces of servers apart", "npm:jose"), async () => {
  const { calls, fetch } = stubFetch(text("ok", { headers: { "dpop-nonce": "n" } }), text("ok"));
  const send = dpopFetch(key, { fetch });
  const headers = { authorization: "DPoP abc" };
  await send("https://a.example/1", { headers });
  await send("https://b.example/", { headers });
  await send("https://a.example/token", { method: "POST" });
  await send("https://a.example/2", { headers });
  const nonces = (await proofs(calls)).map(({ payload }) => payload.nonce);
  assertEquals(nonces, [undefined, undefined, undefined, "n"]);
});

/** Follows redirects from `/from`, given this answer there; notes what else is asked. */
async function followed(status: number, location: string, init: RequestInit = {}) {
  const answers = stubFetch(text("", { status, headers: { location } }), text("ok"));
  const all = { ...init, headers: { ...BOUND, "content-type": "text/plain", ...init.headers } };
  const response = await dpopFetch(key, { fetch: answers.fetch })(FROM, all);
  return { response, calls: answers.calls };
}

Deno.test(
  needs("dpopFetch proves each address of a redirect on the same origin", "npm:jose"),
  async () => {
    const { response, calls } = await followed(302, "/to?x=1#part");
    assertEquals(calls.map(({ url }) => url), [FROM, "https://api.example.com/to?x=1#part"]);
    const [a, b] = (await proofs(calls)).map(({ payload }) => payload);
    assertEquals([a!.htu, b!.htu], [FROM, "https://api.example.com/to"]);
    assert(a!.jti !== b!.jti && a!.ath === b!.ath && a!.ath);
    assertEquals(calls.map(({ init }) => init.redirect), ["manual", "manual"]);
    assertEquals(new Headers(calls[1]!.init.headers).get("authorization"), "DPoP abc");
    assertEquals([response.redirected, response.url], [true, "https://api.example.com/to?x=1"]);
    assertEquals(await response.text(), "ok");
  },
);

for (
  const location of [
    "https://other.example/",
    "http://api.example.com/",
    "https://api.example.com:8443/",
    "//login.example.com/",
  ]
) {
  Deno.test(
    needs(`dpopFetch takes neither token nor proof to ${location}`, "npm:jose"),
    async () => {
      const headers = { cookie: "a=b", "x-more": "c" };
      const { response, calls } = await followed(307, location, { headers });
      assertEquals(Object.fromEntries(new Headers(calls[1]!.init.headers)), {
        "content-type": "text/plain",
        "x-more": "c",
      });
      assertEquals(response.redirected, true);
    },
  );
}

Deno.test(
  needs("dpopFetch takes no token back to the origin by way of another", "npm:jose"),
  async () => {
    const away = text("", { status: 302, headers: { location: "https://other.example/" } });
    const further = text("", { status: 302, headers: { location: "/2" } });
    const back = text("", { status: 302, headers: { location: FROM } });
    const { calls, fetch } = stubFetch(away, further, back, apiDemand("n"));
    const seen: string[] = [];
    const send = dpopFetch(key, { fetch, onProof: (proof) => seen.push(proof) });
    assertEquals((await send(FROM, { headers: BOUND })).status, 401);
    const urls = [FROM, "https://other.example/", "https://other.example/2", FROM];
    assertEquals(calls.map(({ url }) => url), urls);
    const names = calls.slice(1).flatMap(({ init }) => [...new Headers(init.headers).keys()]);
    assertEquals([names, seen.length], [[], 1]);
  },
);

for (
  const [method, status, expected] of [
    ["POST", 301, "GET"],
    ["POST", 302, "GET"],
    ["POST", 303, "GET"],
    ["POST", 307, "POST"],
    ["POST", 308, "POST"],
    ["PUT", 301, "PUT"],
    ["PUT", 302, "PUT"],
    ["PUT", 303, "GET"],
    ["HEAD", 301, "HEAD"],
    ["HEAD", 303, "HEAD"],
    ["GET", 303, "GET"],
  ] as const
) {
  Deno.test(
    needs(`dpopFetch follows ${method} after ${status} with ${expected}`, "npm:jose"),
    async () => {
      const body = method === "GET" || method === "HEAD" ? undefined : "a";
      const { calls } = await followed(status, "/to", { method, body });
      const { init } = calls[1]!;
      const isSame = method === expected;
      assertEquals([init.method, init.body], [expected, isSame ? body : undefined]);
      assertEquals(new Headers(init.headers).has("content-type"), isSame);
      const [, proof] = await proofs(calls);
      assertEquals(proof!.payload.htm, expected);
    },
  );
}

Deno.test(
  needs(
    "dpopFetch gives the answer to a caller who follows no redirect, or has no Location",
    "npm:jose",
  ),
  async () => {
    for (const redirect of ["manual", "error"] as const) {
      const { response, calls } = await followed(302, "/to", { redirect });
      assertEquals([response.status, response.redirected], [302, false]);
      assertEquals(calls.map(({ init }) => init.redirect), [redirect]);
    }
    const { calls, fetch } = stubFetch(
      text("", { status: 302 }),
      text(null, { status: 304, headers: { location: "/to" } }),
    );
    const send = dpopFetch(key, { fetch });
    assertEquals((await send(FROM)).status, 302);
    assertEquals([(await send(FROM)).status, calls.length], [304, 2]);
  },
);

Deno.test(
  needs("dpopFetch follows the redirect of a Request, with what belongs to it", "npm:jose"),
  async () => {
    const { signal } = new AbortController();
    const given = { method: "POST", body: "a", headers: BOUND, signal };
    const redirect = (status: number) => text("", { status, headers: { location: "/to" } });
    const { calls, fetch } = stubFetch(redirect(303), text("ok"));
    const request = new Request(FROM, given);
    await dpopFetch(key, { fetch })(request);
    assertEquals(calls[0]!.url as unknown, request);
    const { url, init } = calls[1]!;
    assertEquals([url, init.method, init.body], ["https://api.example.com/to", "GET", undefined]);
    assertEquals(init.signal, request.signal);

    const other = stubFetch(redirect(302));
    const manual = new Request(FROM, { headers: BOUND, redirect: "manual" });
    const { status } = await dpopFetch(key, { fetch: other.fetch })(manual);
    assertEquals([status, other.calls.length], [302, 1]);

    const once = stubFetch(redirect(307), text("ok"));
    const send = () => dpopFetch(key, { fetch: once.fetch })(new Request(FROM, given));
    await assertRejects(send, TypeError, "the body can be read only once");
  },
);

Deno.test(
  needs("dpopFetch follows no redirect that leads to no address, and not without end", "npm:jose"),
  async () => {
    for (
      const location of [
        "mailto:a@b.example",
        "https://",
        "data:,x",
        "xhttp://a.example/",
        "httpx:a",
      ]
    ) {
      await assertRejects(() => followed(302, location), TypeError, "leads to no address");
    }
    const { calls, fetch } = stubFetch(text("", { status: 302, headers: { location: "/to" } }));
    const send = () => dpopFetch(key, { fetch })(FROM);
    await assertRejects(send, TypeError, "The API redirects more than 20 times");
    assertEquals(calls.length, 21);
  },
);

Deno.test(
  needs(
    "dpopFetch repeats the call at the end of a redirect with the nonce that is demanded there",
    "npm:jose",
  ),
  async () => {
    const moved = text("", { status: 302, headers: { location: "/to", "dpop-nonce": "n1" } });
    const { calls, fetch } = stubFetch(moved, apiDemand("n2"), text("ok"));
    assertEquals((await dpopFetch(key, { fetch })(FROM, { headers: BOUND })).status, 200);
    const nonces = (await proofs(calls)).map(({ payload }) => payload.nonce);
    assertEquals(nonces, [undefined, "n1", "n2"]);
  },
);

Deno.test("dpopKey makes a key whose private part cannot be read", () => {
  assertEquals(key.privateKey.extractable, false);
  assertEquals(Object.keys(key.publicJwk), ["kty", "crv", "x", "y"]);
});

for (const alg of ["ES256", "ES384", "ES512", "EdDSA", "RS256", "PS256"]) {
  const name = `dpopKey reads a key for ${alg}, and only its public part is sent`;
  Deno.test(needs(name, "npm:jose"), async () => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const pem = await exportPKCS8(privateKey);
    const keys: DpopKey[] = [
      await dpopKey(pem, alg),
      await dpopKey({ privateKey, publicKey }, alg),
    ];
    for (const read of keys) {
      const { calls, fetch } = stubFetch(text("ok"));
      await dpopFetch(read, { fetch })(API);
      const [proof] = await proofs(calls);
      assertEquals(proof!.protectedHeader.alg, alg);
      const { jwk } = proof!.protectedHeader;
      assertEquals(Object.keys(jwk!).filter((name) => !"kty crv x y n e".includes(name)), []);
      assertEquals(
        await calculateJwkThumbprint(jwk!),
        await calculateJwkThumbprint(await crypto.subtle.exportKey("jwk", publicKey) as never),
      );
    }
  });
}

Deno.test(
  needs("dpopKey refuses a key without a public part, and one that is wrong", "npm:jose"),
  async () => {
    const { privateKey } = await generateKeyPair("ES256");
    const { kind, message } = await assertRejects(() => dpopKey(privateKey), TokenError);
    assertEquals([kind, message], [
      "usage",
      "The DPoP key must give its public part; pass the pair of keys",
    ]);
    await assertRejects(() => dpopKey("s3cr3t"), TokenError, "There is no private key");
  },
);

Deno.test(needs("dpopFetch uses the global fetch", "npm:jose"), async () => {
  const { fetch } = globalThis;
  let proof = "";
  globalThis.fetch = (_, init) => {
    proof = new Headers(init?.headers).get("dpop")!;
    return Promise.resolve(new Response());
  };
  try {
    await dpopFetch(key)(API);
  } finally {
    globalThis.fetch = fetch;
  }
  assertEquals(decodeJwt(proof).htm, "GET");
});
