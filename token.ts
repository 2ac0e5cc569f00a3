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
  if (!client_id) throw usage("client_id must not be empty");
  if (!client_secret && !authenticate) throw usage("client_secret must not be empty");
  const token_url = checkUrl(request.token_url, options.allowHttp);

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
    headers.authorization = `Basic ${pair(formEncode(client_id), formEncode(client_secret))}`;
  } else if (auth_method === "client_secret_basic_raw") {
    headers.authorization = `Basic ${pair(client_id, client_secret)}`;
  }
  if (scope) data.append("scope", scope);
  const params = request.params ? checkParams(request.params) : [];
  for (const [name, value] of params) data.append(name, value);
  const mask = masking(client_id, client_secret);
  return { token_url, client_id, headers, data, authenticate, mask };
}

/**
 * Step 3: POSTs `data` to `token_url`, and repeats that after a failed connection, a timeout, 429,
 * 502, 503 or 504. It follows no redirect, because the secret would go along.
 *
 * @throws {TokenError} `unreachable`, if no answer comes; `usage`, if an option is wrong or access to
 * the network is not granted; and any that `fetch` or a function of `auth_method` throws.
 */
export async function sendRequest(
  built: BuiltRequest,
  options: RequestOptions = {},
): Promise<Answer> {
  const checked = checkOptions(options);
  const { retries, signal } = checked;
  for (let tries = 1;; tries++) {
    let delay = Math.min(MAX_DELAY, FIRST_DELAY * 2 ** (tries - 1) * (1 + Math.random()));
    try {
      const answer = { ...await post(built, checked), tries };
      if (tries > retries || !RETRY_STATUSES.includes(answer.status)) return answer;
      delay = retryAfter(answer.headers) ?? delay;
      if (delay > MAX_DELAY) return answer;
    } catch (error) {
      if (error instanceof TokenError) throw error;
      const isLasting = signal?.aborted || LASTING.test(networkReason(error));
      if (tries > retries || isLasting) throw noAnswer(error, built, checked, tries);
    }
    await pause(delay, signal);
  }
}

/** POSTs once, within the time limit. */
async function post(built: BuiltRequest, { fetch, timeout, signal }: Checked) {
  const deadline = AbortSignal.timeout(timeout);
  const limit = signal ? AbortSignal.any([signal, deadline]) : deadline;
  let response: Response | undefined;
  const send = async () => {
    let { headers, data } = built;
    if (built.authenticate) {
      [headers, data] = [{ ...headers }, new URLSearchParams(data)];
      await built.authenticate({ ...built, headers, data });
    }
    response = await fetch(built.token_url, {
      method: "POST",
      headers,
      body: data.toString(),
      redirect: "manual",
      credentials: "omit",
      signal: limit,
    });
    return await readText(response);
  };
  const body = await until(limit, send).catch((error) => {
    // Any status but success is an answer, even if the body breaks off.
    if (!response || response.status < 300 || signal?.aborted) throw error;
    return "";
  });
  return { status: response!.status, headers: response!.headers, body };
}

/**
 * Step 3, continued: takes `access_token` from `response_json` (RFC 6749 §5.1). Step 4, printing it,
 * is left to the caller.
 *
 * @throws {TokenError} `refused`, if the server said no (§5.2); `unusable`, if there is no token.
 */
export function readResponse(answer: Answer, built: BuiltRequest): TokenResponse {
  const { status, headers, body } = answer;
  const type = headers.get("content-type") ?? "no Content-Type";
  const response_json = parseObject(body);
  const { access_token, token_type, expires_in, scope, error } = response_json ?? {};
  const unusable = (what: string) =>
    new TokenError("unusable", `${hostOf(built)} answered ${status} with ${what}`, { status });
  const isSuccess = status >= 200 && status < 300;
  const isRefused = status >= 400 || (isSuccess && error && !access_token);
  if (isRefused) throw refused(answer, built, response_json);
  if (!isSuccess) throw unusable(describeRedirect(answer, built));
  if (body === undefined) throw unusable("more than 1 MiB");
  if (!response_json) throw unusable(`${printable(built.mask(type), 60)}, not a JSON object`);
  if (typeof access_token !== "string" || !access_token) {
    throw unusable("no access_token that is a string and not empty");
  }
  if (!/^[\x20-\x7e]+$/.test(access_token) || access_token.trim() !== access_token) {
    throw unusable("an access_token that no header can carry");
  }
  const token: TokenResponse = { ...response_json, access_token, token_type: "Bearer" };
  if (typeof token_type === "string" && token_type) token.token_type = token_type;
  if (typeof scope !== "string") delete token.scope;
  token.expires_in = seconds(expires_in);
  if (token.expires_in === undefined) delete token.expires_in;
  return token;
}

// To learn the flow, you can stop reading here. What follows: types, checks, limits, messages.

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
  /** Further form fields, such as `audience` or `resource`; a name may repeat, the order is kept. */
  params?: Iterable<[name: string, value: string]> | Record<string, string>;
}

/**
 * How the client authenticates (RFC 6749 §2.3.1): id and secret in the form; form-encoded in the
 * `Authorization` header; there as they are, for servers that do not decode them (not in the RFC); or a
 * function that adds to `headers` and `data` before every attempt. A {@linkcode TokenError} that it
 * throws ends the request; any other error counts as a failed connection.
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
  /** The token: printable ASCII (RFC 6749 appendix A.12), not empty, no space at either end. */
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
export interface BuiltRequest extends Pick<TokenRequest, "token_url" | "client_id"> {
  /** The headers, their names in lower case. */
  headers: Record<string, string>;
  /** The form. */
  data: URLSearchParams;
  /** Adds to copies of `headers` and `data` before each attempt. */
  authenticate?: Exclude<AuthMethod, string>;
  /** Replaces the client secret in a text by `***`. */
  mask: (text: string) => string;
}

/** An answer that is received but not yet judged. */
export interface Answer extends Pick<Response, "status" | "headers"> {
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
  /** The server's error code, such as `invalid_client` (RFC 6749 §5.2). */
  declare error?: string;
  /** The server's explanation for developers (RFC 6749 §5.2). */
  declare error_description?: string;
  /** The address of a page about the error (RFC 6749 §5.2). */
  declare error_uri?: string;
  /** The HTTP status, if there was an answer. */
  declare status?: number;
  /** Creates an error whose `details` become its properties. */
  constructor(kind: TokenError["kind"], message: string, details: ErrorDetails = {}) {
    super(message);
    this.kind = kind;
    Object.assign(this, details);
  }
}
type ErrorDetails = Pick<TokenError, "error" | "error_description" | "error_uri" | "status">;

// Checks. No message repeats a value, which may be the secret in the wrong place.
const OWN_PARAMS = /^$|^(grant_type|client_id|client_secret|scope)$|^client_assertion/;
const OWN_HEADERS = /^(authorization|connection|content-.*|host|transfer-encoding)$/;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const usage = (message: string) => new TokenError("usage", message);

function checkUrl(token_url: string, allowHttp?: boolean): string {
  const url = URL.parse(token_url);
  if (!url) throw usage("token_url must be a whole URL, such as https://example.com/oauth2/token");
  if (!isSafe(url, allowHttp)) throw usage("token_url must be https:, or http: to this machine");
  if (url.username || url.password || url.href.includes("#")) {
    throw usage("token_url must not contain a user name, a password or a fragment (#…)");
  }
  return url.href;
}

/** Whether a secret is safe on its way to a URL: over `https:`, or to this machine (RFC 6749 §3.2). */
export function isSafe({ protocol, hostname }: URL, allowHttp = false): boolean {
  return protocol === "https:" || protocol === "http:" && (allowHttp || LOOPBACK.test(hostname));
}

const checkHeaders = (headers: HeadersInit) =>
  Object.fromEntries(checkFields("headers", OWN_HEADERS, () => new Headers(headers)));
// It takes any iterable of pairs, though its TypeScript declaration does not say so.
const checkParams = (params: TokenRequest["params"]) =>
  checkFields("params", OWN_PARAMS, () => new URLSearchParams(params as Record<string, string>));

/** Returns the fields, unless the request itself sets one of them. */
function checkFields<T extends Headers | URLSearchParams>(what: string, own: RegExp, of: () => T) {
  let fields: T;
  try {
    fields = of();
  } catch {
    throw usage(`${what} must contain a name and a value that HTTP allows`);
  }
  for (const key of fields.keys()) if (own.test(key)) throw usage(`${what} must not set "${key}"`);
  return fields;
}

type Checked = ReturnType<typeof checkOptions>;
function checkOptions(options: RequestOptions) {
  const { timeout = 10_000, retries = 2, signal, fetch = globalThis.fetch } = options;
  if (!(timeout > 0 && timeout < 2 ** 31)) throw usage("timeout must be 1 to 2147483647 ms");
  if (!(retries >= 0 && retries <= 10)) throw usage("retries must be 0 to 10");
  return { timeout: Math.ceil(timeout), retries, signal, fetch };
}

/** Encodes a value as a form does (RFC 6749 appendix B). */
const formEncode = (value: string) => `${new URLSearchParams([["", value]])}`.slice(1);
const pair = (user: string, password: string) => toBase64(`${user}:${password}`);
const toBase64 = (text: string) =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));

// Limits, in milliseconds and bytes.
const RETRY_STATUSES = [429, 502, 503, 504];
const FIRST_DELAY = 250;
const MAX_DELAY = 30_000;
const MAX_BODY_BYTES = 1024 * 1024;
const UTF_8 = new TextDecoder();
// What Deno and Node.js say about permissions, certificates, TLS versions and blocked ports.
const LASTING =
  /^Requires net|certificate|protocol.?version|wrong version|InvalidContentType|incompatible|blocked/i;

/** Settles as the work does, or rejects when the signal aborts, even if the work ignores it. */
function until<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener("abort", abort);
    work().then(resolve, reject).then(() => signal?.removeEventListener("abort", abort));
  });
}

/** Waits, but not beyond an abort. */
async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => new Promise<void>((resolve) => timer = setTimeout(resolve, milliseconds));
  await until(signal, wait).catch(() => clearTimeout(timer));
}

/** The milliseconds in `Retry-After` (RFC 9110 §10.2.3), if they make sense. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get("retry-after") ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const milliseconds = Date.parse(value) - Date.now();
  return value.endsWith("GMT") && milliseconds >= 0 ? milliseconds : undefined;
}

/** Reads a body as UTF-8 text; `undefined` if it is longer than 1 MiB. Rejects if it breaks off. */
export async function readText(response: Response): Promise<string | undefined> {
  const { headers } = response;
  const length = Number(headers.get("content-length"));
  // A browser shows the length of what another origin sent, but not its encoding.
  const isPlain = response.type !== "cors" &&
    !headers.has("content-encoding") && !headers.has("transfer-encoding");
  if (length > 0 && length <= MAX_BODY_BYTES && isPlain) {
    // Faster, and just as bounded: HTTP ends a body at its length.
    const bytes = await response.arrayBuffer();
    if (bytes.byteLength < length) throw new Error("the body is shorter than its content-length");
    return UTF_8.decode(bytes);
  }
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for (let read; (read = await reader?.read()) && !read.done;) {
    size += read.value.byteLength;
    if (size > MAX_BODY_BYTES) return void reader?.cancel().catch(() => {});
    text += decoder.decode(read.value, { stream: true });
  }
  return text + decoder.decode();
}

function parseObject(body = ""): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(body);
    return typeof value === "object" && value && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function seconds(expires_in: unknown): number | undefined {
  const number = typeof expires_in === "string" && expires_in ? Number(expires_in) : expires_in;
  return typeof number === "number" && number >= 0 && number < 2 ** 53 ? number : undefined;
}

// Messages. Text from outside is masked and becomes one printable line.
const MAX_LINE = 300;
const MAX_DESCRIPTION = 2000;
const CODE = /^(invalid_(request|client|grant|scope)|unauthorized_client|unsupported_grant_type)$/;
const TOKEN_MEMBER =
  /("(?:access_token|refresh_token|id_token|client_assertion)\\*"\s*:\s*\\*)"(?:[^"\\]|\\.)*"?/g;
const ESCAPE_SEQUENCE =
  // deno-lint-ignore no-control-regex
  /(\x1b\[|\x9b)[\x20-\x3f]*[\x40-\x7e]|\x1b\][^\x07\x1b]*|\x1b./g;
const visible = (text: string) => text.replace(ESCAPE_SEQUENCE, "").replace(/[^\P{C}\s]/gu, "");
// Stands for a mask until all are made, so that none is masked again.
const MARK = "\ufdd0";
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const ENTITY = /&(#\d{1,6}|#[xX][\da-fA-F]{1,5}|amp|lt|gt|quot|apos);/g;
const formDecode = (text: string) => new URLSearchParams(`=${text}`).get("")!;
const unescapeJson = (text: string) =>
  text.replace(/\\(u[\da-fA-F]{4}|["\\/bfnrt])/g, (c) => JSON.parse(`"${c}"`));
// What a server does to a text that it repeats, undone.
const DECODERS: ((text: string) => string)[] = [
  visible,
  (text) => text,
  (text) => text.replace(/(%[\da-f]{2})+/gi, formDecode),
  (text) => text.replace(/(%[\da-f]{2}|\+)+/gi, formDecode),
  unescapeJson,
  (text) => unescapeJson(unescapeJson(text)),
  (text) => text.replace(ENTITY, (_, c) => ENTITIES[c] ?? String.fromCodePoint(+`0${c.slice(1)}`)),
];

/** What the server said: the error of RFC 6749 §5.2, or else its body. */
function refused(answer: Answer, built: BuiltRequest, members: Record<string, unknown> = {}) {
  const { status, headers, body, tries } = answer;
  const details: ErrorDetails = { status };
  const hide = (text: string) => built.mask(text.replace(TOKEN_MEMBER, '$1"***"'));
  for (const name of ["error", "error_description", "error_uri"] as const) {
    const value = members[name];
    if (typeof value !== "string" || !value) continue;
    // A code of the RFC is no secret, even if the secret is a word in it.
    details[name] = CODE.test(value) ? value : printable(hide(value), MAX_DESCRIPTION);
  }
  const said = details.error
    ? [details.error, details.error_description].filter(Boolean).join(": ")
    : hide(body ?? "more than 1 MiB");
  const delay = retryAfter(headers) ?? 0;
  const later = delay > MAX_DELAY ? `; it asks to wait ${Math.ceil(delay / 1000)} s` : "";
  const what = `${printable(said) || "no reason given"}${later}${afterTries(tries)}`;
  return new TokenError("refused", `${hostOf(built)} answered ${status}: ${what}`, details);
}

function describeRedirect({ headers }: Answer, built: BuiltRequest): string {
  const location = headers.get("location");
  const url = location && URL.parse(built.mask(location), built.token_url);
  if (!url || !/^https?:/.test(url.protocol)) return "no token and no usable Location";
  const target = printable(built.mask(url.origin + url.pathname));
  return `a redirect to ${target}, which is not followed, because the secret would go along`;
}

function noAnswer(error: unknown, built: BuiltRequest, options: Checked, tries: number) {
  const { timeout, signal } = options;
  const [host, reason] = [hostOf(built), networkReason(error)];
  if (signal?.aborted) return new TokenError("unreachable", `The request to ${host} was aborted`);
  if (reason.startsWith("Requires net access")) {
    return usage(`Access to ${host} over the network was not granted`);
  }
  const isTimeout = error instanceof Error && error.name === "TimeoutError";
  const what = isTimeout ? ` within ${timeout} ms` : `: ${printable(built.mask(reason))}`;
  return new TokenError("unreachable", `No answer from ${host}${what}${afterTries(tries)}`);
}

/** What the runtime says about a failed `fetch`, without the URL, whose query may contain secrets. */
function networkReason(error: unknown): string {
  let cause = error;
  for (let i = 0; i < 5 && cause instanceof Error && cause.cause; i++) cause = cause.cause;
  const text = cause instanceof Error ? cause.message.slice(0, MAX_DESCRIPTION) : "unknown reason";
  return text.replace(/\S+:\/\/\S+/g, "").replace(/.*client error \(\w+\): /, "");
}

const afterTries = (tries: number) => tries > 1 ? ` (after ${tries} tries)` : "";
// The rest of the URL may contain secrets.
const hostOf = ({ token_url }: BuiltRequest) => new URL(token_url).host;

/** Makes one printable line, without escape sequences, of at most `maxLength` characters. */
export function printable(text: string, maxLength: number = MAX_LINE): string {
  const line = visible(text).replace(/\s+/g, " ").trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1).toWellFormed()}…` : line;
}

/** Makes a function that masks the secret as frameworks spell it when they repeat or trim it. */
function masking(id: string, secret: string): (text: string) => string {
  let forms: string[] | undefined;
  return (text) => {
    forms ??= [...new Set([secret, secret.trim()])].filter(Boolean)
      .flatMap((given) => formsOf(id, given)).sort((a, b) => b.length - a.length);
    for (const decode of DECODERS) {
      const decoded = decode(text);
      const masked = forms.reduce((rest, form) => rest.replaceAll(form, MARK), decoded);
      if (masked !== decoded) text = masked;
    }
    return text.replaceAll(MARK, "***");
  };
}

/** The secret as it is, as `client_secret_basic` sends it, and in base64. */
function formsOf(id: string, secret: string): string[] {
  const form = formEncode(secret);
  // Base64 depends on where the secret begins; its ends also hold bits of the text around it.
  const base64 = [secret, form].flatMap((text) =>
    [0, 1, 2].map((before) => toBase64("\0".repeat(before) + text).slice(before && before + 1))
  ).map((encoded) => encoded.replace(/.=+/, "")).filter((encoded) => encoded.length >= 4);
  return [secret, form, pair(id, secret), pair(formEncode(id), form), ...base64];
}
