// What the command does when the client proves itself with more than a secret (assertions, mutual TLS,
// DPoP), or when the token endpoint must be found from the issuer. Loaded only then.

import { type Authenticate, clientAssertion } from "../extensions/assertion.ts";
import type { ServerMetadata } from "../extensions/discovery.ts";
import { ownFetch } from "../runtime/host.ts";
import { loadJose } from "../runtime/jose.ts";
import { buildRequest, type RequestOptions, TokenError, type TokenRequest } from "../token.ts";
import { checkCombination, type Method, type ProofValues } from "./combinations.ts";
import { readFile } from "./files.ts";
import type { Flags } from "./flags.ts";
import { type Material, readDpopKey, readMaterial } from "./key_files.ts";
import { fetchFor } from "./network.ts";
import { say } from "./output.ts";
import type { Proof } from "./proof.ts";
import { noteProofs } from "./sent_proofs.ts";

// Only for checks: nothing is sent to it.
const PLACEHOLDER = "https://server.invalid/";

/** What is known so far of what to request. */
interface Known {
  request: TokenRequest;
  options: RequestOptions;
  sources: Partial<Record<string, string>>;
}

/**
 * Completes what to request and how: finds the endpoint, chooses how to authenticate, reads keys.
 *
 * @throws {TokenError} `usage`, if the flags do not go together, or a file is not what it must be; as
 * `discover` does, if the issuer is asked.
 */
export async function prepareProof(
  { request, options, sources }: Known,
  flags: Flags,
  values: ProofValues,
): Promise<Known & { proof: Proof }> {
  const possible = checkCombination(values, flags, sources);
  const proof: Proof = { rows: [], curl: [] };
  const isNeeded = values.client_cert || possible.includes("private_key_jwt");
  const material = isNeeded ? await readMaterial(values, proof) : {};
  const signer = await readSigner(material, possible, values, flags, proof);
  const dpop = await readDpopKey(values, proof);
  const { client_id } = request;
  // The issuer is not asked if the request would fail.
  const only = possible.length === 1
    ? await authMethod(possible[0]!, client_id, values, flags, signer)
    : undefined;
  if (values.issuer) {
    buildRequest({ ...request, token_url: PLACEHOLDER, auth_method: only ?? signer }, options);
  }

  const metadata = values.issuer ? await findServer(values.issuer, options) : undefined;
  const method = metadata ? await choose(metadata, possible, values) : possible[0]!;
  const token_url = metadata
    ? await endpointOf(metadata, Boolean(material.certificate))
    : request.token_url;
  if (material.certificate && URL.parse(token_url)?.protocol !== "https:") {
    throw new TokenError(
      "usage",
      "client_cert_needs_https",
      "--client-cert needs a token URL with https:",
    );
  }
  const { fetch, mask } = noteProofs(
    await withCertificate(await fetchFor(token_url), material, method),
  );
  proof.mask = mask;
  proof.isForeign = method === "private_key_jwt" && !signer;
  const client_secret = method.startsWith("client_secret") ? request.client_secret : undefined;
  proof.sealKey = sealKeyOf(method, material, client_secret) ?? dpop?.text;
  const auth_method = only ?? await authMethod(method, client_id, values, flags, signer);
  return {
    request: { ...request, token_url, client_secret, auth_method },
    options: { ...options, fetch: dpop ? dpop.wrap(fetch, auth_method) : fetch },
    sources: metadata ? { ...sources, token_url: `found by ${values.issuer}` } : sources,
    proof,
  };
}

/** Prepares the signing of assertions, if that is a possible way to authenticate. */
async function readSigner(
  { key, certificate }: Material,
  possible: Method[],
  { key_id, issuer }: ProofValues,
  flags: Flags,
  { rows }: Proof,
): Promise<Authenticate | undefined> {
  if (!key || !possible.includes("private_key_jwt")) return undefined;
  const { readPrivateKey } = await import("../extensions/private_key.ts");
  const { privateKeyJwt } = await import("../extensions/assertion.ts");
  const alg = flags["signing-alg"] || undefined;
  const read = await readPrivateKey(key, { alg, kid: key_id });
  rows.push(["client_key", `signs ${read.alg}  (from a file)`]);
  const audience = flags["assertion-audience"] || undefined;
  return privateKeyJwt(read.key, { ...read, certificate, issuer, audience });
}

/**
 * What opens the seal of a cached token: all that proves the client, as the token may be bound to the
 * certificate. An assertion that others issue changes, so it is no key.
 */
function sealKeyOf(
  method: Method,
  { key, certificate }: Material,
  client_secret?: string,
): string | undefined {
  if (certificate) return [method, client_secret, key, certificate].join("\n");
  return method === "private_key_jwt" ? key : client_secret;
}

async function findServer(issuer: string, options: RequestOptions): Promise<ServerMetadata> {
  const { discover } = await import("../extensions/discovery.ts");
  const { allowHttp, retries, timeout } = options;
  return await discover(issuer, { allowHttp, retries, timeout, fetch: await fetchFor(issuer) });
}

/** Chooses a method that the server accepts; one that was given is always used. */
async function choose(
  metadata: ServerMetadata,
  possible: Method[],
  { auth_method }: ProofValues,
): Promise<Method> {
  const { chooseAuthMethod } = await import("../extensions/discovery.ts");
  const chosen = chooseAuthMethod(metadata, possible) as Method | undefined;
  if (chosen) return chosen;
  if (!auth_method) {
    throw new TokenError(
      "usage",
      "auth_method_unsupported",
      Array.isArray(metadata.token_endpoint_auth_methods_supported)
        ? `The server says that it takes none of ${possible.join(", ")}; ask its provider`
        : "The server lists no authentication methods, which means client_secret_basic; " +
          `to use another one, such as ${possible[0]}, give it as --auth-method`,
    );
  }
  say(`warning: The server does not say that it takes ${auth_method}`);
  return possible[0]!;
}

async function endpointOf(metadata: ServerMetadata, hasCertificate: boolean): Promise<string> {
  if (!hasCertificate) return metadata.token_endpoint;
  return (await import("../extensions/mutual_tls.ts")).mtlsTokenEndpoint(metadata);
}

/**
 * The `fetch` that shows the certificate; a `fetch` that was chosen only refuses, and comes first. An
 * assertion needs no more than the certificate's thumbprint.
 */
async function withCertificate(
  chosen: RequestOptions["fetch"],
  { key, certificate }: Material,
  method: Method,
): Promise<RequestOptions["fetch"]> {
  if (!certificate || !key) return chosen;
  const { mutualTlsFetch } = await import("../extensions/mutual_tls.ts");
  try {
    const fetch = mutualTlsFetch({ certificate, key });
    return chosen === ownFetch ? fetch : chosen;
  } catch (error) {
    if (method !== "private_key_jwt") throw error;
    say(`warning: The server is shown no certificate: ${(error as TokenError).message}`);
    return chosen;
  }
}

async function authMethod(
  method: Method,
  client_id: string,
  values: ProofValues,
  flags: Flags,
  signer?: Authenticate,
): Promise<TokenRequest["auth_method"]> {
  const { client_secret = "", client_assertion_file: path } = values;
  switch (method) {
    case "client_secret_jwt": {
      const { clientSecretJwt } = await import("../extensions/assertion.ts");
      await loadJose();
      const audience = flags["assertion-audience"] || undefined;
      const alg = flags["signing-alg"] || undefined;
      return clientSecretJwt(client_secret, { alg, audience, issuer: values.issuer });
    }
    case "private_key_jwt":
      return signer ?? await assertionFrom(path!, client_id);
    case "tls_client_auth":
    case "self_signed_tls_client_auth":
      return (await import("../extensions/mutual_tls.ts")).tlsClientAuth();
    default:
      return method;
  }
}

/** Sends the assertion in a file: the one that is there now, and for later attempts, read anew. */
async function assertionFrom(path: string, client_id: string): Promise<Authenticate> {
  const read = () => readFile(path, "The file of --client-assertion-file");
  const first = await read();
  const attempt = { token_url: PLACEHOLDER, client_id, headers: {}, data: new URLSearchParams() };
  await clientAssertion(() => first)(attempt);
  let reads = 0;
  return clientAssertion(() => reads++ === 0 ? first : read());
}
