// --resource: finds the token endpoint from the URL of the API. Loaded only then.

import type { ServerMetadata } from "../extensions/discovery.ts";
import { wrongEndpoint } from "../extensions/endpoint.ts";
import { findIssuer, type FoundIssuer, isNamedFromOutside } from "../extensions/resource.ts";
import { checkUrl, printable, type RequestOptions, type TokenRequest } from "../token.ts";
import type { Method } from "./choose_method.ts";
import type { Flags } from "./flags.ts";
import { type Fetch, fetchFor } from "./network.ts";
import { say, title } from "./output.ts";
import type { Values } from "./values.ts";

const MAX_SHOWN = 200;

/** What is known before the server is found. */
export interface ResourceClient {
  /** The URL of the API. */
  resource: string;
  /** The values that were given. */
  values: Values;
  /** The flags that were given. */
  flags: Flags;
  /** How the client may prove itself. */
  possible: Method[];
}

/** What is known of the server, and of what to request from it. */
export interface FoundServer extends FoundIssuer {
  /** What the server says about itself. */
  metadata: ServerMetadata;
}

/**
 * Finds the server that issues the tokens for the API.
 *
 * @throws {TokenError} As `findIssuer` and `discover`.
 */
export async function findServerFor(
  client: ResourceClient,
  request: TokenRequest,
  options: RequestOptions,
): Promise<FoundServer> {
  const { resource, values, flags } = client;
  const { discover } = await import("../extensions/discovery.ts");
  const { allowHttp, retries, timeout, headers } = options;
  const isExplained = Boolean(flags.explain);
  const unneeded = new AbortController();
  const { signal } = unneeded;
  const getOptions = { allowHttp, retries, timeout, fetch: tracedFetch(isExplained) };
  checkUrl("resource", resource, allowHttp, "https://api.example.com/v1");
  if (isExplained) title("Before step 1  the API says which server issues its tokens");

  // What the user named need not wait for what the API says. Nobody else gets the headers.
  const issuer = values.issuer?.value;
  const early = issuer === undefined
    ? undefined
    : discover(issuer, { ...getOptions, headers, signal });
  early?.catch(() => {});
  try {
    const trustedIssuers = trustedBy(client, request, options);
    const hasScope = request.scope !== undefined;
    const found = await findIssuer(resource, { ...getOptions, trustedIssuers, hasScope });
    if (isExplained) explain(found);
    return { ...found, metadata: await (early ?? discover(found.issuer, getOptions)) };
  } finally {
    unneeded.abort();
  }
}

/**
 * The issuers that may get what the client sends: the one that the user named. Without one, any may get
 * an assertion whose audience it is, and nothing that is worth something elsewhere.
 */
function trustedBy(
  { values, flags, possible }: ResourceClient,
  { params = [] }: TokenRequest,
  { headers }: RequestOptions,
): string[] | "any" {
  if (values.issuer) return [values.issuer.value];
  const sendsSecret = possible.some((method) => method.startsWith("client_secret"));
  const isForOthers = values.client_assertion_file || flags["assertion-audience"];
  const sendsMore = [...params as Iterable<unknown>].length > 0 || headers;
  return sendsSecret || isForOthers || sendsMore ? [] : "any";
}

/**
 * Checks the token endpoint that the issuer names, unless the user has named the issuer.
 *
 * @throws {TokenError} `unusable`, if it is in a private network, and the API is not.
 */
export function checkFoundEndpoint(
  token_url: string,
  { resource, values }: ResourceClient,
  issuer: string,
): void {
  if (values.issuer || !isNamedFromOutside(new URL(token_url), new URL(resource))) return;
  const endpoint = { name: "token_endpoint", url: token_url, issuer };
  throw wrongEndpoint(endpoint, "must not be in a private network");
}

/** Adds to the request what the API says, where nothing was given. */
export function requestFor(
  request: TokenRequest,
  { resource, scope }: FoundIssuer,
  flags: Flags,
): TokenRequest {
  const params = [...request.params as Iterable<[string, string]>];
  const isGiven = params.some(([name]) => name === "resource");
  if (!isGiven && !flags["no-resource-param"]) params.push(["resource", resource]);
  return { ...request, scope: request.scope ?? scope, params };
}

/**
 * A request that stands for the one that is not known yet, to look for its token in the cache: it differs
 * with all that the other depends on, and is never sent.
 *
 * @throws {TokenError} `usage`, if the URL of the API is wrong.
 */
export function placeholderFor(
  request: TokenRequest,
  { resource, values, flags }: ResourceClient,
  allowHttp?: boolean,
): TokenRequest {
  checkUrl("resource", resource, allowHttp, "https://api.example.com/v1");
  const marks: [string, string][] = [
    ["found_by", resource],
    ["issuer", values.issuer?.value ?? ""],
    ["auth_method", values.auth_method?.value ?? ""],
    ["sends_resource", `${!flags["no-resource-param"]}`],
  ];
  const params = [...request.params as Iterable<[string, string]>, ...marks];
  return { ...request, token_url: resource, params, auth_method: () => {} };
}

/** A `fetch` that takes the way to each URL that the command takes, and shows that. */
function tracedFetch(isShown: boolean): Fetch {
  return async (url, init) => {
    const fetch = await fetchFor(url);
    if (!isShown) return await fetch(url, init);
    const what = `  ${init.method} ${printable(url, MAX_SHOWN)}`;
    try {
      const response = await fetch(url, init);
      const challenge = response.headers.get("www-authenticate");
      say(`${what}  ${response.status}`);
      if (challenge) say(`    www-authenticate: ${printable(challenge, MAX_SHOWN)}`);
      return response;
    } catch (error) {
      if (!init.signal?.aborted) say(`${what}  no answer`);
      throw error;
    }
  };
}

function explain({ issuer, resource, scope, metadata_url }: FoundIssuer): void {
  say(`  ${printable(metadata_url, MAX_SHOWN)} says:`);
  const rows = { resource, issuer, scope: scope ?? "none is demanded or listed" };
  for (const [name, value] of Object.entries(rows)) {
    say(`    ${name.padEnd(12)} ${printable(value, MAX_SHOWN)}`);
  }
}
