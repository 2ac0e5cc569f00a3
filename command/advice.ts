// Advice that depends on the error, on how the client authenticates, or on how the program was started.

import { isGranted } from "../runtime/runtime.ts";
import { type AuthMethod, isSafe, type TokenError, type TokenRequest } from "../token.ts";
import { flagOf } from "./flags.ts";

/** What advice may depend on, besides the error. */
export interface Situation {
  /** What was requested, as far as it was known. */
  request?: Partial<TokenRequest>;
  /** Whether a DPoP key was given. */
  hasDpopKey?: boolean;
  /** Whether the client signs assertions itself. */
  signsAssertion?: boolean;
  /** Whether the assertion that the client sends was issued by somebody else. */
  isForeignAssertion?: boolean;
  /** Whether the client signs an assertion for the token URL, as the issuer is not known. */
  isForTokenUrl?: boolean;
  /** Whether the client's assertion names its key by the thumbprint. */
  isNamedByThumbprint?: boolean;
  /** The flags and variables whose values are in quotes. */
  quoted?: string[];
  /** Whether the server was found by --resource. */
  isFoundByResource?: boolean;
  /** What runs the program. */
  runtime: "deno" | "node";
  /** Whether it runs from its source, where Deno's flags stand before `main.ts`. */
  isSource: boolean;
}

/** What to try next if the server refuses the client, the most likely first. */
const OTHER_METHODS = new Map<AuthMethod, string[]>([
  ["client_secret_post", ["client_secret_basic", "client_secret_basic_raw"]],
  ["client_secret_basic", ["client_secret_basic_raw", "client_secret_post"]],
  ["client_secret_basic_raw", ["client_secret_basic", "client_secret_post"]],
]);

// In seconds. Servers allow for about that much, and an answer takes time.
const CLOCK_TOLERANCE = 5;

/** What to do if this machine's clock may be why the server refuses an assertion or a proof. */
export function adviseForClock(
  { clock_skew = 0 }: TokenError,
  { signsAssertion, hasDpopKey }: Situation,
): string | undefined {
  const isSigned = signsAssertion || hasDpopKey;
  if (!isSigned || Math.abs(clock_skew) <= CLOCK_TOLERANCE) return undefined;
  const difference = `${Math.abs(clock_skew)} s ${clock_skew > 0 ? "behind" : "ahead of"}`;
  return `Set this machine's clock, which is ${difference} the server's; ` +
    "an assertion or a proof contains the time, and the server refuses one from another time";
}

/** Advice that is given if the clocks do not differ. */
export function unlessClockDiffers(
  advice: string,
): (error: TokenError, situation: Situation) => string {
  return (error, situation) => adviseForClock(error, situation) ?? advice;
}

// What a server answers that knows nobody of that name, or refuses a value.
const REFUSED_VALUE = [200, 400, 401, 403];

/** What to do if quotes around a value may be why it is refused, here or by the server. */
export function adviseForQuotes(
  { kind, status = 400, option }: TokenError,
  { quoted = [] }: Situation,
): string | undefined {
  const mayBeWhy = kind === "refused" ? REFUSED_VALUE.includes(status) : option !== undefined;
  if (quoted.length === 0 || !mayBeWhy) return undefined;
  const names = quoted.join(", ");
  return `Remove the quotes around ${names}; docker --env-file and some CI systems keep them`;
}

/** How to grant a permission to the program, as it was started. */
export function grant(permissions: string, isSource: boolean): string {
  const where = isSource ? "before main.ts" : "when you install or compile token";
  return `Add ${permissions} ${where}`;
}

/** What to do if the server refuses the client. */
export function adviseForClient(error: TokenError, situation: Situation): string {
  const { request = {}, isForeignAssertion, isForTokenUrl, isNamedByThumbprint } = situation;
  const { client_id = "", client_secret = "", auth_method = "client_secret_post" } = request;
  const aboutClock = adviseForClock(error, situation);
  if (aboutClock) return aboutClock;
  if (isForeignAssertion) {
    return "Has the assertion expired, or been used before? " +
      "Compare its issuer, subject and audience with what the provider expects";
  }
  if (typeof auth_method === "function") {
    // What the server says is its own text, not one of ours.
    const isAboutAudience = /\baud(ience)?\b/i.test(error.error_description ?? "");
    if (isAboutAudience) {
      return isForTokenUrl
        ? "Give --issuer, which servers want as the audience (RFC 10070), or another " +
          "--assertion-audience"
        : "Some servers want their issuer as --assertion-audience, others their token URL";
    }
    // Some servers find no key if the assertion names it by another id than they do.
    const check = isNamedByThumbprint
      ? "Check the id and the key, which the assertion names by its thumbprint: register what " +
        "--print-jwks prints, or give the id that the provider has for the key as --key-id"
      : "Check the id and the key or certificate, and which the provider has for this client";
    return isForTokenUrl ? `${check}; if they are right, give --issuer (RFC 10070)` : check;
  }

  // Servers disagree on where id and secret are sent, and on whether the header encodes them.
  const isEncoded = /[^\w.*-]/.test(client_id + client_secret);
  // As they are, an id with a colon cannot be told from the secret.
  const canBeRaw = isEncoded && !client_id.includes(":");
  const others = (OTHER_METHODS.get(auth_method) ?? [])
    .filter((method) => canBeRaw || method !== "client_secret_basic_raw");
  return `Check id and secret; some servers want --auth-method ${others.join(" or ")}`;
}

/** What to do if the server refuses a DPoP proof, or wants one. */
export function adviseForDpop(error: TokenError, situation: Situation): string {
  const aboutClock = adviseForClock(error, situation);
  if (aboutClock) return aboutClock;
  return situation.hasDpopKey
    ? "Check this machine's clock, and whether the server takes the algorithm of --dpop-key; " +
      "if it wants another nonce, try again"
    : "The server binds tokens to a key; give --dpop-key";
}

/** What to do if the issuer cannot be asked. */
export const GIVE_TOKEN_URL = "Give --token-url instead of --issuer";

/** What to do if the server calls itself by another name than the issuer that was given. */
export function adviseForIssuer({ issuer = "" }: TokenError): string {
  if (issuer.startsWith("https://login.microsoftonline.com/{")) {
    return "Entra's common and organizations are no issuers; give your tenant's id instead";
  }
  if (issuer.startsWith("https://sts.windows.net/")) {
    return "That is Entra's version 1; add /v2.0 to --issuer, or give --token-url";
  }
  // What is no issuer, is not safe (as a server behind a proxy may call itself), or names another one
  // again, leads nowhere.
  const url = URL.parse(issuer);
  if (!url || !isSafe(url) || /[?#{}…]/.test(issuer)) return GIVE_TOKEN_URL;
  return `If you trust it, give exactly ${quoteForShell(issuer)} as --issuer; ` +
    "if that names another one again, give --token-url instead";
}

/** What to do if nobody but the API names the issuer that would get the secret. */
export function adviseForTrust({ issuer = "" }: TokenError): string {
  return `If you trust it, add --issuer ${quoteForShell(issuer)}`;
}

/** What to do if the authority that signed the server's certificate is not known. */
export function adviseForAuthority(_: TokenError, { runtime, isSource }: Situation): string {
  if (runtime === "node") {
    return "To trust a private authority, set NODE_EXTRA_CA_CERTS=FILE, or NODE_USE_SYSTEM_CA=1 " +
      "if the system trusts it";
  }
  const flag = isSource ? "add --cert=FILE before main.ts, or " : "";
  return `To trust a private authority, ${flag}set DENO_CERT=FILE, or DENO_TLS_CA_STORE=system ` +
    "if the system trusts it";
}

/** What to do if the server shows the certificate of an authority, as `openssl req -x509` makes it. */
export function adviseForOwnAuthority({ host = "" }: TokenError): string {
  const { hostname } = new URL(`https://${host || "HOST"}`);
  const isAddress = /^\[|^[\d.]+$/.test(hostname);
  const name = isAddress ? `IP:${hostname.replace(/[[\]]/g, "")}` : `DNS:${hostname}`;
  return "Deno takes no authority's own certificate from a server, even if you trust it; make one " +
    "with: openssl req -x509 -addext basicConstraints=critical,CA:FALSE " +
    `-addext subjectAltName=${name} …`;
}

/** What to do if values are missing. */
export function adviseForMissing({ missing = [] }: TokenError, situation: Situation): string {
  const { isSource } = situation;
  const flags = missing.map((option) =>
    option === "client_secret" ? "--client-secret-file" : flagOf(option)
  );
  const variables = missing.map((option) => option.toUpperCase());
  const isReadable = variables.every((variable) => isGranted({ name: "env", variable }));
  const access = `--allow-env=${variables.join(",")}`;
  const env = isReadable ? "" : ` and ${lowerFirst(grant(access, isSource))}`;
  const read = isGranted({ name: "read", path: ".env" }) ? "" : " and add --allow-read=.env";
  const demo = missing.length === 3 ? "; or try it with --demo" : "";
  const them = missing.length === 1 ? "it" : "them";
  return `Give ${flags.join(", ")}; or set ${variables.join(", ")}${env}; ` +
    `or put ${them} in .env${read}${demo}`;
}

const NO_COMMA = "Choose a path without a comma; Deno takes a comma for the end of a path";

/** What to do if a file may not be read. */
export function adviseForRead({ path }: TokenError, { isSource }: Situation): string {
  if (path?.includes(",")) return NO_COMMA;
  return grant(`--allow-read=${path === undefined ? "PATH" : quoteForShell(path)}`, isSource);
}

/** What to do if the folder of `--cache`, or that of the file of `--watch`, may not be used. */
export function adviseForFolder({ path = "FOLDER" }: TokenError, { isSource }: Situation): string {
  if (path.includes(",")) return NO_COMMA;
  const folder = quoteForShell(path);
  return grant(`--allow-read=${folder} --allow-write=${folder}`, isSource);
}

/** A text as a shell takes it for one word. */
export function quoteForShell(text: string): string {
  const isPlain = !/[\s"'$`\\!*?;&|<>(){}#]/.test(text);
  return isPlain ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
