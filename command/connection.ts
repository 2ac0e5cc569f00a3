// How the command sends requests that prove the client: with a certificate, with DPoP proofs, noting each
// proof for the mask.

import { ownFetch } from "../runtime/runtime.ts";
import { TokenError } from "../token.ts";
import type { Method } from "./choose_method.ts";
import { noteProofs } from "./mask_proofs.ts";
import { chooseFetch, type Fetch, observed, type Observer, withUserAgent } from "./network.ts";
import { warn } from "./output.ts";
import type { ClientKeys } from "./read_keys.ts";

/** What sends the requests, and what masks the proofs in them. */
export interface Connection {
  connect: (observer?: Observer) => Fetch;
  mask: (text: string) => string;
  close?: () => void;
}

/**
 * Makes what sends the requests: with the certificate, noting the proofs, and adding those of DPoP.
 *
 * @throws {TokenError} `usage`, if there is a certificate and the URL is not `https:`.
 */
export async function connectionTo(
  token_url: string,
  method: Method,
  keys: ClientKeys,
): Promise<Connection> {
  if (keys.certificate && URL.parse(token_url)?.protocol !== "https:") {
    const message = "--client-cert needs a token URL with https:";
    throw new TokenError("usage", "client_cert_needs_https", message);
  }
  const chosen = await chooseFetch(token_url);
  const { fetch, close } = await fetchWithCertificate(chosen, method, keys);
  const noted = noteProofs(withUserAgent(fetch));
  const { mask } = noted;
  if (!keys.dpop) {
    return { connect: (observer) => observed(noted.fetch, observer), mask, close };
  }
  const { dpopFetch } = await import("../extensions/dpop.ts");
  const { key } = keys.dpop;
  const connect = (observer?: Observer) =>
    dpopFetch(key, { fetch: observed(noted.fetch, observer) });
  return { connect, mask, close };
}

/** The `fetch` that shows the certificate, unless another one was chosen, which only refuses. */
async function fetchWithCertificate(
  chosen: Fetch,
  method: Method,
  { key, certificate }: ClientKeys,
): Promise<{ fetch: Fetch; close?: () => void }> {
  if (!certificate || !key) return { fetch: chosen };
  const { mutualTlsFetch } = await import("../extensions/mutual_tls.ts");
  try {
    const fetch = mutualTlsFetch({ certificate: certificate.pem, key });
    const isUsual = chosen === (ownFetch ?? globalThis.fetch);
    return { fetch: isUsual ? fetch : chosen, close: () => fetch[Symbol.dispose]() };
  } catch (error) {
    // An assertion needs no more than the certificate's thumbprint.
    if (method !== "private_key_jwt" || !(error instanceof TokenError)) throw error;
    warn(`The server is shown no certificate: ${error.message}`);
    return { fetch: chosen };
  }
}
