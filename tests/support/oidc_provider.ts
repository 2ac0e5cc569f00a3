// oidc-provider is named here and not in deno.json, whose npm packages every task would download.
// deno-lint-ignore-file no-import-prefix

/**
 * oidc-provider, a certified authorization server, in this process for the tests.
 *
 * @module
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { npm } from "./needs.ts";

const { default: Provider } = await npm("oidc-provider", () => import("npm:oidc-provider@^9.13.3"));

/** What the provider signs with. */
export const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Starts the provider with one client; `settings` are its own. Whatever is set here warns if left out. */
export async function startOidcProvider(
  client: { client_id: string; [metadata: string]: unknown },
  settings: { features?: Record<string, unknown>; scopes?: string[] } = {},
) {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const tokens = new Map<string, Record<string, unknown>>();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    adapter: () => ({
      upsert: (id: string, token: Record<string, unknown>) =>
        Promise.resolve(tokens.set(id, token)),
      find: (id: string) => Promise.resolve(tokens.get(id)),
      destroy: (id: string) => Promise.resolve(tokens.delete(id)),
    }),
    clients: [{
      grant_types: ["client_credentials"],
      id_token_signed_response_alg: "ES256",
      redirect_uris: [],
      response_types: [],
      ...client,
    }],
    jwks: { keys: [await crypto.subtle.exportKey("jwk", keys.privateKey)] },
    ttl: { ClientCredentials: 600 },
    ...settings,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      ...settings.features,
    },
  });
  server.on("request", provider.callback());
  return {
    issuer,
    provider,
    server,
    tokens,
    publicKey: keys.publicKey,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}
