#!/usr/bin/env bash
# Software  simple-oauth2 5.1.0, client-oauth2 4.3.3, @badgateway/oauth2-client 3.3.1, openid-client 6.9.0,
#           axios-oauth-client 2.2.0 with axios-token-interceptor 0.2.0
# Expected  An answer may leave out `expires_in`. A client that keeps tokens then lets its user say how long
#           one is good, or asks the API; all clients do much the same. `null` is as good as nothing, and 0 is
#           a token that has expired.
# Seen      simple-oauth2 and client-oauth2 say of such a token that it has not expired, for ever;
#           @badgateway/oauth2-client keeps it for ever, also with 0. axios-token-interceptor, set up as its
#           README says, requests a new token for every call. With `null`, openid-client throws the answer
#           away, and client-oauth2 has a token that expires at once.
# Matters   Mastodon, for one, sends none. One program sends a dead token until it is started anew, the next
#           one runs into the server's rate limit, and neither shows an error at the token request.
# Source    RFC 6749 section 5.1: `expires_in` is recommended, and without it the lifetime is to be said by
#           other means
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund \
  simple-oauth2@5.1.0 client-oauth2@4.3.3 @badgateway/oauth2-client@3.3.1 openid-client@6.9.0 \
  axios@1.21.1 axios-oauth-client@2.2.0 axios-token-interceptor@0.2.0

cat >"$work/run.mjs" <<'JS'
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client";
import axios from "axios";
import { clientCredentials } from "axios-oauth-client";
import tokenInterceptor from "axios-token-interceptor";
import ClientOAuth2 from "client-oauth2";
import * as openid from "openid-client";
import { ClientCredentials } from "simple-oauth2";

setTimeout(() => process.exit(1), 40_000).unref();

const lifetimes = { absent: {}, null: { expires_in: null }, 0: { expires_in: 0 } };
let lifetime = {};
let requests = 0;
const server = createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  const isToken = request.url === "/token";
  if (isToken) requests++;
  const answer = { access_token: "2YotnFZFEjr1zCsicMWpAA", token_type: "Bearer", ...lifetime };
  response.end(JSON.stringify(isToken ? answer : {}));
}).listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;
const [id, secret, url] = ["my_client_id_123", "my_secret_456", `${origin}/token`];

/** How many tokens two calls of the API take. */
async function tokensOf(call) {
  requests = 0;
  await call();
  await sleep(20);
  await call();
  return `${requests} for two calls`;
}

const clients = {
  async "simple-oauth2"() {
    const auth = { tokenHost: origin, tokenPath: "/token" };
    const token = await new ClientCredentials({ client: { id, secret }, auth }).getToken({});
    await sleep(20);
    return `expired() is ${token.expired()}`;
  },
  async "client-oauth2"() {
    const options = { clientId: id, clientSecret: secret, accessTokenUri: url };
    const token = await new ClientOAuth2(options).credentials.getToken();
    await sleep(20);
    return `expired() is ${token.expired()}`;
  },
  async "@badgateway/oauth2-client"() {
    const options = { server: origin, tokenEndpoint: "/token", clientId: id, clientSecret: secret };
    const client = new OAuth2Client(options);
    const getNewToken = () => client.clientCredentials();
    const wrapper = new OAuth2Fetch({ client, getNewToken, scheduleRefresh: false });
    return await tokensOf(() => wrapper.fetch(`${origin}/api`));
  },
  async "axios-token-interceptor"() {
    const getToken = clientCredentials(axios.create(), url, id, secret);
    const cache = tokenInterceptor.tokenCache(() => getToken(""), {
      getMaxAge: (body) => body.expires_in * 1000,
    });
    const api = axios.create();
    const headerFormatter = (body) => `Bearer ${body.access_token}`;
    api.interceptors.request.use(tokenInterceptor({ getToken: cache, headerFormatter }));
    return await tokensOf(() => api.get(`${origin}/api`));
  },
  async "openid-client"() {
    const metadata = { issuer: origin, token_endpoint: url };
    const config = new openid.Configuration(metadata, id, secret);
    openid.allowInsecureRequests(config);
    const token = await openid.clientCredentialsGrant(config);
    return `expiresIn() is ${token.expiresIn()}`;
  },
};

for (const [name, ask] of Object.entries(clients)) {
  console.log(name);
  for (const [what, members] of Object.entries(lifetimes)) {
    lifetime = members;
    const seen = await ask().catch((error) => `${error.name}, ${error.cause?.message ?? ""}`);
    console.log(`  ${what}: ${seen}`);
  }
}
server.close();
server.closeAllConnections();
JS

node "$work/run.mjs" | tee "$work/seen"
diff - "$work/seen" <<'SEEN'
simple-oauth2
  0: expired() is true
  absent: expired() is false
  null: expired() is false
client-oauth2
  0: expired() is true
  absent: expired() is false
  null: expired() is true
@badgateway/oauth2-client
  0: 1 for two calls
  absent: 1 for two calls
  null: 1 for two calls
axios-token-interceptor
  0: 2 for two calls
  absent: 2 for two calls
  null: 2 for two calls
openid-client
  0: expiresIn() is 0
  absent: expiresIn() is undefined
  null: ClientError, "response" body "expires_in" property must be a number
SEEN
