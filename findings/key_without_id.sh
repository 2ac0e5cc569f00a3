#!/usr/bin/env bash
# Software  oidc-provider 9.13.3, with openid-client 6.9.0 as the client (private_key_jwt)
# Expected  The client registered one key. The server verifies the assertion with it; `kid`, which is
#           optional in a key and in a JWT, only says which one it is if there are more.
# Seen      An assertion with a `kid` is refused if the registered key has none, or another one. Without a
#           `kid`, the same key is accepted in all three cases.
# Matters   "invalid_client: client authentication failed" with the right key, because a client started to
#           send a `kid` (such as the thumbprint of RFC 7638), or because the set was made without. Send
#           the `kid` that is registered, or register the key with the one that is sent.
# Source    RFC 7517 section 4.5 and RFC 7515 section 4.1.4 (`kid` is optional, a hint); OpenID Connect Core
#           section 10.1 demands it only if a set has more than one key
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund oidc-provider@9.13.3 openid-client@6.9.0

cat >"$work/run.mjs" <<'JS'
import { once } from "node:events";
import { createServer } from "node:http";
import Provider from "oidc-provider";
import * as openid from "openid-client";

setTimeout(() => process.exit(1), 40_000).unref();
// Notices of the server; only its answers are wanted.
console.info = console.warn = () => {};

const id = "my_client_id_123";
const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, [
  "sign",
  "verify",
]);
const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);

async function request(registered, sent) {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: id,
      grant_types: ["client_credentials"],
      jwks: { keys: [{ kty, crv, x, y, kid: registered }] },
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: "private_key_jwt",
    }],
    clientAuthMethods: ["private_key_jwt"],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    ttl: { ClientCredentials: 600 },
  });
  let why;
  provider.on("grant.error", (_, { error_detail }) => why = error_detail);
  server.on("request", provider.callback());

  const method = openid.PrivateKeyJwt({ key: privateKey, kid: sent });
  const metadata = { issuer, token_endpoint: `${issuer}/token` };
  const config = new openid.Configuration(metadata, id, undefined, method);
  openid.allowInsecureRequests(config);
  const outcome = await openid.clientCredentialsGrant(config)
    .then(() => "token", ({ error }) => `${error} (the server's log: ${why})`);
  server.close();
  server.closeAllConnections();
  return outcome;
}

for (const registered of [undefined, "a", "b"]) {
  for (const sent of [undefined, "a"]) {
    const columns = [`registered: ${registered ?? "-"}`, `sent: ${sent ?? "-"}`];
    console.log([...columns, await request(registered, sent)].join(" | "));
  }
}
JS

node "$work/run.mjs" | tee "$work/seen"
diff - "$work/seen" <<'SEEN'
registered: - | sent: - | token
registered: - | sent: a | invalid_client (the server's log: no applicable key found in the JSON Web Key Set)
registered: a | sent: - | token
registered: a | sent: a | token
registered: b | sent: - | token
registered: b | sent: a | invalid_client (the server's log: no applicable key found in the JSON Web Key Set)
SEEN
