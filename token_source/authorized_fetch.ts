/**
 * A `fetch` that sends an access token with each call (RFC 6750 §2.1) and gets a new one when the API
 * no longer accepts it.
 *
 * @module
 */

import { bearer, bearerOrDpop } from "./authorization.ts";
import { isSafe, TokenError, type TokenResponse } from "../token.ts";
import type { TokenSource } from "./token_source.ts";

/** How to call the API. */
export interface AuthorizedFetchOptions {
  /** Used in place of the global `fetch`. */
  fetch?: (input: string | Request, init: RequestInit) => Promise<Response>;
  /**
   * A `fetch` that adds DPoP proofs, from `dpopFetch` in `extensions/dpop.ts`; used in place of `fetch`.
   * With it, tokens that are bound to its key are accepted. The source needs the same one.
   */
  dpop?: (input: string | Request, init: RequestInit) => Promise<Response>;
  /** Allows `http:` to other machines, where anyone on the way can read the token. */
  allowHttp?: boolean;
}

/**
 * Makes a `fetch` that adds `Authorization: Bearer` with the source's token. After a 401 it requests a
 * new token and tries again, once. A body that can be read only once (a stream, or that of a `Request`)
 * is not sent again: the caller gets the 401, and the next call uses a new token.
 *
 * It follows redirects only if `init.redirect` is `"follow"`; otherwise the caller gets the 3xx status.
 * With `"follow"`, `fetch` leaves out the token on the way to another origin, as the
 * [Fetch Standard](https://fetch.spec.whatwg.org/#http-redirect-fetch) requires.
 *
 * The function it returns rejects as `fetch` does, as the source does, and with a
 * {@linkcode TokenError}: `usage`, if the URL is relative, is not `https:` (or `http:` to this machine) or
 * contains a user name or password, or the caller has set `Authorization`; `unusable`, if the token is
 * bound to a key (RFC 9449) and there is no `dpop`.
 *
 * @example Usage
 * ```ts
 * import { authorizedFetch } from "@client-credentials/token/authorized-fetch";
 * import { tokenSource } from "@client-credentials/token/token-source";
 *
 * const source = tokenSource({
 *   token_url: "https://api.example.com/oauth2/token",
 *   client_id: "my_client_id_123",
 *   client_secret: "my_secret_456",
 * }, {
 *   // Stands in for the provider; leave it out.
 *   fetch: () => Promise.resolve(Response.json({ access_token: "abc", expires_in: 3600 })),
 * });
 * const callApi = authorizedFetch(source, {
 *   // Stands in for the API; leave it out.
 *   fetch: (_, { headers }) =>
 *     Promise.resolve(new Response(new Headers(headers).get("authorization"))),
 * });
 * const response = await callApi("https://api.example.com/v1/things");
 * console.log(await response.text()); // "Bearer abc"
 * ```
 */
export function authorizedFetch(
  source: TokenSource,
  options: AuthorizedFetchOptions = {},
): typeof globalThis.fetch {
  return async (input: string | URL | Request, init: RequestInit = {}) => {
    const { dpop, fetch = globalThis.fetch } = options;
    const request = input instanceof Request ? input : undefined;
    const url = checkApiUrl(input instanceof Request ? input.url : input, options.allowHttp);
    const given = new Headers(init.headers ?? request?.headers);
    if (given.has("authorization")) {
      throw new TokenError("usage", "headers_reserved", "headers must not set authorization");
    }
    const signal = (init.signal === undefined ? request?.signal : init.signal) ?? undefined;
    // "follow" in a Request may be only its default.
    const redirect = init.redirect ?? (request?.redirect === "error" ? "error" : "manual");
    const repeatable = init.body ? isRepeatable(init.body) : !request?.body;

    for (let tries = 1;; tries++) {
      const token = await getToken(source, signal);
      const headers = new Headers(given);
      headers.set("authorization", dpop ? bearerOrDpop(token) : bearer(token));
      const response = await (dpop ?? fetch)(request ?? url.href, { ...init, headers, redirect });
      if (response.status !== 401 || tries > 1 || cameFromElsewhere(response, url)) return response;
      source.invalidate(token.access_token);
      if (!repeatable) return response;
      response.body?.cancel().catch(() => {});
    }
  };
}

/** Gets the token; if the signal aborts, rejects with its reason, as `fetch` does. */
async function getToken(source: TokenSource, signal?: AbortSignal): Promise<TokenResponse> {
  return await source.get({ signal }).catch((error) => {
    signal?.throwIfAborted();
    throw error;
  });
}

/** Returns the address, if the token is safe on its way there (RFC 6750 §5.3). */
function checkApiUrl(input: string | URL, allowHttp = false): URL {
  const base = globalThis.location?.href;
  if (!URL.canParse(input, base)) {
    throw new TokenError(
      "usage",
      "url_invalid",
      "The URL must be whole, such as https://api.example.com/v1/things",
    );
  }
  const url = new URL(input, base);
  if (url.username || url.password) {
    throw new TokenError(
      "usage",
      "url_not_plain",
      "The URL must not contain a user name or a password",
    );
  }
  if (isSafe(url, allowHttp)) return url;
  throw new TokenError(
    "usage",
    "url_not_https",
    "The URL must be https: (http: only to this machine, or with allowHttp)",
  );
}

/** Whether a redirect led to another origin, whose 401 says nothing about the token. */
function cameFromElsewhere(response: Response, { origin }: URL): boolean {
  return response.redirected && new URL(response.url).origin !== origin;
}

function isRepeatable(body: BodyInit): boolean {
  const kinds = [URLSearchParams, FormData, Blob, ArrayBuffer];
  return typeof body === "string" || ArrayBuffer.isView(body) ||
    kinds.some((kind) => body instanceof kind);
}
