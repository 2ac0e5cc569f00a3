// What extensions/ sends, judged by oidc-provider and oauth4webapi, and by an API that verifies DPoP.
// deno-lint-ignore-file no-import-prefix
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import {
  clientAssertion,
  clientSecretJwt,
  privateKeyJwt,
  type PrivateKeyJwtOptions,
} from "../extensions/assertion.ts";
import { discover } from "../extensions/discovery.ts";
import { dpopFetch, dpopKey } from "../extensions/dpop.ts";
import { mtlsTokenEndpoint, mutualTlsFetch, tlsClientAuth } from "../extensions/mutual_tls.ts";
import { type RequestOptions, requestToken, TokenError, type TokenRequest } from "../token.ts";
import { pem } from "./support/mtls_server.ts";
import {
  calculateJwkThumbprint,
  decodeJwt,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  SignJWT,
} from "./support/jose.ts";
import { needs, npm } from "./support/needs.ts";
const oauth = await npm("oauth4webapi", () => import("npm:oauth4webapi@3.8.8"));
const { default: Provider } = await npm("oidc-provider", () => import("npm:oidc-provider@^9.13.3"));

/** Defines a test with oidc-provider. */
function test(name: string, work: () => Promise<void>): void {
  Deno.test(needs(name, "npm:jose", "npm:oauth4webapi", "npm:oidc-provider"), work);
}

const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
];
const CLIENT_ID = "my client:1";
const SECRET = "a secret that is long enough for HMAC, even with SHA-512, which needs 64 bytes";
const RESOURCE = "https://api.example.com/v1";
type Settings = Record<string, unknown>;

/** Starts oidc-provider with one client, over TLS if it is to see certificates. */
async function startProvider(client: Settings, features: Settings = {}, isSecure = false) {
  const tls = {
    key: pem("valid.key"),
    cert: pem("valid.pem"),
    ca: pem("client.pem"),
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server = (isSecure ? createHttpsServer(tls) : createHttpServer()) as Server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = isSecure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  const stored = new Map<string, Settings>();
  const signing = await generateKeyPair("ES256", { extractable: true });
  const provider = new Provider(
    issuer,
    {
      adapter: (model: string) => ({
        upsert: (id: string, value: Settings) =>
          Promise.resolve(stored.set(`${model} ${id}`, value)),
        find: (id: string) => Promise.resolve(stored.get(`${model} ${id}`)),
        destroy: (id: string) => Promise.resolve(stored.delete(`${model} ${id}`)),
      }),
      clientAuthMethods: [
        ...["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"],
        ...isSecure ? ["tls_client_auth", "self_signed_tls_client_auth"] : [],
      ],
      clients: [{
        client_id: CLIENT_ID,
        grant_types: ["client_credentials"],
        id_token_signed_response_alg: "ES256",
        redirect_uris: [],
        response_types: [],
        ...client,
      }],
      enabledJWA: {
        clientAuthSigningAlgValues: [...ALGORITHMS, "HS256", "HS384", "HS512", "EdDSA"],
        dPoPSigningAlgValues: [...ALGORITHMS, "EdDSA"],
      },
      jwks: { keys: [await exportJWK(signing.privateKey) as Settings] },
      ttl: { ClientCredentials: 600 },
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => RESOURCE,
          getResourceServerInfo: () => ({
            scope: "",
            accessTokenFormat: "jwt",
            jwt: { sign: { alg: "ES256" } },
          }),
        },
        ...features,
      },
    } as ConstructorParameters<typeof Provider>[1],
  );
  const reasons: string[] = [];
  provider.on(
    "grant.error",
    (_: unknown, error: { message: string; error_detail?: string }) =>
      reasons.push(`${error.error_detail ?? error.message}`),
  );
  provider.on("server_error", (_: unknown, error: Error) => console.error(error));
  server.on("request", provider.callback());
  return {
    issuer,
    token_url: `${issuer}/token`,
    reasons,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections?.();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

const pairOf = (alg: string) => generateKeyPair(alg, { extractable: true });
let rsa: ReturnType<typeof pairOf> | undefined;

/** A pair of RSA keys, which take long to make; one serves all of its algorithms. */
function rsaPair(): ReturnType<typeof pairOf> {
  return rsa ??= pairOf("RS256");
}

/** A client with a key. */
async function keyClient(alg: string) {
  const isRsa = /^[RP]S/.test(alg);
  const { privateKey, publicKey } = await (isRsa ? rsaPair() : pairOf(alg));
  const metadata = {
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: alg,
    jwks: { keys: [{ ...await exportJWK(publicKey), kid: "k1" }] },
  };
  return { key: await exportPKCS8(privateKey), privateKey, publicKey, metadata };
}

async function ask(request: Omit<TokenRequest, "client_id">, options?: RequestOptions) {
  return await requestToken({ client_id: CLIENT_ID, ...request }, options);
}

async function refusal(request: Omit<TokenRequest, "client_id">, options?: RequestOptions) {
  const { kind, error } = await assertRejects(() => ask(request, options), TokenError);
  return [kind, error];
}

for (const alg of [...ALGORITHMS, "EdDSA"]) {
  test(`oidc-provider accepts private_key_jwt with ${alg}`, async () => {
    const { key, metadata } = await keyClient(alg);
    await using server = await startProvider(metadata);
    const { token_url, issuer } = server;
    for (const options of [{ alg }, { alg, issuer, kid: "k1" }] as PrivateKeyJwtOptions[]) {
      const token = await ask({ token_url, auth_method: privateKeyJwt(key, options) });
      assertEquals(decodeJwt(token.access_token).client_id, CLIENT_ID);
    }
  });
}

for (const alg of ["HS256", "HS384", "HS512"]) {
  test(`oidc-provider accepts client_secret_jwt with ${alg}`, async () => {
    await using server = await startProvider({
      client_secret: SECRET,
      token_endpoint_auth_method: "client_secret_jwt",
      token_endpoint_auth_signing_alg: alg,
    });
    const { token_url, issuer } = server;
    assert(
      (await ask({ token_url, auth_method: clientSecretJwt(SECRET, { alg, issuer }) })).scope ===
        undefined,
    );
    const wrong = clientSecretJwt(`${SECRET}x`, { alg, issuer });
    assertEquals(await refusal({ token_url, auth_method: wrong }), ["refused", "invalid_client"]);
  });
}

test("oidc-provider refuses an assertion that is wrong", async () => {
  const { key, privateKey, metadata } = await keyClient("ES256");
  await using server = await startProvider(metadata);
  const { token_url, issuer } = server;
  const other = (await keyClient("ES256")).key;
  const jwt = (claims: Record<string, unknown>) =>
    new SignJWT({ iss: CLIENT_ID, sub: CLIENT_ID, aud: issuer, ...claims })
      .setProtectedHeader({ alg: "ES256" }).sign(privateKey);
  const now = Math.floor(Date.now() / 1000);
  const once = await jwt({ jti: "once", exp: now + 60 });
  const methods = {
    "wrong key": privateKeyJwt(other),
    "wrong kid": privateKeyJwt(key, { kid: "k2" }),
    "wrong aud": privateKeyJwt(key, { audience: "https://other.example" }),
    expired: clientAssertion(() => jwt({ jti: "old", exp: now - 60 })),
    "without jti": clientAssertion(() => jwt({ exp: now + 60 })),
  };
  for (const [what, auth_method] of Object.entries(methods)) {
    assertEquals(await refusal({ token_url, auth_method }), ["refused", "invalid_client"], what);
  }
  assertEquals(new Set(server.reasons).size >= 4, true, `${server.reasons}`);
  await ask({ token_url, auth_method: clientAssertion(() => once) });
  const replayed = { token_url, auth_method: clientAssertion(() => once) };
  assertEquals(await refusal(replayed), ["refused", "invalid_client"]);
});

test("oidc-provider accepts the second attempt after a 503 that hid its answer", async () => {
  const { key, metadata } = await keyClient("ES256");
  await using server = await startProvider(metadata);
  const { token_url } = server;
  let attempts = 0;
  const lossy: RequestOptions["fetch"] = async (url, init) => {
    const response = await fetch(url, init);
    if (attempts++ > 0) return response;
    assertEquals(response.status, 200);
    await response.body?.cancel();
    return new Response("", { status: 503, headers: { "retry-after": "0" } });
  };
  await ask({ token_url, auth_method: privateKeyJwt(key) }, { fetch: lossy });
  assertEquals(attempts, 2);
  // With the same assertion again, the server refuses the second attempt: its jti is known.
  attempts = 0;
  let first: string | undefined;
  const sign = privateKeyJwt(key);
  const repeated: TokenRequest["auth_method"] = async (attempt) => {
    await sign(attempt);
    first ??= attempt.data.get("client_assertion")!;
    attempt.data.set("client_assertion", first);
  };
  const outcome = await refusal({ token_url, auth_method: repeated }, { fetch: lossy });
  assertEquals([outcome, attempts], [["refused", "invalid_client"], 2]);
});

test("discover and oauth4webapi find the same at oidc-provider", async () => {
  await using server = await startProvider({ client_secret: SECRET });
  const metadata = await discover(server.issuer);
  const issuer = new URL(server.issuer);
  const insecure = { [oauth.allowInsecureRequests]: true };
  const response = await oauth.discoveryRequest(issuer, insecure);
  const theirs = await oauth.processDiscoveryResponse(issuer, response);
  assertEquals(metadata, theirs as typeof metadata);
  assertEquals(metadata.token_endpoint, server.token_url);
});

for (const alg of [...ALGORITHMS, "EdDSA"]) {
  test(`oidc-provider binds a token with DPoP and ${alg}`, async () => {
    const key = await dpopKey((await keyClient(alg)).key, alg);
    await using server = await startProvider({ client_secret: SECRET }, {
      dPoP: { enabled: true },
    });
    const { token_url } = server;
    const request = {
      token_url,
      client_secret: SECRET,
      auth_method: "client_secret_basic",
    } as const;
    const token = await ask(request, { fetch: dpopFetch(key) });
    const { cnf } = decodeJwt(token.access_token) as { cnf: { jkt: string } };
    const jkt = await calculateJwkThumbprint(key.publicJwk as Record<string, string>);
    assertEquals([token.token_type, cnf.jkt], ["DPoP", jkt]);
  });
}

test("oidc-provider binds a token with DPoP and a nonce, and an assertion besides", async () => {
  const { key, metadata } = await keyClient("ES256");
  const dPoP = { enabled: true, nonceSecret: Buffer.alloc(32, 1), requireNonce: () => true };
  await using server = await startProvider(metadata, { dPoP });
  const { token_url } = server;
  let requests = 0;
  const counting = (url: string, init: RequestInit) => {
    requests++;
    return fetch(url, init);
  };
  // This server has used up the assertion when it demands a nonce: the repeat needs a new one.
  const sender = dpopFetch(await dpopKey(), { fetch: counting });
  const request = { token_url, auth_method: privateKeyJwt(key), scope: "" };
  assertEquals((await ask(request, { fetch: sender })).token_type, "DPoP");
  assertEquals((await ask(request, { fetch: sender })).token_type, "DPoP");
  assertEquals(requests, 3);
});

type Connection = { socket: TLSSocket };
const mTLS = {
  enabled: true,
  tlsClientAuth: true,
  selfSignedTlsClientAuth: true,
  certificateBoundAccessTokens: true,
  certificateAuthorized: ({ socket }: Connection) => socket.authorized,
  certificateSubjectMatches: ({ socket }: Connection, _: string, expected: string) =>
    `CN=${socket.getPeerCertificate().subject.CN}` === expected,
  getCertificate: ({ socket }: Connection) => {
    const { raw } = socket.getPeerCertificate();
    const base64 = raw && Buffer.from(raw).toString("base64").match(/.{1,64}/g)!.join("\n");
    return base64 && `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----`;
  },
};
const certificate = pem("client.pem");
const client = { certificate, key: pem("client.key"), caCerts: [pem("ca.pem")] };
const stranger = { ...client, certificate: pem("stranger.pem"), key: pem("stranger.key") };
const x5c = certificate.replace(/-----.*-----|\s/g, "");

for (
  const [method, metadata] of [
    ["tls_client_auth", () => ({ tls_client_auth_subject_dn: "CN=my-client" })],
    ["self_signed_tls_client_auth", async () => ({
      jwks: { keys: [{ ...await publicJwk(client.key), x5c: [x5c] }] },
    })],
  ] as [string, () => Settings | Promise<Settings>][]
) {
  test(`oidc-provider accepts ${method} and binds the token to the certificate`, async () => {
    await using server = await startProvider(
      {
        ...await metadata(),
        token_endpoint_auth_method: method,
        tls_client_certificate_bound_access_tokens: true,
      },
      { mTLS },
      true,
    );
    using own = mutualTlsFetch(client);
    using foreign = mutualTlsFetch(stranger);
    const found = await discover(server.issuer, { fetch: own });
    const request = { token_url: mtlsTokenEndpoint(found), auth_method: tlsClientAuth() };
    const token = await ask(request, { fetch: own });
    const { cnf } = decodeJwt(token.access_token) as { cnf: Record<string, string> };
    assertEquals(cnf["x5t#S256"], await thumbprint(x5c));
    assertEquals(await refusal(request, { fetch: foreign }), ["refused", "invalid_client"]);
  });
}

test("oidc-provider binds a token to a certificate with another authentication", async () => {
  const { key, metadata } = await keyClient("PS256");
  const bound = { ...metadata, tls_client_certificate_bound_access_tokens: true };
  await using server = await startProvider(bound, { mTLS }, true);
  using fetch = mutualTlsFetch(client);
  const { issuer, token_url } = server;
  const auth_method = privateKeyJwt(key, { alg: "PS256", issuer });
  const token = await ask({ token_url, auth_method }, { fetch });
  const { cnf } = decodeJwt(token.access_token) as { cnf: Record<string, string> };
  assertEquals(cnf["x5t#S256"], await thumbprint(x5c));
});

async function publicJwk(key: string): Promise<Settings> {
  const { publicJwk } = await dpopKey(key);
  return publicJwk as Settings;
}

async function thumbprint(base64: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", Buffer.from(base64, "base64"));
  return Buffer.from(digest).toString("base64url");
}
