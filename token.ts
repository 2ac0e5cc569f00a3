/**
 * Gets an OAuth 2.0 access token with the client credentials grant
 * ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)) in any runtime that has
 * `fetch`. {@linkcode requestToken} is the whole flow: {@linkcode buildRequest}, then
 * {@linkcode sendRequest}, then {@linkcode readResponse}.
 *
 * @module
 */

import { checkBounds, checkHeaders, checkParams, checkRequest, checkUrl } from "./checks.ts";
import {
  describeRedirect,
  describeType,
  hostOf,
  isLasting,
  isText,
  MAX_WAIT,
  noAnswer,
  refusal,
  TokenError,
} from "./failure.ts";
import { parseObject, pause, readText, retryAfter, withDeadline } from "./limits.ts";
import type { Answer, BuiltRequest, RequestOptions, TokenRequest, TokenResponse } from "./types.ts";

export { TokenError, type TokenErrorDetails } from "./failure.ts";
export type * from "./types.ts";

const FIRST_WAIT = 250;
const RETRY_STATUSES = [429, 502, 503, 504];
const BASIC_METHODS = ["client_secret_basic", "client_secret_basic_raw"] as const;

/**
 * Requests an access token: builds the request, sends it, reads the answer.
 *
 * @throws {TokenError} If the request is wrong, no answer comes, or the answer holds no token.
 *
 * @example Usage
 * ```ts
 * import { requestToken } from "@client-credentials/token";
 *
 * const { access_token } = await requestToken({
 *   token_url: "https://api.example.com/oauth2/token",
 *   client_id: "my_client_id_123",
 *   client_secret: "my_secret_456",
 * });
 * ```
 */
export async function requestToken(
  request: TokenRequest,
  options: RequestOptions = {},
): Promise<TokenResponse> {
  const built = buildRequest(request, options);
  const answer = await sendRequest(built, options);
  return readResponse(answer, built);
}

/**
 * Builds what is sent (RFC 6749 §4.4.2), without sending it.
 *
 * @throws {TokenError} `usage`, if the request or a header field is wrong.
 *
 * @example What is sent
 * ```ts
 * import { buildRequest } from "@client-credentials/token";
 *
 * const { data } = buildRequest({
 *   token_url: "https://api.example.com/oauth2/token",
 *   client_id: "my_client_id_123",
 *   client_secret: "my_secret_456",
 * });
 * console.log([...data.keys()]); // [ "grant_type", "client_id", "client_secret" ]
 * ```
 */
export function buildRequest(request: TokenRequest, options: RequestOptions = {}): BuiltRequest {
  // Step 1: who asks, and where.
  checkRequest(request);
  const { client_id, client_secret, scope, params, auth_method = "client_secret_post" } = request;
  const token_url = checkUrl(request.token_url, options.allowHttp);

  // Step 2: the form.
  const data = new URLSearchParams({ grant_type: "client_credentials" });
  const headers: Record<string, string> = {
    accept: "application/json",
    "content-type": "application/x-www-form-urlencoded",
    ...checkHeaders(options.headers),
  };
  if (auth_method === "client_secret_post") {
    data.append("client_id", client_id);
    data.append("client_secret", client_secret);
  } else {
    headers.authorization = `Basic ${basicCredentials(client_id, client_secret, auth_method)}`;
  }
  if (scope) data.append("scope", scope);
  for (const [name, value] of checkParams(params)) data.append(name, value);
  // Made only when something is to be shown: it takes longer than all the rest.
  const secrets = () => {
    const inHeader = BASIC_METHODS.map((method) =>
      basicCredentials(client_id, client_secret, method)
    );
    return [client_secret, ...inHeader];
  };
  return { token_url, headers, data, secrets };
}

/**
 * Sends a built request, and again after a failed connection, a timeout, 429, 502, 503 or 504.
 * Follows no redirect, since the secret would go along.
 *
 * @throws {TokenError} `unreachable`, if no answer comes; `usage`, if an option is wrong or the
 * runtime denies access to the network.
 *
 * @example An answer as it came
 * ```ts
 * import { buildRequest, sendRequest } from "@client-credentials/token";
 *
 * const built = buildRequest({
 *   token_url: "https://api.example.com/oauth2/token",
 *   client_id: "my_client_id_123",
 *   client_secret: "my_secret_456",
 * });
 * const { status, body } = await sendRequest(built, { timeout: 5000, retries: 0 });
 * console.log(status, body);
 * ```
 */
export async function sendRequest(
  built: BuiltRequest,
  options: RequestOptions = {},
): Promise<Answer> {
  const { fetch = globalThis.fetch, signal } = options;
  const { timeout, retries } = checkBounds(options);
  let wait = 0;
  for (let tries = 1;; tries++) {
    try {
      if (wait > 0) await pause(wait, signal);
      wait = Math.min(MAX_WAIT, FIRST_WAIT * 2 ** (tries - 1) * (1 + Math.random()));
      const answer = await withDeadline<Answer>(
        timeout,
        signal,
        (signal, keep) => post(built, fetch, tries, signal, keep),
      );
      if (tries > retries || !RETRY_STATUSES.includes(answer.status)) return answer;
      wait = retryAfter(answer.headers) ?? wait;
      if (wait > MAX_WAIT) return answer;
    } catch (error) {
      if (tries > retries || isLasting(error, built)) {
        throw noAnswer(error, built, { timeout, signal, tries });
      }
    }
  }
}

/** Step 3: POSTs `data` to `token_url`. */
async function post(
  { token_url, headers, data }: BuiltRequest,
  fetch: NonNullable<RequestOptions["fetch"]>,
  tries: number,
  signal: AbortSignal,
  keep: (answer: Answer) => void,
): Promise<Answer> {
  const response = await fetch(token_url, {
    method: "POST",
    headers,
    body: data.toString(),
    redirect: "manual",
    credentials: "omit",
    signal,
  });
  const answer: Answer = { status: response.status, headers: response.headers, body: "", tries };
  // The status already says that there is no token, whatever becomes of the body.
  if (answer.status >= 300) keep(answer);
  answer.body = await readText(response);
  return answer;
}

/**
 * Step 3, continued: takes `access_token` from `response_json` (RFC 6749 §5.1).
 *
 * @throws {TokenError} `refused`, if the server said no (§5.2); `unusable`, if there is no token.
 *
 * @example An answer that somebody else received
 * ```ts
 * import { buildRequest, readResponse } from "@client-credentials/token";
 *
 * const built = buildRequest({
 *   token_url: "https://api.example.com/oauth2/token",
 *   client_id: "my_client_id_123",
 *   client_secret: "my_secret_456",
 * });
 * const body = '{"access_token": "abc", "expires_in": "3600"}';
 * const answer = { status: 200, headers: new Headers(), body, tries: 1 };
 * console.log(readResponse(answer, built).expires_in); // 3600
 * ```
 */
export function readResponse(answer: Answer, built: BuiltRequest): TokenResponse {
  const { status, headers, body } = answer;
  const response_json = parseObject(body);
  const { access_token, token_type, expires_in, scope, error } = response_json ?? {};
  const unusable = (what: string) =>
    new TokenError("unusable", `${hostOf(built)} answered ${status} with ${what}`, { status });

  const isSuccess = status >= 200 && status < 300;
  if (status >= 400 || (isSuccess && error && !access_token)) {
    throw refusal(answer, built, response_json);
  }
  if (!isSuccess) throw unusable(describeRedirect(answer, built));
  if (body === undefined) throw unusable("more than 1 MiB");
  if (!response_json) throw unusable(`${describeType(headers, built)}, not a JSON object`);
  if (!isText(access_token)) throw unusable("no access_token that is a string and not empty");
  if (!/^[\x20-\x7e]+$/.test(access_token)) {
    throw unusable("an access_token that is not all printable ASCII (RFC 6749 appendix A.12)");
  }

  const token: TokenResponse = { ...response_json, access_token, token_type: "Bearer" };
  if (isText(token_type)) token.token_type = token_type;
  if (typeof scope !== "string") delete token.scope;
  token.expires_in = seconds(expires_in);
  if (token.expires_in === undefined) delete token.expires_in;
  return token;
}

function basicCredentials(
  client_id: string,
  client_secret: string,
  auth_method: TokenRequest["auth_method"],
): string {
  const encode = auth_method === "client_secret_basic" ? formEncode : (text: string) => text;
  const bytes = new TextEncoder().encode(`${encode(client_id)}:${encode(client_secret)}`);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Encodes one value as a form does (RFC 6749 appendix B). */
function formEncode(value: string): string {
  return new URLSearchParams([["", value]]).toString().slice(1);
}

function seconds(expires_in: unknown): number | undefined {
  const digits = typeof expires_in === "string" && /^\d+$/.test(expires_in);
  const number = digits ? Number(expires_in) : expires_in;
  if (typeof number !== "number" || number < 0) return undefined;
  return number <= Number.MAX_SAFE_INTEGER ? number : undefined;
}
