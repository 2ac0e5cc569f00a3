// Which way of authenticating the given values allow, and which of those the server accepts.

import type { ServerMetadata } from "../extensions/discovery.ts";
import { TokenError } from "../token.ts";
import { type FlagName, flagOf, type Flags, type Option } from "./flags.ts";
import { warn } from "./output.ts";
import type { Found, Values } from "./values.ts";

/** A way to authenticate. */
export type Method = Exclude<NonNullable<Flags["auth-method"]>, "">;

const SECRET: Method[] = ["client_secret_basic", "client_secret_post", "client_secret_jwt"];
const KEY: Method[] = ["private_key_jwt"];
const TLS: Method[] = ["tls_client_auth", "self_signed_tls_client_auth"];
const FROM_STDIN: Option[] = [
  "client_secret_file",
  "client_key_passphrase_file",
  "client_assertion_file",
];

function conflict(message: string): TokenError {
  return new TokenError("usage", "flags_conflict", message);
}

function incomplete(message: string): TokenError {
  return new TokenError("usage", "flag_incomplete", message);
}

/**
 * Leaves out what a value from a place that counts more replaces: of token URL on the one hand and issuer
 * and resource on the other those from one place, and of secret, key and assertion those from the same
 * place. A certificate goes with its key.
 *
 * @throws {TokenError} `usage`, if a token URL comes from the same place as an issuer or a resource.
 */
export function withoutOverridden(given: Values): Values {
  const values = { ...given };
  if (values.resource && values.resource.rank === values.token_url?.rank) {
    throw conflict(
      "--resource finds the token URL, so it excludes --token-url; to send the parameter alone, " +
        "give --param resource=URL",
    );
  }
  if (rankOf(values.token_url) < rankOf(values.resource)) delete values.resource;
  if (values.resource) delete values.token_url;
  if (values.issuer && values.issuer.rank === values.token_url?.rank) {
    throw conflict("--issuer and --token-url exclude each other; so do ISSUER and TOKEN_URL");
  }
  if (rankOf(values.token_url) < rankOf(values.issuer)) delete values.issuer;

  const method = values.auth_method?.value as Method | undefined;
  if (method && TLS.includes(method)) return values;
  const secret = Math.min(rankOf(values.client_secret), rankOf(values.client_secret_file));
  const key = rankOf(values.client_key);
  const file = rankOf(values.client_assertion_file);
  const from = rankOf(values.client_assertion_from);
  if (file === from && file < Infinity) {
    throw conflict("--client-assertion-file and --client-assertion-from exclude each other");
  }
  const assertion = Math.min(file, from);
  const best = bestRank(method, { secret, key, assertion });
  if (file > best || from < file) delete values.client_assertion_file;
  if (from > best || file < from) delete values.client_assertion_from;
  if (rankOf(values.client_cert) > best) delete values.client_cert;
  if (key > best && !values.client_cert) delete values.client_key;
  return values;
}

/** The rank of what proves the client: of what the method needs, if there is one. */
function bestRank(
  method: Method | undefined,
  ranks: { secret: number; key: number; assertion: number },
): number {
  if (!method) return Math.min(ranks.secret, ranks.key, ranks.assertion);
  return KEY.includes(method) ? Math.min(ranks.key, ranks.assertion) : ranks.secret;
}

function rankOf(found?: Found): number {
  return found?.rank ?? Infinity;
}

/**
 * The ways in which the client can authenticate with these values, best first.
 *
 * @throws {TokenError} `usage`, if flags contradict each other, or one needs another.
 */
export function possibleMethods(values: Values, flags: Flags): Method[] {
  const { client_key, client_cert } = values;
  if (client_cert && !client_key) {
    throw incomplete("--client-cert needs --client-key, its private key");
  }
  if (flags["client-key-passphrase-file"] && !client_key) {
    throw incomplete("--client-key-passphrase-file needs --client-key");
  }
  if (flags["cert-header"] && !client_cert) {
    throw incomplete("--cert-header needs --client-cert");
  }
  checkStdin(values);
  if (client_key && hasForeignAssertion(values)) {
    throw conflict(`--client-key and ${assertionFlag(values)} exclude each other`);
  }
  const methods = candidates(values);
  const faults = new Map(methods.map((method) => [method, faultOf(method, values, flags)]));
  const possible = methods.filter((method) => !faults.get(method));
  const [fault] = faults.values();
  if (possible.length === 0 && fault) throw fault;
  return possible;
}

/** Standard input can be read once. */
function checkStdin(values: Values): void {
  const readers = FROM_STDIN.filter((option) => values[option]?.value === "-").map(flagOf);
  if (readers.length > 1) throw conflict(`Only one of ${readers.join(", ")} can be -`);
}

function candidates(values: Values): Method[] {
  const { auth_method, client_secret, client_key, client_cert } = values;
  const isFound = values.issuer || values.resource;
  if (auth_method) return [auth_method.value as Method];
  if (hasForeignAssertion(values)) return KEY;
  if (client_key && !client_cert) return KEY;
  if (client_secret) return isFound ? SECRET : ["client_secret_post"];
  if (isFound) return [...KEY, ...TLS];
  throw incomplete(`With --client-cert, name the --auth-method: ${[...KEY, ...TLS].join(", ")}`);
}

/** Whether an assertion was given that somebody else issued, or where to get one. */
export function hasForeignAssertion(values: Values): boolean {
  return Boolean(values.client_assertion_file || values.client_assertion_from);
}

function assertionFlag({ client_assertion_file }: Values): string {
  return client_assertion_file ? "--client-assertion-file" : "--client-assertion-from";
}

/** What is wrong with a method, if anything. */
function faultOf(method: Method, values: Values, flags: Flags): TokenError | undefined {
  const { client_key, client_cert } = values;
  const isKey = KEY.includes(method);
  const isTls = TLS.includes(method);
  if (isKey && !client_key && !hasForeignAssertion(values)) {
    return incomplete(`--auth-method ${method} needs --client-key or --client-assertion-file`);
  }
  if (isTls && !client_cert) {
    return incomplete(`--auth-method ${method} needs --client-cert and --client-key`);
  }
  const unused = unusedFlag(method, values, flags);
  if (!unused) return undefined;

  const isAssumed = !values.auth_method && !isKey;
  const what = isKey && hasForeignAssertion(values)
    ? assertionFlag(values)
    : `${isFromElsewhere(values.auth_method) ? "AUTH_METHOD" : "--auth-method"} ${method}`;
  return conflict(`--${unused} does not go with ${what}${isAssumed ? ", the default" : ""}`);
}

/** A flag that was given and that the method has no use for. */
function unusedFlag(method: Method, values: Values, flags: Flags): FlagName | undefined {
  const isKey = KEY.includes(method);
  const isTls = TLS.includes(method);
  const signsWithKey = isKey && Boolean(values.client_key);
  const signs = signsWithKey || method === "client_secret_jwt";
  const asks = isKey && Boolean(values.client_assertion_from);
  const usesSecret = !isKey && !isTls;
  if ((flags["client-secret"] || flags["client-secret-file"]) && !usesSecret) {
    return "client-secret";
  }
  if (isFlag(values.client_key) && !isKey && !values.client_cert) return "client-key";
  if (isFlag(values.client_assertion_file) && !isKey) return "client-assertion-file";
  if (isFlag(values.client_assertion_from) && !isKey) return "client-assertion-from";
  if (flags["client-assertion-type"] && !(isKey && hasForeignAssertion(values))) {
    return "client-assertion-type";
  }
  if (isFlag(values.key_id) && !signsWithKey) return "key-id";
  if (flags["cert-header"] && !signsWithKey) return "cert-header";
  if (flags["signing-alg"] && !signs) return "signing-alg";
  if (flags["assertion-audience"] && !signs && !asks) return "assertion-audience";
  return undefined;
}

function isFlag(found?: Found): boolean {
  return found?.rank === 0;
}

function isFromElsewhere(found?: Found): boolean {
  return found !== undefined && !isFlag(found);
}

/**
 * Chooses a method that the server accepts; one that was given is always used.
 *
 * @throws {TokenError} `usage`, if the server accepts none.
 */
export async function chooseMethod(
  possible: Method[],
  metadata: ServerMetadata,
  { auth_method }: Values,
): Promise<Method> {
  const { chooseAuthMethod } = await import("../extensions/discovery.ts");
  const chosen = chooseAuthMethod(metadata, possible) as Method | undefined;
  if (chosen) return chosen;
  const [first] = possible;
  if (auth_method && first) {
    warn(`The server does not say that it takes ${auth_method.value}`);
    return first;
  }
  const message = Array.isArray(metadata.token_endpoint_auth_methods_supported)
    ? `The server says that it takes none of ${possible.join(", ")}; ask its provider`
    : "The server lists no authentication methods, which means client_secret_basic; " +
      `to use another one, such as ${first}, give it as --auth-method`;
  throw new TokenError("usage", "auth_method_unsupported", message);
}
