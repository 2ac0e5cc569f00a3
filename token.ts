/**
 * Gets an OAuth 2.0 access token with the client credentials grant
 * ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)) in any runtime that has
 * `fetch`. {@linkcode requestToken} is the whole flow: {@linkcode buildRequest}, then
 * {@linkcode sendRequest}, then {@linkcode readResponse}. Printing the token, the lesson's step 4, is
 * left to the caller.
 *
 * The flow comes first. What it needs stands below it, so that this file imports nothing: what goes in
 * and comes out, what a request must satisfy, what keeps a server within bounds, and the words for
 * what went wrong. (What is marked `@ignore` is exported for the files beside it alone.)
 *
 * @module
 */

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
  const basic = (encode: (text: string) => string) =>
    toBase64(`${encode(client_id)}:${encode(client_secret)}`);
  const asItIs = (text: string) => text;
  if (auth_method === "client_secret_post") {
    data.append("client_id", client_id);
    data.append("client_secret", client_secret);
  } else {
    const encode = auth_method === "client_secret_basic" ? formEncode : asItIs;
    headers.authorization = `Basic ${basic(encode)}`;
  }
  if (scope) data.append("scope", scope);
  for (const [name, value] of checkParams(params)) data.append(name, value);
  // A function, as it is needed only when something goes wrong.
  const secrets = () => [client_secret, basic(formEncode), basic(asItIs)];
  return { token_url, headers, data, secrets };
}

/**
 * Step 3: sends a built request, and again after a failed connection, a timeout, 429, 502, 503 or
 * 504. Follows no redirect, since the secret would go along.
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
  const checked = checkOptions(options);
  const { timeout, retries, signal } = checked;
  let wait = 0;
  for (let tries = 1;; tries++) {
    try {
      if (wait > 0) await pause(wait, signal);
      wait = Math.min(MAX_WAIT, FIRST_WAIT * 2 ** (tries - 1) * (1 + Math.random()));
      const answer = await post(built, checked, tries);
      if (tries > retries || !RETRY_STATUSES.includes(answer.status)) return answer;
      wait = retryAfter(answer.headers) ?? wait;
      if (wait > MAX_WAIT) return answer;
    } catch (error) {
      if (signal?.aborted) throw aborted(built);
      if (tries > retries || isLasting(error, built)) throw noAnswer(error, built, timeout, tries);
    }
  }
}

/** POSTs `data` to `token_url`, once. */
async function post(
  { token_url, headers, data }: BuiltRequest,
  { fetch, timeout, signal }: ReturnType<typeof checkOptions>,
  tries: number,
): Promise<Answer> {
  // In Deno the first setTimeout of a process costs 4 ms, this next to nothing.
  const deadline = AbortSignal.timeout(Math.ceil(timeout));
  const signals = signal ? [signal, deadline] : [deadline];
  const init: RequestInit = {
    method: "POST",
    headers,
    body: data.toString(),
    redirect: "manual",
    credentials: "omit",
    signal: signal ? AbortSignal.any(signals) : deadline,
  };
  let answer: Answer | undefined;
  const work = async () => {
    const response = await fetch(token_url, init);
    answer = { status: response.status, headers: response.headers, body: "", tries };
    answer.body = await readText(response);
    return answer;
  };
  return await until(signals, work).catch((error) => {
    // The status alone can say that there is no token, whatever becomes of the body.
    if (answer && answer.status >= 300 && !signal?.aborted) return answer;
    throw error;
  });
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
  const { status, body } = answer;
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
  if (!response_json) throw unusable(`${describeType(answer, built)}, not a JSON object`);
  if (!isText(access_token)) throw unusable("no access_token that is a string and not empty");
  if (!/^[\x20-\x7e]+$/.test(access_token)) {
    throw unusable("an access_token that is not all printable ASCII (RFC 6749 appendix A.12)");
  }

  const token: TokenResponse = {
    ...response_json,
    access_token,
    token_type: isText(token_type) ? token_type : "Bearer",
    expires_in: seconds(expires_in),
  };
  if (typeof scope !== "string") delete token.scope;
  if (token.expires_in === undefined) delete token.expires_in;
  return token;
}

/** What to ask for, where, and as whom. Names on the wire keep their spelling from RFC 6749. */
export interface TokenRequest {
  /** The token endpoint: `https:`, without user info or fragment (RFC 6749 §3.2). */
  token_url: string;
  /** The identifier the provider gave the client (RFC 6749 §2.2). */
  client_id: string;
  /** The secret that goes with it (RFC 6749 §2.3.1). */
  client_secret: string;
  /** The scopes wanted, separated by spaces (RFC 6749 §3.3). */
  scope?: string;
  /**
   * Where id and secret travel (RFC 6749 §2.3.1): in the form (`client_secret_post`, the default),
   * form-encoded in the `Authorization` header (`client_secret_basic`), or there as they are, for
   * servers that do not decode them (`client_secret_basic_raw`, which is not in the RFC).
   */
  auth_method?: "client_secret_post" | "client_secret_basic" | "client_secret_basic_raw";
  /** Further form fields, such as `audience` or `resource`; a name may repeat, the order is kept. */
  params?: Iterable<[name: string, value: string]> | Record<string, string>;
}

/**
 * How to send it.
 *
 * @example All that can be said
 * ```ts
 * import { type RequestOptions, requestToken, type TokenRequest } from "@client-credentials/token";
 *
 * const request: TokenRequest = {
 *   token_url: "http://auth.internal.example/token",
 *   client_id: "my_client_id_123",
 *   client_secret: "my_secret_456",
 *   scope: "read write",
 *   auth_method: "client_secret_basic",
 *   params: { audience: "https://api.example.com" },
 * };
 * const options: RequestOptions = {
 *   fetch: () => Promise.resolve(Response.json({ access_token: "abc" })),
 *   signal: AbortSignal.timeout(30_000),
 *   timeout: 5000,
 *   retries: 1,
 *   headers: { "user-agent": "example/1.0" },
 *   allowHttp: true,
 * };
 * console.log((await requestToken(request, options)).access_token); // "abc"
 * ```
 */
export interface RequestOptions {
  /** Used in place of the global `fetch`. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Ends the request at any stage. */
  signal?: AbortSignal;
  /** Milliseconds for one try, from connecting to the last byte; 10,000 by default. */
  timeout?: number;
  /** How often to try again when that can help: 0 to 10; 2 by default. */
  retries?: number;
  /**
   * Further header fields; not those of the request itself: authorization, connection, content-*,
   * host, transfer-encoding.
   */
  headers?: HeadersInit;
  /** Allows `http:` to other machines, where everybody on the way can read the secret. */
  allowHttp?: boolean;
}

/** The server's answer (RFC 6749 §5.1), with every further member it sent. */
export interface TokenResponse {
  /** The token: printable ASCII, at least one character (RFC 6749 appendix A.12). */
  access_token: string;
  /** How to use it; `"Bearer"` (RFC 6750) when the server does not say. */
  token_type: string;
  /** Seconds until it expires; absent when the server sent nothing that makes sense. */
  expires_in?: number;
  /** The scopes granted; absent when the server did not say. */
  scope?: string;
  /** Whatever else the server sent. */
  [member: string]: unknown;
}

/** A request, built and not yet sent. */
export interface BuiltRequest {
  /** Where it goes. */
  token_url: string;
  /** The header fields, their names in lower case. */
  headers: Record<string, string>;
  /** The form fields. */
  data: URLSearchParams;
  /** The client secret, alone and in a Basic value: what must not be shown. */
  secrets: () => string[];
}

/** An answer, received and not yet judged. */
export interface Answer {
  /** The HTTP status. */
  status: number;
  /** The header fields. */
  headers: Headers;
  /** The body; absent when it is longer than 1 MiB, and of an error empty when it broke off. */
  body?: string;
  /** How often the request was sent. */
  tries: number;
}

/**
 * Why there is no token. No part of it ever holds the client secret or a token.
 *
 * @example What to do about it
 * ```ts
 * import { requestToken, TokenError } from "@client-credentials/token";
 *
 * try {
 *   await requestToken({
 *     token_url: "https://api.example.com/oauth2/token",
 *     client_id: "my_client_id_123",
 *     client_secret: "a wrong one",
 *   });
 * } catch (error) {
 *   if (!(error instanceof TokenError)) throw error;
 *   if (error.kind === "unreachable") console.log("Try again later");
 *   console.log(error.status, error.error); // 401 "invalid_client"
 * }
 * ```
 */
export class TokenError extends Error {
  /** `"TokenError"`. */
  override readonly name = "TokenError";
  /**
   * `refused`: the server said no. `usage`: the request or an option is wrong, or access to the network
   * denied, and nothing was sent. `unreachable`: no answer came. `unusable`: the answer is not a token
   * response.
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
  constructor(
    kind: TokenError["kind"],
    message: string,
    details: Pick<TokenError, "error" | "error_description" | "error_uri" | "status"> = {},
  ) {
    super(message);
    this.kind = kind;
    Object.assign(this, details);
  }
}

// What a request must satisfy. No message repeats a value: in the wrong place it may be the secret.

const AUTH_METHODS = ["client_secret_post", "client_secret_basic", "client_secret_basic_raw"];
const OWN_PARAMS = /^$|^(grant_type|client_id|client_secret|scope)$|^client_assertion/;
const OWN_HEADERS = /^(authorization|connection|content-.*|host|transfer-encoding)$/;
// RFC 9110 §5.5
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const MAX_TIMEOUT = 2 ** 31 - 1;
const MAX_RETRIES = 10;

function usage(message: string): TokenError {
  return new TokenError("usage", message);
}

function checkRequest(request: TokenRequest): void {
  if (typeof request !== "object" || request === null) throw usage("The request must be an object");
  const { client_id, client_secret, scope, auth_method = "client_secret_post" } = request;
  const texts = { client_id, client_secret, ...scope && { scope } };
  for (const [name, value] of Object.entries(texts)) {
    if (!isText(value)) throw usage(`${name} must be a string that is not empty`);
    checkWellFormed(name, value);
  }
  if (!AUTH_METHODS.includes(auth_method)) {
    throw usage(`auth_method must be one of ${AUTH_METHODS.join(", ")}`);
  }
  if (auth_method === "client_secret_basic_raw" && client_id.includes(":")) {
    throw usage("client_id must not hold a colon with client_secret_basic_raw (RFC 7617 §2)");
  }
}

function checkWellFormed(name: string, text: string): void {
  if (!text.isWellFormed()) throw usage(`${name} must not hold a lone surrogate`);
}

/** Returns the address to send to, if the secret is safe on its way there (RFC 6749 §3.2). */
function checkUrl(token_url: string, allowHttp?: boolean): string {
  let url: URL;
  try {
    url = new URL(token_url);
  } catch {
    throw usage("token_url must be a whole URL, such as https://api.example.com/oauth2/token");
  }
  if (!isSafe(url, allowHttp)) {
    throw usage("token_url must be an https: URL (http: only to this machine, or with allowHttp)");
  }
  if (url.username || url.password) {
    throw usage("token_url must not hold a user name or a password");
  }
  if (url.href.includes("#")) throw usage("token_url must not have a fragment (#…)");
  return url.href;
}

/**
 * Tells whether what is sent to this address is safe on its way: by `https:`, or to this machine
 * (RFC 6749 §3.2, RFC 6750 §5.3).
 *
 * @ignore
 */
export function isSafe({ protocol, hostname }: URL, allowHttp = false): boolean {
  return protocol === "https:" || protocol === "http:" && (allowHttp || LOOPBACK.test(hostname));
}

function checkParams(params: TokenRequest["params"] = []): [string, string][] {
  const fields = pairs("params", params);
  for (const [name, value] of fields) {
    const own = name.match(OWN_PARAMS)?.[0];
    if (own !== undefined) throw usage(`params must not set "${own}"`);
    checkWellFormed("params", `${name}/${value}`);
  }
  return fields;
}

/** Returns the header fields, their names in lower case. */
function checkHeaders(headers: HeadersInit = []): Record<string, string> {
  const given = pairs("headers", headers);
  if (given.length === 0) return {};
  let fields: [string, string][];
  try {
    // Headers alone lets some line breaks pass.
    if (!given.every(([, value]) => FIELD_VALUE.test(value))) throw new TypeError();
    fields = [...new Headers(given)];
  } catch {
    throw usage("headers must not hold a name or value that HTTP does not allow");
  }
  const own = fields.find(([name]) => OWN_HEADERS.test(name));
  if (own) throw usage(`headers must not set "${own[0]}"`);
  return Object.fromEntries(fields);
}

function pairs(what: string, given: object): [string, string][] {
  try {
    const all: unknown[][] = [
      ...Symbol.iterator in given ? given as Iterable<unknown[]> : Object.entries(given),
    ];
    if (all.every((pair) => pair.length === 2 && pair.every((text) => typeof text === "string"))) {
      return all as [string, string][];
    }
  } catch {
    // Said below.
  }
  throw usage(`${what} must be pairs of a name and a value, both strings`);
}

function checkOptions(options: RequestOptions) {
  const { timeout = 10_000, retries = 2, signal, fetch = globalThis.fetch } = options;
  if (typeof timeout !== "number" || !(timeout > 0 && timeout <= MAX_TIMEOUT)) {
    throw usage(`timeout must be more than 0 and at most ${MAX_TIMEOUT} milliseconds`);
  }
  if (!(Number.isInteger(retries) && retries >= 0 && retries <= MAX_RETRIES)) {
    throw usage(`retries must be a whole number from 0 to ${MAX_RETRIES}`);
  }
  if (signal && !(signal instanceof AbortSignal)) throw usage("signal must be an AbortSignal");
  if (typeof fetch !== "function") throw usage("fetch must be a function");
  return { timeout, retries, signal, fetch };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** Encodes one value as a form does (RFC 6749 appendix B). */
function formEncode(value: string): string {
  return new URLSearchParams([["", value]]).toString().slice(1);
}

function toBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

// What keeps a server within bounds.

const RETRY_STATUSES = [429, 502, 503, 504];
// What Deno and Node.js say of TLS, and of the ports that fetch blocks.
const LASTING = /certificate|TLS|SSL|fatal alert|corrupt message|peer is incompatible|blocked/i;
// Milliseconds before a try after another, doubled each time, and at most.
const FIRST_WAIT = 250;
const MAX_WAIT = 30_000;
const MAX_SECONDS = 1e9;
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Settles as `work` does, or rejects when one of the signals aborts, even if `work` pays no heed to
 * them. It listens to each: one that AbortSignal.any alone listens to is forgotten by Node.js 20.
 */
function until<T>(signals: AbortSignal[], work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    for (const signal of signals) signal.throwIfAborted();
    const abort = ({ target }: Event) => reject((target as AbortSignal).reason);
    for (const signal of signals) signal.addEventListener("abort", abort);
    work().then(resolve, reject).finally(() => {
      // They would keep the process, and the answer in memory, until the time is up.
      for (const signal of signals) signal.removeEventListener("abort", abort);
    });
  });
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const rest = () => new Promise<void>((resolve) => timer = setTimeout(resolve, milliseconds));
  try {
    await until(signal ? [signal] : [], rest);
  } finally {
    clearTimeout(timer);
  }
}

/** The milliseconds that `Retry-After` asks for (RFC 9110 §10.2.3), if it is there and makes sense. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get("retry-after") ?? "";
  if (/^\d+$/.test(value)) return Math.min(Number(value), MAX_SECONDS) * 1000;
  const milliseconds = Date.parse(value) - Date.now();
  return value.endsWith("GMT") && milliseconds >= 0 ? milliseconds : undefined;
}

/** Tells whether a failure would only come again. */
function isLasting(error: unknown, { token_url }: BuiltRequest): boolean {
  const reason = networkReason(error).replaceAll(new URL(token_url).hostname, "");
  return nameOf(error) === "NotCapable" || LASTING.test(reason);
}

/**
 * Reads a body as UTF-8 text; resolves to `undefined` when it is longer than 1 MiB, decompressed.
 *
 * @ignore
 */
export async function readText(response: Response): Promise<string | undefined> {
  const { headers } = response;
  const length = headers.get("content-length");
  const isPlain = !headers.has("content-encoding") && !headers.has("transfer-encoding");
  if (length && Number(length) <= MAX_BODY_BYTES && isPlain) {
    // Faster, and bounded too: HTTP ends a body at the length it declared.
    const text = await response.text();
    return text.length <= MAX_BODY_BYTES ? text : undefined;
  }
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
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
  const digits = typeof expires_in === "string" && /^\d+$/.test(expires_in);
  const number = digits ? Number(expires_in) : expires_in;
  if (typeof number !== "number" || number < 0) return undefined;
  return number <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

// Words for what went wrong, with no secret and no token in them, whatever the server echoes. Whoever
// wants to learn the flow can stop here.

const MAX_LINE = 300;
const MAX_LOOKED_AT = 32_000;
const WITHHELD = "(not shown, as it may hold a secret or a token)";
const CODE = /^(invalid_(request|client|grant|scope)|un(authorized_client|supported_grant_type))$/;
// A secret is found by any part of this length; a shorter part may be a part of an ordinary word.
const PART = 8;
const UNSEEN = /[\s\p{C}\p{M}]/gu;
const ESCAPE_SEQUENCE =
  // deno-lint-ignore no-control-regex
  /(\x1b\[|\x9b)[\x20-\x3f]*[\x40-\x7e]|\x1b\][^\x07\x1b]*|\x1b./g;
// A percent-encoded byte sequence, or a character as JSON or HTML spell it.
const ENCODED =
  /((?:%[\da-f]{2})+)|\\u([\da-f]{4})|\\([bfnrt])|\\(["\\/])|&(?:#x([\da-f]+)|#(\d+)|(amp|quot|apos|lt|gt));/gi;
const ENTITIES: Record<string, string> = { amp: "&", quot: '"', apos: "'", lt: "<", gt: ">" };
/**
 * What a token is called in an answer.
 *
 * @ignore
 */
export const TOKEN_NAME: RegExp = /token(?!_?(type|url|uri|endpoint|expir|lifetime))/i;
const TOKEN_PATTERNS = [
  // A field, as forms, JSON and XML have it.
  /(access|refresh|(?<![a-z])id)[-_]?token[\s"'\\]*(value=|[:=>])[\s"'\\]*[\w.~+/-]{8}/i,
  // What is called a token and looks like one.
  /token[^\w/]{1,6}(?=[\w.~+/-]{0,40}\d)[\w.~+/-]{10}/i,
  /bearer\s(?=[\w.~+/-]{0,40}\d)[\w.~+/-]{16}/i,
  // A JSON Web Token.
  /eyJ[\w-]{5,2000}\.[\w.-]{5}/,
];

/** The error for what the server said: that of RFC 6749 §5.2, or a line of anything else. */
function refusal(answer: Answer, built: BuiltRequest, members: Record<string, unknown> = {}) {
  const { status, headers, body, tries } = answer;
  const quote = quotingFrom(answer, built);
  const details: ConstructorParameters<typeof TokenError>[2] = { status };
  for (const name of ["error", "error_description", "error_uri"] as const) {
    const value = members[name];
    // Of the codes of §5.2 none is a secret, even if it resembles one.
    if (isText(value)) details[name] = CODE.test(value) ? value : quote(value, 2000);
  }
  const reason = details.error
    ? [...new Set([details.error, details.error_description])].filter(Boolean).join(": ")
    : quote(body ?? "a body of more than 1 MiB");
  const wait = retryAfter(headers) ?? 0;
  const later = wait > MAX_WAIT ? `; it asks to wait ${Math.ceil(wait / 1000)} s` : "";
  const said = printable(reason) || "no reason given";
  const message = `${hostOf(built)} answered ${status}: ${said}${later}${afterTries(tries)}`;
  return new TokenError("refused", message, details);
}

/** Where a redirect points and what to do about it. */
function describeRedirect(answer: Answer, built: BuiltRequest): string {
  const location = asciiField(answer, "location");
  const target = URL.canParse(location, built.token_url)
    ? new URL(location, built.token_url)
    : undefined;
  if (!location || !target?.protocol.startsWith("http")) return "no token and no usable Location";
  const quote = quotingFrom(answer, built);
  // A URL may spell a secret in a way of its own.
  const isShown = location.length <= MAX_LINE && quote(location.split(/[?#]/)[0]!) !== WITHHELD;
  const path = isShown ? target.pathname : "/…";
  return `a redirect to ${quote(target.origin + path)}, which is not followed, as the secret ` +
    "would go along; if you trust that address, make it the token_url";
}

function describeType(answer: Answer, built: BuiltRequest): string {
  return quotingFrom(answer, built)(asciiField(answer, "content-type"), 60) || "no Content-Type";
}

/**
 * A header field, if it is there and ASCII: of any other, fetch hands on bytes, which may hold a
 * secret unseen.
 *
 * @ignore
 */
export function asciiField({ headers }: Answer, name: string): string {
  return headers.get(name)?.match(/^[\x20-\x7e]+$/)?.[0] ?? "";
}

function aborted(built: BuiltRequest): TokenError {
  return new TokenError("unreachable", `The request to ${hostOf(built)} was aborted`);
}

function noAnswer(error: unknown, built: BuiltRequest, timeout: number, tries: number): TokenError {
  const host = hostOf(built);
  const name = nameOf(error);
  if (name === "NotCapable") return usage(`Access to ${host} over the network was not granted`);
  const reason = name === "TimeoutError"
    ? ` within ${timeout} ms`
    : `: ${quoting(built.secrets())(networkReason(error))}`;
  return new TokenError("unreachable", `No answer from ${host}${reason}${afterTries(tries)}`);
}

/** What the runtime says of a failed `fetch`, without the address, whose query may hold a secret. */
function networkReason(error: unknown): string {
  let cause = error;
  for (let depth = 0; depth < 5 && cause instanceof Error && cause.cause; depth++) {
    cause = cause.cause;
  }
  const text = cause instanceof Error ? `${cause.message}` : "unknown reason";
  return text.replace(/.*client error \(\w+\): /, "").replace(/\S+:\/\/\S+/g, "");
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

function afterTries(tries: number): string {
  return tries > 1 ? ` (after ${tries} tries)` : "";
}

/** The host, for messages: the rest of the address may hold secrets. */
function hostOf({ token_url }: BuiltRequest): string {
  return new URL(token_url).host;
}

/** Quotes an answer. One that has a token in it is not quoted at all. */
function quotingFrom({ body = "" }: Answer, built: BuiltRequest): Quote {
  const holdsToken = namesToken(body) || looksLikeToken(body.slice(0, MAX_LOOKED_AT));
  return quoting(holdsToken ? undefined : built.secrets());
}

function looksLikeToken(text: string): boolean {
  return TOKEN_PATTERNS.some((pattern) => pattern.test(text));
}

/** Tells whether something in a JSON text, at whatever depth, is called a token. */
function namesToken(json: string): boolean {
  let found = false;
  try {
    JSON.parse(json, (name, value) => {
      const isNamed = TOKEN_NAME.test(name) && (isText(value) || Object(value) === value);
      found ||= isNamed || /^(access|refresh|id)[-_]?token$/i.test(value);
    });
  } catch (error) {
    // Nested too deep to be looked through.
    return error instanceof RangeError;
  }
  return found;
}

/**
 * Makes a line of somebody else's text, or a note that it is not shown.
 *
 * @ignore
 */
export type Quote = (text: string, maxLength?: number) => string;

/**
 * Makes a function that quotes what somebody else says, but for what holds one of these secrets, or
 * eight characters in a row of one, however it is encoded, or what looks like a token. Where the
 * secrets cannot be told, it quotes nothing.
 *
 * @ignore
 */
export function quoting(secrets: string[] | undefined): Quote {
  if (!secrets) return () => WITHHELD;
  const parts = new Set(secrets.flatMap(readings).flatMap(partsOf).filter(Boolean));
  const short = [...parts].filter((part) => part.length < PART);
  const isSecret = (letters: string) =>
    short.some((part) => letters.includes(part)) ||
    partsOf(letters).some((part) => parts.has(part));
  return (text, maxLength = MAX_LINE) => {
    const seen = text.slice(0, 16 * maxLength);
    const line = oneLine(seen);
    // What was cut off might have completed a secret.
    if (text.length > seen.length && line.length <= 2 * maxLength) return WITHHELD;
    // What is taken out of a line may have stood between the parts of one.
    if ([seen, line].flatMap(readings).some(isSecret)) return WITHHELD;
    const holdsToken = levels(seen).map(oneLine).some(looksLikeToken);
    return holdsToken ? WITHHELD : printable(line, maxLength);
  };
}

/**
 * Makes text fit for one line of a terminal: without control characters, escape sequences and
 * bidirectional overrides, cut to `maxLength` characters.
 *
 * @ignore
 */
export function printable(text: string, maxLength: number = MAX_LINE): string {
  const line = oneLine(text);
  return line.length > maxLength ? `${line.slice(0, maxLength - 1).toWellFormed()}…` : line;
}

function oneLine(text: string): string {
  return text.replace(ESCAPE_SEQUENCE, "").replace(/\s+/g, " ").replace(/\p{C}/gu, "").trim();
}

function partsOf(letters: string): string[] {
  const count = Math.max(1, letters.length - PART + 1);
  return Array.from({ length: count }, (_, at) => letters.slice(at, at + PART));
}

/** A text as it stands and decoded, without what makes no difference to the eye. */
function readings(text: string): string[] {
  // Long runs of marks would take long to normalize.
  return levels(text).map((level) =>
    level.replace(UNSEEN, "").normalize("NFKD").replace(UNSEEN, "").toUpperCase()
  );
}

/** A text, and what it is once decoded, and what that is, and so on. */
function levels(text: string, depth = 5): string[] {
  const next = depth > 0 ? decoded(text) : text;
  return next === text ? [text] : [text, ...levels(next, depth - 1)];
}

/** Text without the encoding of forms and the escapes of JSON and HTML. */
function decoded(text: string): string {
  return text.replaceAll("+", " ").replace(
    ENCODED,
    (_, percent, unicode, control, character, hex, decimal, entity) => {
      if (percent) {
        const bytes = percent.slice(1).split("%").map((byte: string) => parseInt(byte, 16));
        return new TextDecoder().decode(new Uint8Array(bytes));
      }
      if (unicode) return String.fromCharCode(parseInt(unicode, 16));
      if (control) return " ";
      if (character) return character;
      if (entity) return ENTITIES[entity.toLowerCase()]!;
      const code = hex ? parseInt(hex, 16) : Number(decimal);
      return String.fromCodePoint(Math.min(code, 0x10ffff));
    },
  );
}
