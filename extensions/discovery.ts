/**
 * Finds the token endpoint and what it accepts from the issuer identifier of an authorization server
 * (RFC 8414, OpenID Connect Discovery 1.0).
 *
 * @module
 */

import {
  checkUrl,
  type ErrorDetails,
  printable,
  type RequestOptions,
  TokenError,
} from "../token.ts";
import { checkEndpoint } from "./endpoint.ts";
import { usage } from "./errors.ts";
import { getJson } from "./get_json.ts";

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
// The issuer's own path stands before that of the metadata (OpenID), or after it (RFC 8414).
const METADATA_ADDRESS = new RegExp(`^(.*)(?:${OAUTH}|${OPENID})(.*)$`);
// What servers answer at an address that they do not know.
const ABSENT = new Set<number | undefined>([400, 404, 405, 406]);
// After these, the metadata may be at another address.
const TRY_NEXT = new Set(["metadata_refused", "no_metadata"]);
const DEFAULT_METHODS = ["client_secret_basic"];

/**
 * Asks an authorization server about itself: at the address of RFC 8414 §3 first, and if there is none,
 * at those of RFC 8414 §5 and OpenID Connect Discovery §4. Time, size, retries and redirects are limited
 * as in a token request, and `headers` are sent as there. A caller that requests many tokens keeps the result.
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
  options: RequestOptions = {},
): Promise<ServerMetadata> {
  const url = checkIssuer(issuer, options.allowHttp);
  const metadata = await findMetadata(url, options);
  return checkMetadata(metadata, issuer, url.host, options.allowHttp);
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

/**
 * Checks an issuer identifier (RFC 8414 §2).
 *
 * @throws {TokenError} `usage`, if it is none.
 */
export function checkIssuer(issuer: string, allowHttp?: boolean): URL {
  const url = checkUrl("issuer", issuer, allowHttp, "https://login.example.com");
  if (url.href.includes("?")) {
    const problem = "must not contain a query (?…)";
    throw usage("issuer_not_plain", `issuer ${problem}`, { option: "issuer", problem });
  }
  const [, before, after] = issuer.match(METADATA_ADDRESS) ?? [];
  if (before !== undefined) {
    const problem = "must not be the address of the server's metadata";
    const details = { option: "issuer", problem, issuer: `${before}${after}` };
    throw usage("issuer_is_metadata", `issuer ${problem}`, details);
  }
  return url;
}

/** Where the metadata of an issuer may be; with a path, some servers append that to OpenID's address. */
function addressesOf({ origin, pathname }: URL): Set<string> {
  const path = pathname.replace(/\/$/, "");
  return new Set([
    `${origin}${OAUTH}${path}`,
    `${origin}${OPENID}${path}`,
    `${origin}${path}${OPENID}`,
  ]);
}

/** Asks at one address after the other, until there is metadata. */
async function findMetadata(
  url: URL,
  options: RequestOptions,
): Promise<Record<string, unknown>> {
  const { host } = url;
  const failures: TokenError[] = [];
  for (const address of addressesOf(url)) {
    try {
      return await getJson(address, options);
    } catch (error) {
      if (!(error instanceof TokenError && TRY_NEXT.has(error.code))) throw error;
      failures.push(error);
    }
  }

  let status: number | undefined;
  for (const failure of failures) {
    if (!ABSENT.has(failure.status)) throw failure;
    status = failure.status;
  }
  const message = `${host} answered ${status}: no metadata of that issuer`;
  throw new TokenError("refused", "metadata_refused", message, { host, status });
}

/** Returns the metadata, if it is that of the issuer and names a token endpoint that can be used. */
function checkMetadata(
  metadata: Record<string, unknown>,
  asked: string,
  host: string,
  allowHttp?: boolean,
): ServerMetadata {
  const { issuer, token_endpoint } = metadata;
  const unusable = (code: string, what: string, details?: ErrorDetails) => {
    const message = `${host} answered 200 with ${what}`;
    return new TokenError("unusable", code, message, { host, status: 200, ...details });
  };

  if (typeof issuer !== "string") {
    throw unusable("metadata_without_issuer", "metadata that names no issuer");
  }
  if (issuer !== asked) {
    const other = printable(issuer);
    const what = `the metadata of another issuer: ${other}`;
    throw unusable("issuer_mismatch", what, { issuer: other });
  }
  if (typeof token_endpoint !== "string") {
    const what = "metadata that names no token_endpoint";
    throw unusable("metadata_without_token_endpoint", what);
  }
  checkEndpoint({ name: "token_endpoint", url: token_endpoint, issuer }, allowHttp);
  return { ...metadata, issuer, token_endpoint };
}
