// Step 1 of the lesson, for the command: what to request and how. A flag overrides an environment
// variable, and that a line in `.env`; an empty value counts as absent.

import { isFile, isGranted, readVariable } from "../runtime/host.ts";
import { type RequestOptions, TokenError, type TokenRequest } from "../token.ts";
import type { Proof } from "./proof.ts";
import { checkChoice, type Flag, type FlagName, FLAGS, type Flags } from "./flags.ts";
import { fetchFor } from "./network.ts";
import { say } from "./output.ts";

/** What to request and how to send it. */
export interface Settings {
  /** What to request. */
  request: TokenRequest;
  /** How to send it. */
  options: RequestOptions;
  /** Where each value was found, such as `from a flag`. */
  sources: Values;
  /** What proves the client, if it is more than a secret. */
  proof?: Proof;
  /** Where to keep the token. */
  cache?: CacheSettings;
}

/** Where to keep the token. */
export interface CacheSettings {
  /** The path of the folder. */
  folder: string;
  /** Whether to request a new one, even if one is kept. */
  refresh?: boolean;
}

/** The source of the values of the lesson. */
export const LESSON_SOURCE = "from the lesson";

type FlagWithVariable = {
  [Name in FlagName]: typeof FLAGS[Name] extends { variable: string } ? Name : never;
}[FlagName];
type SnakeCase<Text extends string> = Text extends `${infer First}-${infer Rest}`
  ? `${First}_${SnakeCase<Rest>}`
  : Text;
type Name = SnakeCase<FlagWithVariable>;

const NAMES = Object.entries<Flag>(FLAGS).filter(([, { variable }]) => variable)
  .map(([flag]) => flag.replaceAll("-", "_") as Name);
const CREDENTIALS = ["token_url", "client_id", "client_secret"] as const;
const ENV_FILE = ".env";
const MAX_TIMEOUT_SECONDS = 2_000_000;
const MAX_RETRIES = 10;

/** A text for each flag that has a variable. */
export type Values = Partial<Record<Name, string>>;

/**
 * Collects what to request and how.
 *
 * @throws {TokenError} `usage`, if a value is wrong or missing, or must not be read; as `discover` does, if
 * the issuer is asked.
 */
export async function readSettings(flags: Flags): Promise<Settings> {
  const options = readOptions(flags);
  const path = flags["env-file"] || ENV_FILE;
  const places: [place: string, values: Values][] = [
    ["from a flag", readFlags(flags)],
    ["from the environment", valuesOf((name) => readVariable(variableOf(name)))],
    [`from ${path}`, await readDotenv(path, Boolean(flags["env-file"]))],
  ];
  const values: Values = {};
  const sources: Values = {};
  for (const name of NAMES) {
    const [place, found] = places.find(([, values]) => values[name]) ?? [];
    values[name] = found?.[name];
    sources[name] = place;
  }
  const params = flags.param ? readParams(flags) : parseParams(values.param ?? "");
  await readSecretFile(values, sources, places.map(([place]) => place));
  const { auth_method, client_id } = values;
  checkChoice("auth-method", auth_method, variableOf("auth_method"));
  const needed = CREDENTIALS.filter((name) => isNeeded(name, values, flags));
  const missing = needed.filter((name) => !values[name]);
  if (client_id && `${missing}` === "client_secret") {
    const { askSecret } = await import("./files.ts");
    values.client_secret = await askSecret(client_id);
    sources.client_secret = "typed in the terminal";
    if (values.client_secret) missing.pop();
  }
  if (missing.length > 0) {
    throw new TokenError(
      "usage",
      "missing_credentials",
      `Missing ${missing.map(variableOf).join(", ")}`,
    );
  }
  const { cache: folder } = values;
  if (flags.refresh && !folder) {
    throw new TokenError("usage", "flag_incomplete", "--refresh needs --cache");
  }
  if (/\s$/.test(values.client_secret ?? "")) {
    say(
      "warning: The client secret ends in white space; remove it unless it is part of the secret",
    );
  }
  const cache = folder ? { folder, refresh: flags.refresh } : undefined;
  const { token_url, client_secret, scope } = values;
  const request = { token_url, client_id, client_secret, scope, auth_method, params };
  const settings = { request: request as TokenRequest, options, sources, cache };
  if (isMoreThanSecret(flags, values)) {
    const { prepareProof } = await import("./client_authentication.ts");
    return { ...settings, ...await prepareProof(settings, flags, values) };
  }
  return { ...settings, options: { ...options, fetch: await fetchFor(token_url!) } };
}

/** Reads the secret's file, unless the secret itself is in a place that comes first. */
async function readSecretFile(values: Values, sources: Values, places: string[]): Promise<void> {
  const { client_secret, client_secret_file: path } = values;
  if (!path) return;
  const [own, file] = [sources.client_secret, sources.client_secret_file];
  if (client_secret && own === file) {
    throw new TokenError(
      "usage",
      "flags_conflict",
      "--client-secret and --client-secret-file exclude each other; " +
        "so do CLIENT_SECRET and CLIENT_SECRET_FILE",
    );
  }
  if (client_secret && places.indexOf(own!) < places.indexOf(file!)) return;
  values.client_secret = await (await import("./files.ts")).readSecret(path);
  sources.client_secret = path === "-" ? "from standard input" : "from a file";
}

/** Whether a credential must be given. */
function isNeeded(
  name: typeof CREDENTIALS[number],
  values: Values,
  flags: Flags,
): boolean {
  if (name === "token_url") return !values.issuer;
  if (name === "client_id") return true;
  // A method of the environment that does not fit the flag is named later.
  if (flags["client-assertion-file"] || flags["client-key"] && !values.client_cert) return false;
  if (values.auth_method) return values.auth_method.startsWith("client_secret");
  return !values.client_key && !values.client_cert && !values.client_assertion_file;
}

/** Whether the client proves itself with more than a secret, or the endpoint must be found first. */
function isMoreThanSecret(flags: Flags, values: Values): boolean {
  const { issuer, client_key, client_cert, client_assertion_file, key_id, auth_method } = values;
  return Boolean(issuer || client_key || client_cert || client_assertion_file || key_id) ||
    /jwt$|tls/.test(auth_method ?? "") ||
    Boolean(flags["signing-alg"] || flags["assertion-audience"] || values.dpop_key);
}

/** Whether no credentials were given and there is nowhere to look for them, so that it is a lesson. */
export function isLesson(flags: Flags): boolean {
  if (flags.demo) return true;
  const allowed: FlagName[] = ["explain", "output", "timeout", "retries"];
  return Object.keys(flags).every((name) => allowed.includes(name as FlagName)) &&
    !isGranted({ name: "read", path: ENV_FILE }) &&
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
  if (!text || text.split("&").every((field) => /^[^=]+=/.test(field))) {
    // Not the text itself: a "?" before the first name would be dropped.
    return [...new URLSearchParams(`&${text}`)];
  }
  throw new TokenError(
    "usage",
    "params_invalid",
    'PARAMS must have the form "name=value&name=value"',
  );
}

/**
 * The options that flags set.
 *
 * @throws {TokenError} `usage`, if a header or a number is wrong.
 */
export function readOptions(flags: Flags): RequestOptions {
  const { timeout, retries } = flags;
  return {
    headers: flags.header?.map((header): [string, string] => {
      const [name, value] = split("header", header, ":");
      // Deno takes a value with a blank before and a line break in it for an empty one.
      return [name, value.trim()];
    }),
    allowHttp: flags["allow-http"],
    timeout: timeout ? readTimeout(timeout) : undefined,
    retries: retries ? readRetries(retries) : undefined,
  };
}

/** The values that flags give. */
export function readFlags(flags: Flags): Values {
  return valuesOf((name) => {
    const value = flags[flagOf(name)];
    return Array.isArray(value) ? value.filter(Boolean).join(" ") : value;
  });
}

async function readDotenv(path: string, isWanted: boolean): Promise<Values> {
  if (!isWanted && !isFile(path)) return {};
  const { readEnvFile } = await import("./files.ts");
  const variables = await readEnvFile(path);
  return valuesOf((name) => variables[variableOf(name)]);
}

function valuesOf(get: (name: Name) => string | undefined): Values {
  return Object.fromEntries(NAMES.map((name) => [name, get(name)]));
}

function flagOf(name: Name): FlagWithVariable {
  return name.replaceAll("_", "-") as FlagWithVariable;
}

function variableOf(name: Name): string {
  return FLAGS[flagOf(name)].variable;
}

function readTimeout(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (value > 0 && value <= MAX_TIMEOUT_SECONDS) return value * 1000;
  const what = `a number of seconds above 0, up to ${MAX_TIMEOUT_SECONDS}`;
  throw new TokenError("usage", "timeout_invalid", `--timeout must be ${what}`);
}

function readRetries(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value <= MAX_RETRIES) return value;
  throw new TokenError(
    "usage",
    "retries_invalid",
    `--retries must be a whole number from 0 to ${MAX_RETRIES}`,
  );
}

function split(flag: "param" | "header", text: string, separator: string): [string, string] {
  const end = text.indexOf(separator);
  if (end > 0) return [text.slice(0, end), text.slice(end + 1)];
  throw new TokenError(
    "usage",
    `${flag}s_invalid`,
    `--${flag} must have the form "${FLAGS[flag].value}"`,
  );
}
