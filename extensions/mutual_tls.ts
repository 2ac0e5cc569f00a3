/**
 * The client proves itself with the certificate of its TLS connection (RFC 8705): `tls_client_auth` and
 * `self_signed_tls_client_auth`. For Deno and Node.js.
 *
 * @module
 */

import { createTlsFetch, type TlsFetch } from "../runtime/host.ts";
import type { AuthMethod } from "../token.ts";
import type { ServerMetadata } from "./discovery.ts";
import { checkEndpoint, wrongEndpoint } from "./endpoint.ts";

export type { TlsFetch };

/** A client certificate and its key. */
export interface ClientCertificate {
  /** The certificate, and those between it and its authority, in PEM. */
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

/**
 * Makes a `fetch` that shows the certificate to a server that asks for one. With `tlsClientAuth()` it
 * authenticates the client; with any other method, the server can bind the token to it (RFC 8705 §3),
 * and calls to the API need the same `fetch`. Disposing of it closes its connections. In Node.js, it
 * follows no redirect and reads the body of a request into memory before it sends it.
 *
 * @throws {TokenError} `usage`, if the certificate or the key cannot be read, or they do not match.
 */
export function mutualTlsFetch({ certificate, key, caCerts }: ClientCertificate): TlsFetch {
  return createTlsFetch(certificate, key, caCerts);
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
