// What the command writes: the token to stdout, everything else to stderr.

import { isOutputLost, isStyled, writeText } from "../runtime/runtime.ts";
import { printable, TokenError, type TokenResponse } from "../token.ts";
import type { Flags } from "./flags.ts";

/** The exit code for what should not happen. */
export const EXIT_UNEXPECTED = 70;

/** A form in which a token can be printed. */
export type Format = NonNullable<Flags["output"]>;

/** What went wrong when stdout was written. */
export class OutputError extends Error {}

/**
 * Writes a line to stdout; returns the exit code. It is no error if the reader of a pipe, such as `head`, has
 * read enough.
 *
 * @throws {OutputError} If it cannot be written.
 */
export function print(line: string): number {
  try {
    writeText("stdout", `${line}\n`);
    return 0;
  } catch (error) {
    throw new OutputError(`stdout cannot be written: ${printable(`${error}`)}`);
  }
}

/**
 * Writes a token to stdout, and warns if nobody can get it; returns the exit code.
 *
 * @throws {OutputError} As `print`.
 */
export async function printToken(line: string): Promise<number> {
  const code = print(line);
  if (await isOutputLost()) {
    warn("The token goes nowhere: stdout is closed, or the null device");
  }
  return code;
}

/** Writes a line to stderr. */
export function say(line: string): void {
  try {
    writeText("stderr", `${line}\n`);
  } catch {
    // Without stderr there is no place to report that.
  }
}

let isNews = (_warning: string) => true;

/** Writes a warning to stderr. */
export function warn(warning: string): void {
  if (isNews(warning)) say(`warning: ${warning}`);
}

/** Writes only the warnings that are news, until it is disposed of. */
export function filterWarnings(filter: (warning: string) => boolean): Disposable {
  isNews = filter;
  return {
    [Symbol.dispose]() {
      isNews = () => true;
    },
  };
}

/** Writes a heading to stderr. */
export function title(text: string): void {
  say(isStyled() ? `\n\x1b[1m${text}\x1b[0m` : `\n${text}`);
}

/**
 * Returns a token, and warns if it is not bound to the key whose thumbprint is `dpop_jkt`.
 *
 * @throws {TokenError} `unusable`, if its type is `DPoP` (RFC 9449 §5) and there is no key.
 */
export function checkBinding(token: TokenResponse, dpop_jkt?: string): TokenResponse {
  const isDpop = /^dpop$/i.test(token.token_type);
  if (isDpop && !dpop_jkt) {
    throw new TokenError(
      "unusable",
      "token_bound",
      "The answer has a DPoP token, but the request had no proof",
    );
  }
  if (dpop_jkt && !isDpop) warn("The server did not bind the token to --dpop-key");
  return token;
}

/**
 * Warns if a scope that was asked for was not granted.
 *
 * @throws {TokenError} `unusable`, if each must be granted.
 */
export async function checkScope(
  token: TokenResponse,
  asked?: string,
  isStrict?: boolean,
): Promise<void> {
  if (!asked) return;
  const { missingScopes } = await import("./granted_scope.ts");
  const missing = missingScopes(token, asked);
  if (missing.length === 0) return;
  const message = `The server did not grant ${printable(missing.join(" "), 200)}`;
  if (isStrict) throw new TokenError("unusable", "scope_narrowed", message);
  warn(message);
}

/** What a token must have. */
export interface TokenNeeds {
  /** The scopes that were asked for. */
  scope?: string;
  /** Whether each of them must be granted. */
  isScopeStrict?: boolean;
  /** The thumbprint of the key that it must be bound to. */
  dpop_jkt?: string;
}

/**
 * Returns a token that was just received, and warns about what is missing.
 *
 * @throws {TokenError} `unusable`, if it is bound to a key and there is none, or lacks a scope that must be
 * granted.
 */
export async function checkToken(token: TokenResponse, needs: TokenNeeds): Promise<TokenResponse> {
  const { scope, isScopeStrict, dpop_jkt } = needs;
  await checkScope(token, scope, isScopeStrict);
  return checkBinding(token, dpop_jkt);
}

/**
 * Formats what to print: the token, the whole answer, the header that carries the token
 * (RFC 6750 §2.1), as a line or as a JSON object, or what kubectl reads from a credential plugin.
 *
 * @throws {TokenError} `unusable`, if the answer cannot be formatted in that way.
 */
export async function formatToken(token: TokenResponse, format?: Format): Promise<string> {
  if (!format || format === "token") {
    if (!/^(bearer|dpop)$/i.test(token.token_type)) await warnOfType(token);
    return token.access_token;
  }
  if (format === "header" || format === "headers") {
    const { bearer } = await import("../token_source/authorization.ts");
    const Authorization = bearer(token);
    return format === "header"
      ? `Authorization: ${Authorization}`
      : JSON.stringify({ Authorization });
  }
  if (format === "kubernetes") {
    const { execCredential } = await import("./kubernetes.ts");
    return execCredential(token);
  }
  try {
    return escapeInvisible(JSON.stringify(token, null, 2));
  } catch {
    throw new TokenError(
      "unusable",
      "answer_too_deep",
      "The answer is nested too deep to be printed as JSON",
    );
  }
}

async function warnOfType(token: TokenResponse): Promise<void> {
  const { isBearer } = await import("../token_source/authorization.ts");
  if (isBearer(token)) return;
  const type = printable(token.token_type, 40);
  warn(`The token has the type ${type}; it cannot be sent as Bearer`);
}

/** Escapes what JSON allows as it is, but a terminal would act on. */
export function escapeInvisible(json: string): string {
  return json.replace(/[\x7f-\x9f\u2028\u2029\p{Cf}]/gu, escape);
}

function escape(character: string): string {
  const units = character.split("").map((unit) => unit.charCodeAt(0).toString(16).padStart(4, "0"));
  return units.map((unit) => `\\u${unit}`).join("");
}
