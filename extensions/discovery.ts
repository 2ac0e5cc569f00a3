/**
 * Finds the token endpoint and what it accepts from the issuer identifier of an authorization server
 * (RFC 8414, OpenID Connect Discovery 1.0).
 *
 * @module
 */

import {
  type Answer,
  buildRequest,
  isSafe,
  printable,
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
const DEFAULT_METHODS = ["client_secret_basic"];

const usage = (message: string) => new TokenError("usage", message);

/**
 * Asks an authorization server about itself: at the address of RFC 8414 §3 first, and if there is nothing
 * at that of OpenID Connect Discovery §4. Time, size, retries and redirects are limited as in a token
 * request. A caller that requests many tokens keeps the result.
 *
 * @throws {TokenError} `usage`, if the issuer is no issuer identifier; `unreachable`, if no answer comes;
 * `refused`, if the server answers with an error at both addresses; `unusable`, if the answer is no
 * metadata, or that of another issuer (RFC 8414 §3.3).
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
  options: RequestOptions = {},
): Promise<ServerMetadata> {
  const { origin, pathname, host } = checkIssuer(issuer, options.allowHttp);
  const path = pathname.replace(/\/$/, "");
  const addresses = [`${origin}${OAUTH}${path}`, `${origin}${path}${OPENID}`];
  let status = 0;
  for (const address of addresses) {
    const answer = await get(address, options);
    status = answer.status;
    const metadata = status === 200 ? parse(answer.body) : undefined;
    if (metadata) return checkMetadata(metadata, issuer, host);
    if (status >= 500 || status === 429) break;
  }
  const kind = status >= 400 ? "refused" : "unusable";
  throw new TokenError(kind, `${host} answered ${status}: no metadata of that issuer`, { status });
}

/** The ways in which a client can authenticate, best first, of which the server takes one. */
export function chooseAuthMethod(metadata: ServerMetadata, possible: string[]): string | undefined {
  return possible.find((method) => isSupported(metadata, method));
}

/** Whether the server says that it takes this method. */
export function isSupported(metadata: ServerMetadata, method: string): boolean {
  const { token_endpoint_auth_methods_supported: supported } = metadata;
  // What is outside the RFC differs from Basic only in how id and secret are encoded.
  const name = method === "client_secret_basic_raw" ? "client_secret_basic" : method;
  return (Array.isArray(supported) ? supported : DEFAULT_METHODS).includes(name);
}

function checkIssuer(issuer: string, allowHttp?: boolean): URL {
  const url = URL.parse(issuer);
  if (!url) throw usage("issuer must be a whole URL, such as https://login.example.com");
  if (!isSafe(url, allowHttp)) throw usage("issuer must be https:, or http: to this machine");
  if (url.username || url.password || /[?#]/.test(url.href)) {
    throw usage("issuer must not contain a user name, a password, a query or a fragment");
  }
  return url;
}

/** Asks with GET, under the limits of a token request. */
async function get(address: string, options: RequestOptions): Promise<Answer> {
  const { fetch = globalThis.fetch } = options;
  const built = buildRequest(
    { token_url: address, client_id: "-", auth_method: () => {} },
    { allowHttp: options.allowHttp },
  );
  return await sendRequest(built, {
    ...options,
    fetch: (url, init) => {
      const headers = { accept: "application/json" };
      return fetch(url, { ...init, method: "GET", headers, body: undefined });
    },
  });
}

function parse(body = ""): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(body);
    return typeof value?.issuer === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function checkMetadata(
  metadata: Record<string, unknown>,
  issuer: string,
  host: string,
): ServerMetadata {
  const unusable = (what: string) =>
    new TokenError("unusable", `${host} answered 200 with ${what}`, { status: 200 });
  if (metadata.issuer !== issuer) {
    throw unusable(`the metadata of another issuer: ${printable(`${metadata.issuer}`)}`);
  }
  const { token_endpoint } = metadata;
  if (typeof token_endpoint !== "string") throw unusable("metadata that names no token_endpoint");
  return metadata as ServerMetadata;
}
