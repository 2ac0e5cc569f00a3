#!/usr/bin/env bash
# Software  openid-client 6.9.0 (oauth4webapi 3.8.8) and @node-oauth/oauth2-server 5.3.0
# Expected  If the server refuses the client, `error` of what is thrown is `invalid_client`, and
#           `error_description` is the server's, whichever way the secret was sent.
# Seen      With client_secret_post they are. With client_secret_basic, the server has to answer 401
#           with WWW-Authenticate, as it does, and openid-client throws at that header: a
#           WWWAuthenticateChallengeError without `error`. The body is not read.
# Matters   Code that looks at `error.error`, and logs with `error.error_description`, work until the
#           method is changed to Basic; then the reason ("secret expired", say) is gone. It can still
#           be read with `await error.response.json()`.
# Source    RFC 6749 section 5.2
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund \
  openid-client@6.9.0 oauth4webapi@3.8.8 @node-oauth/oauth2-server@5.3.0

cat >"$work/run.mjs" <<'JS'
import NodeOAuth from "@node-oauth/oauth2-server";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import * as openid from "openid-client";

setTimeout(() => process.exit(1), 40_000).unref();

// It knows no client, so it refuses every one.
const oauth = new NodeOAuth({
  model: { getClient: () => false, getUserFromClient() {}, saveToken() {} },
});
const server = createServer(async (request, response) => {
  const { method, headers } = request;
  const body = Object.fromEntries(new URLSearchParams(await text(request)));
  const answer = new NodeOAuth.Response({});
  await oauth.token(new NodeOAuth.Request({ method, headers, body, query: {} }), answer)
    .catch(() => {});
  response.writeHead(answer.status, { ...answer.headers, "content-type": "application/json" });
  response.end(JSON.stringify(answer.body));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const issuer = `http://127.0.0.1:${server.address().port}`;
const metadata = { issuer, token_endpoint: `${issuer}/token` };

for (const method of ["ClientSecretPost", "ClientSecretBasic"]) {
  const config = new openid.Configuration(metadata, "client", undefined, openid[method]("secret"));
  openid.allowInsecureRequests(config);
  const error = await openid.clientCredentialsGrant(config).catch((error) => error);
  console.log(`${method}: ${error.name} ${error.status}`);
  console.log(`  error: ${error.error}`);
  console.log(`  error_description: ${error.error_description}`);
  console.log(`  cause: ${JSON.stringify(error.cause)}`);
  if (error.response.bodyUsed) continue;
  console.log(`  body, not read: ${await error.response.text()}`);
}
server.close();
server.closeAllConnections();
JS

node "$work/run.mjs" | tee "$work/seen"
diff - "$work/seen" <<'SEEN'
ClientSecretPost: ResponseBodyError 400
  error: invalid_client
  error_description: Invalid client: client is invalid
  cause: {"error":"invalid_client","error_description":"Invalid client: client is invalid"}
ClientSecretBasic: WWWAuthenticateChallengeError 401
  error: undefined
  error_description: undefined
  cause: [{"scheme":"basic","parameters":{"realm":"Service"}}]
  body, not read: {"error":"invalid_client","error_description":"Invalid client: client is invalid"}
SEEN
