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

import { loadJose } from "../runtime/jose.ts";
import { type AuthMethod, TokenError } from "../token.ts";
import { digest } from "./digest.ts";
import { type KeyOptions, type PrivateKeyInput, readPrivateKey } from "./private_key.ts";

export type { KeyOptions, PrivateKeyInput };

/** A function that adds the client's proof to a request, before every attempt. */
export type Authenticate = Exclude<AuthMethod, string>;

/** What goes into an assertion. */
export interface AssertionOptions {
  /**
   * The server's issuer identifier (RFC 8414 §2), if it is known. Then it is the audience, as
   * draft-ietf-oauth-rfc7523bis demands.
   */
  issuer?: string;
  /** The audience; by default the issuer, or else the token URL. */
  audience?: string;
  /** The header's `typ`; `client-authentication+jwt` if the audience is the issuer, or else `JWT`. */
  typ?: string;
  /** Seconds until the assertion expires; 60 by default. */
  lifetime?: number;
}

/** How `private_key_jwt` signs. */
export interface PrivateKeyJwtOptions extends AssertionOptions, Pick<KeyOptions, "alg" | "kid"> {
  /** The certificate of the key, in PEM: its SHA-256 goes into `x5t#S256` (RFC 7515 §4.1.8). */
  certificate?: string;
  /** Whether the SHA-1 of the certificate goes into `x5t` (RFC 7515 §4.1.7), for older servers. */
  x5t?: boolean;
}

/** How `client_secret_jwt` signs. */
export interface ClientSecretJwtOptions extends AssertionOptions {
  /** `HS256`, the default, `HS384` or `HS512` (RFC 7518 §3.2). */
  alg?: string;
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LIFETIME_SECONDS = 60;
const HMAC = ["HS256", "HS384", "HS512"];

const usage = (code: string, message: string) => new TokenError("usage", code, message);

/**
 * Makes an `auth_method` that signs an assertion with a private key, a fresh one for every attempt
 * (`private_key_jwt`).
 *
 * The function it returns throws a {@linkcode TokenError} `usage`, before anything is sent, if the key
 * or the certificate cannot be used or jose cannot be loaded.
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
  key: PrivateKeyInput,
  options: PrivateKeyJwtOptions = {},
): Authenticate {
  // Read once, and again if that failed, because jose may then be there.
  let prepared: ReturnType<typeof prepare> | undefined;
  const prepare = async () => {
    const thumbprints = await thumbprintsOf(options);
    const { key: signingKey, alg, kid } = await readPrivateKey(key, options);
    return { signingKey, header: { alg, kid, ...thumbprints } };
  };
  return async (attempt) => {
    const { signingKey, header } = await (prepared ??= prepare().catch((error) => {
      prepared = undefined;
      throw error;
    }));
    await addSigned(attempt, signingKey, header, options);
  };
}

/**
 * Makes an `auth_method` that signs an assertion with the client secret (`client_secret_jwt`), a fresh
 * one for every attempt. Give the secret to the token request too, so that messages mask it.
 *
 * @throws {TokenError} `usage`, if the secret is too short for the algorithm (RFC 7518 §3.2) or the
 * algorithm is not one of HMAC. The function it returns throws `usage` if jose cannot be loaded.
 */
export function clientSecretJwt(
  secret: string,
  options: ClientSecretJwtOptions = {},
): Authenticate {
  const { alg = "HS256" } = options;
  const key = new TextEncoder().encode(secret);
  if (!HMAC.includes(alg)) {
    throw usage("signing_alg_mismatch", `A secret can sign ${HMAC.join(", ")}, and nothing else`);
  }
  const minimum = Number(alg.slice("HS".length)) / 8;
  if (key.length < minimum) {
    throw usage("secret_too_short", `${alg} needs a client secret of at least ${minimum} bytes`);
  }
  return (attempt) => addSigned(attempt, key, { alg }, options);
}

/**
 * Makes an `auth_method` that sends an assertion which another authority issued, such as the token of a
 * Kubernetes service account or of a CI job (workload identity federation). `get` is called before every
 * attempt, because such tokens are replaced while a program runs. An error that it throws counts as a
 * failed connection, unless it is a {@linkcode TokenError}. The function it returns throws `usage` if the
 * text is not a JWT.
 */
export function clientAssertion(get: () => string | Promise<string>): Authenticate {
  return async ({ data, client_id }) => {
    const assertion = (await get()).trim();
    if (!/^[\w-]+(\.[\w-]+){2,4}$/.test(assertion)) {
      throw usage("assertion_not_jwt", "The client assertion is not a JWT");
    }
    add(data, client_id, assertion);
  };
}

type Attempt = Parameters<Authenticate>[0];

async function addSigned(
  { token_url, client_id, data }: Attempt,
  key: CryptoKey | Uint8Array,
  header: { alg: string },
  { issuer, audience = issuer ?? token_url, typ, lifetime = LIFETIME_SECONDS }: AssertionOptions,
): Promise<void> {
  const { SignJWT } = await loadJose();
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: client_id, sub: client_id, aud: audience, jti: crypto.randomUUID() };
  // A server that goes by the draft may tell assertions from other JWTs by their type.
  const type = typ ?? (audience === issuer ? "client-authentication+jwt" : "JWT");
  const jwt = new SignJWT({ ...claims, iat, exp: iat + lifetime });
  add(data, client_id, await jwt.setProtectedHeader({ ...header, typ: type }).sign(key));
}

/** Adds the form fields of RFC 7521 §4.2, or replaces those of an attempt before. */
function add(data: URLSearchParams, client_id: string, assertion: string): void {
  data.set("client_id", client_id);
  data.set("client_assertion_type", ASSERTION_TYPE);
  data.set("client_assertion", assertion);
}

async function thumbprintsOf({ certificate, x5t }: PrivateKeyJwtOptions) {
  if (!certificate) return {};
  const der = readCertificate(certificate);
  return {
    "x5t#S256": await digest("SHA-256", der),
    ...x5t && { x5t: await digest("SHA-1", der) },
  };
}

/** The DER of the first certificate in a PEM text (RFC 7468 §5), which is the client's own. */
function readCertificate(pem: string): Uint8Array<ArrayBuffer> {
  const [, base64] = pem.match(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/) ?? [];
  try {
    return Uint8Array.from(atob(base64!), (c) => c.charCodeAt(0));
  } catch {
    throw usage("certificate_not_pem", "The certificate is not PEM");
  }
}
