// Which flags go together when the client proves itself with more than a secret.

import { TokenError } from "../token.ts";
import type { FlagName, Flags } from "./flags.ts";

/** A way to authenticate. */
export type Method = Exclude<NonNullable<Flags["auth-method"]>, "">;

/** The values that decide how the client proves itself. */
export type ProofValues = Partial<
  Record<
    | ("token_url" | "issuer" | "client_secret" | "client_secret_file" | "auth_method")
    | ("client_key" | "client_cert" | "client_assertion_file" | "key_id" | "dpop_key"),
    string
  >
>;

const SECRET: Method[] = ["client_secret_basic", "client_secret_post", "client_secret_jwt"];
const KEY: Method[] = ["private_key_jwt"];
const TLS: Method[] = ["tls_client_auth", "self_signed_tls_client_auth"];
const FLAG = "from a flag";
const PLACES = [FLAG, "from the environment"];

type Sources = Partial<Record<string, string>>;

const usage = (code: string, message: string) => new TokenError("usage", code, message);
/** The lower, the earlier a place counts; what is not known counts last. */
const rank = (place?: string) => PLACES.indexOf(place!) >>> 0;

/**
 * The ways in which the client can authenticate with what was given, best first. Deletes from `values` what
 * a value from a place that comes first replaces.
 *
 * @throws {TokenError} `usage`, if flags contradict each other, or one needs another.
 */
export function checkCombination(
  values: ProofValues,
  flags: Flags,
  sources: Sources,
): Method[] {
  checkAddress(values, sources);
  passOver(values, sources);
  const { client_key, client_cert, client_assertion_file } = values;
  if (client_cert && !client_key) {
    throw usage("flag_incomplete", "--client-cert needs --client-key, its private key");
  }
  if (client_key && client_assertion_file) {
    throw usage("flags_conflict", "--client-key and --client-assertion-file exclude each other");
  }
  const methods = candidates(values);
  const conflicts = methods.map((method) => conflict(method, values, flags, sources));
  const possible = methods.filter((_, i) => !conflicts[i]);
  if (possible.length === 0) throw usage("flags_conflict", conflicts[0]!);
  return possible;
}

/** Of two addresses, the one from the place that comes first counts. */
function checkAddress(values: ProofValues, sources: Sources): void {
  if (values.issuer && sources.token_url === sources.issuer) {
    throw usage(
      "flags_conflict",
      "--issuer and --token-url exclude each other; so do ISSUER and TOKEN_URL",
    );
  }
  if (rank(sources.token_url) < rank(sources.issuer)) delete values.issuer;
}

/** Of several proofs, those from the place that comes first count; a certificate goes with its key. */
function passOver(values: ProofValues, sources: Sources): void {
  const { auth_method: method = "" } = values;
  if (TLS.includes(method as Method)) return;
  const ranks = {
    secret: Math.min(rank(sources.client_secret), rank(sources.client_secret_file)),
    key: rank(sources.client_key),
    assertion: rank(sources.client_assertion_file),
  };
  const best = KEY.includes(method as Method)
    ? Math.min(ranks.key, ranks.assertion)
    : method
    ? ranks.secret
    : Math.min(...Object.values(ranks));
  if (ranks.assertion > best) delete values.client_assertion_file;
  if (rank(sources.client_cert) > best) delete values.client_cert;
  if (ranks.key > best && !values.client_cert) delete values.client_key;
}

function candidates(values: ProofValues): Method[] {
  const { auth_method, issuer, client_secret, client_key, client_cert } = values;
  if (auth_method) return [auth_method as Method];
  if (values.client_assertion_file) return KEY;
  if (client_key && !client_cert) return KEY;
  if (client_secret) return issuer ? SECRET : ["client_secret_post"];
  if (issuer) return [...KEY, ...TLS];
  throw usage(
    "flag_incomplete",
    `With --client-cert, name the --auth-method: ${[...KEY, ...TLS].join(", ")}`,
  );
}

/** What is wrong with a method, if anything. */
function conflict(
  method: Method,
  { client_key, client_cert, client_assertion_file }: ProofValues,
  flags: Flags,
  sources: Sources,
): string | undefined {
  const [isKey, isTls] = [KEY.includes(method), TLS.includes(method)];
  if (isKey && !client_key && !client_assertion_file) {
    return `--auth-method ${method} needs --client-key or --client-assertion-file`;
  }
  if (isTls && !client_cert) return `--auth-method ${method} needs --client-cert and --client-key`;
  const signs = isKey && client_key || method === "client_secret_jwt";
  const unused: [FlagName, isUnused: unknown][] = [
    ["client-secret", (isKey || isTls) && (flags["client-secret"] || flags["client-secret-file"])],
    ["client-key", !isKey && !client_cert && sources.client_key === FLAG],
    ["client-assertion-file", !isKey && sources.client_assertion_file === FLAG],
    ["key-id", !(isKey && client_key) && sources.key_id === FLAG],
    ["signing-alg", !signs && flags["signing-alg"]],
    ["assertion-audience", !signs && flags["assertion-audience"]],
  ];
  const [flag] = unused.find(([, isUnused]) => isUnused) ?? [];
  if (!flag) return undefined;
  const isVariable = sources.auth_method && sources.auth_method !== FLAG;
  const what = isKey && client_assertion_file
    ? "--client-assertion-file"
    : `${isVariable ? "AUTH_METHOD" : "--auth-method"} ${method}`;
  const isAssumed = !sources.auth_method && !isKey;
  return `--${flag} does not go with ${what}${isAssumed ? ", the default" : ""}`;
}
