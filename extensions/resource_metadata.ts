// Finds what an API says about itself (RFC 9728 §3 and §5): the API is called without a token, and says in
// its refusal where its metadata is; if it does not, the metadata is at a well-known address.

import { type Challenge, parseChallenges } from "../runtime/challenge.ts";
import { type BuiltRequest, printable, sendRequest, TokenError } from "../token.ts";
import { getJson, type GetOptions } from "./get_json.ts";

/** What an API says about itself, and about the access to it. */
export interface ResourceMetadata {
  /** The document (RFC 9728 §2). */
  document: Record<string, unknown>;
  /** Its member `resource`: the URL of the API, or its origin in the document at the root. */
  resource: string;
  /** Where it is. */
  address: string;
  /** The scopes that the API demands in its refusal (RFC 6750 §3). */
  scope?: string;
}

/** How to find the metadata. */
export interface FindMetadataOptions extends GetOptions {
  /** Whether the API need not be asked which scopes it demands. */
  hasScope?: boolean;
}

const WELL_KNOWN = "/.well-known/oauth-protected-resource";
// RFC 6749 §3.3.
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/;
// Servers of the Model Context Protocol demand both.
const ACCEPT = "application/json, text/event-stream";
// These say more than that nothing is there.
const TELLING = ["resource_mismatch", "metadata_unavailable"];

/**
 * Finds the metadata of an API.
 *
 * @throws {TokenError} `unreachable`, if no answer comes; `refused`, if the server is busy or broken;
 * `unusable`, if there is no metadata, or only that of another API.
 */
export async function findResourceMetadata(
  url: URL,
  text: string,
  { hasScope, ...options }: FindMetadataOptions,
): Promise<ResourceMetadata> {
  const names = new Set([text, url.href]);
  const failures = new Map<string, TokenError>();
  /** Asks at an address, once; what is wrong there may be right at the next one. */
  const ask = async (address: string): Promise<ResourceMetadata | undefined> => {
    if (failures.has(address)) return undefined;
    try {
      return await getMetadata(address, url, names, options);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      failures.set(address, error);
      return undefined;
    }
  };

  const { byPath, atRoot } = wellKnown(url);
  let refusal = await callWithoutToken("GET", url, options);
  const early = !refusal && hasScope ? await ask(byPath) : undefined;
  if (early) return early;
  refusal ??= await callWithoutToken("POST", url, options);
  const challenge = refusal && challengeOf(refusal);
  const named = addressOf(challenge, url);
  for (const address of [named ?? byPath, byPath, atRoot]) {
    const metadata = await ask(address);
    if (metadata) return { ...metadata, scope: scopeOf(challenge) };
    // What the API itself names is its own, or nobody's.
    if (address === named && failures.get(named)?.code === "resource_mismatch") break;
  }
  throw failureOf([...failures.values()], url);
}

/** The addresses of RFC 9728 §3.1, which are one for an API without a path. */
function wellKnown({ origin, pathname, search }: URL): { byPath: string; atRoot: string } {
  const path = pathname === "/" ? "" : pathname;
  const atRoot = `${origin}${WELL_KNOWN}`;
  return { byPath: `${atRoot}${path}${search}`, atRoot };
}

/**
 * Reads the metadata at an address.
 *
 * @throws {TokenError} As `getJson`, or `unusable`, if they are of another API.
 */
async function getMetadata(
  address: string,
  url: URL,
  names: Set<string>,
  options: GetOptions,
): Promise<ResourceMetadata> {
  const document = await getJson(address, { ...options, headers: undefined });
  const { resource } = document;
  const { host, origin } = url;
  const isRoot = address === wellKnown(url).atRoot;
  const allowed = isRoot ? new Set([...names, origin, `${origin}/`]) : names;
  if (typeof resource === "string" && allowed.has(resource)) return { document, resource, address };

  const other = typeof resource === "string" ? printable(resource) : "none";
  const message = `${host} answered 200 with the metadata of another resource: ${other}`;
  throw new TokenError("unusable", "resource_mismatch", message, { host });
}

/** Calls the API, of which some listen only to `POST`; the headers of its answer, if it demands a token. */
async function callWithoutToken(
  method: "GET" | "POST",
  url: URL,
  options: GetOptions,
): Promise<Headers | undefined> {
  const isPost = method === "POST";
  const request: BuiltRequest = {
    method,
    token_url: url.href,
    client_id: "",
    headers: { accept: ACCEPT, ...isPost && { "content-type": "application/json" } },
    data: new URLSearchParams(),
    // There is no secret.
    mask: (text) => text,
  };
  const fetch = withoutBody(options, isPost ? "{}" : undefined);
  const { status, headers } = await sendRequest(request, { ...options, fetch });
  return status === 401 ? headers : undefined;
}

/** A `fetch` that sends this text and reads no body: that of an API may never end. */
function withoutBody(
  { fetch = globalThis.fetch }: GetOptions,
  sent?: string,
): NonNullable<GetOptions["fetch"]> {
  return async (url, init) => {
    const { status, headers, body } = await fetch(url, { ...init, body: sent });
    body?.cancel().catch(() => {});
    // An empty answer with this status would be asked for again.
    const read = status === 200 ? "not read" : null;
    return new Response(read, { status, headers: challengeHeaders(headers) });
  };
}

/** Without those that describe the body. */
function challengeHeaders(headers: Headers): Headers {
  const kept = new Headers();
  for (const name of ["www-authenticate", "retry-after"]) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
}

/** The challenge for a bearer token that says most. */
function challengeOf(headers: Headers): Challenge | undefined {
  const challenges = parseChallenges(headers.get("www-authenticate") ?? "")
    .filter(({ scheme }) => scheme === "bearer");
  return challenges.find(({ params }) => params.has("resource_metadata")) ?? challenges[0];
}

function scopeOf(challenge?: Challenge): string | undefined {
  const scope = challenge?.params.get("scope") ?? "";
  return SCOPE.test(scope) ? scope : undefined;
}

/** Whether a text is one scope, or several (RFC 6749 §3.3). */
export function isScope(text: unknown): text is string {
  return typeof text === "string" && SCOPE.test(text);
}

/** The address of the metadata that a challenge names, if it is the API's own. */
function addressOf(challenge: Challenge | undefined, { origin }: URL): string | undefined {
  const given = challenge?.params.get("resource_metadata");
  const address = given ? URL.parse(given) : null;
  const isPlain = address?.origin === origin && !address.username && !address.password &&
    !address.href.includes("#");
  return isPlain ? address.href : undefined;
}

/** The failure that says most; if none says more, that there is no metadata. */
function failureOf(failures: TokenError[], { host }: URL): TokenError {
  const telling = failures.find(({ code, kind }) =>
    TELLING.includes(code) || kind === "unreachable" || kind === "usage"
  );
  if (telling) return telling;
  const message = `${host} does not say at its own origin which server issues its tokens`;
  return new TokenError("unusable", "resource_without_metadata", message, { host });
}
