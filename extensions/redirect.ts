// Follows redirects as `fetch` does (https://fetch.spec.whatwg.org/#http-redirect-fetch), for a `fetch` that
// must look at each address: a DPoP proof is for one URL.

import { isRepeatable } from "../runtime/body.ts";

/** How many redirects `fetch` follows. */
export const MAX_REDIRECTS = 20;

/** A request that can be sent to one address after the other. */
export interface Call {
  /** The address. */
  url: URL;
  /** The method. */
  method: string;
  /** The headers. */
  headers: Headers;
  /** The body. */
  body?: BodyInit | null;
  /** Whether a redirect led to another origin, which must get nothing secret. */
  isElsewhere: boolean;
}

const STATUSES = new Set([301, 302, 303, 307, 308]);
const PROTOCOLS = new Set(["http:", "https:"]);
const SECRET_HEADERS = ["authorization", "cookie", "dpop", "proxy-authorization"];
const BODY_HEADERS = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-type",
];

/** Where an answer says to go, if it is a redirect. */
export function redirectOf({ status, headers }: Response): string | undefined {
  return STATUSES.has(status) ? headers.get("location") ?? undefined : undefined;
}

/**
 * The request with which to follow a redirect.
 *
 * @throws {TypeError} As `fetch` does: if it leads to no address, or the body cannot be sent again.
 */
export function follow(location: string, status: number, call: Call): Call {
  const url = URL.parse(location, call.url);
  if (!url || !PROTOCOLS.has(url.protocol)) {
    throw new TypeError("The redirect leads to no address with http: or https:");
  }
  const headers = new Headers(call.headers);
  const isElsewhere = call.isElsewhere || url.origin !== call.url.origin;
  if (isElsewhere) removeAll(headers, SECRET_HEADERS);

  if (becomesGet(status, call.method)) {
    removeAll(headers, BODY_HEADERS);
    return { url, method: "GET", headers, body: undefined, isElsewhere };
  }
  if (!isRepeatable(call.body)) {
    throw new TypeError("The redirect cannot be followed: the body can be read only once");
  }
  return { ...call, url, headers, isElsewhere };
}

/** Makes an answer say that redirects led to it, as `fetch` does. */
export function markRedirected(response: Response, { origin, pathname, search }: URL): void {
  Object.defineProperties(response, {
    redirected: { value: true },
    url: { value: origin + pathname + search },
  });
}

function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return (status === 301 || status === 302) && method === "POST";
}

function removeAll(headers: Headers, names: string[]): void {
  for (const name of names) headers.delete(name);
}
