/**
 * Gets an OAuth 2.0 access token with the client credentials grant
 * ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)) in any runtime that has
 * `fetch`. {@linkcode requestToken} is the whole flow: {@linkcode buildRequest}, then
 * {@linkcode sendRequest}, then {@linkcode readResponse}.
 *
 * @module
 */

import { checkBounds, checkHeaders, checkParams, checkRequest, checkUrl, usage } from "./checks.ts";
import {
  networkReason,
  pause,
  printable,
  readText,
  retryAfter,
  unescapeJson,
  withDeadline,
} from "./limits.ts";
import {
  type Answer,
  type BuiltRequest,
  type RequestOptions,
  TokenError,
  type TokenErrorDetails,
  type TokenRequest,
  type TokenResponse,
} from "./types.ts";

export * from "./types.ts";

const FIRST_WAIT = 250;
const MAX_WAIT = 30_000;
const RETRY_STATUSES = [429, 502, 503, 504];
const LASTING_FAILURE =
  /certificate|TLS|SSL|fatal alert|corrupt message|peer is incompatible|blocked/i;
const TOKEN_MEMBER = /(access|refresh|id)_token["']?\s*[:=]/i;

/**
 * Requests an access token: builds the request, sends it, reads the answer.
 *
 * @throws {TokenError} If the request is wrong, no answer comes, or the answer holds no token.
 *
 * @example Usage
 * ```ts ignore
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
    ...checkHeaders(options.headers),
    "content-type": "application/x-www-form-urlencoded",
  };
  const secrets = [client_secret, formEncode(client_secret), encodeURIComponent(client_secret)];
  if (auth_method === "client_secret_post") {
    data.append("client_id", client_id);
    data.append("client_secret", client_secret);
  } else {
    const credentials = basicCredentials(client_id, client_secret, auth_method);
    headers.authorization = `Basic ${credentials}`;
    secrets.push(credentials);
  }
  if (scope) data.append("scope", scope);
  for (const [name, value] of checkParams(params)) data.append(name, value);
  return { token_url, headers, data, secrets };
}

/**
 * Sends a built request; after a failed connection, a timeout, 429, 502, 503 or 504, again.
 * Follows no redirect, since the secret would go along.
 *
 * @throws {TokenError} `unreachable`, if no answer comes; `usage`, if an option is wrong or the
 * runtime denies access to the network.
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
      const answer = await withDeadline(timeout, signal, (signal) => post(built, fetch, signal));
      wait = retryAfter(answer.headers) ?? wait;
      const final = tries > retries || wait > MAX_WAIT || !RETRY_STATUSES.includes(answer.status);
      if (final) return { ...answer, tries };
    } catch (error) {
      const failure = failureOf(error, built, tries, timeout, signal);
      const lasting = failure.kind === "usage" || LASTING_FAILURE.test(failure.message);
      if (tries > retries || signal?.aborted || lasting) throw failure;
    }
  }
}

/** Step 3: POSTs `data` to `token_url`. */
async function post(
  { token_url, headers, data }: BuiltRequest,
  fetch: NonNullable<RequestOptions["fetch"]>,
  signal: AbortSignal,
): Promise<Omit<Answer, "tries">> {
  const response = await fetch(token_url, {
    method: "POST",
    headers,
    body: data.toString(),
    redirect: "manual",
    credentials: "omit",
    signal,
  });
  return { status: response.status, headers: response.headers, body: await readText(response) };
}

/**
 * Takes the token from an answer (RFC 6749 §5.1).
 *
 * @throws {TokenError} `refused`, if the server said no (§5.2); `unusable`, if there is no token.
 */
export function readResponse(answer: Answer, built: BuiltRequest): TokenResponse {
  const { status, headers, body } = answer;
  const response_json = parseObject(body);
  const { access_token, token_type, expires_in, scope, error } = response_json ?? {};
  const unusable = (what: string) =>
    new TokenError("unusable", `${hostOf(built)} answered ${status} with ${what}`, { status });

  if (status >= 400 || (status < 300 && error && !access_token)) {
    throw refusal(answer, built, response_json);
  }
  if (status < 200 || status >= 300) throw unusable(redirect(headers, built));
  if (body === undefined) throw unusable("more than 1 MiB");
  if (!response_json) throw unusable(`${contentType(headers, built)}, not a JSON object`);
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

function refusal(answer: Answer, built: BuiltRequest, members: Record<string, unknown> = {}) {
  const { status, headers, body, tries } = answer;
  const tokens = Object.entries(members).filter(([name]) => name.endsWith("_token"));
  const secrets = [...built.secrets, ...tokens.map(([, value]) => value).filter(isText)];
  const details: TokenErrorDetails = { status };
  for (const name of ["error", "error_description", "error_uri"] as const) {
    const value = members[name];
    if (isText(value)) details[name] = printable(value, secrets, 2000);
  }
  const reason = details.error
    ? [details.error, details.error_description].filter(Boolean).join(": ")
    : bodyLine(body);
  const wait = retryAfter(headers) ?? 0;
  const later = wait > MAX_WAIT ? `; it asks to wait ${Math.ceil(wait / 1000)} s` : "";
  const message = `${hostOf(built)} answered ${status}: ${printable(reason, secrets)}${later}`;
  return new TokenError("refused", message + afterTries(tries), details);
}

function bodyLine(body: string | undefined): string {
  if (body === undefined) return "a body of more than 1 MiB";
  if (TOKEN_MEMBER.test(body)) return "a body that is not shown, as it may hold a token";
  return unescapeJson(body) || "no reason given";
}

function failureOf(
  error: unknown,
  built: BuiltRequest,
  tries: number,
  timeout: number,
  signal?: AbortSignal,
): TokenError {
  const host = hostOf(built);
  const name = error instanceof Error ? error.name : "";
  if (name === "NotCapable") return usage(`Access to ${host} over the network was not granted`);
  let message = `No answer from ${host}: ${printable(networkReason(error), built.secrets)}`;
  if (name === "TimeoutError") message = `No answer from ${host} within ${timeout} ms`;
  if (signal?.aborted) message = `The request to ${host} was aborted`;
  return new TokenError("unreachable", message + afterTries(tries));
}

function afterTries(tries: number): string {
  return tries > 1 ? ` (after ${tries} tries)` : "";
}

function hostOf({ token_url }: BuiltRequest): string {
  return new URL(token_url).host;
}

function redirect(headers: Headers, { token_url, secrets }: BuiltRequest): string {
  const location = headers.get("location") ?? "";
  if (!URL.canParse(location, token_url)) return "no token and no address to go to";
  const { origin, pathname } = new URL(location, token_url);
  return `a redirect to ${printable(origin + pathname, secrets)}, which is not followed, as the ` +
    "secret would go along; if you trust that address, make it the token_url";
}

function contentType(headers: Headers, { secrets }: BuiltRequest): string {
  return printable(headers.get("content-type") ?? "no Content-Type", secrets, 60);
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

function parseObject(body = ""): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function seconds(expires_in: unknown): number | undefined {
  const digits = typeof expires_in === "string" && /^\d+$/.test(expires_in);
  const number = digits ? Number(expires_in) : expires_in;
  if (typeof number !== "number" || number < 0) return undefined;
  return number <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
