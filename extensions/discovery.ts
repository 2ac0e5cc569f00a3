/**
 * Finds the token endpoint and what it accepts from the issuer identifier of an authorization server
 * (RFC 8414, OpenID Connect Discovery 1.0).
 *
 * @module
 */

import {
  type Answer,
  buildRequest,
  type BuiltRequest,
  isSafe,
  printable,
  readResponse,
  type RequestOptions,
  sendRequest,
  TokenError,
} from "../token.ts";

/** What an authorization server says about itself (RFC 8414 §2), with every further member. */
export interface ServerMetadata {
  /** Its identifier, equal to the one asked for. */
  issuer: string;
  /** The URL of its token endpoint; it may be on another host. */
  token_endpoint: string;
  /** How clients can authenticate there; `["client_secret_basic"]` if absent. */
  token_endpoint_auth_methods_supported?: string[];
  /** Its endpoints for clients with a certificate (RFC 8705 §5). */
  mtls_endpoint_aliases?: { token_endpoint?: string };
  /** Any other member. */
  [member: string]: unknown;
}

const OAUTH = "/.well-known/oauth-authorization-server";
const OPENID = "/.well-known/openid-configuration";
// What servers answer at an address that they do not know.
const ABSENT = [400, 404, 405, 406];
const DEFAULT_METHODS = ["client_secret_basic"];

const usage = (code: string, message: string) => new TokenError("usage", code, message);

/**
 * Asks an authorization server about itself: at the address of RFC 8414 §3 first, and if there is none,
 * at that of OpenID Connect Discovery §4. Time, size, retries and redirects are limited as in a token
 * request. A caller that requests many tokens keeps the result.
 *
 * @throws {TokenError} `usage`, if the issuer is no issuer identifier; `unreachable`, if no answer comes;
 * `refused`, if the server answers with an error status; `unusable`, if the answer is no metadata, that of
 * another issuer (RFC 8414 §3.3), or names no usable token endpoint.
 *
 * @example Usage
 * ```ts
 * import { discover } from "@client-credentials/token/discovery";
 *
 * const issuer = "https://login.example.com";
 * const { token_endpoint } = await discover(issuer, {
 *   // Stands in for the server; leave it out.
 *   fetch: () =>
 *     Promise.resolve(Response.json({ issuer, token_endpoint: `${issuer}/oauth2/token` })),
 * });
 * console.log(token_endpoint); // "https://login.example.com/oauth2/token"
 * ```
 */
export async function discover(
  issuer: string,
  options: Omit<RequestOptions, "headers"> = {},
): Promise<ServerMetadata> {
  const { origin, pathname, host } = checkIssuer(issuer, options.allowHttp);
  const path = pathname.replace(/\/$/, "");
  const addresses = [`${origin}${OAUTH}${path}`, `${origin}${path}${OPENID}`];
  let failure: unknown;
  let status: number | undefined;
  for (const address of addresses) {
    const { built, answer } = await get(address, options);
    ({ status } = answer);
    if (ABSENT.includes(status)) continue;
    let metadata: Record<string, unknown>;
    try {
      metadata = readMetadata(answer, built);
    } catch (error) {
      failure ??= error;
      // A server that is busy or broken is not asked once more.
      if (status === 429 || status >= 500) break;
      continue;
    }
    return checkMetadata(metadata, issuer, host, options.allowHttp);
  }
  const message = `${host} answered ${status}: no metadata of that issuer`;
  throw failure ?? new TokenError("refused", "no_metadata", message, { status });
}

/** Returns the first of these methods that the server accepts; `undefined` if it accepts none. */
export function chooseAuthMethod(metadata: ServerMetadata, possible: string[]): string | undefined {
  return possible.find((method) => isSupported(metadata, method));
}

/** Whether the server says that it accepts this method. */
export function isSupported(metadata: ServerMetadata, method: string): boolean {
  const { token_endpoint_auth_methods_supported: supported } = metadata;
  // What is outside the RFC differs from Basic only in how id and secret are encoded.
  const name = method === "client_secret_basic_raw" ? "client_secret_basic" : method;
  return (Array.isArray(supported) ? supported : DEFAULT_METHODS).includes(name);
}

function checkIssuer(issuer: string, allowHttp?: boolean): URL {
  const url = URL.parse(issuer);
  if (!url) {
    throw usage("issuer_invalid", "issuer must be a whole URL, such as https://login.example.com");
  }
  if (!isSafe(url, allowHttp)) {
    throw usage("issuer_not_https", "issuer must be https:, or http: to this machine");
  }
  if (url.username || url.password || /[?#]/.test(url.href)) {
    throw usage(
      "issuer_not_plain",
      "issuer must not contain a user name, a password, a query or a fragment",
    );
  }
  return url;
}

/** A request that has nothing of the client; it checks the URL. */
function requestTo(token_url: string, allowHttp?: boolean): BuiltRequest {
  return buildRequest({ token_url, client_id: "-", auth_method: () => {} }, { allowHttp });
}

/** Asks with GET, under the limits of a token request. */
async function get(
  address: string,
  options: RequestOptions,
): Promise<{ built: BuiltRequest; answer: Answer }> {
  const { fetch = globalThis.fetch } = options;
  const built = requestTo(address, options.allowHttp);
  const answer = await sendRequest(built, {
    ...options,
    fetch: (url, init) => {
      const headers = { accept: "application/json" };
      return fetch(url, { ...init, method: "GET", headers, body: undefined });
    },
  });
  return { built, answer };
}

/** The JSON object of an answer; for another one, `readResponse` says what is wrong, as for a token. */
function readMetadata(answer: Answer, built: BuiltRequest): Record<string, unknown> {
  try {
    const value = answer.status === 200 ? JSON.parse(answer.body!) : undefined;
    if (typeof value === "object" && value && !Array.isArray(value)) return value;
  } catch {
    // It is no JSON.
  }
  try {
    return readResponse(answer, built);
  } catch (error) {
    const { kind, message, status } = error as TokenError;
    const what = message.replace(", because the secret would go along", "");
    throw new TokenError(kind, "no_metadata", `No metadata: ${what}`, { status });
  }
}

function checkMetadata(
  metadata: Record<string, unknown>,
  issuer: string,
  host: string,
  allowHttp?: boolean,
): ServerMetadata {
  const unusable = (code: string, what: string) =>
    new TokenError("unusable", code, `${host} answered 200 with ${what}`, { status: 200 });
  if (typeof metadata.issuer !== "string") {
    throw unusable("metadata_incomplete", "metadata that names no issuer");
  }
  if (metadata.issuer !== issuer) {
    throw unusable(
      "issuer_mismatch",
      `the metadata of another issuer: ${printable(metadata.issuer)}`,
    );
  }
  const { token_endpoint } = metadata;
  if (typeof token_endpoint !== "string") {
    throw unusable("metadata_incomplete", "metadata that names no token_endpoint");
  }
  try {
    requestTo(token_endpoint, allowHttp);
  } catch (error) {
    const what = (error as TokenError).message.replace("token_url", "it");
    throw unusable("token_endpoint_wrong", `metadata whose token_endpoint is wrong: ${what}`);
  }
  return metadata as ServerMetadata;
}
