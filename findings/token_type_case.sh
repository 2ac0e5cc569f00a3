#!/usr/bin/env bash
# Software  openid-client 6.9.0; @fastify/bearer-auth 10.1.3 with fastify 5.12.8, express-bearer-token
#           3.0.0, @node-oauth/oauth2-server 5.3.0; beside them hono 4.13.19, passport-http-bearer 1.0.1
# Expected  `token_type` is as the server sent it, "Bearer"; and an API takes the scheme of an
#           Authorization header in upper and lower case.
# Seen      openid-client returns "bearer". The first three guards of an API refuse `bearer TOKEN`; the
#           last two accept it.
# Matters   `${token_type} ${access_token}` is refused although the token is good. Write "Bearer" itself.
# Source    RFC 6749 section 5.1 and RFC 9110 section 11.1: both names are case-insensitive. The option
#           specCompliance: "rfc6749" of @fastify/bearer-auth accepts both.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund \
  openid-client@6.9.0 @fastify/bearer-auth@10.1.3 fastify@5.12.8 express-bearer-token@3.0.0 \
  @node-oauth/oauth2-server@5.3.0 hono@4.13.19 passport-http-bearer@1.0.1

cat >"$work/run.mjs" <<'JS'
import fastifyBearer from "@fastify/bearer-auth";
import NodeOAuth from "@node-oauth/oauth2-server";
import expressBearer from "express-bearer-token";
import fastify from "fastify";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { once } from "node:events";
import { createServer } from "node:http";
import * as openid from "openid-client";
import passportBearer from "passport-http-bearer";

setTimeout(() => process.exit(1), 40_000).unref();
const TOKEN = "abc";

/** Gets a token from a server that answers "Bearer". */
async function requestToken() {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ access_token: TOKEN, token_type: "Bearer" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const metadata = { issuer, token_endpoint: `${issuer}/token` };
  const config = new openid.Configuration(metadata, "client", "secret");
  openid.allowInsecureRequests(config);
  const token = await openid.clientCredentialsGrant(config);
  server.close();
  server.closeAllConnections();
  return token;
}

const guards = {
  async "@fastify/bearer-auth"(authorization) {
    const api = fastify();
    await api.register(fastifyBearer, { keys: [TOKEN] });
    api.get("/", () => "");
    const { statusCode } = await api.inject({ url: "/", headers: { authorization } });
    return statusCode === 200;
  },
  "express-bearer-token"(authorization) {
    const request = { headers: { authorization } };
    expressBearer()(request, {}, () => {});
    return request.token === TOKEN;
  },
  async "@node-oauth/oauth2-server"(authorization) {
    const accessTokenExpiresAt = new Date(Date.now() + 60_000);
    const getAccessToken = (accessToken) =>
      accessToken === TOKEN && { accessToken, accessTokenExpiresAt, client: {}, user: {} };
    const request = { method: "GET", headers: { authorization }, query: {} };
    return await new NodeOAuth({ model: { getAccessToken } })
      .authenticate(new NodeOAuth.Request(request), new NodeOAuth.Response({}))
      .then(() => true, () => false);
  },
  async "hono/bearer-auth"(authorization) {
    const api = new Hono();
    api.use(bearerAuth({ token: TOKEN }));
    api.get("/", (context) => context.text(""));
    const { status } = await api.request("/", { headers: { authorization } });
    return status === 200;
  },
  "passport-http-bearer"(authorization) {
    const strategy = new passportBearer.Strategy((token, done) => done(null, token === TOKEN));
    return new Promise((resolve) => {
      strategy.success = () => resolve(true);
      strategy.fail = () => resolve(false);
      strategy.authenticate({ headers: { authorization } });
    });
  },
};

const { access_token, token_type } = await requestToken();
console.log(`token_type: ${token_type}`);
for (const [name, accepts] of Object.entries(guards)) {
  for (const scheme of ["Bearer", token_type]) {
    const accepted = await accepts(`${scheme} ${access_token}`);
    console.log(`${name}, ${scheme}: ${accepted ? "accepted" : "refused"}`);
  }
}
JS

node "$work/run.mjs" | tee "$work/seen"
diff - "$work/seen" <<'SEEN'
token_type: bearer
@fastify/bearer-auth, Bearer: accepted
@fastify/bearer-auth, bearer: refused
express-bearer-token, Bearer: accepted
express-bearer-token, bearer: refused
@node-oauth/oauth2-server, Bearer: accepted
@node-oauth/oauth2-server, bearer: refused
hono/bearer-auth, Bearer: accepted
hono/bearer-auth, bearer: accepted
passport-http-bearer, Bearer: accepted
passport-http-bearer, bearer: accepted
SEEN
