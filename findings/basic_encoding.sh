#!/usr/bin/env bash
# Software  openid-client 6.9.0, simple-oauth2 5.1.0, @badgateway/oauth2-client 3.3.1,
#           @modelcontextprotocol/client 2.4.0; oidc-provider 9.13.3, @node-oauth/oauth2-server 5.3.0
# Expected  Clients form-encode id and secret before base64, and servers decode them. URLSearchParams
#           leaves letters, digits, `_` and `-` as they are, so for these it should make no difference.
# Seen      openid-client writes `_` as %5F, so a server that does not decode (node-oauth) refuses even
#           my_client_id_123. The last two clients send `+` as it is, which a server that decodes
#           (oidc-provider) takes for a space. With a `+`, no client gets a token from both servers.
# Matters   "invalid_client" with the right id and the right secret, and only with some pairs of client
#           and server. Sending both in the form (client_secret_post) avoids it.
# Source    RFC 6749 section 2.3.1 and appendix B; panva/oauth4webapi issues 148 and 199
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund \
  openid-client@6.9.0 simple-oauth2@5.1.0 @badgateway/oauth2-client@3.3.1 \
  @modelcontextprotocol/client@2.4.0 oidc-provider@9.13.3 @node-oauth/oauth2-server@5.3.0

cat >"$work/run.mjs" <<'JS'
import { OAuth2Client } from "@badgateway/oauth2-client";
import { ClientCredentialsProvider, fetchToken } from "@modelcontextprotocol/client";
import NodeOAuth from "@node-oauth/oauth2-server";
import Provider from "oidc-provider";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import * as openid from "openid-client";
import simple from "simple-oauth2";

setTimeout(() => process.exit(1), 40_000).unref();
// Both servers write notices; only the table is wanted.
console.info = console.warn = () => {};
const id = "my_client_id_123";

async function listen() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return [server, `http://127.0.0.1:${server.address().port}`];
}

const servers = {
  async "oidc-provider"(secret) {
    const [server, url] = await listen();
    const provider = new Provider(url, {
      clients: [{
        client_id: id,
        client_secret: secret,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      }],
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
      ttl: { ClientCredentials: 600 },
    });
    server.on("request", provider.callback());
    return [server, url];
  },
  async "node-oauth"(secret) {
    const oauth = new NodeOAuth({
      model: {
        getClient: (givenId, givenSecret) =>
          givenId === id && givenSecret === secret && { id, grants: ["client_credentials"] },
        getUserFromClient: () => ({}),
        saveToken: (token, client, user) => ({ ...token, client, user }),
        validateScope: () => [],
      },
    });
    const [server, url] = await listen();
    server.on("request", async (request, response) => {
      const { method, headers } = request;
      const body = Object.fromEntries(new URLSearchParams(await text(request)));
      const answer = new NodeOAuth.Response({});
      await oauth.token(new NodeOAuth.Request({ method, headers, body, query: {} }), answer)
        .catch(() => {});
      response.writeHead(answer.status, { ...answer.headers, "content-type": "application/json" });
      response.end(JSON.stringify(answer.body));
    });
    return [server, url];
  },
};

const clients = {
  "openid-client"(url, secret) {
    const metadata = { issuer: url, token_endpoint: `${url}/token` };
    const method = openid.ClientSecretBasic(secret);
    const config = new openid.Configuration(metadata, id, undefined, method);
    openid.allowInsecureRequests(config);
    return openid.clientCredentialsGrant(config);
  },
  "simple-oauth2"(url, secret) {
    const auth = { tokenHost: url, tokenPath: "/token" };
    return new simple.ClientCredentials({ client: { id, secret }, auth }).getToken({});
  },
  "badgateway"(url, secret) {
    const tokenEndpoint = `${url}/token`;
    return new OAuth2Client({ clientId: id, clientSecret: secret, tokenEndpoint })
      .clientCredentials();
  },
  "mcp client"(url, secret) {
    const options = { clientId: id, clientSecret: secret, expectedIssuer: url };
    const metadata = {
      issuer: url,
      authorization_endpoint: `${url}/auth`,
      token_endpoint: `${url}/token`,
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
    };
    return fetchToken(new ClientCredentialsProvider(options), url, { metadata });
  },
};

for (const secret of ["secret456", "secret+456"]) {
  for (const [serverName, start] of Object.entries(servers)) {
    const [server, url] = await start(secret);
    let header;
    server.prependListener("request", ({ headers }) => header = headers.authorization);
    for (const [clientName, request] of Object.entries(clients)) {
      const outcome = await request(url, secret).then(() => "token", () => "refused");
      const sent = atob(header.slice("Basic ".length));
      const columns = [secret.padEnd(10), serverName.padEnd(13), clientName.padEnd(13)];
      console.log([...columns, outcome.padEnd(7), sent].join(" | "));
    }
    server.close();
    server.closeAllConnections();
  }
}
JS

node "$work/run.mjs" | tee "$work/seen"
diff - "$work/seen" <<'SEEN'
secret456  | oidc-provider | openid-client | token   | my%5Fclient%5Fid%5F123:secret456
secret456  | oidc-provider | simple-oauth2 | token   | my_client_id_123:secret456
secret456  | oidc-provider | badgateway    | token   | my_client_id_123:secret456
secret456  | oidc-provider | mcp client    | token   | my_client_id_123:secret456
secret456  | node-oauth    | openid-client | refused | my%5Fclient%5Fid%5F123:secret456
secret456  | node-oauth    | simple-oauth2 | token   | my_client_id_123:secret456
secret456  | node-oauth    | badgateway    | token   | my_client_id_123:secret456
secret456  | node-oauth    | mcp client    | token   | my_client_id_123:secret456
secret+456 | oidc-provider | openid-client | token   | my%5Fclient%5Fid%5F123:secret%2B456
secret+456 | oidc-provider | simple-oauth2 | token   | my_client_id_123:secret%2B456
secret+456 | oidc-provider | badgateway    | refused | my_client_id_123:secret+456
secret+456 | oidc-provider | mcp client    | refused | my_client_id_123:secret+456
secret+456 | node-oauth    | openid-client | refused | my%5Fclient%5Fid%5F123:secret%2B456
secret+456 | node-oauth    | simple-oauth2 | refused | my_client_id_123:secret%2B456
secret+456 | node-oauth    | badgateway    | token   | my_client_id_123:secret+456
secret+456 | node-oauth    | mcp client    | token   | my_client_id_123:secret+456
SEEN
