/**
 * Finds the authorization server of an API from the API's own URL (RFC 9728), as the Model Context
 * Protocol demands it of clients.
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
import { checkIssuer } from "./discovery.ts";
import { usage } from "./errors.ts";
import { isPrivateHost } from "./private_host.ts";
import { findResourceMetadata, isScope, type ResourceMetadata } from "./resource_metadata.ts";

/** How to find the authorization server, and which one may be found. */
export interface FindOptions extends Omit<RequestOptions, "headers"> {
  /**
   * The issuers that may get what proves the client. An API could name a server that collects secrets, so
   * list the issuers that you trust. `"any"` is for a client whose proof is worth nothing elsewhere: an
   * assertion with the issuer as its audience, or a certificate.
   */
  trustedIssuers: string[] | "any";
  /**
   * Whether the scopes to request are known. Then an API that listens only to `POST`, and whose metadata is
   * at the first well-known address, is not asked which scopes it demands.
   */
  hasScope?: boolean;
}

/** What an API says about the tokens that it takes. */
export interface FoundIssuer {
  /** The authorization server that issues them; `discover` finds its token endpoint. */
  issuer: string;
  /** What the tokens are for: the parameter `resource` of the token request (RFC 8707). */
  resource: string;
  /** The scopes that the API demands, or else all that it lists; absent if it does neither. */
  scope?: string;
  /** Where the API says that. */
  metadata_url: string;
}

const EXAMPLE = "https://api.example.com/v1";
const MAX_ISSUERS = 5;

/**
 * Finds the authorization server of an API. It calls the API without a token and reads the metadata that
 * the refusal names, or that at the well-known addresses (RFC 9728 §3.1). Nothing of the client is sent.
 * Time, size, retries and redirects are limited as in a token request.
 *
 * @throws {TokenError} `usage`, if the URL is wrong, the API names no trusted issuer, or several of which
 * none is chosen; `unreachable`, if no answer comes; `refused`, if the API is busy or broken; `unusable`, if
 * it has no metadata, that of another API, or names no issuer that can be used.
 *
 * @example Usage
 * ```ts
 * import { findIssuer } from "@client-credentials/token/resource";
 *
 * const resource = "https://api.example.com/v1";
 * const { issuer } = await findIssuer(resource, {
 *   trustedIssuers: ["https://login.example.com"],
 *   // Stands in for the API; leave it out.
 *   fetch: () =>
 *     Promise.resolve(
 *       Response.json({ resource, authorization_servers: ["https://login.example.com"] }),
 *     ),
 * });
 * console.log(issuer); // "https://login.example.com"
 * ```
 */
export async function findIssuer(resource: string, options: FindOptions): Promise<FoundIssuer> {
  const { trustedIssuers, ...getOptions } = options;
  if (trustedIssuers !== "any" && !Array.isArray(trustedIssuers)) {
    const problem = 'must be a list of issuers, or "any"';
    const details = { option: "trustedIssuers", problem };
    throw usage("trusted_issuers_invalid", `trustedIssuers ${problem}`, details);
  }
  const url = checkUrl("resource", resource, options.allowHttp, EXAMPLE);
  const metadata = await findResourceMetadata(url, resource, getOptions);
  const issuer = chooseIssuer(metadata, url, options);
  return {
    issuer,
    resource: metadata.resource,
    scope: metadata.scope ?? allScopes(metadata.document),
    metadata_url: metadata.address,
  };
}

/** Takes the issuer that is trusted, or the only one. */
function chooseIssuer(
  { document }: ResourceMetadata,
  url: URL,
  { trustedIssuers, allowHttp }: FindOptions,
): string {
  const { host } = url;
  const { authorization_servers: named } = document;
  const issuers = Array.isArray(named) ? [...new Set(named.filter(isText))] : [];
  const [first] = issuers;
  if (first === undefined) {
    const message = `${host} answered 200 with metadata that names no authorization_servers`;
    throw new TokenError("unusable", "resource_without_issuer", message, { host });
  }

  const trusted = trustedIssuers === "any" ? undefined : trustedIssuers.find(isIn(issuers));
  if (trusted !== undefined) return trusted;
  const list = issuers.slice(0, MAX_ISSUERS).map((issuer) => printable(issuer, 100)).join(", ");
  const details: ErrorDetails = { host, issuer: printable(first) };
  if (trustedIssuers !== "any" && trustedIssuers.length > 0) {
    const wanted = trustedIssuers.map((issuer) => printable(issuer)).join(", ");
    const message = `Tokens for ${host} are issued by ${list}, not by ${wanted}`;
    throw usage("resource_issuer_differs", message, details);
  }
  if (issuers.length > 1) {
    const message = `Tokens for ${host} are issued by several servers: ${list}`;
    throw usage("resource_issuer_ambiguous", message, details);
  }
  checkNamed(first, url, allowHttp);
  if (trustedIssuers === "any") return first;
  const message = `${host} names ${list} as the issuer of its tokens, and nobody else does`;
  throw usage("resource_issuer_untrusted", message, details);
}

/**
 * Whether an issuer is among these. Some servers write the same URL with a slash where there is no path
 * (RFC 3986 §6.2.3); it is spelled as the caller does, so that it equals what the issuer says.
 */
function isIn(issuers: string[]): (issuer: string) => boolean {
  const names = new Set(issuers.map(withoutEmptyPath));
  return (issuer) => names.has(withoutEmptyPath(issuer));
}

function withoutEmptyPath(issuer: string): string {
  return issuer.replace(/^(https?:\/\/[^/?#]+)\/$/, "$1");
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/**
 * Checks an issuer that nobody but the API has named.
 *
 * @throws {TokenError} `unusable`, if it is no issuer identifier, or is not for everyone.
 */
function checkNamed(issuer: string, url: URL, allowHttp?: boolean): void {
  const problem = problemOf(issuer, url, allowHttp);
  if (!problem) return;
  const { host } = url;
  const message = `${host} names an issuer that is wrong: it ${problem}`;
  throw new TokenError("unusable", "resource_issuer_wrong", message, { host });
}

function problemOf(issuer: string, url: URL, allowHttp?: boolean): string | undefined {
  // Letters that look like others could name another server than the one that is read.
  if (!/^[\x21-\x7e]+$/.test(issuer)) return "must be printable ASCII";
  try {
    return isNamedFromOutside(checkIssuer(issuer, allowHttp), url)
      ? "must not be in a private network"
      : undefined;
  } catch (error) {
    if (error instanceof TokenError) return error.problem;
    throw error;
  }
}

/** Whether a URL is in a private network, and what named it is not. */
export function isNamedFromOutside(url: URL, namedBy: URL): boolean {
  return isPrivateHost(url) && !isPrivateHost(namedBy);
}

function allScopes({ scopes_supported }: Record<string, unknown>): string | undefined {
  const scopes = Array.isArray(scopes_supported) ? scopes_supported.filter(isScope) : [];
  return scopes.length > 0 ? [...new Set(scopes)].join(" ") : undefined;
}
