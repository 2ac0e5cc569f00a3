// APIs that verify tokens bound to a key, as oauth4webapi does it.
// deno-lint-ignore-file no-import-prefix

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { dpopFetch, dpopKey } from "../extensions/dpop.ts";
import { authorizedFetch } from "../token_source/authorized_fetch.ts";
import { tokenSource } from "../token_source/token_source.ts";
import { calculateJwkThumbprint, decodeJwt, SignJWT } from "./support/jose.ts";
import { needs, npm } from "./support/needs.ts";
import { type RequestOptions, TokenError } from "../token.ts";
const oauth = await npm("oauth4webapi", () => import("npm:oauth4webapi@3.8.8"));

/** Defines a test that needs both. */
function test(name: string, work: () => Promise<void>): void {
  Deno.test(needs(name, "npm:jose", "npm:oauth4webapi"), work);
}

/** An API that accepts what oauth4webapi accepts: a proof with the right ath, key, nonce and jti. */
function startApi(nonce?: string) {
  const seen = new Set<string>();
  const refused: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const proof = request.headers.get("dpop") ?? "";
      const token = request.headers.get("authorization")?.replace("DPoP ", "") ?? "";
      const refuse = (error: string) => {
        refused.push(error);
        return new Response("", {
          status: 401,
          headers: {
            "www-authenticate": `DPoP error="${error}"`,
            ...error === "use_dpop_nonce" && { "dpop-nonce": nonce },
          },
        });
      };
      try {
        const claims = decodeJwt(proof);
        if (nonce && claims.nonce !== nonce) return refuse("use_dpop_nonce");
        if (seen.has(claims.jti!)) return refuse("invalid_dpop_proof");
        seen.add(claims.jti!);
        const as = { issuer: ISSUER, jwks_uri: JWKS_URI };
        await oauth.validateJwtAccessToken(as, request, RESOURCE, {
          [oauth.customFetch]: () => Promise.resolve(Response.json({ keys: [apiJwk] })),
          requireDPoP: true,
        });
        return Response.json({ token });
      } catch {
        return refuse("invalid_token");
      }
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/v1/things?q=1`;
  return { url, refused, [Symbol.asyncDispose]: () => server.shutdown() };
}

const RESOURCE = "https://api.example.com/v1";
const ISSUER = "https://login.example.com";
const JWKS_URI = "https://login.example.com/jwks";
const apiKeys = await crypto.subtle.generateKey(
  { name: "ECDSA", namedCurve: "P-256" },
  true,
  ["sign", "verify"],
);
const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", apiKeys.publicKey);
const apiJwk = { kty, crv, x, y, alg: "ES256", kid: "1", use: "sig" };

/** A source of tokens that are bound to a key, the first of them expired if that is wanted. */
function sourceOf(
  jkt: string,
  fetch: (next: NonNullable<RequestOptions["fetch"]>) => RequestOptions["fetch"],
  expired = 0,
) {
  let tokens = 0;
  const issue: RequestOptions["fetch"] = async () => {
    const now = Math.floor(Date.now() / 1000) - (tokens++ < expired ? 3600 : 0);
    const claims = {
      client_id: "c",
      sub: "c",
      iss: ISSUER,
      aud: RESOURCE,
      jti: `${tokens}`,
      cnf: { jkt },
    };
    const access_token = await new SignJWT({ ...claims, iat: now, exp: now + 600 })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "1" }).sign(apiKeys.privateKey);
    return Response.json({ access_token, token_type: "DPoP", expires_in: 600 });
  };
  const request = { token_url: `${ISSUER}/token`, client_id: "c", client_secret: "s" };
  return { source: tokenSource(request, { fetch: fetch(issue) }), count: () => tokens };
}

for (const nonce of [undefined, "n-1"]) {
  test(`authorizedFetch calls an API that verifies DPoP, ${nonce ? "with" : "without"} a nonce`, async () => {
    await using api = startApi(nonce);
    const key = await dpopKey();
    const jkt = await calculateJwkThumbprint(key.publicJwk as Record<string, string>);
    const { source, count } = sourceOf(jkt, (fetch) => dpopFetch(key, { fetch }));
    const callApi = authorizedFetch(source, { dpop: dpopFetch(key) });
    for (const init of [{}, { method: "POST", body: "x" }, { method: "DELETE" }]) {
      const response = await callApi(api.url, init);
      assertEquals([response.status, typeof (await response.json()).token], [200, "string"]);
    }
    assertEquals(api.refused, nonce ? ["use_dpop_nonce"] : []);
    assertEquals(count(), 1);
    const [direct] = await Promise.all([fetch(api.url, {
      headers: { authorization: `DPoP ${(await source.get()).access_token}` },
    })]);
    assertEquals([direct.status, await direct.text()], [401, ""]);
  });
}

test("authorizedFetch with DPoP gets a new token after a 401, once", async () => {
  await using api = startApi("n-2");
  const key = await dpopKey();
  const jkt = await calculateJwkThumbprint(key.publicJwk as Record<string, string>);
  const { source, count } = sourceOf(jkt, (fetch) => dpopFetch(key, { fetch }), 1);
  const response = await authorizedFetch(source, { dpop: dpopFetch(key) })(api.url);
  assertEquals([response.status, count()], [200, 2]);
  await response.body?.cancel();
  assertEquals(api.refused, ["use_dpop_nonce", "invalid_token"]);
});

test("an API refuses a token that is bound to another key", async () => {
  await using api = startApi();
  const [key, other] = [await dpopKey(), await dpopKey()];
  const jkt = await calculateJwkThumbprint(key.publicJwk as Record<string, string>);
  const { source } = sourceOf(jkt, (fetch) => dpopFetch(key, { fetch }));
  const response = await authorizedFetch(source, { dpop: dpopFetch(other) })(api.url);
  assertEquals([response.status, api.refused.length], [401, 2]);
  await response.body?.cancel();
});

test("authorizedFetch accepts a DPoP token only with dpop, and a Bearer token with it too", async () => {
  const { source } = sourceOf("x", (fetch) => fetch);
  const error = await assertRejects(
    () => authorizedFetch(source)("https://api.example.com/"),
    TokenError,
  );
  assertEquals(error.kind, "unusable");
  assertStringIncludes(error.message, "A DPoP token needs a proof with every call");
  const sent: Headers[] = [];
  const plain = tokenSource({ token_url: `${ISSUER}/t`, client_id: "c", client_secret: "s" }, {
    fetch: () => Promise.resolve(Response.json({ access_token: "abc" })),
  });
  const dpop = (_: string | Request, init: RequestInit) => {
    sent.push(new Headers(init.headers));
    return Promise.resolve(new Response());
  };
  await authorizedFetch(plain, { dpop })("https://api.example.com/");
  assertEquals(sent[0]!.get("authorization"), "Bearer abc");
});

Deno.test(
  needs(
    "authorizedFetch with DPoP follows redirects, and takes token and proof to no other origin",
    "npm:jose",
  ),
  async () => {
    const seen: [path: string, headers: Headers][] = [];
    const start = (answer: (path: string) => Response) =>
      Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
        const { pathname } = new URL(request.url);
        seen.push([pathname, request.headers]);
        return answer(pathname);
      });
    await using other = start(() => new Response("", { status: 401 }));
    const elsewhere = `http://127.0.0.1:${other.addr.port}/elsewhere`;
    await using api = start((path) => Response.redirect(path === "/a" ? origin + "/b" : elsewhere));
    const origin = `http://127.0.0.1:${api.addr.port}`;

    const key = await dpopKey();
    const jkt = await calculateJwkThumbprint(key.publicJwk as Record<string, string>);
    const { source, count } = sourceOf(jkt, (fetch) => dpopFetch(key, { fetch }));
    const callApi = authorizedFetch(source, { dpop: dpopFetch(key) });
    const response = await callApi(`${origin}/a`, { redirect: "follow" });
    assertEquals([response.status, response.redirected, response.url], [401, true, elsewhere]);
    await response.body?.cancel();
    // What another origin says is nothing about the token.
    assertEquals(count(), 1);

    assertEquals(seen.map(([path]) => path), ["/a", "/b", "/elsewhere"]);
    const targets = seen.map(([, headers]) => headers.get("dpop")).map((proof) =>
      proof && decodeJwt(proof).htu
    );
    assertEquals(targets, [`${origin}/a`, `${origin}/b`, null]);
    assertEquals(seen.map(([, headers]) => headers.has("authorization")), [true, true, false]);
  },
);
