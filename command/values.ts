// Step 1, for the command: the values that were given, and where each was found. A flag
// overrides an environment variable, which overrides a line in `.env`; an empty value counts as absent.

import { isFile, readVariables } from "../runtime/runtime.ts";
import { TokenError } from "../token.ts";
import { type FlagName, flagOf, type Flags, type Option, OPTIONS, variableOf } from "./flags.ts";

const ENV_FILE = ".env";

/** The place of a secret whose file was named. */
export const FILE_PLACE = "from a file";
/** Places from which a secret can be read only once. */
export const STDIN_PLACE = "from standard input";
export const TERMINAL_PLACE = "typed in the terminal";

/** The options that name a file, and those that have its text. */
const TEXTS: [Option, Option][] = [
  ["client_key", "client_key_text"],
  ["client_key_passphrase_file", "client_key_passphrase"],
  ["client_cert", "client_cert_text"],
  ["client_assertion_file", "client_assertion"],
];

/** A value, and where it was found. */
export interface Found {
  value: string;
  /** What `value` would be the path of, if a variable has it, whose name `value` is then. */
  text?: string;
  /** The place in words, such as `from a flag`. */
  place: string;
  /** 0 for a flag, 1 for the environment, 2 for `.env`: of two values, the lower rank counts. */
  rank: number;
}

/** The values that were found. */
export type Values = Partial<Record<Option, Found>>;

/** Where each value was found. */
export type Places = Partial<Record<Option, string>>;

/**
 * Collects the values from flags, environment and `.env`.
 *
 * @throws {TokenError} `usage`, if a file or variable cannot be read.
 */
export async function collectValues(flags: Flags): Promise<Values> {
  const path = flags["env-file"] || ENV_FILE;
  const isWanted = Boolean(flags["env-file"]);
  const lines = isWanted || isFile(path) ? await readEnvFile(path) : new Map<string, string>();
  const environment = readVariables(OPTIONS.map(variableOf));

  const values: Values = {};
  for (const option of OPTIONS) {
    const variable = variableOf(option);
    const found = [
      { value: readFlag(flags, option), place: "from a flag", rank: 0 },
      { value: environment.get(variable), place: "from the environment", rank: 1 },
      { value: lines.get(variable), place: `from ${path}`, rank: 2 },
    ].find(isGiven);
    if (found) values[option] = found;
  }
  return withTexts(values);
}

/** Puts what a variable has in the place of a file, if none is named there or in a place that counts more. */
function withTexts(found: Values): Values {
  const values = { ...found };
  for (const [file, option] of TEXTS) {
    const text = values[option];
    delete values[option];
    if (!text || text.rank >= (values[file]?.rank ?? Infinity)) continue;
    values[file] = { ...text, value: variableOf(option), text: text.value };
  }
  return values;
}

function isGiven(candidate: Partial<Found>): candidate is Found {
  return Boolean(candidate.value);
}

/** The value that a flag gives to an option; repeated ones are joined with spaces. */
export function readFlag(flags: Flags, option: Option): string | undefined {
  const value = flags[flagOf(option).slice("--".length) as FlagName];
  if (Array.isArray(value)) return value.filter(Boolean).join(" ");
  return typeof value === "string" ? value : undefined;
}

async function readEnvFile(path: string): Promise<Map<string, string>> {
  const files = await import("./files.ts");
  return new Map(Object.entries(await files.readEnvFile(path)));
}

/**
 * Completes the secret: reads its file, unless the secret itself comes from a place that counts more, or
 * asks for it in the terminal.
 *
 * @throws {TokenError} `usage`, if the secret and its file are given in the same place, or the file cannot
 * be read.
 */
export async function readSecretFile(values: Values): Promise<Found | undefined> {
  const { client_secret, client_secret_file: file } = values;
  if (!file) return client_secret;
  if (client_secret?.rank === file.rank) {
    const message = "--client-secret and --client-secret-file exclude each other; " +
      "so do CLIENT_SECRET and CLIENT_SECRET_FILE";
    throw new TokenError("usage", "flags_conflict", message);
  }
  if (client_secret && client_secret.rank < file.rank) return client_secret;

  const { readSecret } = await import("./files.ts");
  const place = file.value === "-" ? STDIN_PLACE : FILE_PLACE;
  const value = await readSecret(file.value, "client_secret_file", file);
  return { value, place, rank: file.rank };
}

/** Asks for the secret in the terminal, if there is one. */
export async function askForSecret(client_id: string): Promise<Found | undefined> {
  const { askSecret } = await import("./files.ts");
  const value = await askSecret(client_id);
  return value ? { value, place: TERMINAL_PLACE, rank: 0 } : undefined;
}

// Straight, and as people write them in documents.
const IN_QUOTES = /^\s*(?:"[^]*"|'[^]*'|`[^]*`|[“”„][^]*[“”]|[‘’‚][^]*[‘’]|«[^]*»)\s*$/;

/** Whether a value is in quotes. */
export function isInQuotes(found?: Found): boolean {
  const text = found?.text ?? found?.value ?? "";
  // Around PEM, nothing counts.
  return IN_QUOTES.test(text) && !text.includes("-----BEGIN ");
}

/** Where each value was found. */
export function placesOf(values: Values): Places {
  return Object.fromEntries(Object.entries(values).map(([name, found]) => [name, found?.place]));
}
