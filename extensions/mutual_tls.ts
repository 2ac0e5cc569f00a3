/**
 * The client proves itself with the certificate of its TLS connection (RFC 8705): `tls_client_auth` and
 * `self_signed_tls_client_auth`. For Deno and Node.js.
 *
 * @module
 */

import { ownFirst } from "../runtime/certificate.ts";
import { tidyPem } from "../runtime/pem.ts";
import { createTlsFetch, type TlsFetch } from "../runtime/runtime.ts";
import type { AuthMethod } from "../token.ts";
import type { ServerMetadata } from "./discovery.ts";
import { checkEndpoint, wrongEndpoint } from "./endpoint.ts";

export type { TlsFetch };

/** A client certificate and its key. */
export interface ClientCertificate {
  /** The certificate, and those between it and its authority in any order, in PEM. */
  certificate: string;
  /** The private key, in PEM. */
  key: string;
  /** Certificates of authorities to trust besides those that the runtime trusts, in PEM. */
  caCerts?: string[];
}

/**
 * Makes an `auth_method` that sends `client_id` and nothing else (RFC 8705 §2): the certificate of the
 * connection is the proof.
 */
export function tlsClientAuth(): Exclude<AuthMethod, string> {
  return ({ data, client_id }) => data.set("client_id", client_id);
}

/** Gives the client certificate of the moment. */
export type GetClientCertificate = () => ClientCertificate | Promise<ClientCertificate>;

/**
 * Makes a `fetch` that shows the certificate to a server that asks for one. With `tlsClientAuth()` it
 * authenticates the client; with any other method, the server can bind the token to it (RFC 8705 §3),
 * and calls to the API need the same `fetch`. Disposing of it closes its connections. In Node.js, it
 * follows no redirect and reads the body of a request into memory before it sends it.
 *
 * For a certificate that is replaced while the program runs, give a function. It is called before each
 * request; when it gives another certificate or key, that and later requests use new connections.
 * Requests that are under way end on theirs. A token that is bound to a certificate goes with that one alone.
 *
 * @throws {TokenError} `usage`, if the certificate or the key cannot be read, or they do not match. With a
 * function, the `fetch` rejects with it, or with what the function throws.
 */
export function mutualTlsFetch(certificate: ClientCertificate | GetClientCertificate): TlsFetch {
  return typeof certificate === "function" ? rotatingFetch(certificate) : fetchWith(certificate);
}

function fetchWith({ certificate, key, caCerts }: ClientCertificate): TlsFetch {
  return createTlsFetch(ownFirst(certificate, key), tidyPem(key), caCerts);
}

function rotatingFetch(get: GetClientCertificate): TlsFetch {
  let current: { given: ClientCertificate; fetch: TlsFetch } | undefined;
  let before: TlsFetch | undefined;

  function fetchFor(given: ClientCertificate): TlsFetch {
    if (current && isSame(current.given, given)) return current.fetch;
    const fetch = fetchWith(given);
    // Its requests may be under way until the next certificate comes.
    before?.[Symbol.dispose]();
    before = current?.fetch;
    current = { given: { ...given }, fetch };
    return fetch;
  }

  const send: typeof fetch = async (input, init) => await fetchFor(await get())(input, init);
  return Object.assign(send, {
    [Symbol.dispose]() {
      before?.[Symbol.dispose]();
      current?.fetch[Symbol.dispose]();
      before = current = undefined;
    },
  });
}

function isSame(one: ClientCertificate, other: ClientCertificate): boolean {
  const isTrustSame = (one.caCerts ?? []).join("\n") === (other.caCerts ?? []).join("\n");
  return isTrustSame && one.certificate === other.certificate && one.key === other.key;
}

/**
 * The token endpoint for clients with a certificate (RFC 8705 §5): the one that the metadata names for
 * them, or else the one for all.
 *
 * @throws {TokenError} `unusable`, if the one for them is no URL with `https:`, which certificates need.
 */
export function mtlsTokenEndpoint(metadata: ServerMetadata): string {
  const { issuer, token_endpoint, mtls_endpoint_aliases } = metadata;
  const url = mtls_endpoint_aliases?.token_endpoint;
  if (typeof url !== "string") return token_endpoint;

  const endpoint = { name: "mtls_endpoint_aliases.token_endpoint", url, issuer };
  const { protocol } = checkEndpoint(endpoint);
  if (protocol !== "https:") throw wrongEndpoint(endpoint, "must be https:");
  return url;
}
