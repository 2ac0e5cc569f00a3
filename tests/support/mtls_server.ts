// A token endpoint over TLS that asks for a client certificate, as RFC 8705 wants.

import { createServer } from "node:https";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";

/** Where the certificates of the tests are. */
export const TLS = new URL("../data/tls/", import.meta.url);

/** A file of that folder. */
export function pem(name: string): string {
  return Deno.readTextFileSync(new URL(name, TLS));
}

/** What reached the server. */
export interface MtlsRequest {
  path: string;
  form: URLSearchParams;
  /** The SHA-256 of the client's certificate, base64url. */
  thumbprint?: string;
  /** What the client calls itself. */
  agent?: string;
}

/**
 * Starts the server, which also answers GET with metadata; at `/gzip` its answer is compressed, at `/999` it
 * has that status. It trusts only the certificate `client.pem`, which signed itself; without
 * `required`, it takes any, and none.
 */
export async function startMtlsServer(required = true) {
  const requests: MtlsRequest[] = [];
  const server = createServer({
    key: pem("valid.key"),
    cert: pem("valid.pem"),
    ca: pem("client.pem"),
    requestCert: true,
    rejectUnauthorized: required,
  }, async (request: IncomingMessage, response) => {
    response.setHeader("content-type", "application/json");
    if (request.method === "GET") {
      const aliases = { mtls_endpoint_aliases: { token_endpoint: `${origin()}/mtls` } };
      const metadata = { issuer: origin(), token_endpoint: `${origin()}/token`, ...aliases };
      const token_endpoint_auth_methods_supported = ["self_signed_tls_client_auth"];
      response.end(JSON.stringify({ ...metadata, token_endpoint_auth_methods_supported }));
      return;
    }
    let body = "";
    for await (const chunk of request) body += chunk;
    const { fingerprint256 } = (request.socket as TLSSocket).getPeerCertificate();
    const thumbprint = fingerprint256 && toBase64url(fingerprint256);
    const agent = request.headers["user-agent"];
    requests.push({ path: request.url!, form: new URLSearchParams(body), thumbprint, agent });
    const cnf = { "x5t#S256": thumbprint };
    const token = { access_token: "abc", token_type: "Bearer", expires_in: 3600, cnf };
    if (request.url === "/999") response.statusCode = 999;
    if (request.url === "/gzip") {
      response.setHeader("content-encoding", "gzip");
      response.end(gzipSync(JSON.stringify(token)));
    } else response.end(JSON.stringify(token));
  });
  const origin = () => `https://localhost:${(server.address() as AddressInfo).port}`;
  // A refused connection ends only itself.
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    requests,
    origin: origin(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections?.();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

function toBase64url(fingerprint: string): string {
  const bytes = fingerprint.split(":").map((hex) => parseInt(hex, 16));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_")
    .replace("=", "");
}
