// How the command reaches a token endpoint.

import { isGranted, ownFetch, readVariable } from "../runtime/runtime.ts";
import { isSafe, networkDenied, type RequestOptions, TokenError } from "../token.ts";

/** What sends a request. */
export type Fetch = NonNullable<RequestOptions["fetch"]>;

/** Sees what is about to be sent. */
export type Observer = (init: RequestInit) => void;

/** How the command calls itself; `deno.json` has the version, but reading it would take time at each start. */
export const USER_AGENT = "token/0.2.0";

const PROXY_VARIABLES = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/**
 * Makes the `fetch` for a URL.
 *
 * @throws {TokenError} `usage`, if the host name cannot exist.
 */
export async function fetchFor(url: string): Promise<Fetch> {
  return withUserAgent(await chooseFetch(url));
}

/** A `fetch` that says which program sends the request, unless `--header` does. */
export function withUserAgent(fetch: Fetch): Fetch {
  return (url, init) => {
    const headers = new Headers(init.headers);
    if (!headers.has("user-agent")) headers.set("user-agent", USER_AGENT);
    return fetch(url, { ...init, headers: Object.fromEntries(headers) });
  };
}

/**
 * Chooses the `fetch` for a URL. The one that the runtime has would prompt for a missing permission, and
 * would send to a proxy what is for this machine.
 *
 * @throws {TokenError} `usage`, if the host name cannot exist.
 */
export async function chooseFetch(token_url: string): Promise<Fetch> {
  const usual: Fetch = ownFetch ?? globalThis.fetch;
  const url = URL.parse(token_url);
  if (!url) return usual;
  if (!mayReach(url)) return () => Promise.reject(networkDenied(url.host));
  // To node:http, port 0 is port 80; fetch refuses it.
  const isOdd = url.protocol !== "http:" || url.port === "0";
  if (isOdd || !isSafe(url) || isWithoutProxy()) return usual;
  const { loopbackFetch } = await import("../runtime/loopback_fetch.ts");
  return loopbackFetch;
}

/** A `fetch` that shows each request to the observer before it is sent. */
export function observed(fetch: Fetch, observer?: Observer): Fetch {
  if (!observer) return fetch;
  return (url, init) => {
    observer(init);
    return fetch(url, init);
  };
}

function mayReach({ protocol, hostname, port }: URL): boolean {
  const host = `${hostname}:${port || (protocol === "http:" ? 80 : 443)}`;
  try {
    return isGranted({ name: "net", host });
  } catch {
    const problem = "must not contain a host name that cannot exist";
    const details = { option: "token_url", problem };
    throw new TokenError("usage", "token_url_invalid", `token_url ${problem}`, details);
  }
}

function isWithoutProxy(): boolean {
  return PROXY_VARIABLES.every((variable) =>
    isGranted({ name: "env", variable }) && !readVariable(variable)
  );
}
