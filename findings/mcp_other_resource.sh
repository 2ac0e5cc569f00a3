#!/usr/bin/env bash
# Software  @modelcontextprotocol/client 2.4.0
# Expected  The metadata of an API that says it is another resource is not used: the client says so, and
#           asks nobody whom it names.
# Seen      The client first asks the issuer named there for its metadata. Only if the issuer answers, the
#           client says that the resource does not match; if it fails, the error names the issuer alone.
# Matters   An API behind a proxy whose metadata have the inner URL is an easy mistake to make. While its issuer
#           is down or cannot be reached from there, the error leads to the issuer, which is not the fault;
#           once it is up, there is another error.
# Source    RFC 9728 section 3.3: if `resource` is not identical, the metadata must not be used
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund @modelcontextprotocol/client@2.4.0

cat >"$work/run.mjs" <<'JS'
import {
  Client,
  ClientCredentialsProvider,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { once } from "node:events";
import { createServer } from "node:http";

setTimeout(() => process.exit(1), 40_000).unref();
const RESOURCE_METADATA = "/.well-known/oauth-protected-resource/mcp";

async function listen(name, answer) {
  const server = createServer((request, response) => {
    request.resume();
    console.log(`  ${name}: ${request.method} ${request.url}`);
    const { status = 200, headers, body } = answer(request.url, server.url) ?? { status: 404 };
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body && JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.url = `http://127.0.0.1:${server.address().port}`;
  return server;
}

async function connect(resource, isUp) {
  const issuer = await listen("issuer", (path, url) => {
    if (!isUp) return { status: 503 };
    if (path !== "/.well-known/oauth-authorization-server") return undefined;
    const authorization_endpoint = `${url}/authorize`;
    const token_endpoint = `${url}/token`;
    const response_types_supported = ["code"];
    return {
      body: { issuer: url, authorization_endpoint, token_endpoint, response_types_supported },
    };
  });
  const api = await listen("API   ", (path, url) => {
    if (path === RESOURCE_METADATA) {
      return { body: { resource, authorization_servers: [issuer.url] } };
    }
    const challenge = `Bearer resource_metadata="${url}${RESOURCE_METADATA}"`;
    return { status: 401, headers: { "www-authenticate": challenge } };
  });
  const credentials = { clientId: "my_client_id_123", clientSecret: "my_secret_456" };
  const authProvider = new ClientCredentialsProvider({ ...credentials, expectedIssuer: issuer.url });
  const transport = new StreamableHTTPClientTransport(new URL(`${api.url}/mcp`), { authProvider });
  await new Client({ name: "test", version: "1.0.0" }).connect(transport).catch(({ message }) => {
    console.log(`  ${message.replaceAll(api.url, "API").replaceAll(issuer.url, "ISSUER")}`);
  });
  for (const server of [api, issuer]) {
    server.close();
    server.closeAllConnections();
  }
}

for (const isUp of [true, false]) {
  console.log(`The issuer ${isUp ? "answers" : "is down"}`);
  await connect("http://inner.example:8080/mcp", isUp);
}
JS

node "$work/run.mjs" | tee "$work/seen"
diff - "$work/seen" <<'SEEN'
The issuer answers
  API   : POST /mcp
  API   : GET /.well-known/oauth-protected-resource/mcp
  issuer: GET /.well-known/oauth-authorization-server
  Protected resource http://inner.example:8080/mcp does not match expected API/mcp (or origin)
The issuer is down
  API   : POST /mcp
  API   : GET /.well-known/oauth-protected-resource/mcp
  issuer: GET /.well-known/oauth-authorization-server
  HTTP 503 trying to load OAuth metadata from ISSUER/.well-known/oauth-authorization-server
SEEN
