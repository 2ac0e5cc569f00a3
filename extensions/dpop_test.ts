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
  text(null, {
    status: 401,
    headers: { "dpop-nonce": nonce, "www-authenticate": 'DPoP error="use_dpop_nonce"' },
  });

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

for (
  const [where, demand, authorization] of [
    ["an authorization server", tokenDemand, "Basic x"],
    ["an API", apiDemand, "DPoP abc"],
  ] as const
) {
  const name = `dpopFetch repeats a request once with the nonce that ${where} demands`;
  Deno.test(needs(name, "npm:jose"), async () => {
    const { calls, fetch } = stubFetch(
      demand("n1"),
      text("ok", { headers: { "dpop-nonce": "n2" } }),
      text("ok"),
      demand("n3"),
      demand("n4"),
    );
    const send = dpopFetch(key, { fetch });
    const init = { headers: { authorization }, method: "POST", body: "a" };
    assertEquals((await send(API, init)).status, 200);
    assertEquals((await send(API, init)).status, 200);
    assertEquals((await send(API, init)).status >= 400, true);
    const nonces = (await proofs(calls)).map(({ payload }) => payload.nonce);
    // The last nonce is used until there is a newer one; a second demand in a row is an answer.
    assertEquals(nonces, [undefined, "n1", "n2", "n2", "n3"]);
  });
}

Deno.test(
  needs("dpopFetch sends the headers that authenticate anew for the repeat", "npm:jose"),
  async () => {
    let signed = 0;
    const auth_method: TokenRequest["auth_method"] = ({ headers, data, client_id }) => {
      data.set("client_id", client_id);
      headers["x-proof"] = `${++signed}`;
    };
    const { calls, fetch } = stubFetch(tokenDemand("n"), json(TOKEN));
    await requestToken({ ...REQUEST, auth_method }, {
      fetch: dpopFetch(key, { fetch, auth_method }),
    });
    assertEquals(calls.map(({ init }) => new Headers(init.headers).get("x-proof")), ["1", "2"]);
  },
);

Deno.test(
  needs("dpopFetch finds the demand of a nonce in JSON with white space in it", "npm:jose"),
  async () => {
    const headers = { "dpop-nonce": "n" };
    const demand = text('{\n "error" : "use_dpop_nonce" }', { status: 400, headers });
    const { calls, fetch } = stubFetch(demand, text("ok"));
    assertEquals((await dpopFetch(key, { fetch })(API)).status, 200);
    assertEquals(calls.length, 2);
  },
);

Deno.test(needs("dpopFetch signs the assertion anew for the repeat", "npm:jose"), async () => {
  let signed = 0;
  const auth_method = clientAssertion(() => `head.body.${++signed}`);
  const { calls, fetch } = stubFetch(tokenDemand("n"), json(TOKEN));
  const request = { ...REQUEST, auth_method, scope: "a", params: { client_hint: "x" } };
  await requestToken(request, { fetch: dpopFetch(key, { fetch, auth_method }) });
  const forms = calls.map(({ init }) => new URLSearchParams(init.body as string));
  assertEquals(forms.map((form) => form.getAll("client_assertion")), [
    ["head.body.1"],
    ["head.body.2"],
  ]);
  for (const form of forms) form.delete("client_assertion");
  assertEquals([...forms[0]!].sort(), [...forms[1]!].sort());

  const header: typeof auth_method = ({ headers }) => void (headers["x-proof"] = `${++signed}`);
  const other = stubFetch(tokenDemand("n"), json(TOKEN));
  const options = { fetch: dpopFetch(key, { fetch: other.fetch, auth_method: header }) };
  await requestToken({ ...REQUEST, auth_method: header }, options);
  assertEquals(other.calls.map(({ init }) => init.body), Array(2).fill(other.calls[0]!.init.body));
  // Without client_id in the form, there is nothing to call it with.
  assertEquals(signed, 3);
});

Deno.test(needs("dpopFetch leaves the form of a call to an API as it is", "npm:jose"), async () => {
  const auth_method = clientAssertion(() => "head.body.signature");
  const { calls, fetch } = stubFetch(apiDemand("n"), text("ok"));
  const headers = { authorization: "DPoP abc" };
  const init = { headers, method: "POST", body: "client_id=x" };
  await dpopFetch(key, { fetch, auth_method })(API, init);
  assertEquals(calls.map(({ init }) => init.body), ["client_id=x", "client_id=x"]);
});

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

Deno.test(needs("dpopFetch repeats nothing else", "npm:jose"), async () => {
  const headers = { "dpop-nonce": "n" };
  for (
    const answer of [
      json({ error: "invalid_scope" }, { status: 400, headers }),
      json({ error: "USE_DPOP_NONCE" }, { status: 400, headers }),
      text("", { status: 401, headers: { ...headers, "www-authenticate": "DPoP" } }),
      text("", { status: 401, headers }),
      text(" ".repeat(2 ** 20 + 1), { status: 400, headers }),
      json({ error: "use_dpop_nonce" }, { status: 400 }),
      json({ error: "use_dpop_nonce" }, { status: 500, headers }),
    ]
  ) {
    const { calls, fetch } = stubFetch(answer);
    const response = await dpopFetch(key, { fetch })(API, { method: "POST", body: "x" });
    assertEquals(calls.length, 1);
    // The body is still there for the caller.
    assertEquals(await response.text(), await answer().text());
  }
  const stream = new Blob(["x"]).stream();
  const iterator = stream.values() as unknown as string;
  for (const body of [stream, iterator, new Request(API, { method: "POST", body: "x" })]) {
    const { calls, fetch } = stubFetch(apiDemand("n"));
    const send = dpopFetch(key, { fetch });
    const sent = body instanceof Request ? send(body) : send(API, { method: "POST", body });
    assertEquals([(await sent).status, calls.length], [401, 1]);
  }
});

Deno.test(needs("dpopFetch does not send a refused nonce again", "npm:jose"), async () => {
  const { calls, fetch } = stubFetch(
    text("ok", { headers: { "dpop-nonce": "n" } }),
    apiDemand("n"),
  );
  const send = dpopFetch(key, { fetch });
  await send(API);
  assertEquals([(await send(API)).status, calls.length], [401, 2]);
});

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
