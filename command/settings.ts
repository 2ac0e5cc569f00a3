// What the command requests and how, from the values that were given.
//
// `values.ts` collects the values and where each was found. With a secret alone, what to request follows at
// once; with a key, a certificate, an assertion or an issuer, `client_authentication.ts` completes it:
// `choose_method.ts` chooses how to authenticate, `read_keys.ts` reads the keys. `network.ts` chooses what
// sends the request. What goes wrong is a `TokenError`, which `report.ts` looks up in `error_table.ts`.

import { isGranted } from "../runtime/runtime.ts";
import { type RequestOptions, TokenError, type TokenRequest } from "../token.ts";
import type { PreparedRequest } from "./client_authentication.ts";
import { checkChoice, type FlagName, FLAGS, type Flags, type Option, variableOf } from "./flags.ts";
import { fetchFor, observed } from "./network.ts";
import { type TokenNeeds, warn } from "./output.ts";
import {
  askForSecret,
  collectValues,
  isInQuotes,
  placesOf,
  readSecretFile,
  type Values,
} from "./values.ts";

/** What to request, how to send it, and where to keep the token. */
export interface Settings extends PreparedRequest {
  /** Where to keep the token. */
  cache?: CacheSettings;
  /** How many seconds a token lives if the server does not say. */
  defaultLifetime?: number;
  /** What the token must have, besides the scopes of the request. */
  needs?: Omit<TokenNeeds, "scope">;
  /** The flags and variables whose values are in quotes. */
  quoted?: string[];
  /** The file that the token is written to, if it is not printed to stdout. */
  destination?: string;
}

/** Where to keep the token. */
export interface CacheSettings {
  /** The path of the folder. */
  folder: string;
  /** Whether to request a new one, even if one is kept. */
  refresh?: boolean;
}

/** Where the values of the demo come from. */
export const DEMO_PLACE = "from the demo";

const CREDENTIALS = ["token_url", "client_id", "client_secret"] as const;
const MAX_TIMEOUT_SECONDS = 2_000_000;
const MAX_RETRIES = 10;

/**
 * Collects what to request and how.
 *
 * @throws {TokenError} `usage`, if a value is wrong or missing, or must not be read; as `discover` does, if
 * the issuer is asked.
 */
export async function readSettings(flags: Flags): Promise<Settings> {
  const options = readOptions(flags);
  const isScopeStrict = flags["strict-scope"];
  const values = await collectValues(flags);
  // What is wrong with such a value is said later.
  const quoted = await warnOfQuotes({ ...values, client_secret: undefined });
  const params = flags.param ? readParams(flags) : parseParams(values.params?.value ?? "");
  values.client_secret = await readSecretFile(values);
  checkChoice("auth-method", values.auth_method?.value, variableOf("auth_method"));
  const assertionFrom = values.client_assertion_from?.value;
  checkChoice("client-assertion-from", assertionFrom, variableOf("client_assertion_from"));
  await completeSecret(values, flags);
  quoted.push(...await warnOfQuotes({ client_secret: values.client_secret }));
  const cache = readCache(values, flags);
  const defaultLifetime = readLifetime(flags, Boolean(cache));
  if (flags["no-resource-param"] && !values.resource) {
    throw new TokenError("usage", "flag_incomplete", "--no-resource-param needs --resource");
  }

  const request: TokenRequest = {
    token_url: values.token_url?.value ?? "",
    client_id: values.client_id?.value ?? "",
    client_secret: values.client_secret?.value,
    // A variable may end in a line break, as a file in Kubernetes does.
    scope: values.scope?.value.trim(),
    params,
  };
  if (isMoreThanSecret(values, flags)) {
    const { prepareClient } = await import("./client_authentication.ts");
    const prepared = await prepareClient(request, options, values, flags);
    return {
      ...prepared,
      quoted,
      cache,
      defaultLifetime,
      needs: { isScopeStrict, dpop_jkt: prepared.proof?.dpop_jkt },
    };
  }
  const fetch = await fetchFor(request.token_url);
  return {
    request: { ...request, auth_method: values.auth_method?.value as TokenRequest["auth_method"] },
    options,
    connect: (observer) => observed(fetch, observer),
    places: placesOf(values),
    quoted,
    cache,
    defaultLifetime,
    needs: { isScopeStrict },
  };
}

/** Warns of values in quotes, and returns the names of what gave them. */
async function warnOfQuotes(values: Values): Promise<string[]> {
  if (!Object.values(values).some(isInQuotes)) return [];
  return (await import("./quotes.ts")).warnOfQuotes(values);
}

/** Asks for a secret if that alone is missing, and checks that nothing else is. */
async function completeSecret(values: Values, flags: Flags): Promise<void> {
  const needed = CREDENTIALS.filter((name) => isNeeded(name, values, flags));
  const isMissing = (name: Option) => !values[name];
  const [first, ...others] = needed.filter(isMissing);
  if (values.client_id && first === "client_secret" && others.length === 0) {
    values.client_secret = await askForSecret(values.client_id.value);
  }

  const missing = needed.filter(isMissing);
  if (missing.length > 0) {
    const message = `Missing ${missing.map(variableOf).join(", ")}`;
    throw new TokenError("usage", "missing_credentials", message, { missing });
  }
  for (const name of ["client_id", "client_secret"] as const) {
    if (!/\s$/.test(values[name]?.value ?? "")) continue;
    const what = name.replace("client_", "");
    warn(`The client ${what} ends in white space; remove it unless it is part of the ${what}`);
  }
}

/** Whether a credential must be given. */
function isNeeded(name: typeof CREDENTIALS[number], values: Values, flags: Flags): boolean {
  if (name === "token_url") return !values.issuer && !values.resource;
  if (name === "client_id") return true;
  // A method of the environment that does not fit the flag is named later.
  if (flags["client-assertion-file"] || flags["client-assertion-from"]) return false;
  if (flags["client-key"] && !values.client_cert) return false;
  if (values.auth_method) return values.auth_method.value.startsWith("client_secret");
  const hasAssertion = values.client_assertion_file || values.client_assertion_from;
  return !values.client_key && !values.client_cert && !hasAssertion;
}

/** Whether the client proves itself with more than a secret, or the endpoint must be found first. */
function isMoreThanSecret(values: Values, flags: Flags): boolean {
  const { client_key, client_cert, client_assertion_file, key_id, dpop_key } = values;
  const method = values.auth_method?.value ?? "";
  const isFound = values.issuer || values.resource;
  return Boolean(isFound || client_key || client_cert || client_assertion_file || key_id) ||
    Boolean(dpop_key || flags["signing-alg"] || flags["assertion-audience"]) ||
    Boolean(flags["cert-header"] || flags["client-key-passphrase-file"]) ||
    Boolean(flags["client-assertion-type"] || values.client_assertion_from) ||
    method.endsWith("jwt") || method.includes("tls");
}

function readCache({ cache }: Values, { refresh }: Flags): CacheSettings | undefined {
  if (cache) return { folder: cache.value, refresh };
  if (refresh) throw new TokenError("usage", "flag_incomplete", "--refresh needs --cache");
  return undefined;
}

function readLifetime(flags: Flags, isCached: boolean): number | undefined {
  const text = flags["default-lifetime"];
  if (!text) return undefined;
  if (!isCached && flags.watch === undefined) {
    const message = "--default-lifetime needs --cache or --watch";
    throw new TokenError("usage", "flag_incomplete", message);
  }
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (seconds > 0) return seconds;
  const message = "--default-lifetime must be a number of seconds above 0";
  throw new TokenError("usage", "default_lifetime_invalid", message);
}

/** Whether no credentials were given and there is nowhere to look for them, so that the demo runs. */
export function isDemo(flags: Flags): boolean {
  if (flags.demo) return true;
  const allowed: FlagName[] = ["explain", "output", "errors", "timeout", "retries"];
  return Object.keys(flags).every((name) => allowed.includes(name as FlagName)) &&
    !isGranted({ name: "read", path: ".env" }) &&
    !CREDENTIALS.some((name) => isGranted({ name: "env", variable: variableOf(name) }));
}

/**
 * The form fields of `--param`.
 *
 * @throws {TokenError} `usage`, if one is not `name=value`.
 */
export function readParams(flags: Flags): [string, string][] {
  return (flags.param ?? []).map((param) => split("param", param, "="));
}

/** The form fields of `PARAMS`, in the form in which they are sent. */
function parseParams(text: string): [string, string][] {
  const isForm = text.split("&").every((field) => /^[^=]+=/.test(field));
  if (text && !isForm) {
    const message = 'PARAMS must have the form "name=value&name=value"';
    throw new TokenError("usage", "params_invalid", message);
  }
  // Not the text itself: a "?" before the first name would be dropped.
  return [...new URLSearchParams(`&${text}`)];
}

/**
 * The options that flags set.
 *
 * @throws {TokenError} `usage`, if a header or a number is wrong.
 */
export function readOptions(flags: Flags): RequestOptions {
  return {
    headers: flags.header?.map((header): [string, string] => {
      const [name, value] = split("header", header, ":");
      // Deno takes a value with a blank before and a line break in it for an empty one.
      return [name, value.trim()];
    }),
    allowHttp: flags["allow-http"],
    timeout: readTimeout(flags.timeout),
    retries: readRetries(flags.retries),
  };
}

function readTimeout(text?: string): number | undefined {
  if (!text) return undefined;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (value > 0 && value <= MAX_TIMEOUT_SECONDS) return value * 1000;
  const what = `a number of seconds above 0, up to ${MAX_TIMEOUT_SECONDS}`;
  throw new TokenError("usage", "timeout_invalid", `--timeout must be ${what}`);
}

function readRetries(text?: string): number | undefined {
  if (!text) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value <= MAX_RETRIES) return value;
  const what = `a whole number from 0 to ${MAX_RETRIES}`;
  throw new TokenError("usage", "retries_invalid", `--retries must be ${what}`);
}

function split(flag: "param" | "header", text: string, separator: string): [string, string] {
  const end = text.indexOf(separator);
  if (end > 0) return [text.slice(0, end), text.slice(end + 1)];
  const message = `--${flag} must have the form "${FLAGS[flag].value}"`;
  throw new TokenError("usage", `${FLAGS[flag].option}_invalid`, message);
}
