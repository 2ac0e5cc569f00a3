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

const NAMES = [
  ...["token_url", "client_id", "client_secret", "scope", "auth_method", "issuer"] as const,
  ...["client_key", "client_cert", "client_assertion_file", "key_id", "dpop_key"] as const,
  ...["client_secret_file", "param", "cache"] as const,
] as const;
const CREDENTIALS = ["token_url", "client_id", "client_secret"] as const;
const ENV_FILE = ".env";
const MAX_TIMEOUT_SECONDS = 2_000_000;
const MAX_RETRIES = 10;

/** A text for each value of a request that has a variable. */
export type Values = Partial<Record<typeof NAMES[number], string>>;

/**
 * Collects what to request and how.
 *
 * @throws {TokenError} `usage`, if a value is wrong or missing, or must not be read.
 */
export async function readSettings(flags: Flags): Promise<Settings> {
  const options = readOptions(flags);
  const path = flags["env-file"] || ENV_FILE;
  const places: [place: string, values: Values][] = [
    ["from a flag", readFlags(flags)],
    ["from the environment", byName(readVariable)],
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
  const { auth_method = "", client_id } = values;
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
    throw new TokenError("usage", `Missing ${missing.map(variableOf).join(", ")}`);
  }
  const { cache: folder } = values;
  if (flags.refresh && !folder) throw new TokenError("usage", "--refresh needs --cache");
  if (/\s$/.test(values.client_secret ?? "")) {
    say(
      "warning: The client secret ends in white space; remove it unless it is part of the secret",
    );
  }
  const cache = folder ? { folder, refresh: flags.refresh } : undefined;
  const settings = { request: { ...values, params } as TokenRequest, options, sources, cache };
  if (isMoreThanSecret(flags, values)) {
    const { prepareProof } = await import("./client_authentication.ts");
    return { ...settings, ...await prepareProof(settings, flags, values) };
  }
  return { ...settings, options: { ...options, fetch: await fetchFor(values.token_url!) } };
}

/** Reads the secret's file, unless the secret itself is in a place that comes first. */
async function readSecretFile(values: Values, sources: Values, places: string[]): Promise<void> {
  const { client_secret, client_secret_file: path } = values;
  if (!path) return;
  const [own, file] = [sources.client_secret, sources.client_secret_file];
  if (client_secret && own === file) {
    throw new TokenError(
      "usage",
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

/** The form fields of `--param`. */
export function readParams(flags: Flags): [string, string][] {
  return (flags.param ?? []).map((param) => split("param", param, "="));
}

/** The form fields of `PARAMS`, in the form in which they are sent. */
function parseParams(text: string): [string, string][] {
  if (!text || text.split("&").every((field) => /^[^=]+=/.test(field))) {
    // Not the text itself: a "?" before the first name would be dropped.
    return [...new URLSearchParams(`&${text}`)];
  }
  throw new TokenError("usage", 'PARAMS must have the form "name=value&name=value"');
}

/** The options that flags set. */
export function readOptions(flags: Flags): RequestOptions {
  const { timeout, retries } = flags;
  return {
    headers: flags.header?.map((header): [string, string] => {
      const [name, value] = split("header", header, ":");
      // Deno takes a value with a blank before and a line break in it for an empty one.
      return [name, value.trim()];
    }),
    allowHttp: flags["allow-http"],
    timeout: timeout ? number("timeout", timeout, MAX_TIMEOUT_SECONDS) * 1000 : undefined,
    retries: retries ? number("retries", retries, MAX_RETRIES) : undefined,
  };
}

/** The values of a request that flags give. */
export function readFlags(flags: Flags): Values {
  return {
    token_url: flags["token-url"],
    client_id: flags["client-id"],
    client_secret: flags["client-secret"],
    client_secret_file: flags["client-secret-file"],
    scope: flags.scope?.filter(Boolean).join(" "),
    auth_method: flags["auth-method"],
    issuer: flags.issuer,
    client_key: flags["client-key"],
    client_cert: flags["client-cert"],
    client_assertion_file: flags["client-assertion-file"],
    key_id: flags["key-id"],
    dpop_key: flags["dpop-key"],
    cache: flags.cache,
  };
}

async function readDotenv(path: string, isWanted: boolean): Promise<Values> {
  if (!isWanted && !isFile(path)) return {};
  const { readEnvFile } = await import("./files.ts");
  const variables = await readEnvFile(path);
  return byName((variable) => variables[variable]);
}

function byName(get: (variable: string) => string | undefined): Values {
  return Object.fromEntries(NAMES.map((name) => [name, get(variableOf(name))]));
}

function variableOf(name: typeof NAMES[number]): string {
  const flag = name.replaceAll("_", "-") as FlagName;
  return (FLAGS[flag] as Flag).variable!;
}

function number(flag: FlagName, text: string, max: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  const isValid = flag === "retries" ? Number.isInteger(value) : value > 0;
  if (isValid && value <= max) return value;
  const what = flag === "retries" ? "a whole number from 0" : "a number of seconds above 0, up";
  throw new TokenError("usage", `--${flag} must be ${what} to ${max}`);
}

function split(flag: "param" | "header", text: string, separator: string): [string, string] {
  const end = text.indexOf(separator);
  if (end > 0) return [text.slice(0, end), text.slice(end + 1)];
  throw new TokenError("usage", `--${flag} must have the form "${FLAGS[flag].value}"`);
}
