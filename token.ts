/**
 * Gets an OAuth 2.0 access token with the client credentials grant (RFC 6749 §4.4), using `fetch`.
 *
 * {@linkcode requestToken} is the whole flow. To learn it, read as far as the marked line. The rest
 * completes this file, which imports nothing and can be copied alone.
 *
 * @module
 */

/**
 * Requests an access token.
 *
 * @throws {TokenError} If the request is wrong, no answer comes, or the answer has no usable token.
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
 * Builds the request (RFC 6749 §4.4.2) without sending it.
 *
 * @throws {TokenError} `usage`, if the request or a header is wrong.
 */
export function buildRequest(request: TokenRequest, options: RequestOptions = {}): BuiltRequest {
  // Step 1: client_id, client_secret and token_url.
  const { client_id, client_secret = "", scope, auth_method = "client_secret_post" } = request;
  const authenticate = typeof auth_method === "function" ? auth_method : undefined;
  if (!client_id) throw usage("missing_client_id", "client_id", "must not be empty");
  if (!client_secret && !authenticate) {
    throw usage("missing_client_secret", "client_secret", "must not be empty");
  }
  const token_url = checkUrl("token_url", request.token_url, options.allowHttp).href;

  // Step 2: data, the form.
  const data = new URLSearchParams({ grant_type: "client_credentials" });
  const headers: Record<string, string> = {
    accept: "application/json",
    "content-type": "application/x-www-form-urlencoded",
    ...options.headers && checkHeaders(options.headers),
  };
  if (auth_method === "client_secret_post") {
    data.append("client_id", client_id);
    data.append("client_secret", client_secret);
  } else if (auth_method === "client_secret_basic") {
    headers.authorization = basic(formEncode(client_id), formEncode(client_secret));
  } else if (auth_method === "client_secret_basic_raw") {
    // The server would take what follows a colon for the beginning of the secret (RFC 7617 §2).
    if (client_id.includes(":")) {
      throw usage("client_id_with_colon", "client_id", `must not contain ":" with ${auth_method}`);
    }
    headers.authorization = basic(client_id, client_secret);
  } else if (!authenticate) {
    throw usage("auth_method_invalid", "auth_method", `must be a function or one of ${METHODS}`);
  }
  if (scope) data.append("scope", scope);
  const params = request.params ? checkParams(request.params, client_id) : [];
  for (const [name, value] of params) {
    // A relative of this grant, such as Zoom's account_credentials, takes its place. Some servers want
    // client_id in the form, too, when it is in the header.
    if (name === "grant_type" || name === "client_id") data.set(name, value);
    else data.append(name, value);
  }

  const mask = masking(() => sentSecrets(client_id, client_secret));
  return { token_url, client_id, headers, data, authenticate, mask };
}

/**
 * Step 3: POSTs `data` to `token_url`, and repeats that if another attempt can help: after a failed
 * connection, a timeout, 408, 429, 500, 502, 503, 504 or an empty answer. It follows no redirect,
 * because the secret would go along.
 *
 * @throws {TokenError} `unreachable`, if no answer comes; `usage`, if an option is wrong or access to
 * the network is not granted.
 * @throws What a function of `auth_method` throws.
 */
export async function sendRequest(
  built: BuiltRequest,
  options: RequestOptions = {},
): Promise<Answer> {
  const checked = checkOptions(options);

  for (let tries = 1;; tries++) {
    const isLast = tries > checked.retries;
    let delay = drawDelay(tries);
    try {
      let answer = await sendOnce(built, checked, tries);
      // A server may want a DPoP proof with its nonce (RFC 9449 §8); the `fetch` that adds it knows it now.
      if (demandsNonce(answer)) answer = await sendOnce(built, checked, tries);
      if (isLast || !isTemporary(answer)) return answer;

      delay = retryAfter(answer) ?? delay;
      if (delay > MAX_DELAY_MS) return answer;
    } catch (error) {
      if (isLast || !canPass(error)) throw error;
    }
    await pause(delay, checked.signal);
  }
}

/**
 * Step 3, continued: takes `access_token` from `response_json` (RFC 6749 §5.1). Step 4, printing it,
 * is left to the caller.
 *
 * @throws {TokenError} `refused`, if the server said no (§5.2); `unusable`, if there is no token.
 */
export function readResponse(answer: Answer, built: BuiltRequest): TokenResponse {
  const { status, body } = answer;
  const response_json = parseAnswer(answer);
  const { access_token, token_type, expires_in, scope, error } = response_json ?? {};

  const isSuccess = status >= 200 && status < 300;
  if (status >= 400 || (isSuccess && error)) throw refusal(answer, built, response_json);
  if (!isSuccess) throw redirection(answer, built);
  if (body === undefined) throw unusable("answer_too_long", answer, built, "more than 1 MiB");
  if (!response_json) throw notJson(answer, built);
  if (typeof access_token !== "string" || !access_token) {
    throw noAccessToken(answer, built, response_json);
  }
  if (!/^[\x21-\x7e]+$/.test(access_token)) {
    const what = "an access_token that no header can carry";
    throw unusable("token_not_printable", answer, built, what);
  }

  const token: TokenResponse = { ...response_json, access_token, token_type: "Bearer" };
  if (typeof token_type === "string" && token_type) token.token_type = token_type;
  setOrRemove(token, "expires_in", seconds(expires_in));
  setOrRemove(token, "scope", scopeOf(scope));
  return token;
}

// To learn the flow, you can stop reading here. What follows: types, checks, sending, messages, masks.

/** What to ask for, where, and as whom. Names sent over the network keep their RFC 6749 spelling. */
export interface TokenRequest {
  /** The token endpoint: an `https:` URL without user name, password or fragment (RFC 6749 §3.2). */
  token_url: string;
  /** The identifier that the provider issued to the client (RFC 6749 §2.2). */
  client_id: string;
  /** The secret that goes with it (RFC 6749 §2.3.1); not needed if `auth_method` is a function. */
  client_secret?: string;
  /** The scopes wanted, separated by spaces (RFC 6749 §3.3). */
  scope?: string;
  /** How the client authenticates; `client_secret_post` by default. */
  auth_method?: AuthMethod;
  /**
   * Further form fields, such as `audience` or `resource`; a name may repeat, the order is kept.
   * `grant_type` replaces that of the client credentials grant; `client_id` must be that of the client.
   */
  params?: Iterable<[name: string, value: string]> | Record<string, string>;
}

/**
 * How the client authenticates (RFC 6749 §2.3.1): id and secret in the form; form-encoded in the
 * `Authorization` header; there as they are, for servers that do not decode them (not in the RFC); or a
 * function that adds to `headers` and `data` before every attempt. What it throws ends the request,
 * unless that is a {@linkcode TokenError} with a code such as `connection_failed`, after which
 * another attempt can help.
 */
export type AuthMethod =
  | ("client_secret_post" | "client_secret_basic" | "client_secret_basic_raw")
  | ((attempt: Omit<BuiltRequest, "authenticate" | "mask">) => void | Promise<void>);

/** How to send the request. */
export interface RequestOptions {
  /** Used in place of the global `fetch`. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Aborts the request at any stage. */
  signal?: AbortSignal;
  /** Milliseconds for each attempt, from connecting to the last byte; 10,000 by default. */
  timeout?: number;
  /** How often to try again if that can help: 0 to 10; 2 by default. */
  retries?: number;
  /** Further headers, but not `Authorization`, nor about the host, the body or the connection. */
  headers?: HeadersInit;
  /** Allows `http:` to other machines, where anyone on the way can read the secret. */
  allowHttp?: boolean;
}

/** The token response (RFC 6749 §5.1), with every further member that the server sent. */
export interface TokenResponse {
  /** The token: printable ASCII without spaces, as a header carries it (RFC 6750 §2.1), not empty. */
  access_token: string;
  /** How to use it; `"Bearer"` (RFC 6750) if the server does not say. */
  token_type: string;
  /** Seconds until it expires; absent if the server sent no usable number. */
  expires_in?: number;
  /** The scopes granted; absent if the server did not say. */
  scope?: string;
  /** Any other member. */
  [member: string]: unknown;
}

/** A request that is built but not sent. */
export interface BuiltRequest {
  /** The token endpoint. */
  token_url: string;
  /** The identifier of the client. */
  client_id: string;
  /** The headers, their names in lower case. */
  headers: Record<string, string>;
  /** The form. */
  data: URLSearchParams;
  /** `POST` by default; with `GET`, nothing of the form is sent. */
  method?: "GET" | "POST";
  /** Adds to copies of `headers` and `data` before each attempt. */
  authenticate?: Exclude<AuthMethod, string>;
  /** Replaces the client secret in a text by `***`. */
  mask: (text: string) => string;
}

/** An answer that is received but not yet judged. */
export interface Answer {
  /** The HTTP status. */
  status: number;
  /** The headers. */
  headers: Headers;
  /** The body; absent if longer than 1 MiB, empty if it broke off and the status is no success. */
  body?: string;
  /** How often the request was sent. */
  tries: number;
}

/** Why there is no token. Neither the message nor a property repeats the client secret. */
export class TokenError extends Error {
  /** `"TokenError"`. */
  override readonly name = "TokenError";
  /**
   * `refused`: the server said no. `usage`: the request or an option is wrong, or network access is
   * not granted. `unreachable`: no answer came. `unusable`: the answer is no token response.
   */
  readonly kind: "refused" | "usage" | "unreachable" | "unusable";
  /**
   * What went wrong, as a name that stays the same when the message is reworded, such as
   * `invalid_client`, `timeout` or `no_access_token`. docs/errors.md lists them.
   */
  readonly code: string;
  /** The server's error code, such as `invalid_client` (RFC 6749 §5.2). */
  declare error?: string;
  /** The server's explanation for developers (RFC 6749 §5.2). */
  declare error_description?: string;
  /** The address of a page about the error (RFC 6749 §5.2). */
  declare error_uri?: string;
  /** The HTTP status, if there was an answer. */
  declare status?: number;
  /** The host that was asked, with its port if that is not the usual one. */
  declare host?: string;
  /** The address to which the server redirects, without its query. */
  declare location?: string;
  /** Seconds that the server asks to wait (`Retry-After`, RFC 9110 §10.2.3). */
  declare retry_after?: number;
  /** Seconds by which the server's clock (`Date`) is ahead of this machine's when it refuses. */
  declare clock_skew?: number;
  /** The option that is wrong, such as `token_url`; the message begins with it. */
  declare option?: string;
  /** What is wrong with the option; the message ends with it. */
  declare problem?: string;
  /** The options that are missing. */
  declare missing?: string[];
  /** The file or folder that cannot be used. */
  declare path?: string;
  /** The issuer that the server names. */
  declare issuer?: string;

  /** Creates an error whose `details` become its properties. */
  constructor(
    kind: TokenError["kind"],
    code: string,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message);
    this.kind = kind;
    this.code = code;
    Object.assign(this, details);
  }
}

/** What an error may say besides its message. */
export type ErrorDetails = Partial<Omit<TokenError, keyof Error | "kind" | "code">>;

// Checks. No message repeats a value, which may be the secret in the wrong place.

const METHODS = "client_secret_post, client_secret_basic, client_secret_basic_raw";
const OWN_PARAMS = /^$|^(client_id|client_secret|scope)$|^client_assertion/;
const OWN_HEADERS = /^(authorization|connection|content-.*|host|transfer-encoding)$/;
const NOT_HTTP = "must contain a name and a value that HTTP allows";
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Makes the error for a wrong option. */
function usage(code: string, option: string, problem: string): TokenError {
  return new TokenError("usage", code, `${option} ${problem}`, { option, problem });
}

/**
 * Checks an address to which a secret is sent, or which is asked for one; `option` is its name in
 * messages and codes, `example` is shown if it is no URL.
 *
 * @throws {TokenError} `usage`, if it is no URL, is not safe, or contains what an address must not.
 */
export function checkUrl(
  option: string,
  text: string,
  allowHttp?: boolean,
  example: string = "https://example.com/oauth2/token",
): URL {
  const url = URL.parse(text);
  if (!url) {
    throw usage(`${option}_invalid`, option, `must be a whole URL, such as ${example}`);
  }
  if (!isSafe(url, allowHttp)) {
    throw usage(`${option}_not_https`, option, "must be https:, or http: to this machine");
  }
  if (url.username || url.password || url.href.includes("#")) {
    const problem = "must not contain a user name, a password or a fragment (#…)";
    throw usage(`${option}_not_plain`, option, problem);
  }
  return url;
}

/** Whether a secret is safe on its way to a URL: over `https:`, or to this machine (RFC 6749 §3.2). */
export function isSafe({ protocol, hostname }: URL, allowHttp = false): boolean {
  return protocol === "https:" || protocol === "http:" && (allowHttp || LOOPBACK.test(hostname));
}

/**
 * Checks further headers, and returns them with their names in lower case.
 *
 * @throws {TokenError} `usage`, if one is no header, or is one that the request itself sets.
 */
export function checkHeaders(given: HeadersInit): Record<string, string> {
  let headers: Headers;
  try {
    headers = new Headers(given);
  } catch {
    throw usage("headers_invalid", "headers", NOT_HTTP);
  }
  for (const name of headers.keys()) {
    if (OWN_HEADERS.test(name)) {
      throw usage("headers_reserved", "headers", `must not set "${name}"`);
    }
  }
  return Object.fromEntries(headers);
}

function checkParams(
  given: NonNullable<TokenRequest["params"]>,
  client_id: string,
): URLSearchParams {
  let params: URLSearchParams;
  try {
    // It takes any iterable of pairs, though its TypeScript declaration does not say so.
    params = new URLSearchParams(given as Record<string, string>);
  } catch {
    throw usage("params_invalid", "params", NOT_HTTP);
  }
  for (const [name, value] of params) {
    if (name === "client_id" && value === client_id) continue;
    if (OWN_PARAMS.test(name)) throw usage("params_reserved", "params", `must not set "${name}"`);
  }
  return params;
}

/** The options that decide how the request is sent, with their defaults. */
export type CheckedOptions =
  & Pick<RequestOptions, "signal">
  & Required<Pick<RequestOptions, "timeout" | "retries" | "fetch">>;

/**
 * Checks the options that decide how the request is sent.
 *
 * @throws {TokenError} `usage`, if one is wrong.
 */
export function checkOptions(options: RequestOptions): CheckedOptions {
  const { timeout = 10_000, retries = 2, signal, fetch = globalThis.fetch } = options;
  if (!(timeout > 0 && timeout < 2 ** 31)) {
    throw usage("timeout_invalid", "timeout", "must be 1 to 2147483647 ms");
  }
  if (!(retries >= 0 && retries <= 10)) {
    throw usage("retries_invalid", "retries", "must be 0 to 10");
  }
  return { timeout: Math.ceil(timeout), retries, signal, fetch };
}

/** Encodes a value as a form does (RFC 6749 appendix B). */
function formEncode(value: string): string {
  return new URLSearchParams([["", value]]).toString().slice(1);
}

/** The value of an `Authorization` header (RFC 7617 §2). */
function basic(user: string, password: string): string {
  return `Basic ${toBase64(`${user}:${password}`)}`;
}

function toBase64(text: string): string {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
  return btoa(bytes.join(""));
}

// Sending: one attempt, its time limit, and the pause before the next one.

const RETRY_STATUSES = new Set([408, 429, 500, 502, 503, 504]);
const RETRY_CODES = new Set([
  "connection_failed",
  "connection_refused",
  "dns",
  "empty_answer",
  "no_route",
  "proxy",
  "timeout",
  "tls_handshake",
]);
const FIRST_DELAY_MS = 250;
/** The longest pause between two attempts, in milliseconds; if a server asks for more, none follows. */
export const MAX_DELAY_MS = 30_000;
const EARLIEST_TIME_MS = 1e12;
const MAX_BODY_BYTES = 1024 * 1024;
const UTF_8 = new TextDecoder();

/** Whether another attempt can bring something else than this error. */
export function canPass(error: unknown): boolean {
  if (!(error instanceof TokenError)) return false;
  return RETRY_CODES.has(error.code) || RETRY_STATUSES.has(error.status ?? 0);
}

/** An attempt that is under way. */
interface Attempt {
  /** The time limit, and the caller's signal. */
  limit: AbortSignal;
  /** Which attempt it is, from 1 on. */
  tries: number;
  /** What has arrived, though its body may not have. */
  response?: Response;
}

/** Makes one attempt, within the time limit. */
async function sendOnce(
  built: BuiltRequest,
  options: CheckedOptions,
  tries: number,
): Promise<Answer> {
  const { timeout, signal } = options;
  const deadline = AbortSignal.timeout(timeout);
  const limit = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const attempt: Attempt = { limit, tries };
  try {
    return await until(limit, () => exchange(built, options, attempt));
  } catch (error) {
    const host = hostOf(built);
    if (signal?.aborted) {
      const message = `The request to ${host} was aborted`;
      throw new TokenError("unreachable", "aborted", message, { host });
    }
    const { response } = attempt;
    if (response && response.status >= 300) {
      // Any status but success is an answer, even if its body breaks off.
      return { status: response.status, headers: response.headers, body: "", tries };
    }
    if (deadline.aborted) {
      const message = `No answer from ${host} within ${timeout} ms${afterTries(tries)}`;
      throw new TokenError("unreachable", "timeout", message, { host });
    }
    throw error;
  }
}

/** Authenticates, sends and receives. */
async function exchange(
  built: BuiltRequest,
  { fetch }: CheckedOptions,
  attempt: Attempt,
): Promise<Answer> {
  const { token_url, authenticate, method = "POST" } = built;
  const { limit, tries } = attempt;
  let { headers, data } = built;
  // Not in the block below: what the function throws goes to the caller as it is.
  if (authenticate) {
    headers = { ...headers };
    data = new URLSearchParams(data);
    await authenticate({ ...built, headers, data });
  }

  try {
    const response = await fetch(token_url, {
      method,
      headers,
      body: method === "POST" ? data.toString() : undefined,
      redirect: "manual",
      credentials: "omit",
      signal: limit,
    });
    attempt.response = response;
    const body = await readText(response);
    return { status: response.status, headers: response.headers, body, tries };
  } catch (error) {
    throw error instanceof TokenError ? error : noAnswer(error, built, tries);
  }
}

/** Whether the server wants the request again, with a nonce in its DPoP proof (RFC 9449 §8). */
function demandsNonce(answer: Answer): boolean {
  const mayDemand = answer.status === 400 || answer.status === 401;
  return mayDemand && answer.headers.has("dpop-nonce") &&
    parseAnswer(answer)?.error === "use_dpop_nonce";
}

/** Settles as the work does, or rejects when the signal aborts, even if the work ignores it. */
function until<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    // In Deno, a listener on a timeout would keep the process alive until it fires.
    const removeListener = () => signal?.removeEventListener("abort", abort);
    work().then(resolve, reject).then(removeListener);
  });
}

/** Whether another attempt can bring another answer; a gateway may send nothing while it starts. */
function isTemporary({ status, body }: Answer): boolean {
  return RETRY_STATUSES.has(status) || (status === 200 && body?.trim() === "");
}

/** Twice as long before each retry, and drawn at random, so that clients do not return together. */
function drawDelay(tries: number): number {
  return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (tries - 1) * (1 + Math.random()));
}

/** Waits, but not beyond an abort, which the next attempt reports. */
async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => new Promise<void>((resolve) => timer = setTimeout(resolve, milliseconds));
  await until(signal, wait).catch(() => clearTimeout(timer));
}

/** The milliseconds that a server asks to wait: in `Retry-After` (RFC 9110 §10.2.3), or as others say it. */
export function retryAfter(
  { status, headers }: Pick<Answer, "status" | "headers">,
): number | undefined {
  const value = headerOf(headers, "retry-after");
  const inMilliseconds = headerOf(headers, "retry-after-ms") ||
    headerOf(headers, "x-ms-retry-after-ms");
  if (isNumber(inMilliseconds)) return Number(inMilliseconds);
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const milliseconds = Date.parse(value) - Date.now();
  if (value.endsWith("GMT") && milliseconds >= 0) return milliseconds;
  // Some send it with every answer; only here it says when to come back.
  return status === 429 ? rateLimitReset(headers) : undefined;
}

/** The milliseconds until a rate limit is reset, which servers say in seconds or as a time in seconds. */
function rateLimitReset(headers: Headers): number | undefined {
  for (const name of ["ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"]) {
    const value = headerOf(headers, name);
    if (!isNumber(value)) continue;
    const milliseconds = Number(value) * 1000;
    // What is larger would be a delay of 31 years; as a time, it is after 2001.
    const isTime = milliseconds > EARLIEST_TIME_MS;
    return Math.max(0, isTime ? milliseconds - Date.now() : milliseconds);
  }
  return undefined;
}

/** The value of a header, or nothing; in Node.js, white space at its end belongs to it. */
function headerOf(headers: Headers, name: string): string {
  return headers.get(name)?.trim() ?? "";
}

function isNumber(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}

/** Reads a body as text; `undefined` if it is longer than 1 MiB. Rejects if it breaks off. */
export async function readText(response: Response): Promise<string | undefined> {
  const { headers } = response;
  const charset = charsetOf(headers);
  const length = Number(headers.get("content-length"));
  // A browser shows the length of what another origin sent, but not its encoding.
  const isPlain = response.type !== "cors" &&
    !headers.has("content-encoding") && !headers.has("transfer-encoding");
  if (length > 0 && length <= MAX_BODY_BYTES && isPlain) {
    // Faster, and just as bounded: HTTP ends a body at its length.
    const bytes = await response.arrayBuffer();
    // Over HTTP/2, Deno takes a body that breaks off for a whole one.
    if (bytes.byteLength < length) throw new Error("the body is shorter than its content-length");
    return (charset === "utf-8" ? UTF_8 : decoderFor(charset)).decode(bytes);
  }

  // Not `for await`, which Safari's streams do not know before version 26.4.
  const reader = response.body?.getReader();
  const decoder = decoderFor(charset);
  let text = "";
  let size = 0;
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > MAX_BODY_BYTES) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

/** For JSON, that is UTF-8; error texts and pages of proxies have others, too. */
function charsetOf(headers: Headers): string {
  const type = headers.get("content-type") ?? "";
  const [, charset = "utf-8"] = /charset="?([\w-]+)/i.exec(type) ?? [];
  return charset.toLowerCase();
}

function decoderFor(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}

/** The members of an answer: a JSON object, or a form, which some servers send in its place. */
function parseAnswer({ headers, body }: Answer): Record<string, unknown> | undefined {
  if (!body) return undefined;
  if (/^application\/x-www-form-urlencoded *(;|$)/i.test(headers.get("content-type") ?? "")) {
    return Object.fromEntries(new URLSearchParams(body));
  }
  return parseObject(body);
}

/** The JSON object that a text contains, if it contains one. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    const isObject = typeof value === "object" && value && !Array.isArray(value);
    return isObject ? value : undefined;
  } catch {
    return undefined;
  }
}

function seconds(expires_in: unknown): number | undefined {
  const number = typeof expires_in === "string" && expires_in.trim()
    ? Number(expires_in)
    : expires_in;
  return typeof number === "number" && number >= 0 && number < 2 ** 53 ? number : undefined;
}

/** Sets a member, or removes what the server sent if that is unusable. */
function setOrRemove(token: TokenResponse, name: string, value: unknown): void {
  if (value !== undefined) token[name] = value;
  else if (name in token) delete token[name];
}

/** The scopes granted; some servers send an array. */
function scopeOf(scope: unknown): string | undefined {
  if (typeof scope === "string") return scope;
  const isList = Array.isArray(scope) && scope.every((part) => typeof part === "string");
  return isList ? scope.join(" ") : undefined;
}

// Messages. Text from outside is masked and becomes one printable line.

const MAX_LINE = 300;
const MAX_DESCRIPTION = 2000;

// What standards define: RFC 6749 §5.2, RFC 8707 §2, RFC 9449 §5 and §8. What a server sends of these is
// also the `code`.
const KNOWN_ERRORS = new Set([
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
  "invalid_target",
  "invalid_dpop_proof",
  "use_dpop_nonce",
]);

const TOKEN_MEMBER =
  /("(?:access_token|refresh_token|id_token|client_assertion)\\*"\s*:\s*\\*)"(?:[^"\\]|\\.)*"?/g;

/** What the server said: the error of RFC 6749 §5.2, or else its body. */
function refusal(
  answer: Answer,
  built: BuiltRequest,
  members: Record<string, unknown> = {},
): TokenError {
  const { status, headers, body, tries } = answer;
  const host = hostOf(built);
  const hide = (text: string) => built.mask(text.replace(TOKEN_MEMBER, '$1"***"'));
  const elsewhere = errorElsewhere(members);
  const standard = typeof members.error === "string" ? members : challengeOf(headers);
  const named = errorIn(elsewhere ?? standard, hide);
  const details: ErrorDetails = { host, status, ...named, ...timesIn(answer) };

  const said = named.error && !elsewhere
    ? [named.error, named.error_description].filter(Boolean).join(": ")
    : hide(isPage(answer) ? textOfPage(body) : body ?? "more than 1 MiB");
  const reason = printable(said) || "no reason given";
  const { retry_after = 0 } = details;
  const later = 1000 * retry_after > MAX_DELAY_MS ? `; it asks to wait ${retry_after} s` : "";
  const message = `${host} answered ${status}: ${reason}${later}${afterTries(tries)}`;
  return new TokenError("refused", refusalCode(answer, named.error), message, details);
}

/** The members of RFC 6749 §5.2, each as one printable line. */
function errorIn(
  source: Record<string, unknown>,
  hide: (text: string) => string,
): Pick<ErrorDetails, "error" | "error_description" | "error_uri"> {
  const found: ErrorDetails = {};
  for (const name of ["error", "error_description", "error_uri"] as const) {
    const value = source[name];
    if (typeof value !== "string" || !value) continue;
    // What a standard defines is no secret, even if the secret is a word in it.
    found[name] = KNOWN_ERRORS.has(value) ? value : printable(hide(value), MAX_DESCRIPTION);
  }
  return found;
}

/** What the headers say about the server's clock, and about the time of the next request. */
function timesIn(answer: Answer): Pick<ErrorDetails, "clock_skew" | "retry_after"> {
  const times: ErrorDetails = {};
  const date = Date.parse(answer.headers.get("date") ?? "");
  if (!Number.isNaN(date)) times.clock_skew = Math.round((date - Date.now()) / 1000);
  const delay = retryAfter(answer) ?? 0;
  if (delay > 0) times.retry_after = Math.ceil(delay / 1000);
  return times;
}

function refusalCode(answer: Answer, error = ""): string {
  const { status } = answer;
  if (KNOWN_ERRORS.has(error)) return error;
  if (status === 404 || status === 405) return "no_token_endpoint";
  if (status === 407) return "proxy_refused";
  if (status === 415) return "form_refused";
  if (status === 429) return "too_many_requests";
  if (status >= 500) return "server_failed";
  if (status !== 401 && isPage(answer)) return "web_page";
  return status === 401 || status === 403 ? "client_refused" : "refused";
}

/** A standard error under other names, as Okta and others send it: `errorCode`, or inside an object. */
function errorElsewhere(members: Record<string, unknown>): Record<string, unknown> | undefined {
  const { error, errorCode, code, errorSummary, message } = members;
  if (typeof error === "string") return undefined;
  if (typeof error === "object" && error && !Array.isArray(error)) {
    return errorElsewhere({ ...error, error: undefined });
  }
  const known = [errorCode, code].find((value) => KNOWN_ERRORS.has(`${value}`));
  return known ? { error: known, error_description: errorSummary ?? message } : undefined;
}

/** The error in a `WWW-Authenticate` header (RFC 6750 §3), where some servers say it alone. */
function challengeOf(headers: Headers): Record<string, unknown> {
  const challenge = headers.get("www-authenticate") ?? "";
  // All of them, so that none is looked for in the value of another.
  const params = challenge.matchAll(/(?:^|[\s,])(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/g);
  const members = [...params].map(([, name, quoted, plain]) => [
    name,
    quoted?.replace(/\\(.)/g, "$1") ?? plain,
  ]);
  return Object.fromEntries(members);
}

/** Whether an answer is a web page, which no token endpoint sends. */
function isPage({ headers, body = "" }: Answer): boolean {
  return /^text\/html\b/i.test(headers.get("content-type") ?? "") ||
    /^\s*<(!doctype html|html)\b/i.test(body);
}

/** What a web page says, without its tags. */
function textOfPage(page = ""): string {
  // What is not closed ends with the page or the next tag: no text takes long.
  const text = page.replace(/<(script|style)\b[^]*?(?:<\/\1>|$)|<[^<>]*>/gi, " ");
  return text.replace(ENTITY, decodeEntity);
}

function unusable(
  code: string,
  { status }: Answer,
  built: BuiltRequest,
  what: string,
  details: ErrorDetails = {},
): TokenError {
  const host = hostOf(built);
  const message = `${host} answered ${status} with ${what}`;
  return new TokenError("unusable", code, message, { host, status, ...details });
}

function notJson(answer: Answer, built: BuiltRequest): TokenError {
  if (!answer.body?.trim()) {
    const what = `an empty body${afterTries(answer.tries)}`;
    return unusable("empty_answer", answer, built, what);
  }
  const type = answer.headers.get("content-type") ?? "no Content-Type";
  const isHidden = isPage(answer) && !/html/i.test(type);
  const page = isHidden ? " that is a web page" : "";
  const what = `${printable(built.mask(type), 60)}${page}, not a JSON object`;
  return unusable("not_json", answer, built, what);
}

const MAX_MEMBERS = 10;
const EXPLANATION = /^(error.*|message|msg|detail|reason|fault)$/i;

/** Names what is there instead, and repeats what seems to explain it. */
function noAccessToken(
  answer: Answer,
  built: BuiltRequest,
  members: Record<string, unknown>,
): TokenError {
  const names = Object.keys(members).slice(0, MAX_MEMBERS).join(", ");
  const said = Object.entries(members).filter(([name, value]) =>
    EXPLANATION.test(name) && typeof value === "string" && value
  );
  const texts = said.map(([name, text]) => `${name}: ${text}`).join("; ");
  const found = names ? `, but ${printable(built.mask(names), 100)}` : "";
  const why = texts ? ` (${printable(built.mask(texts))})` : "";
  const what = `no access_token that is a string and not empty${found}${why}`;
  return unusable("no_access_token", answer, built, what);
}

function redirection(answer: Answer, built: BuiltRequest): TokenError {
  const location = locationOf(answer, built);
  if (!location) {
    return unusable("unexpected_status", answer, built, "no token and no usable Location");
  }
  const what =
    `a redirect to ${location}, which is not followed, because the secret would go along`;
  return unusable("redirect", answer, built, what, { location });
}

/** The address to which an answer redirects, without its query, which may contain secrets. */
export function locationOf({ headers }: Answer, built: BuiltRequest): string | undefined {
  const given = headers.get("location");
  const url = given ? URL.parse(built.mask(given), built.token_url) : null;
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  return printable(built.mask(url.origin + url.pathname));
}

/**
 * What Deno, Node.js and Bun say about a failed connection, and the code for it; the first that matches
 * counts. tests/data/network_failures.json has the texts that were seen, with the versions.
 */
const NETWORK_FAILURES: [code: string, text: RegExp][] = [
  // These name hosts, which may be called anything.
  ["dns", /^dns error|^getaddrinfo /],
  ["certificate_name", /not valid for name|altname/i],
  ["network_permission", /^Requires net/],
  ["port_blocked", /bad port|port \d+ are blocked/],
  ["ca_file", /^Failed opening CA file/],
  ["certificate_expired", /certificate (expired|not valid yet|has expired|is not yet valid)/],
  ["client_certificate_refused", /alert:? .*(certificate|unknown ?ca|access ?denied)/i],
  ["certificate_is_authority", /CaUsedAsEndEntity/],
  ["certificate_unknown_authority", /UnknownIssuer|self-signed|unable to (get|verify)/],
  ["certificate_invalid", /certificate/i],
  ["not_tls", /InvalidContentType|wrong version number|packet length too long/],
  ["tls_protocol", /protocol.?version|incompatible/i],
  ["tls_handshake", /alert:? .*handshake ?failure|TLS handshake failed/i],
  ["proxy", /proxy|tunnel/i],
  ["no_route", /\(os error (?:51|65|101|113)\)|(?:ENET|EHOST)UNREACH|unreachable (?:network|host)/],
  ["connection_refused", /refused \(os error|refused it|ECONNREFUSED|ConnectionRefused/],
];

function noAnswer(error: unknown, built: BuiltRequest, tries: number): TokenError {
  const host = hostOf(built);
  const reason = networkReason(error);
  const [code] = NETWORK_FAILURES.find(([, text]) => text.test(reason)) ?? ["connection_failed"];
  if (code === "network_permission") return networkDenied(host);
  const what = `${printable(built.mask(reason))}${afterTries(tries)}`;
  return new TokenError("unreachable", code, `No answer from ${host}: ${what}`, { host });
}

/** The error for a host to which network access is not granted. */
export function networkDenied(host: string): TokenError {
  const message = `Access to ${host} over the network was not granted`;
  return new TokenError("usage", "network_permission", message, { host });
}

/** What the runtime says about a failed `fetch`, without the URL, whose query may contain secrets. */
function networkReason(error: unknown): string {
  let cause = error;
  let text = "unknown reason";
  for (let i = 0; i <= 5 && cause instanceof Error; i++) {
    text = cause.message.slice(0, MAX_DESCRIPTION) || text;
    // Of a host with several addresses, Node.js says what went wrong with each, and nothing else.
    cause = cause.cause ?? (cause as Partial<AggregateError>).errors?.[0];
  }
  return text.replace(/\S+:\/\/\S+/g, "").replace(/.*client error \(\w+\): /, "");
}

/** What a message says about more than one attempt. */
export function afterTries(tries: number): string {
  return tries > 1 ? ` (after ${tries} tries)` : "";
}

/** The host alone: the rest of the URL may contain secrets. */
function hostOf({ token_url }: BuiltRequest): string {
  return new URL(token_url).host;
}

const INVISIBLE =
  // deno-lint-ignore no-control-regex
  /(?:\x1b\[|\x9b)[\x20-\x3f]*[\x40-\x7e]|\x1b\][^\x07\x1b]*|\x1b.|[^\P{C}\s]/gu;

/** Makes one printable line, without escape sequences, of at most `maxLength` characters. */
export function printable(text: string, maxLength: number = MAX_LINE): string {
  const line = text.replace(INVISIBLE, "").replace(/\s+/g, " ").trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1).toWellFormed()}…` : line;
}

// Masks. A well-meaning server repeats what it was sent, and escapes it as its framework does. So the
// secret is looked for in the text with its escapes undone, and replaced where it stands in the text.

/** A text whose escapes are undone: its character `i` stands for what is from `starts[i]` to `ends[i]`. */
interface Reading {
  text: string;
  starts: number[];
  ends: number[];
}

type Undo = (reading: Reading) => Reading;

/** Makes a function that undoes escapes: `decode` gets each text that `escapes` matches. */
function undo(escapes: RegExp, decode: (escape: string) => string): Undo {
  return (reading) => {
    const { text, starts, ends } = reading;
    if (text.search(escapes) < 0) return reading;
    const decoded: Reading = { text: "", starts: [], ends: [] };
    let end = 0;
    const keepUntil = (index: number) => {
      decoded.text += text.slice(end, index);
      for (let i = end; i < index; i++) {
        decoded.starts.push(starts[i]!);
        decoded.ends.push(ends[i]!);
      }
    };
    for (const { 0: escape, index } of text.matchAll(escapes)) {
      keepUntil(index);
      end = index + escape.length;
      const plain = decode(escape);
      decoded.text += plain;
      for (let i = 0; i < plain.length; i++) {
        decoded.starts.push(starts[index]!);
        decoded.ends.push(ends[end - 1]!);
      }
    }
    keepUntil(text.length);
    return decoded;
  };
}

const ENTITY = /&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|amp|lt|gt|quot|apos);/g;
const ENTITIES = new Map([["amp", "&"], ["lt", "<"], ["gt", ">"], ["quot", '"'], ["apos", "'"]]);

function decodeEntity(entity: string): string {
  const name = entity.slice(1, -1);
  if (!name.startsWith("#")) return ENTITIES.get(name) ?? entity;
  const codePoint = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : entity;
}

function decodePercent(escape: string): string {
  return new URLSearchParams(`=${escape}`).get("") ?? escape;
}

// One character each: ASCII, or what UTF-8 writes in two to four bytes.
const PERCENT = /%[0-7][\da-f]|%[c-f][\da-f](?:%[89ab][\da-f])+/gi;
const PERCENT_OR_PLUS = new RegExp(`${PERCENT.source}|\\+`, "gi");
const undoJson = undo(
  /\\(?:u[\da-fA-F]{4}|["\\/bfnrt])/g,
  (escape) => JSON.parse(`"${escape}"`),
);

// An escape that a cut left unfinished.
const undoBegun = undo(/(?:%[\da-f]?|&#?\w{0,7}|\\{1,4}(?:u[\da-f]{0,3})?)(?=…)/gi, () => "");

/** The ways in which a server may have written a text, each as the escapes to undo, one after the other. */
const READINGS: Undo[][] = [
  [],
  [undo(INVISIBLE, () => "")],
  [undoBegun, undo(PERCENT, decodePercent)],
  [undoBegun, undo(PERCENT_OR_PLUS, decodePercent)],
  [undoBegun, undoJson],
  [undoBegun, undoJson, undoJson],
  [undoBegun, undo(ENTITY, decodeEntity)],
];

// What is long may be folded, as e-mails fold base64, or cut.
const MIN_FOLDED = 12;
const MIN_CUT = 20;
const unfold = undo(/\s+/g, () => "");

/**
 * Makes a function that replaces these secrets in a text by `***`, also in base64, and however they are
 * escaped, folded or cut, and leaves the rest.
 */
export function masking(secrets: () => string[]): (text: string) => string {
  let forms: string[] | undefined;
  return (text) => {
    forms ??= secrets().flatMap((secret) => [secret, ...base64PartsOf(secret)]);
    if (forms.length === 0) return text;
    const longForms = forms.map((form) => form.replace(/\s/g, ""))
      .filter(({ length }) => length >= MIN_FOLDED);

    const places: Place[] = [];
    for (const reading of readingsOf(text)) {
      for (const form of forms) addPlaces(form, reading, places);
      const unfolded = unfold(reading);
      for (const form of longForms) {
        addPlaces(form, unfolded, places);
        addCutPlaces(form, unfolded, places);
      }
    }
    return maskPlaces(text, places);
  };
}

/** The different readings of a text. */
function readingsOf(text: string): Reading[] {
  const starts = Array.from({ length: text.length }, (_, i) => i);
  const ends = starts.map((start) => start + 1);
  const written = { text, starts, ends };
  const readings = READINGS.map((steps) => steps.reduce((before, step) => step(before), written));
  return [...new Set(readings)];
}

/** What is sent of a secret: as it is, form-encoded, and in a Basic value. */
function sentSecrets(client_id: string, client_secret: string): string[] {
  const sent = new Set<string>();
  for (const secret of [client_secret, client_secret.trim()]) {
    if (!secret) continue;
    const encoded = formEncode(secret);
    sent.add(secret).add(encoded);
    // A server that decodes %XX may leave each + as it is.
    sent.add(secret.replaceAll(" ", "+"));
    for (const pair of [basic(client_id, secret), basic(formEncode(client_id), encoded)]) {
      sent.add(pair.slice("Basic ".length));
    }
  }
  return [...sent];
}

/** What base64 makes of a text that stands among others, by the three ways in which it can be aligned. */
function base64PartsOf(text: string): string[] {
  const parts = [0, 1, 2].map((bytesBefore) => {
    const encoded = toBase64("\0".repeat(bytesBefore) + text);
    // The characters at the ends also hold bits of the text around it.
    const first = bytesBefore === 0 ? 0 : bytesBefore + 1;
    return encoded.slice(first).replace(/.=+$/, "");
  });
  return parts.filter((part) => part.length >= 4);
}

/** From where to where something stands in a text. */
type Place = [start: number, end: number];

/** Adds to `places` where a form stands. */
function addPlaces(form: string, { text, starts, ends }: Reading, places: Place[]): void {
  for (let i = text.indexOf(form); i >= 0; i = text.indexOf(form, i + form.length)) {
    places.push([starts[i]!, ends[i + form.length - 1]!]);
  }
}

/** Adds to `places` where a form begins, as far as it goes: it may be cut. */
function addCutPlaces(form: string, { text, starts, ends }: Reading, places: Place[]): void {
  if (form.length < MIN_CUT) return;
  const beginning = form.slice(0, MIN_CUT);
  let length = 0;
  for (let i = text.indexOf(beginning); i >= 0; i = text.indexOf(beginning, i + length)) {
    length = MIN_CUT;
    while (length < form.length && text[i + length] === form[length]) length++;
    places.push([starts[i]!, ends[i + length - 1]!]);
  }
}

/** Replaces what stands at these places, which may overlap, by `***`. */
function maskPlaces(text: string, places: Place[]): string {
  let masked = "";
  let end = 0;
  for (const [from, to] of places.sort(([a], [b]) => a - b)) {
    if (from >= end) masked += `${text.slice(end, from)}***`;
    end = Math.max(end, to);
  }
  return masked + text.slice(end);
}
