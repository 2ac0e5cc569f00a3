/**
 * Step 1 of the lesson, for the command: what to request and how. A flag wins over an environment
 * variable and that over `.env`; an empty value counts as absent.
 *
 * @module
 */

import type { Flags } from "./flags.ts";
import { say } from "./output.ts";
import { isSafe, type RequestOptions, TokenError, type TokenRequest } from "../token.ts";

/** What to request and how to send it. */
export interface Settings extends AsyncDisposable {
  /** What to request. */
  request: TokenRequest;
  /** How to send it. */
  options: RequestOptions;
  /** Where each value was found, such as `from a flag`. */
  sources: Values;
}

const VARIABLES = {
  token_url: "TOKEN_URL",
  client_id: "CLIENT_ID",
  client_secret: "CLIENT_SECRET",
  scope: "SCOPE",
  auth_method: "AUTH_METHOD",
};

/** A text for each value of a request that a flag, a variable or a line in `.env` can give. */
export type Values = Partial<Record<keyof typeof VARIABLES, string>>;

/** Where the lesson's values come from. */
export const LESSON_SOURCE = "from the lesson";

const NAMES = Object.keys(VARIABLES) as (keyof typeof VARIABLES)[];
const CREDENTIALS = ["token_url", "client_id", "client_secret"] as const;
const CREDENTIAL_FLAGS = ["token-url", "client-id", "client-secret", "client-secret-file"] as const;
const ENV_FILE = ".env";

/**
 * Finds out what to request; with nowhere to look, the lesson.
 *
 * @throws {TokenError} `usage`, if a value is wrong, missing or may not be read.
 */
export async function readSettings(flags: Flags): Promise<Settings> {
  const options = readOptions(flags);
  const params = (flags.param ?? []).map((param) => split("param", param, "=", "name=value"));
  const given = await readFlags(flags);
  if (flags.demo || nowhereToLook(flags)) {
    const credential = CREDENTIALS.find((name) => given[name]);
    if (credential) throw new TokenError("usage", `--demo has a ${credential} of its own`);
    if (flags["env-file"]) throw new TokenError("usage", "--demo reads no --env-file");
    const { startLesson } = await import("../lesson/lesson.ts");
    return startLesson({ ...given, params } as TokenRequest, options, flags.demo);
  }

  const places: [place: string, values: Values][] = [
    ["from a flag", given],
    ["from the environment", readEnvironment()],
    [`from ${flags["env-file"] || ENV_FILE}`, await readDotenv(flags["env-file"])],
  ];
  const values: Values = {};
  const sources: Values = {};
  for (const name of NAMES) {
    const [place, found] = places.find(([, values]) => values[name]) ?? [];
    sources[name] = place;
    values[name] = found?.[name];
  }
  const file = flags["client-secret-file"];
  if (file) sources.client_secret = file === "-" ? "from standard input" : "from a file";
  if (values.client_id && values.token_url && !values.client_secret) {
    const { askSecret } = await import("./files.ts");
    values.client_secret = await askSecret(values.client_id);
    sources.client_secret = "typed in the terminal";
  }
  const broken = NAMES.find((name) => values[name]?.includes("\ufffd"));
  if (broken) throw new TokenError("usage", `${VARIABLES[broken]} is not UTF-8 text`);
  const missing = CREDENTIALS.filter((name) => !values[name]).map((name) => VARIABLES[name]);
  if (missing.length > 0) throw new TokenError("usage", `Missing ${missing.join(", ")}`);
  const { token_url, client_secret } = values as Required<Values>;
  if (/\s$/.test(client_secret)) {
    say(
      "warning: The client secret ends in white space; remove it unless it belongs to the secret",
    );
  }
  const network = networkFor(token_url);
  return {
    request: { ...values, params } as TokenRequest,
    options: { ...options, fetch: network.fetch },
    sources,
    [Symbol.asyncDispose]: () => Promise.resolve(network[Symbol.dispose]()),
  };
}

function nowhereToLook(flags: Flags): boolean {
  return [...CREDENTIAL_FLAGS, "env-file" as const].every((flag) => flags[flag] === undefined) &&
    !granted({ name: "read", path: ENV_FILE }) &&
    !CREDENTIALS.some((name) => granted({ name: "env", variable: VARIABLES[name] }));
}

async function readFlags(flags: Flags): Promise<Values> {
  const { "client-secret": secret, "client-secret-file": path } = flags;
  if (secret && path) {
    throw new TokenError("usage", "--client-secret and --client-secret-file exclude each other");
  }
  return {
    token_url: flags["token-url"],
    client_id: flags["client-id"],
    client_secret: path ? await (await import("./files.ts")).readSecret(path) : secret,
    scope: flags.scope?.filter(Boolean).join(" ") || undefined,
    auth_method: flags["auth-method"] || undefined,
  };
}

function readEnvironment(): Values {
  return byName((variable) => {
    if (!granted({ name: "env", variable })) return undefined;
    try {
      return Deno.env.get(variable);
    } catch {
      throw new TokenError("usage", `${variable} is not UTF-8 text`);
    }
  });
}

async function readDotenv(path: string | undefined): Promise<Values> {
  if (!path && !isFile(ENV_FILE)) return {};
  const { readEnvFile } = await import("./files.ts");
  const variables = await readEnvFile(path || ENV_FILE);
  return byName((variable) => variables[variable]);
}

function byName(get: (variable: string) => string | undefined): Values {
  return Object.fromEntries(NAMES.map((name) => [name, get(VARIABLES[name])]));
}

/** Nobody asked for the default file, so it may be missing, or be a folder or the like. */
function isFile(path: string): boolean {
  try {
    return granted({ name: "read", path }) && Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function readOptions(flags: Flags): RequestOptions {
  const headers = (flags.header ?? []).map((header) => split("header", header, ":", "name: value"));
  return {
    headers,
    allowHttp: flags["allow-http"],
    timeout: flags.timeout ? number("timeout", flags.timeout) * 1000 : undefined,
    retries: flags.retries ? number("retries", flags.retries) : undefined,
  };
}

function number(flag: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new TokenError("usage", `--${flag} must be a number`);
  return Number(text);
}

function split(flag: string, text: string, separator: string, form: string): [string, string] {
  const end = text.indexOf(separator);
  if (end < 1) throw new TokenError("usage", `--${flag} must have the form "${form}"`);
  return [text.slice(0, end), text.slice(end + 1)];
}

/** Tells whether something may be done without asking. */
export function granted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/** A `fetch` for one host; disposing of it closes its connections. */
export interface Network extends Disposable {
  /** Absent where the runtime's own will do. */
  fetch?: RequestOptions["fetch"];
}

/** Chooses how to reach this address. */
function networkFor(url: string): Network {
  const nothing = { [Symbol.dispose]() {} };
  if (!URL.canParse(url)) return nothing;
  const address = new URL(url);
  const { protocol, hostname, port } = address;
  const portOrDefault = Number(port) || (protocol === "http:" ? 80 : 443);
  if (!mayReach(`${hostname}:${portOrDefault}`)) {
    // As fetch itself would fail, once it has prompted.
    return { ...nothing, fetch: () => Promise.reject(new Deno.errors.NotCapable()) };
  }
  return protocol === "http:" && isSafe(address) ? direct(hostname, portOrDefault) : nothing;
}

/** Goes straight to a port: Deno would send even what is for this machine through HTTP_PROXY. */
export function direct(hostname: string, port: number): Required<Network> {
  const client = Deno.createHttpClient({
    proxy: { transport: "tcp", hostname, port },
    // Neither is of use for one plain request, and both take time.
    http2: false,
    poolMaxIdlePerHost: 0,
  });
  return {
    fetch: (url, init) => fetch(url, { ...init, client }),
    [Symbol.dispose]: () => client.close(),
  };
}

function mayReach(host: string): boolean {
  try {
    return granted({ name: "net", host });
  } catch {
    throw new TokenError("usage", "token_url holds a host name that cannot exist");
  }
}
