// The flags of the command, declared once: parsing, help, settings and hints come from these tables.

import { printable, TokenError } from "../token.ts";

/** What is known about a flag. */
export interface Flag {
  /** What it does, for the help. */
  help: string;
  /** What the help shows in the place of its value; a switch has none. */
  value?: string;
  /** The values it takes, if only these; the first is the default, unless it is required. */
  choices?: readonly string[];
  /** Whether it does nothing without a value; its help names the choices. */
  required?: true;
  /** Whether it may be given more than once. */
  repeatable?: true;
  /** Its one-letter form. */
  short?: string;
  /** The environment variable, or line in `.env`, that it overrides. */
  variable?: string;
  /** The option of the library, or of the command itself, that it sets. */
  option?: string;
}
type Table = Record<string, Flag>;

const CLIENT = {
  "token-url": {
    option: "token_url",
    value: "url",
    variable: "TOKEN_URL",
    help: "the token endpoint",
  },
  "issuer": {
    option: "issuer",
    value: "url",
    variable: "ISSUER",
    help: "finds the token endpoint",
  },
  "resource": {
    option: "resource",
    value: "url",
    variable: "RESOURCE",
    help: "the API; finds the issuer",
  },
  "client-id": {
    option: "client_id",
    value: "id",
    variable: "CLIENT_ID",
    help: "the client identifier",
  },
  "client-secret": {
    option: "client_secret",
    value: "secret",
    variable: "CLIENT_SECRET",
    help: "other users can see it in ps",
  },
  "client-secret-file": {
    option: "client_secret_file",
    value: "path",
    variable: "CLIENT_SECRET_FILE",
    help: "its file; - is standard input",
  },
  "env-file": { value: "path", help: "a file other than .env" },
} as const satisfies Table;

const REQUEST = {
  "scope": {
    option: "scope",
    value: "scope",
    variable: "SCOPE",
    repeatable: true,
    help: "a scope; repeatable",
  },
  "strict-scope": { help: "fail if a scope is not granted" },
  "param": {
    option: "params",
    value: "name=value",
    variable: "PARAMS",
    repeatable: true,
    help: "a form field; repeatable",
  },
  "no-resource-param": { help: "do not send the resource to the server" },
  "auth-method": {
    option: "auth_method",
    value: "method",
    variable: "AUTH_METHOD",
    choices: [
      "client_secret_post",
      "client_secret_basic",
      "client_secret_basic_raw",
      "client_secret_jwt",
      "private_key_jwt",
      "tls_client_auth",
      "self_signed_tls_client_auth",
    ],
    help: "how the client proves itself",
  },
  "header": {
    value: "name: value",
    option: "headers",
    repeatable: true,
    help: "a further header; repeatable",
  },
} as const satisfies Table;

const KEYS = {
  "client-key": {
    option: "client_key",
    value: "path",
    variable: "CLIENT_KEY_FILE",
    help: "the client's private key",
  },
  "client-key-passphrase-file": {
    option: "client_key_passphrase_file",
    value: "path",
    variable: "CLIENT_KEY_PASSPHRASE_FILE",
    help: "if it is encrypted, or -",
  },
  "client-cert": {
    option: "client_cert",
    value: "path",
    variable: "CLIENT_CERT_FILE",
    help: "the key's certificate",
  },
  "cert-header": {
    value: "name",
    choices: ["x5t#S256", "x5t", "x5c"],
    help: "what the assertion says of the certificate",
  },
  "client-assertion-file": {
    option: "client_assertion_file",
    value: "path",
    variable: "CLIENT_ASSERTION_FILE",
    help: "a JWT of others, or -",
  },
  "client-assertion-from": {
    option: "client_assertion_from",
    value: "ci",
    variable: "CLIENT_ASSERTION_FROM",
    choices: ["github"],
    required: true,
    help: "a JWT of the job: github",
  },
  "client-assertion-type": {
    value: "type",
    choices: ["jwt-bearer", "jwt-spiffe"],
    help: "jwt-spiffe is experimental",
  },
  "key-id": { option: "key_id", value: "id", variable: "KEY_ID", help: "the key's id (kid)" },
  "signing-alg": {
    option: "signing_alg",
    value: "alg",
    help: "such as PS256; by default, the key's own",
  },
  "assertion-audience": {
    option: "assertion_audience",
    value: "url",
    help: "the issuer by default, or else the token URL",
  },
  "dpop-key": {
    option: "dpop_key",
    value: "path",
    variable: "DPOP_KEY_FILE",
    help: "binds the token to it (DPoP)",
  },
} as const satisfies Table;

const RUN = {
  "output": {
    short: "o",
    value: "format",
    choices: ["token", "json", "header", "headers", "kubernetes"],
    help: "what to print",
  },
  "errors": {
    value: "format",
    choices: ["text", "json"],
    help: "how stderr says what went wrong",
  },
  "cache": {
    option: "cache",
    value: "folder",
    variable: "TOKEN_CACHE",
    help: "where to keep the token",
  },
  "default-lifetime": {
    option: "default_lifetime",
    value: "seconds",
    help: "of a token whose lifetime the server does not say",
  },
  "refresh": { help: "request a new token for the cache" },
  "watch": { value: "path", help: "keep a fresh token in this file" },
  "once": { help: "with --watch: write the file once, and end" },
  "timeout": { option: "timeout", value: "seconds", help: "for each attempt; 10 by default" },
  "retries": { option: "retries", value: "n", help: "0 to 10; 2 by default" },
  "allow-http": { help: "send the secret unencrypted to other machines" },
  "explain": { help: "explain the four steps on stderr" },
  "demo": { help: "get a practice token from a server on this machine" },
  "print-jwks": { help: "print the public half of --client-key" },
  "completions": {
    value: "shell",
    choices: ["bash", "zsh", "fish", "powershell"],
    required: true,
    help: "print a script for bash, zsh, fish, powershell",
  },
  "help": { short: "h", help: "print this text" },
  "version": { short: "V", help: "print the version" },
} as const satisfies Table;

/** What variables have in place of a file, and no flag, because other users can see those of flags. */
export const TEXT_VARIABLES = {
  client_key_text: "CLIENT_KEY",
  client_key_passphrase: "CLIENT_KEY_PASSPHRASE",
  client_cert_text: "CLIENT_CERT",
  client_assertion: "CLIENT_ASSERTION",
} as const;

/** The headings of the help, and the flags under each. */
export const GROUPS: Record<string, Table> = {
  "Who asks, and where": CLIENT,
  "What to ask for": REQUEST,
  "A proof other than a secret": KEYS,
  "How to ask, and what to print": RUN,
};

/** The flags, in the order of the help. */
export const FLAGS = { ...CLIENT, ...REQUEST, ...KEYS, ...RUN } as const;

/** The name of a flag. */
export type FlagName = keyof typeof FLAGS;

const FLAG_BY_OPTION = new Map<string, string>();
const VARIABLE_BY_OPTION = new Map<string, string>();
for (const [name, { option, variable }] of Object.entries<Flag>(FLAGS)) {
  if (option) FLAG_BY_OPTION.set(option, name);
  if (option && variable) VARIABLE_BY_OPTION.set(option, variable);
}
for (const [option, variable] of Object.entries(TEXT_VARIABLES)) {
  VARIABLE_BY_OPTION.set(option, variable);
}

/** An option that has an environment variable. */
export type Option =
  | Extract<
    typeof FLAGS[FlagName],
    { option: string; variable: string }
  >["option"]
  | keyof typeof TEXT_VARIABLES;

/** The options that have an environment variable. */
export const OPTIONS = [...VARIABLE_BY_OPTION.keys()] as Option[];

/** The flag that sets an option of the library, such as `--token-url` for `token_url`. */
export function flagOf(option: string): string {
  return `--${FLAG_BY_OPTION.get(option) ?? option}`;
}

/** The environment variable that gives an option, such as `TOKEN_URL` for `token_url`. */
export function variableOf(option: string): string {
  return VARIABLE_BY_OPTION.get(option) ?? option.toUpperCase();
}

/** The flag that gave an option, if the command's arguments have it, or else the variable. */
export function giverAmong(args: string[], option: string): string {
  const flag = flagOf(option);
  const isGiven = args.some((arg) => arg === flag || arg.startsWith(`${flag}=`));
  return isGiven ? flag : VARIABLE_BY_OPTION.get(option) ?? flag;
}

/** The flag or the variable that gave a value; of flags, the rank is 0. */
export function giverOf(option: Option, { rank }: { rank: number }): string {
  return rank === 0 ? flagOf(option) : variableOf(option);
}

/** The flags given, each absent if it was not; a value may be empty. */
export type Flags = {
  [Name in FlagName]?: typeof FLAGS[Name] extends { repeatable: true } ? string[]
    : typeof FLAGS[Name] extends { choices: readonly (infer Choice)[] } ? Choice | ""
    : typeof FLAGS[Name] extends { value: string } ? string
    : boolean;
};

/**
 * Checks that a value, if it is not empty, is one that the flag takes; `place` is where it was found.
 *
 * @throws {TokenError} `usage`, if it is not.
 */
export function checkChoice(name: FlagName, value = "", place = `--${name}`): void {
  const { choices }: Flag = FLAGS[name];
  if (!choices || !value || choices.includes(value)) return;
  const allowed = choices.join(", ");
  throw new TokenError(
    "usage",
    "value_not_allowed",
    `${place} is "${printable(value, 40)}"; it must be one of ${allowed}`,
  );
}
