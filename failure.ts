/**
 * Words for what went wrong, with no secret and no token in them, whatever the server echoes.
 *
 * @module
 */

import { fieldText, printable, retryAfter } from "./limits.ts";
import type { Answer, BuiltRequest } from "./types.ts";

/** Milliseconds: a server that asks for a longer rest is not asked again. */
export const MAX_WAIT = 30_000;

const MAX_TOKENS = 20;
const MAY_HOLD_TOKEN =
  /(access|refresh|id)[\W_]*(5f)?token(\s|["'\\]|%22|&quot;)*(value=|[:=>,]|%3[ad])|bearer\s+[\w.~+/-]{16}/i;

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

/** The error for a refusal: one of RFC 6749 §5.2 whole, of any other the status and a line of it. */
export function refusal(
  answer: Answer,
  built: BuiltRequest,
  members: Record<string, unknown> = {},
): TokenError {
  const { status, headers, body, tries } = answer;
  const tokens = tokensIn(members);
  const hidden = tokens && [...built.secrets(), ...tokens];
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

function serverText(text: string, secrets?: string[], maxLength?: number): string {
  if (!secrets || MAY_HOLD_TOKEN.test(text)) return "(not shown, as it may hold a token)";
  return printable(text, secrets, maxLength);
}

/** The tokens in an answer, at whatever depth; `undefined` if they cannot all be told. */
export function tokensIn(answer: unknown): string[] | undefined {
  const tokens: string[] = [];
  const walk = (value: unknown, isToken: boolean) => {
    if (isText(value) && isToken && tokens.push(value) > MAX_TOKENS) throw new RangeError();
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      walk(inner, isToken || /token(?!_?type)/i.test(name));
    }
  };
  try {
    walk(answer, false);
    return tokens;
  } catch {
    // Too many, or nested too deep.
    return undefined;
  }
}

/** The error when the caller's signal has aborted. */
export function aborted(built: BuiltRequest): TokenError {
  return new TokenError("unreachable", `The request to ${hostOf(built)} was aborted`);
}

/** The error for a token that is bound to a key. */
export function notBearer(): TokenError {
  return new TokenError(
    "unusable",
    "A DPoP token needs a proof with every call (RFC 9449), which is not made here",
  );
}

/** Where a redirect points and what to do about it. */
export function describeRedirect(headers: Headers, built: BuiltRequest): string {
  const { token_url } = built;
  const secrets = built.secrets();
  const location = fieldText(headers.get("location") ?? "");
  const target = URL.canParse(location, token_url) ? new URL(location, token_url) : undefined;
  if (!location || !target?.protocol.startsWith("http")) return "no token and nowhere to go";
  const { origin, pathname } = target;
  // A URL may spell a secret in a way of its own.
  const written = location.split(/[?#]/)[0]!;
  const path = printable(written, secrets) === printable(written) ? pathname : "/…";
  return `a redirect to ${serverText(origin + path, secrets)}, which is not followed, as the ` +
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
export function afterTries(tries: number): string {
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
