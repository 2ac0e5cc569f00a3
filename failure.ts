/**
 * Words for what went wrong, with no secret and no token in them, whatever the server echoes.
 *
 * @module
 */

import { decoded, fieldText, oneLine, parseJson, printable, retryAfter } from "./limits.ts";
import type { Answer, BuiltRequest, TokenResponse } from "./types.ts";

/** Milliseconds: a server that asks for a longer rest is not asked again. */
export const MAX_WAIT = 30_000;

const LASTING = /certificate|TLS|SSL|fatal alert|corrupt message|peer is incompatible|blocked/i;
const MAX_TOKENS = 20;
const MAX_DEPTH = 100;
// As much as is ever looked at to show a part of it.
const MAX_TEXT = 32_000;
const MAY_HOLD_TOKEN = [
  // A field, as forms, JSON and XML have it.
  /(access|refresh|(?<![a-z])id)[\W_]?token[\s"'\\]*(value=|[:=>])[\s"'\\]*[\w.~+/-]{8}/i,
  // What is called a token and looks like one.
  /token[^\w/]{1,6}(?=[\w.~+/-]{0,40}\d)[\w.~+/-]{10}/i,
  /bearer\s(?=[\w.~+/-]{0,40}\d)[\w.~+/-]{16}/i,
  // A JSON Web Token.
  /eyJ[\w-]{5,2000}\.[\w.-]{5}/,
];

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
   * `refused`: the server said no. `usage`: the request is wrong and was not sent. `unreachable`: no
   * answer came. `unusable`: the answer is not a token response.
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
  constructor(kind: TokenError["kind"], message: string, details: TokenErrorDetails = {}) {
    super(message);
    this.kind = kind;
    Object.assign(this, details);
  }
}

/** What an answer says of an error. */
export type TokenErrorDetails = Partial<
  Pick<TokenError, "error" | "error_description" | "error_uri" | "status">
>;

/** Makes the error for a wrong request or option. */
export function usage(message: string): TokenError {
  return new TokenError("usage", message);
}

/**
 * The error for a refusal: of one of RFC 6749 §5.2 what it says, cut at 2,000 characters, of any
 * other the status and a line of it.
 */
export function refusal(
  answer: Answer,
  built: BuiltRequest,
  members: Record<string, unknown> = {},
): TokenError {
  const { status, headers, body, tries } = answer;
  const hidden = hiddenIn(built, answer);
  const details: TokenErrorDetails = { status };
  for (const name of ["error", "error_description", "error_uri"] as const) {
    const value = members[name];
    if (isText(value)) details[name] = serverText(value, hidden, 2000);
  }
  const reason = details.error
    ? [details.error, details.error_description].filter(Boolean).join(": ")
    : body ?? "a body of more than 1 MiB";
  const wait = retryAfter(headers) ?? 0;
  const later = wait > MAX_WAIT ? `; it asks to wait ${Math.ceil(wait / 1000)} s` : "";
  const said = serverText(reason, hidden) || "no reason given";
  const message = `${hostOf(built)} answered ${status}: ${said}${later}${afterTries(tries)}`;
  return new TokenError("refused", message, details);
}

/** A line of what a server says, if its tokens can be told from the rest. */
export function serverText(text: string, secrets?: string[], maxLength?: number): string {
  const withheld = "(not shown, as it may hold a token)";
  if (!secrets) return withheld;
  const looked = text.slice(0, MAX_TEXT);
  const line = printable(text, secrets, maxLength);
  const lines = [line, oneLine(looked), oneLine(decoded(looked))];
  const mayHoldToken = MAY_HOLD_TOKEN.some((pattern) => lines.some((line) => pattern.test(line)));
  return mayHoldToken ? withheld : line;
}

/** The secrets of a request and the tokens in its answer; `undefined` if they cannot all be told. */
export function hiddenIn(built: BuiltRequest, { body = "" }: Answer): string[] | undefined {
  const tokens = tokensIn(parseJson(body));
  return tokens && [...built.secrets(), ...tokens];
}

/** The tokens in an answer, at whatever depth; `undefined` if they cannot all be told. */
export function tokensIn(answer: unknown): string[] | undefined {
  const tokens: string[] = [];
  const walk = (value: unknown, isToken: boolean, depth: number) => {
    if (isText(value) && isToken) {
      if (tokens.push(value) > MAX_TOKENS || tokens.join("").length > MAX_TEXT) {
        throw new RangeError();
      }
    }
    if (typeof value !== "object" || value === null) return;
    if (depth === MAX_DEPTH) throw new RangeError();
    for (const [name, inner] of Object.entries(value)) {
      walk(inner, isToken || /token(?!_?type)/i.test(name), depth + 1);
    }
  };
  try {
    walk(answer, false, 0);
    return tokens;
  } catch {
    // Too many, or nested too deep.
    return undefined;
  }
}

/** The error when no answer came. */
export function noAnswer(
  error: unknown,
  built: BuiltRequest,
  { timeout, signal, tries }: { timeout: number; signal?: AbortSignal; tries: number },
): TokenError {
  if (signal?.aborted) return aborted(built);
  const host = hostOf(built);
  const name = nameOf(error);
  if (name === "NotCapable") return usage(`Access to ${host} over the network was not granted`);
  const reason = name === "TimeoutError"
    ? ` within ${timeout} ms`
    : `: ${printable(networkReason(error), built.secrets())}`;
  return new TokenError("unreachable", `No answer from ${host}${reason}${afterTries(tries)}`);
}

/** Tells whether a failure would only come again. */
export function isLasting(error: unknown, { token_url }: BuiltRequest): boolean {
  const reason = networkReason(error).replaceAll(new URL(token_url).hostname, "");
  return nameOf(error) === "NotCapable" || LASTING.test(reason);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/** The error when the caller's signal has aborted. */
export function aborted(built: BuiltRequest): TokenError {
  return new TokenError("unreachable", `The request to ${hostOf(built)} was aborted`);
}

/** Refuses a token that is bound to a key. */
export function checkBearer({ token_type }: TokenResponse): void {
  if (!/^dpop$/i.test(token_type)) return;
  throw new TokenError(
    "unusable",
    "A DPoP token needs a proof with every call (RFC 9449), which is not made here",
  );
}

/** Where a redirect points and what to do about it. */
export function describeRedirect(answer: Answer, built: BuiltRequest): string {
  const { token_url } = built;
  const hidden = hiddenIn(built, answer);
  const location = fieldText(answer.headers.get("location") ?? "");
  const target = URL.canParse(location, token_url) ? new URL(location, token_url) : undefined;
  if (!location || !target?.protocol.startsWith("http")) return "no token and no usable Location";
  const { origin, pathname } = target;
  // A URL may spell a secret in a way of its own.
  const written = location.split(/[?#]/)[0]!;
  const path = printable(written, hidden) === printable(written) ? pathname : "/…";
  return `a redirect to ${serverText(origin + path, hidden)}, which is not followed, as the ` +
    "secret would go along; if you trust that address, make it the token_url";
}

/** What the server says the answer is. */
export function describeType(headers: Headers, { secrets }: BuiltRequest): string {
  return serverText(fieldText(headers.get("content-type") ?? "no Content-Type"), secrets(), 60);
}

/** What the runtime says of a failed `fetch`, without the address, whose query may hold a secret. */
export function networkReason(error: unknown): string {
  let cause = error;
  for (let depth = 0; depth < 5 && cause instanceof Error && cause.cause; depth++) {
    cause = cause.cause;
  }
  const text = cause instanceof Error ? `${cause.message}` : "unknown reason";
  return text.replace(/.*client error \(\w+\): /, "").replace(/\S+:\/\/\S+/g, "");
}

/** How often the request was sent, if more than once. */
function afterTries(tries: number): string {
  return tries > 1 ? ` (after ${tries} tries)` : "";
}

/** The host, for messages: the rest of the address may hold secrets. */
export function hostOf({ token_url }: BuiltRequest): string {
  return new URL(token_url).host;
}

/** Tells whether a value is a string with something in it. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
