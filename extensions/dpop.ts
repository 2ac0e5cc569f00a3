/**
 * Binds tokens to a key that the client holds (DPoP, RFC 9449): a stolen token is useless without it.
 * One wrapper around `fetch` serves the token request and the calls to the API.
 *
 * @module
 */

import { type AuthMethod, readText, TokenError } from "../token.ts";
import { digest } from "./digest.ts";
import { type PrivateKeyInput, readPrivateKey } from "./private_key.ts";
import { signJwt } from "./sign.ts";

/** The key that tokens are bound to. */
export interface DpopKey {
  /** What signs the proofs. */
  privateKey: CryptoKey;
  /** What the server verifies them with; it is in every proof. */
  publicJwk: JsonWebKey;
  /** The signature algorithm, such as `ES256`. */
  alg: string;
}

/** How to send the requests. */
export interface DpopOptions {
  /** Used in place of the global `fetch`. */
  fetch?: (input: string, init: RequestInit) => Promise<Response>;
  /**
   * The `auth_method` of the token request. If it is a function, it is called again for the repeat with a
   * nonce, because the server may accept an assertion only once.
   */
  auth_method?: AuthMethod;
  /** Called with each proof before it is sent, so that you can mask it: a server may repeat it. */
  onProof?: (proof: string) => void;
}

/** A `fetch` that adds a proof to each request. */
export type DpopFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const PUBLIC_MEMBERS = ["kty", "crv", "x", "y", "n", "e"] as const;

/**
 * Makes a key for DPoP: a new one on P-256, whose private part cannot be read, or the one given (PKCS#8 in
 * PEM, a JSON Web Key, or a key pair of the runtime's own). Keep it as long as the tokens bound to it.
 *
 * @throws {TokenError} `usage`, if the key cannot be used.
 */
export async function dpopKey(
  input?: PrivateKeyInput | CryptoKeyPair,
  alg?: string,
): Promise<DpopKey> {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const given = input ?? await crypto.subtle.generateKey(curve, false, ["sign", "verify"]);
  const pair = typeof given === "object" && "publicKey" in given ? given : undefined;
  const source = pair ? pair.privateKey : given as PrivateKeyInput;
  const read = await readPrivateKey(source, { alg, extractable: true });
  const jwk = await crypto.subtle.exportKey("jwk", pair?.publicKey ?? read.key).catch(() => {
    throw new TokenError(
      "usage",
      "dpop_key_hidden",
      "The DPoP key must give its public part; pass the pair of keys",
    );
  });
  const members = PUBLIC_MEMBERS.map((name) => [name, jwk[name]] as const);
  const publicJwk = Object.fromEntries(members.filter(([, value]) => value));
  return { privateKey: read.key, publicJwk, alg: read.alg };
}

/**
 * The thumbprint (RFC 7638) of a key, to which the tokens are bound (RFC 9449 §6.1): the `dpop_jkt` of a
 * token that is shared.
 */
export async function dpopThumbprint({ publicJwk }: DpopKey): Promise<string> {
  return await hash(JSON.stringify(Object.fromEntries(Object.entries(publicJwk).sort())));
}

/**
 * Makes a `fetch` that adds a DPoP proof (RFC 9449 §4) to each request: to the token request, and to
 * calls with `Authorization: DPoP`, to which it binds the token (`ath`, §7). It uses the nonce that the
 * server gave last, and when the server demands one (`use_dpop_nonce`, §8 and §9), it repeats the request
 * with it, once. A body that can be read only once is not sent again. The function it returns rejects as
 * `fetch` does, and with a {@linkcode TokenError} of the kind `usage` if jose, which signs, cannot be loaded.
 *
 * @example Usage
 * ```ts
 * import { dpopFetch, dpopKey } from "@client-credentials/token/dpop";
 * import { requestToken } from "@client-credentials/token";
 *
 * const fetch = dpopFetch(await dpopKey(), {
 *   // Stands in for the provider; leave it out.
 *   fetch: () => Promise.resolve(Response.json({ access_token: "abc", token_type: "DPoP" })),
 * });
 * await requestToken({
 *   token_url: "https://api.example.com/oauth2/token",
 *   client_id: "my_client_id_123",
 *   client_secret: "my_secret_456",
 * }, { fetch });
 * ```
 */
export function dpopFetch(key: DpopKey, options: DpopOptions = {}): DpopFetch {
  const { fetch = globalThis.fetch as typeof options.fetch, auth_method, onProof } = options;
  const nonces = new Map<string, string>();

  return async (input, init = {}) => {
    const request = input instanceof Request ? input : undefined;
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init.headers ?? request?.headers);
    const [, token] = headers.get("authorization")?.match(/^DPoP +(.+)$/i) ?? [];
    // As the runtime sends it: it writes some methods in upper case, and others as they are.
    const { method } = new Request(url, { method: init.method ?? request?.method });
    // An authorization server and an API on the same host have nonces of their own.
    const server = `${url.origin} ${token ? "api" : "token"}`;
    const repeatable = isRepeatable(init.body ?? request?.body);
    let { body } = init;

    for (let tries = 1;; tries++) {
      const nonce = nonces.get(server);
      const proof = await makeProof(key, { method, url, token, nonce });
      onProof?.(proof);
      headers.set("dpop", proof);
      // A record, which every `fetch` takes.
      const sent = { ...init, body, headers: Object.fromEntries(headers) };
      const response = await fetch!(input as string, sent);
      const next = response.headers.get("dpop-nonce");
      if (next) nonces.set(server, next);
      const isNew = next && next !== nonce && tries === 1 && repeatable;
      if (!isNew || !await wantsNonce(response)) return response;
      response.body?.cancel().catch(() => {});
      if (typeof auth_method === "function" && !token) {
        body = await renew(auth_method, `${input}`, headers, `${body}`);
      }
    }
  };
}

/** The form of a token request with a new proof of the client in the place of the old one. */
async function renew(
  authenticate: Exclude<AuthMethod, string>,
  token_url: string,
  headers: Headers,
  body: string,
): Promise<string> {
  const data = new URLSearchParams(body);
  const client_id = data.get("client_id");
  // Only what is in the form can be replaced.
  if (!client_id) return body;
  for (const name of ["client_id", "client_assertion", "client_assertion_type"]) data.delete(name);
  const record = Object.fromEntries(headers);
  await authenticate({ token_url, client_id, headers: record, data });
  for (const [name, value] of Object.entries(record)) headers.set(name, value);
  return `${data}`;
}

/** What a proof is for. */
interface Proven {
  method: string;
  url: URL;
  token?: string;
  nonce?: string;
}

/** Makes a proof (RFC 9449 §4.2). */
async function makeProof(
  { privateKey, publicJwk, alg }: DpopKey,
  { method, url, token, nonce }: Proven,
): Promise<string> {
  const claims = {
    jti: crypto.randomUUID(),
    htm: method,
    htu: url.origin + url.pathname,
    iat: Math.floor(Date.now() / 1000),
    ...nonce && { nonce },
    ...token && { ath: await hash(token) },
  };
  return await signJwt({ alg, typ: "dpop+jwt", jwk: publicJwk }, claims, privateKey);
}

/** Whether an answer demands a nonce: an authorization server's (RFC 9449 §8) or an API's (§9). */
async function wantsNonce(response: Response): Promise<boolean> {
  const { status, headers } = response;
  if (status !== 400 && status !== 401) return false;
  if (`${headers.get("www-authenticate")}`.includes("use_dpop_nonce")) return true;
  const text = await readText(response.clone()).catch(() => undefined);
  return /"error"\s*:\s*"use_dpop_nonce"/.test(`${text}`);
}

/** SHA-256 of a text, in base64url. */
function hash(text: string): Promise<string> {
  return digest("SHA-256", new TextEncoder().encode(text));
}

function isRepeatable(body?: BodyInit | null): boolean {
  return !(body instanceof ReadableStream) && !(Symbol.asyncIterator in Object(body));
}
