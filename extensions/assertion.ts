/**
 * The client proves itself with a signed assertion in place of a secret: `private_key_jwt` and
 * `client_secret_jwt` (RFC 7523 §2.2 and §3, OpenID Connect Core §9), or with an assertion that another
 * authority issued. Each function gives what `auth_method` of a token request takes.
 *
 * The message of a `TokenError` may contain an assertion, if the server repeats it in its error text: only
 * the client secret is masked. Mask the assertion before you log the message.
 *
 * @module
 */

import { toBase64 } from "../runtime/base64.ts";
import { certificateDers } from "../runtime/pem.ts";
import type { AuthMethod } from "../token.ts";
import { digest } from "./digest.ts";
import { usage } from "./errors.ts";
import {
  type KeyOptions,
  type PrivateKey,
  type PrivateKeyInput,
  readPrivateKey,
} from "./private_key.ts";
import { signJwt } from "./sign.ts";

export type { KeyOptions, PrivateKeyInput };

/** A function that adds the client's proof to a request, before every attempt. */
export type Authenticate = Exclude<AuthMethod, string>;

/** What goes into an assertion. */
export interface AssertionOptions {
  /**
   * The server's issuer identifier (RFC 8414 §2), if it is known. Then it is the audience, as RFC 10070
   * demands.
   */
  issuer?: string;
  /** The audience; by default the issuer, or else the token URL. */
  audience?: string;
  /** The header's `typ`; `client-authentication+jwt` if the audience is the issuer, or else `JWT`. */
  typ?: string;
  /** Seconds until the assertion expires, more than 0; 60 by default. */
  lifetime?: number;
}

/** How `private_key_jwt` signs. */
export interface PrivateKeyJwtOptions
  extends AssertionOptions, Pick<KeyOptions, "alg" | "kid" | "passphrase"> {
  /**
   * The certificate of the key, in PEM: its SHA-256 goes into `x5t#S256` (RFC 7515 §4.1.8). In a chain, it
   * stands first.
   */
  certificate?: string;
  /** Whether the SHA-1 of the certificate goes into `x5t` (RFC 7515 §4.1.7), for older servers. */
  x5t?: boolean;
  /** Whether the certificates themselves go into `x5c` (RFC 7515 §4.1.6), for servers that know the authority. */
  x5c?: boolean;
}

/** A private key of which another takes the place, with what else goes with it. */
export interface RotatingKey extends Pick<KeyOptions, "kid"> {
  /** The private key. */
  key: PrivateKeyInput;
  /** The certificate of the key, in PEM. */
  certificate?: string;
}

/** Gives the private key of the moment, alone or with its id and certificate. */
export type GetPrivateKey = () =>
  | (PrivateKeyInput | RotatingKey)
  | Promise<PrivateKeyInput | RotatingKey>;

/** How `client_secret_jwt` signs. */
export interface ClientSecretJwtOptions extends AssertionOptions {
  /** `HS256`, the default, `HS384` or `HS512` (RFC 7518 §3.2). */
  alg?: string;
}

/** What kind of assertion another authority issued. */
export interface ClientAssertionOptions {
  /**
   * The end of `client_assertion_type`: `jwt-bearer` (RFC 7523), the default, or `jwt-spiffe` for a JWT-SVID
   * (draft-ietf-oauth-spiffe-client-auth), which may change.
   */
  type?: "jwt-bearer" | "jwt-spiffe";
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:";
const LIFETIME_SECONDS = 60;
const HMAC = ["HS256", "HS384", "HS512"];

/**
 * Makes an `auth_method` that signs an assertion with a private key, a fresh one for every attempt
 * (`private_key_jwt`). For a key that is replaced while the program runs, give a function: it is called
 * before every attempt, and what it throws ends the request.
 *
 * @throws {TokenError} `usage`, if the lifetime is wrong. The function it returns throws `usage`, before
 * anything is sent, if the key or the certificate cannot be used or jose cannot be loaded.
 *
 * @example Usage
 * ```ts
 * import { privateKeyJwt } from "@client-credentials/token/assertion";
 * import { requestToken } from "@client-credentials/token";
 *
 * const { privateKey } = await crypto.subtle.generateKey(
 *   { name: "ECDSA", namedCurve: "P-256" },
 *   false,
 *   ["sign", "verify"],
 * );
 * await requestToken({
 *   token_url: "https://api.example.com/oauth2/token",
 *   client_id: "my_client_id_123",
 *   auth_method: privateKeyJwt(privateKey, { kid: "my-key" }),
 * }, {
 *   // Stands in for the provider; leave it out.
 *   fetch: () => Promise.resolve(Response.json({ access_token: "abc" })),
 * });
 * ```
 */
export function privateKeyJwt(
  key: PrivateKeyInput | GetPrivateKey,
  options: PrivateKeyJwtOptions = {},
): Authenticate {
  checkLifetime(options);
  if (typeof key === "function") return rotatingKeyJwt(key, options);
  let prepared: Promise<Signing> | undefined;
  return async (attempt) => {
    prepared ??= prepareSigning(key, options);
    try {
      const { signingKey, header } = await prepared;
      await addSigned(attempt, signingKey, header, options);
    } catch (error) {
      // The next attempt reads the key again: jose may be there then.
      prepared = undefined;
      throw error;
    }
  };
}

function rotatingKeyJwt(get: GetPrivateKey, options: PrivateKeyJwtOptions): Authenticate {
  return async (attempt) => {
    const given = await get();
    const { key, ...others } = isRotating(given) ? given : { key: given };
    const { signingKey, header } = await prepareSigning(key, { ...options, ...others });
    await addSigned(attempt, signingKey, header, options);
  };
}

/** Whether this is a key with what goes with it. A JSON Web Key has no member `key`. */
function isRotating(given: PrivateKeyInput | RotatingKey): given is RotatingKey {
  return typeof given === "object" && "key" in given;
}

/**
 * Makes an `auth_method` that signs an assertion with the client secret (`client_secret_jwt`), a fresh
 * one for every attempt. Give the secret to the token request too, so that messages mask it. For a secret
 * that is replaced while the program runs, give a function: it is called before every attempt.
 *
 * @throws {TokenError} `usage`, if the secret is too short for the algorithm (RFC 7518 §3.2), the
 * algorithm is not one of HMAC, or the lifetime is wrong. The function it returns throws `usage` if jose cannot be loaded.
 */
export function clientSecretJwt(
  secret: string | (() => string | Promise<string>),
  options: ClientSecretJwtOptions = {},
): Authenticate {
  checkLifetime(options);
  const { alg = "HS256" } = options;
  if (!HMAC.includes(alg)) {
    throw usage("signing_alg_mismatch", `A secret can sign ${HMAC.join(", ")}, and nothing else`);
  }
  if (typeof secret === "function") {
    return async (attempt) => {
      const key = hmacKey(await secret(), alg);
      await addSigned(attempt, key, { alg }, options);
    };
  }
  const key = hmacKey(secret, alg);
  return (attempt) => addSigned(attempt, key, { alg }, options);
}

function hmacKey(secret: string, alg: string): Uint8Array {
  const key = new TextEncoder().encode(secret);
  const minimum = Number(alg.slice("HS".length)) / 8;
  if (key.length >= minimum) return key;
  throw usage("secret_too_short", `${alg} needs a client secret of at least ${minimum} bytes`);
}

/**
 * Makes an `auth_method` that sends an assertion which another authority issued, such as the token of a
 * Kubernetes service account or of a CI job (workload identity federation). `get` is called before every
 * attempt, because such tokens are replaced while a program runs; what it throws ends the request. The
 * function it returns throws a {@linkcode TokenError} `usage` if the text is not a JWT.
 */
export function clientAssertion(
  get: () => string | Promise<string>,
  { type }: ClientAssertionOptions = {},
): Authenticate {
  return async ({ data, client_id }) => {
    const assertion = (await get()).trim();
    if (!/^[\w-]+(\.[\w-]+){2,4}$/.test(assertion)) {
      throw usage("assertion_not_jwt", "The client assertion is not a JWT");
    }
    add(data, client_id, assertion, type);
  };
}

type Attempt = Parameters<Authenticate>[0];

/** What is prepared once for all assertions. */
interface Signing {
  signingKey: CryptoKey;
  header: Pick<PrivateKey, "alg" | "kid"> & CertificateHeader;
}

/** What tells the server which certificate belongs to the key. */
interface CertificateHeader {
  "x5t#S256"?: string;
  x5t?: string;
  x5c?: string[];
}

async function prepareSigning(
  input: PrivateKeyInput,
  options: PrivateKeyJwtOptions,
): Promise<Signing> {
  const certificate = await certificateHeader(options);
  const { key, alg, kid } = await readPrivateKey(input, options);
  return { signingKey: key, header: { alg, kid, ...certificate } };
}

async function certificateHeader(
  { certificate, x5t, x5c }: PrivateKeyJwtOptions,
): Promise<CertificateHeader> {
  if (!certificate) return {};
  const ders = certificateDers(certificate);
  const [own] = ders;
  const header: CertificateHeader = { "x5t#S256": await digest("SHA-256", own!) };
  if (x5t) header.x5t = await digest("SHA-1", own!);
  if (x5c) header.x5c = ders.map(toBase64);
  return header;
}

function checkLifetime({ lifetime = LIFETIME_SECONDS }: AssertionOptions): void {
  if (Number.isFinite(lifetime) && lifetime > 0) return;
  const problem = "must be a number of seconds, more than 0";
  throw usage("lifetime_invalid", `lifetime ${problem}`, { option: "lifetime", problem });
}

async function addSigned(
  { token_url, client_id, data }: Attempt,
  key: CryptoKey | Uint8Array,
  header: { alg: string },
  options: AssertionOptions,
): Promise<void> {
  const { issuer, audience = issuer ?? token_url, lifetime = LIFETIME_SECONDS } = options;
  // RFC 10070 defines the type, by which a server can tell an assertion from other JWTs.
  const { typ = audience === issuer ? "client-authentication+jwt" : "JWT" } = options;
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: client_id,
    sub: client_id,
    aud: audience,
    jti: crypto.randomUUID(),
    iat,
    exp: iat + lifetime,
  };
  add(data, client_id, await signJwt({ ...header, typ }, claims, key));
}

/** Adds the form fields of RFC 7521 §4.2, or replaces those of an attempt before. */
function add(
  data: URLSearchParams,
  client_id: string,
  assertion: string,
  type = "jwt-bearer",
): void {
  data.set("client_id", client_id);
  data.set("client_assertion_type", `${ASSERTION_TYPE}${type}`);
  data.set("client_assertion", assertion);
}
