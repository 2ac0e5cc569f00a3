// What the command does when the client proves itself with more than a secret (assertions, mutual TLS,
// DPoP), or when the token endpoint must be found from the issuer. Loaded only then.

import type { ServerMetadata } from "../extensions/discovery.ts";
import { loadJose } from "../runtime/jose.ts";
import { type RequestOptions, TokenError, type TokenRequest } from "../token.ts";
import { chooseMethod, type Method, possibleMethods, withoutOverridden } from "./choose_method.ts";
import { connectionTo } from "./connection.ts";
import type { Flags } from "./flags.ts";
import { type Fetch, fetchFor, type Observer } from "./network.ts";
import { type ClientCertificate, type ClientKeys, readKeys } from "./read_keys.ts";
import { FILE_PLACE, type Places, placesOf, type Values } from "./values.ts";

/** What to request and how to send it. */
export interface PreparedRequest {
  /** What to request. */
  request: TokenRequest;
  /** How to send it. */
  options: RequestOptions;
  /** Makes the `fetch` that sends it; `observer` sees each attempt just before. */
  connect(observer?: Observer): Fetch;
  /** Where each value was found, such as `from a flag`. */
  places: Places;
  /** What proves the client, if it is more than a secret. */
  proof?: ClientProof;
  /** Finds what to request, if the server is not known yet. */
  find?(): Promise<PreparedRequest>;
  /** What was found, which error messages need to know. */
  found?(): PreparedRequest | undefined;
  /** Closes the connections that were opened for these settings alone. */
  close?: () => void;
}

/** What `--explain`, `--cache` and error messages need to know about the client's proof. */
export interface ClientProof {
  /** The algorithm with which the client's key signs assertions. */
  signing_alg?: string;
  /** The client's certificate. */
  certificate?: ClientCertificate;
  /** The thumbprint of the key that the token is bound to (DPoP). */
  dpop_jkt?: string;
  /** What a cached token is sealed with; the client secret, if absent. */
  sealKey?: string;
  /** Whether the client signs an assertion for the token URL, as the issuer is not known. */
  isForTokenUrl?: boolean;
  /** Whether the client signs assertions itself. */
  signsAssertion?: boolean;
  /** Whether they name the key by its thumbprint, as no other id is known. */
  isNamedByThumbprint?: boolean;
  /** Whether the client sends an assertion that somebody else issued. */
  isForeignAssertion?: boolean;
  /** Replaces the assertions and DPoP proofs that were sent by `***`. */
  mask?: (text: string) => string;
}

/** What was given and read, before the server is known. */
interface Client {
  values: Values;
  flags: Flags;
  possible: Method[];
  keys: ClientKeys;
}

/**
 * Completes what to request and how, in five steps: which methods are possible, the keys they need, the
 * server, the method that it accepts, and how that authenticates. With a cache, the server that issues the
 * tokens of an API is looked for only if no token is kept.
 *
 * @throws {TokenError} `usage`, if the flags do not go together, or a file is not what it must be; as
 * `discover` does, if the issuer is asked.
 */
export async function prepareClient(
  request: TokenRequest,
  options: RequestOptions,
  given: Values,
  flags: Flags,
): Promise<PreparedRequest> {
  const values = withoutOverridden(given);
  const possible = possibleMethods(values, flags);
  const keys = await readKeys(values, flags, possible);
  const client = { values, flags, possible, keys };
  if (values.resource && values.cache) {
    return await deferRequest(values.resource.value, request, options, client);
  }
  return await prepareRequest(request, options, client);
}

async function prepareRequest(
  given: TokenRequest,
  options: RequestOptions,
  client: Client,
): Promise<PreparedRequest> {
  const { values, flags, possible, keys } = client;
  const { request, issuer, metadata } = await findServer(given, options, client);
  const method = metadata ? await chooseMethod(possible, metadata, values) : onlyOne(possible);
  const auth_method = await authMethodFor(method, keys, issuer, values, flags, options);

  const token_url = metadata ? await endpointOf(metadata, client) : request.token_url;
  const client_secret = method.startsWith("client_secret") ? request.client_secret : undefined;
  const { connect, mask, close } = await connectionTo(token_url, method, keys);
  const places = placesOf(values);
  const foundBy = values.resource ?? values.issuer;
  if (foundBy) places.token_url = `found by ${foundBy.value}`;
  if (values.client_key?.text === undefined) places.client_key = FILE_PLACE;
  return {
    request: { ...request, token_url, client_secret, auth_method },
    options,
    connect,
    close,
    places,
    proof: {
      signing_alg: keys.signingKey?.alg,
      certificate: keys.certificate,
      dpop_jkt: keys.dpop?.thumbprint,
      sealKey: sealKeyOf(method, keys, client_secret),
      isForTokenUrl: signs(method, keys) && !issuer && !flags["assertion-audience"],
      signsAssertion: signs(method, keys),
      isNamedByThumbprint: method === "private_key_jwt" && keys.isNamedByThumbprint,
      isForeignAssertion: method === "private_key_jwt" && !keys.signingKey,
      mask,
    },
  };
}

/** Leaves the server to be found when it must be asked. */
async function deferRequest(
  resource: string,
  request: TokenRequest,
  options: RequestOptions,
  client: Client,
): Promise<PreparedRequest> {
  const { placeholderFor } = await import("./resource.ts");
  const { values, possible, keys } = client;
  const [method = "client_secret_post"] = possible;
  const client_secret = method.startsWith("client_secret") ? request.client_secret : undefined;
  let found: PreparedRequest | undefined;
  return {
    request: placeholderFor(request, { ...client, resource }, options.allowHttp),
    options,
    connect: () => {
      throw new Error("the server is not known yet");
    },
    places: placesOf(values),
    close: () => found?.close?.(),
    proof: {
      dpop_jkt: keys.dpop?.thumbprint,
      sealKey: sealKeyOf(method, keys, client_secret),
      isForeignAssertion: method === "private_key_jwt" && !keys.signingKey,
      mask: (text) => found?.proof?.mask?.(text) ?? text,
    },
    async find() {
      return found = await prepareRequest(request, options, client);
    },
    found: () => found,
  };
}

/** Whether the client signs an assertion of its own. */
function signs(method: Method, { signingKey }: ClientKeys): boolean {
  return method === "client_secret_jwt" || method === "private_key_jwt" && Boolean(signingKey);
}

function onlyOne(methods: Method[]): Method {
  const [method] = methods;
  if (!method) throw new Error("no method is possible");
  return method;
}

/** Asks the issuer that was named, or the one that the API names. */
async function findServer(
  request: TokenRequest,
  options: RequestOptions,
  client: Client,
): Promise<{ request: TokenRequest; issuer?: string; metadata?: ServerMetadata }> {
  const { resource, issuer } = client.values;
  if (resource) {
    const { findServerFor, requestFor } = await import("./resource.ts");
    const found = await findServerFor({ ...client, resource: resource.value }, request, options);
    const { issuer, metadata } = found;
    return { request: requestFor(request, found, client.flags), issuer, metadata };
  }
  if (!issuer) return { request };
  const { discover } = await import("../extensions/discovery.ts");
  const fetch = await fetchFor(issuer.value);
  const metadata = await discover(issuer.value, { ...options, fetch });
  return { request, issuer: issuer.value, metadata };
}

async function endpointOf(metadata: ServerMetadata, client: Client): Promise<string> {
  const { resource } = client.values;
  const token_url = client.keys.certificate
    ? (await import("../extensions/mutual_tls.ts")).mtlsTokenEndpoint(metadata)
    : metadata.token_endpoint;
  if (resource) {
    const { checkFoundEndpoint } = await import("./resource.ts");
    checkFoundEndpoint(token_url, { ...client, resource: resource.value }, metadata.issuer);
  }
  return token_url;
}

async function authMethodFor(
  method: Method,
  { signingKey, certificate, readAssertion }: ClientKeys,
  issuer: string | undefined,
  { client_secret, client_assertion_from }: Values,
  flags: Flags,
  options: RequestOptions,
): Promise<TokenRequest["auth_method"]> {
  const audience = flags["assertion-audience"] || undefined;
  switch (method) {
    case "client_secret_jwt": {
      const { clientSecretJwt } = await import("../extensions/assertion.ts");
      await loadJose();
      const alg = flags["signing-alg"] || undefined;
      return clientSecretJwt(client_secret?.value ?? "", { alg, audience, issuer });
    }
    case "private_key_jwt": {
      const { clientAssertion, privateKeyJwt } = await import("../extensions/assertion.ts");
      const type = flags["client-assertion-type"] || undefined;
      if (readAssertion) return clientAssertion(readAssertion, { type });
      if (client_assertion_from) {
        const { githubAssertion } = await import("./github_assertion.ts");
        const wanted = audience ?? issuer;
        if (wanted === undefined) throw needsAudience();
        return clientAssertion(() => githubAssertion(wanted, options), { type });
      }
      if (!signingKey) throw new Error("no key to sign with");
      const { key, ...header } = signingKey;
      const certHeader = flags["cert-header"];
      return privateKeyJwt(key, {
        ...header,
        audience,
        issuer,
        certificate: certificate?.pem,
        x5t: certHeader === "x5t",
        x5c: certHeader === "x5c",
      });
    }
    case "tls_client_auth":
    case "self_signed_tls_client_auth":
      return (await import("../extensions/mutual_tls.ts")).tlsClientAuth();
    default:
      return method;
  }
}

function needsAudience(): TokenError {
  const message = "--client-assertion-from needs --issuer or --assertion-audience";
  return new TokenError("usage", "flag_incomplete", message);
}

/**
 * What opens the seal of a cached token: all that proves the client, as the token may be bound to the
 * certificate. An assertion that others issue changes, so it is no key.
 */
function sealKeyOf(
  method: Method,
  { key, certificate, dpop }: ClientKeys,
  client_secret?: string,
): string | undefined {
  if (certificate) return [method, client_secret, key, certificate.pem].join("\n");
  const own = method === "private_key_jwt" ? key : client_secret;
  return own ?? dpop?.text;
}
