/**
 * A `fetch` that sends an access token with each call (RFC 6750 §2.1) and gets a new one when the API
 * no longer accepts it.
 *
 * @module
 */

import { isRepeatable } from "../runtime/body.ts";
import { parseChallenges } from "../runtime/challenge.ts";
import { withSignal } from "../runtime/time_limit.ts";
import { isSafe, TokenError, type TokenResponse } from "../token.ts";
import { bearer, bearerOrDpop } from "./authorization.ts";
import type { TokenSource } from "./token_source.ts";
import { type Cure, TokenVerdicts } from "./token_verdicts.ts";

// What a 401 may say that is not about the token: it has too few rights, or the proof lacks a nonce.
const OTHER_ERRORS = new Set(["insufficient_scope", "use_dpop_nonce"]);

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
 * A 401 is no reason for a new token if the API has accepted the token and it is less than 5 seconds old, or
 * if the API refused the one before it, too (until the source renews it), or if `WWW-Authenticate` names
 * `insufficient_scope`.
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
  const verdicts = new TokenVerdicts();
  /** Whether the latest new token helped the first call that tried it. */
  let trial: Promise<boolean> | undefined;

  async function send(call: Call, isRetry: boolean): Promise<Outcome> {
    const token = await getToken(source, call.signal);
    const { access_token } = token;
    verdicts.send(access_token);
    const response = await call.send(token);
    if (response.ok) verdicts.accept(access_token);
    if (!isRefusal(response, call.url)) return { response };

    const cure = verdicts.refuse(access_token, isRetry);
    if (cure === "drop") source.invalidate(access_token);
    return { response, cure };
  }

  async function retry(call: Call, { response, cure }: Outcome): Promise<Response> {
    // One call tries the new token, and the others that were refused wait for what comes of it.
    if (cure === "replaced" && trial && !await withSignal(trial, call.signal)) return response;

    response.body?.cancel().catch(() => {});
    const outcome = send(call, true);
    if (cure === "drop") trial = outcome.then(({ cure }) => cure === undefined, () => true);
    return (await outcome).response;
  }

  return async (input: string | URL | Request, init: RequestInit = {}) => {
    const call = prepare(input, init, options);
    const outcome = await send(call, false);
    const mayHelp = outcome.cure === "drop" || outcome.cure === "replaced";
    return mayHelp && call.isRepeatable ? await retry(call, outcome) : outcome.response;
  };
}

/** A call of an API. */
interface Call {
  url: URL;
  signal?: AbortSignal;
  /** Whether its body can be sent again. */
  isRepeatable: boolean;
  /** Sends it with a token. */
  send: (token: TokenResponse) => Promise<Response>;
}

/** What came of a call, and what to do if the token was refused. */
interface Outcome {
  response: Response;
  cure?: Cure;
}

/** Checks what `fetch` is called with. */
function prepare(
  input: string | URL | Request,
  init: RequestInit,
  { dpop, fetch = globalThis.fetch, allowHttp }: AuthorizedFetchOptions,
): Call {
  const request = input instanceof Request ? input : undefined;
  const url = checkApiUrl(input instanceof Request ? input.url : input, allowHttp);
  const given = new Headers(init.headers ?? request?.headers);
  if (given.has("authorization")) {
    throw new TokenError("usage", "headers_reserved", "headers must not set authorization");
  }
  // "follow" in a Request may be only its default.
  const redirect = init.redirect ?? (request?.redirect === "error" ? "error" : "manual");
  return {
    url,
    signal: (init.signal === undefined ? request?.signal : init.signal) ?? undefined,
    isRepeatable: init.body ? isRepeatable(init.body) : !request?.body,
    send(token) {
      const headers = new Headers(given);
      headers.set("authorization", dpop ? bearerOrDpop(token) : bearer(token));
      return (dpop ?? fetch)(request ?? url.href, { ...init, headers, redirect });
    },
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

/** Whether a response says that the token is not valid (RFC 6750 §3.1). */
function isRefusal(response: Response, url: URL): boolean {
  if (response.status !== 401 || cameFromElsewhere(response, url)) return false;
  const challenges = parseChallenges(response.headers.get("www-authenticate") ?? "");
  return !challenges.some(({ params }) => OTHER_ERRORS.has(params.get("error") ?? ""));
}

/** Whether a redirect led to another origin, whose 401 says nothing about the token. */
function cameFromElsewhere(response: Response, { origin }: URL): boolean {
  return response.redirected && new URL(response.url).origin !== origin;
}
