/**
 * Binds tokens to a key that the client holds (DPoP, RFC 9449): a stolen token is useless without it.
 * One wrapper around `fetch` serves the token request and the calls to the API.
 *
 * @module
 */

import { isRepeatable } from "../runtime/body.ts";
import { parseChallenges } from "../runtime/challenge.ts";
import { TokenError } from "../token.ts";
import { digest } from "./digest.ts";
import { usage } from "./errors.ts";
import { type PrivateKeyInput, readPrivateKey } from "./private_key.ts";
import { type Call, follow, markRedirected, MAX_REDIRECTS, redirectOf } from "./redirect.ts";
import { publicJwkOf, thumbprintOf } from "./public_jwk.ts";
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
  /** Used in place of the global `fetch`. It gets a `Request` if `dpopFetch` was called with one. */
  fetch?: (input: string, init: RequestInit) => Promise<Response>;
  /** Called with each proof before it is sent, so that you can mask it: a server may repeat it. */
  onProof?: (proof: string) => void;
}

/** A `fetch` that adds a proof to each request. */
export type DpopFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The members of a `Request` that a redirect takes along. */
const REQUEST_MEMBERS = [
  "cache",
  "credentials",
  "integrity",
  "keepalive",
  "mode",
  "referrer",
  "referrerPolicy",
  "signal",
] as const;

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
  const read = await readPrivateKey(source, { alg, extractable: true, isUnnamed: true });
  const publicJwk = await publicJwkOf(pair?.publicKey ?? read.key).catch((error) => {
    if (error instanceof TokenError) throw error;
    const message = "The DPoP key must give its public part; pass the pair of keys";
    throw usage("dpop_key_hidden", message);
  });
  return { privateKey: read.key, publicJwk, alg: read.alg };
}

/**
 * The thumbprint (RFC 7638) of a key, to which the tokens are bound (RFC 9449 §6.1): the `dpop_jkt` of a
 * token that is shared.
 */
export async function dpopThumbprint({ publicJwk }: DpopKey): Promise<string> {
  return await thumbprintOf(publicJwk);
}

/**
 * Makes a `fetch` that adds a DPoP proof (RFC 9449 §4) to each request: to the token request, and to
 * calls with `Authorization: DPoP`, to which it binds the token (`ath`, §7). It uses the nonce that the
 * server gave last. If an API demands one (`use_dpop_nonce`, §9), it repeats the call with it, once;
 * if an authorization server does (§8), `requestToken` repeats the request.
 *
 * It follows redirects as `fetch` does, with a new proof for each address, but sends neither proof nor
 * token to another origin. Browsers hide where a redirect leads: there, the caller gets the opaque answer.
 * A body that can be read only once (a stream, or that of a `Request`) is not sent again.
 *
 * The function it returns rejects as `fetch` does, and with a {@linkcode TokenError} of the kind `usage`
 * if the key cannot sign, or jose, which signs, cannot be loaded.
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
  const { fetch = globalThis.fetch as NonNullable<DpopOptions["fetch"]>, onProof } = options;
  const nonces = new Map<string, string>();

  async function sendOnce(call: ProvenCall, nonce?: string): Promise<Response> {
    const proof = await makeProof(key, call, nonce);
    onProof?.(proof);
    const response = await send(fetch, call, { dpop: proof });
    const next = response.headers.get("dpop-nonce");
    if (next) nonces.set(serverOf(call), next);
    return response;
  }

  async function sendProven(call: ProvenCall): Promise<Response> {
    const server = serverOf(call);
    const nonce = nonces.get(server);
    const response = await sendOnce(call, nonce);
    const newNonce = nonces.get(server);
    const canRepeat = call.token !== undefined && isRepeatable(call.body) && newNonce !== nonce;
    if (!canRepeat || !demandsNonce(response)) return response;

    response.body?.cancel().catch(() => {});
    return await sendOnce(call, newNonce);
  }

  return async (input, init = {}) => {
    let call = callOf(input, init);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = call.isElsewhere ? await send(fetch, call) : await sendProven(call);
      if (redirects > 0) markRedirected(response, call.url);
      const location = call.follows ? redirectOf(response) : undefined;
      if (location === undefined) return response;

      response.body?.cancel().catch(() => {});
      const next = follow(location, response.status, call);
      call = { ...call, ...next, target: next.url.href };
    }
    throw new TypeError(`The API redirects more than ${MAX_REDIRECTS} times`);
  };
}

/** A call on its way to one address. */
interface ProvenCall extends Call {
  /** What `fetch` is called with. */
  target: string | Request;
  /** What else it is called with. */
  init: RequestInit;
  /** The token that the proof is bound to. */
  token?: string;
  /** Whether redirects are followed. */
  follows: boolean;
}

function callOf(input: string | URL | Request, given: RequestInit): ProvenCall {
  const request = input instanceof Request ? input : undefined;
  const members = REQUEST_MEMBERS.map((name) => [name, request?.[name]]);
  const init = {
    ...Object.fromEntries(members.filter(([, value]) => value !== undefined)),
    ...given,
  };
  const headers = new Headers(given.headers ?? request?.headers);
  const [, token] = headers.get("authorization")?.match(/^DPoP +(.+)$/i) ?? [];
  const follows = (given.redirect ?? request?.redirect ?? "follow") === "follow";
  if (follows) init.redirect = "manual";
  // As the runtime sends it: it writes some methods in upper case, and others as they are.
  const { url, method } = new Request(request?.url ?? input, {
    method: given.method ?? request?.method,
  });
  return {
    url: new URL(url),
    target: request ?? url,
    method,
    headers,
    body: given.body ?? request?.body,
    init,
    token,
    follows,
    isElsewhere: false,
  };
}

/** Sends a call, with further headers. */
async function send(
  fetch: NonNullable<DpopOptions["fetch"]>,
  { target, method, headers, body, init }: ProvenCall,
  more: Record<string, string> = {},
): Promise<Response> {
  // A record of headers, which every `fetch` takes. A `Request` has its own method and body.
  const sent = { ...init, headers: { ...Object.fromEntries(headers), ...more } };
  if (target instanceof Request) return await fetch(target as unknown as string, sent);
  return await fetch(target, { ...sent, method, body });
}

/** Whose nonces apply: an authorization server and an API on the same host have their own. */
function serverOf({ url, token }: ProvenCall): string {
  return `${url.origin} ${token === undefined ? "token" : "api"}`;
}

/** Makes a proof (RFC 9449 §4.2). */
async function makeProof(
  { privateKey, publicJwk, alg }: DpopKey,
  { method, url, token }: ProvenCall,
  nonce?: string,
): Promise<string> {
  const claims: Record<string, unknown> = {
    jti: crypto.randomUUID(),
    htm: method,
    htu: url.origin + url.pathname,
    iat: Math.floor(Date.now() / 1000),
  };
  if (nonce !== undefined) claims.nonce = nonce;
  if (token !== undefined) claims.ath = await hash(token);
  return await signJwt({ alg, typ: "dpop+jwt", jwk: publicJwk }, claims, privateKey);
}

/** Whether an API wants the call again, with a nonce in its proof (RFC 9449 §9). */
function demandsNonce({ status, headers }: Response): boolean {
  if (status !== 400 && status !== 401) return false;
  const challenges = parseChallenges(headers.get("www-authenticate") ?? "");
  return challenges.some(({ scheme, params }) =>
    scheme === "dpop" && params.get("error") === "use_dpop_nonce"
  );
}

/** SHA-256 of a text, in base64url. */
function hash(text: string): Promise<string> {
  return digest("SHA-256", new TextEncoder().encode(text));
}
