// The files that prove the client: its key and certificate, its assertion, its DPoP key.

import { clientAssertion } from "../extensions/assertion.ts";
import type { DpopKey } from "../extensions/dpop.ts";
import type { PrivateKey } from "../extensions/private_key.ts";
import { isOpenToOthers } from "../runtime/runtime.ts";
import { loadJose } from "../runtime/jose.ts";
import { TokenError } from "../token.ts";
import type { Method } from "./choose_method.ts";
import { readFile, readSecret } from "./files.ts";
import { promptSecret } from "./prompt_secret.ts";
import type { Flags, Option } from "./flags.ts";
import { giverOf } from "./flags.ts";
import { warn } from "./output.ts";
import type { Found, Values } from "./values.ts";

/** What proves the client, read from its files and checked. */
export interface ClientKeys {
  /** The text of `--client-key`. */
  key?: string;
  /** That key, if it signs assertions. */
  signingKey?: PrivateKey;
  /** Whether assertions name that key by its thumbprint, as no other id is known. */
  isNamedByThumbprint?: boolean;
  /** The certificate of the key. */
  certificate?: ClientCertificate;
  /** Reads the assertion that somebody else issued. */
  readAssertion?: () => string | Promise<string>;
  /** The key that tokens are bound to. */
  dpop?: { text: string; key: DpopKey; thumbprint: string };
}

/** A certificate, and what is shown of it. */
export interface ClientCertificate {
  pem: string;
  subject: string;
  /** The last day on which it is valid, such as `2026-11-29`. */
  validUntil: string;
}

/**
 * Reads what the possible methods need.
 *
 * @throws {TokenError} `usage`, if a file cannot be read or used, or key and certificate do not match.
 */
export async function readKeys(
  values: Values,
  flags: Flags,
  methods: Method[],
): Promise<ClientKeys> {
  const signs = methods.includes("private_key_jwt");
  const { client_key, client_cert, client_assertion_file, key_id, dpop_key } = values;
  const keys: ClientKeys = {};
  if (client_key && (signs || client_cert)) {
    const ask = () => readPassphrase(values);
    keys.key = await readKey(client_key, "client_key", ask);
  }
  if (keys.key && client_cert) {
    keys.certificate = await readCertificate(client_cert, keys.key);
  }
  if (keys.key && signs) {
    const { readPrivateKey } = await import("../extensions/private_key.ts");
    const alg = flags["signing-alg"] || undefined;
    const options = { alg, kid: key_id?.value, extractable: true };
    const signingKey = await readPrivateKey(keys.key, options);
    // A certificate names the key by itself.
    keys.isNamedByThumbprint = !keys.certificate && signingKey.kid === undefined;
    keys.signingKey = keys.isNamedByThumbprint ? await withThumbprint(signingKey) : signingKey;
  }
  if (client_assertion_file && signs) {
    keys.readAssertion = await openAssertion(client_assertion_file);
  }
  if (dpop_key) keys.dpop = await readDpopKey(dpop_key);
  return keys;
}

/** The key with its thumbprint as its id, which `--print-jwks` shows, too. */
async function withThumbprint(signingKey: PrivateKey): Promise<PrivateKey> {
  const { publicJwkOf, thumbprintOf } = await import("../extensions/public_jwk.ts");
  const kid = await thumbprintOf(await publicJwkOf(signingKey.key));
  return { ...signingKey, kid };
}

async function readCertificate(found: Found, key: string): Promise<ClientCertificate> {
  const { value: path, text } = found;
  const given = text ?? await readFile(path, fileOf("client_cert", found));
  const { checkCertificate } = await import("../runtime/certificate.ts");
  const { subject, validTo, chain } = checkCertificate(given, key);
  const [validUntil = ""] = validTo.toISOString().split("T");
  if (validTo < new Date()) {
    warn(`The certificate of --client-cert expired on ${validUntil}`);
  }
  return { pem: chain, subject, validUntil };
}

/**
 * Reads an assertion. Of a file, the first call gives the one that was checked; a later one reads it anew.
 */
async function openAssertion(found: Found): Promise<() => string | Promise<string>> {
  const { value: path, text } = found;
  if (text !== undefined || path === "-") {
    const assertion = text ?? await readSecret(path, "client_assertion_file", found);
    await checkAssertion(assertion);
    return () => assertion;
  }
  const read = () => readFile(path, fileOf("client_assertion_file", found));
  let first: string | undefined = await read();
  await checkAssertion(first);
  return () => {
    const assertion = first ?? read();
    first = undefined;
    return assertion;
  };
}

/** What a message calls the file of an option. The path itself may be a secret in the wrong place. */
function fileOf(option: Option, found: Found): string {
  return `The file of ${giverOf(option, found)}`;
}

/** Lets `clientAssertion` check an assertion. */
async function checkAssertion(assertion: string): Promise<void> {
  const data = new URLSearchParams();
  await clientAssertion(() => assertion)({ token_url: "", client_id: "", headers: {}, data });
}

async function readDpopKey(found: Found): Promise<ClientKeys["dpop"]> {
  const { dpopKey, dpopThumbprint } = await import("../extensions/dpop.ts");
  const text = await readKey(found, "dpop_key", () => promptSecret("passphrase of --dpop-key: "));
  const key = await dpopKey(text);
  await loadJose();
  return { text, key, thumbprint: await dpopThumbprint(key) };
}

// Encrypted keys that were opened: --watch reads them again, but asks for no passphrase twice.
const opened = new Map<string, string>();

/** Reads a key, and opens it if it is encrypted. */
async function readKey(
  found: Found,
  option: Option,
  ask: () => Promise<string | undefined>,
): Promise<string> {
  const { value, text: given } = found;
  const name = given === undefined ? fileOf(option, found) : value;
  const text = given ?? await readFile(value, name);
  if (!text.trim()) throw new TokenError("usage", "file_empty", `${name} is empty`);
  if (given === undefined && isOpenToOthers(value)) {
    warn(
      `Other users can read the file of ${
        giverOf(option, found)
      }; allow only yourself: chmod 600 FILE`,
    );
  }
  const { openPem } = await import("../extensions/private_key.ts");
  const plain = opened.get(text) ?? await openPem(text, ask);
  if (plain !== text) opened.set(text, plain);
  return plain;
}

/** The passphrase of the client's key; asks for it in the terminal, if there is one. */
async function readPassphrase(
  { client_key_passphrase_file: found }: Values,
): Promise<string | undefined> {
  if (!found) return await promptSecret("passphrase of --client-key: ");
  return found.text ?? await readSecret(found.value, "client_key_passphrase_file", found);
}
