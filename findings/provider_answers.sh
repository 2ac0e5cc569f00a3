#!/usr/bin/env bash
# Software  oauth4webapi 3.8.8, openid-client 6.9.0, @modelcontextprotocol/client 2.4.0; beside them
#           simple-oauth2 5.1.0, client-oauth2 4.3.3, @badgateway/oauth2-client 3.3.1 and axios-oauth-client
#           2.2.0, which take all of these answers
# Expected  A client library gets a token from any provider whose documentation speaks of OAuth 2.0.
# Seen      oauth4webapi and openid-client refuse the answers that CrowdStrike, LinkedIn, Box, eBay and 8x8
#           document: a status of 201, no `token_type`, or one that is neither Bearer nor DPoP. The MCP client
#           refuses those without `token_type`.
# Matters   These clients are right by the RFC, and the error comes after the token was issued: it counts
#           against the provider's limit, and is lost. A `customFetch` that puts the answer right helps.
# Source    RFC 6749 section 5.1 (200, and `token_type` is required). The answers have the members, and the
#           status, that the providers document: the page "Client Credentials Flow" of LinkedIn, the client
#           credentials guides of Box and eBay, "OAuth Authentication" of 8x8, and CrowdStrike's falconpy
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund \
  oauth4webapi@3.8.8 openid-client@6.9.0 @modelcontextprotocol/client@2.4.0 simple-oauth2@5.1.0 \
  client-oauth2@4.3.3 @badgateway/oauth2-client@3.3.1 axios@1.21.1 axios-oauth-client@2.2.0

cat >"$work/run.mjs" <<'JS'
import { once } from "node:events";
import { createServer } from "node:http";
import { OAuth2Client } from "@badgateway/oauth2-client";
import * as mcp from "@modelcontextprotocol/client";
import axios from "axios";
import { clientCredentials } from "axios-oauth-client";
import ClientOAuth2 from "client-oauth2";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { ClientCredentials } from "simple-oauth2";

setTimeout(() => process.exit(1), 40_000).unref();
// Notices of the libraries; only what they make of the answers is wanted.
console.warn = () => {};

const token = { access_token: "2YotnFZFEjr1zCsicMWpAA" };
const answers = {
  "CrowdStrike, 201": [201, { ...token, token_type: "bearer", expires_in: 1799 }],
  "LinkedIn, no token_type": [200, { ...token, expires_in: "1800" }],
  "Box, issued_token_type": [200, { ...token, expires_in: 4123, issued_token_type: "bearer" }],
  "eBay, Application Access Token": [
    200,
    { ...token, expires_in: 7200, token_type: "Application Access Token" },
  ],
  "8x8, BearerToken": [200, { ...token, expires_in: "3599", token_type: "BearerToken" }],
};
let answer;
const server = createServer((_, response) => {
  const [status, body] = answer;
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}).listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;
const [id, secret, url] = ["my_client_id_123", "my_secret_456", `${origin}/token`];
const metadata = { issuer: origin, token_endpoint: url };

const clients = {
  async "oauth4webapi"() {
    const client = { client_id: id };
    const authentication = oauth.ClientSecretPost(secret);
    const options = { [oauth.allowInsecureRequests]: true };
    const response = await oauth.clientCredentialsGrantRequest(
      metadata,
      client,
      authentication,
      {},
      options,
    );
    return await oauth.processClientCredentialsResponse(metadata, client, response);
  },
  async "openid-client"() {
    const config = new openid.Configuration(metadata, id, secret);
    openid.allowInsecureRequests(config);
    return await openid.clientCredentialsGrant(config);
  },
  async "@modelcontextprotocol/client"() {
    const provider = new mcp.ClientCredentialsProvider({ clientId: id, clientSecret: secret });
    const all = { ...metadata, authorization_endpoint: origin, response_types_supported: [] };
    return await mcp.fetchToken(provider, origin, { metadata: all });
  },
  async "simple-oauth2"() {
    const auth = { tokenHost: origin, tokenPath: "/token" };
    const { token } = await new ClientCredentials({ client: { id, secret }, auth }).getToken({});
    return token;
  },
  async "client-oauth2"() {
    const options = { clientId: id, clientSecret: secret, accessTokenUri: url };
    const { accessToken } = await new ClientOAuth2(options).credentials.getToken();
    return { access_token: accessToken };
  },
  async "@badgateway/oauth2-client"() {
    const options = { server: origin, tokenEndpoint: "/token", clientId: id, clientSecret: secret };
    const { accessToken } = await new OAuth2Client(options).clientCredentials();
    return { access_token: accessToken };
  },
  async "axios-oauth-client"() {
    return await clientCredentials(axios.create(), url, id, secret)("");
  },
};

function messageOf({ name, message, cause }) {
  return name === "ZodError" ? `no ${JSON.parse(message)[0].path}` : cause?.message ?? message;
}

for (const [what, given] of Object.entries(answers)) {
  answer = given;
  console.log(what);
  for (const [name, ask] of Object.entries(clients)) {
    const seen = await ask().then(
      ({ access_token }) => access_token === token.access_token ? "the token" : "another token",
      messageOf,
    );
    console.log(`  ${name}: ${seen}`);
  }
}
server.close();
server.closeAllConnections();
JS

node "$work/run.mjs" | tee "$work/seen"
diff - "$work/seen" <<'SEEN'
CrowdStrike, 201
  oauth4webapi: "response" is not a conform Token Endpoint response (unexpected HTTP status code)
  openid-client: unexpected HTTP response status code
  @modelcontextprotocol/client: the token
  simple-oauth2: the token
  client-oauth2: the token
  @badgateway/oauth2-client: the token
  axios-oauth-client: the token
LinkedIn, no token_type
  oauth4webapi: "response" body "token_type" property must be a string
  openid-client: "response" body "token_type" property must be a string
  @modelcontextprotocol/client: no token_type
  simple-oauth2: the token
  client-oauth2: the token
  @badgateway/oauth2-client: the token
  axios-oauth-client: the token
Box, issued_token_type
  oauth4webapi: "response" body "token_type" property must be a string
  openid-client: "response" body "token_type" property must be a string
  @modelcontextprotocol/client: no token_type
  simple-oauth2: the token
  client-oauth2: the token
  @badgateway/oauth2-client: the token
  axios-oauth-client: the token
eBay, Application Access Token
  oauth4webapi: unsupported `token_type` value
  openid-client: unsupported `token_type` value
  @modelcontextprotocol/client: the token
  simple-oauth2: the token
  client-oauth2: the token
  @badgateway/oauth2-client: the token
  axios-oauth-client: the token
8x8, BearerToken
  oauth4webapi: unsupported `token_type` value
  openid-client: unsupported `token_type` value
  @modelcontextprotocol/client: the token
  simple-oauth2: the token
  client-oauth2: the token
  @badgateway/oauth2-client: the token
  axios-oauth-client: the token
SEEN
