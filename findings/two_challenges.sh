#!/usr/bin/env bash
# Software  auth-header 1.0.0, www-authenticate 0.6.3, @modelcontextprotocol/client 2.4.0; beside them
#           oauth4webapi 3.8.8, which reads all of it
# Expected  A WWW-Authenticate header that has two challenges, as an API sends it that accepts DPoP and
#           Bearer, or Basic and Bearer, is read as two challenges.
# Seen      auth-header throws, or mixes the parameters of both and calls the second scheme a token;
#           www-authenticate returns one scheme, with parameters such as "Bearer resource_metadata";
#           the MCP client does not find `resource_metadata` if a Basic challenge comes first.
# Matters   The client does not learn that the API wants DPoP, or where the authorization server is,
#           and reports a plain 401. With one challenge, all of them work.
# Source    RFC 9110 section 11.6.1 (the list), RFC 9449 section 7.2 (the first header here, figure 17),
#           RFC 9728 section 5.1 (resource_metadata)
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund \
  auth-header@1.0.0 www-authenticate@0.6.3 @modelcontextprotocol/client@2.4.0 oauth4webapi@3.8.8

cat >"$work/run.mjs" <<'JS'
import { extractWWWAuthenticateParams } from "@modelcontextprotocol/client";
import authHeader from "auth-header";
import * as oauth from "oauth4webapi";
import wwwAuthenticate from "www-authenticate";

setTimeout(() => process.exit(1), 40_000).unref();

const refusal = (header) =>
  new Response(null, { status: 401, headers: { "www-authenticate": header } });
const server = { issuer: "https://as.example" };
const readers = {
  "oauth4webapi": (header) =>
    oauth.processClientCredentialsResponse(server, { client_id: "a" }, refusal(header))
      .catch((error) => error.cause),
  "auth-header": (header) => authHeader.parse(header),
  "www-authenticate": (header) => new wwwAuthenticate.parsers.WWW_Authenticate(header),
  "MCP client": (header) => extractWWWAuthenticateParams(refusal(header)),
};

for (
  const header of [
    'Bearer, DPoP algs="ES256 PS256"',
    'Bearer realm="a", DPoP algs="ES256 PS256"',
    'Basic realm="a", Bearer resource_metadata="https://api.example/m"',
    'Bearer resource_metadata="https://api.example/m", Basic realm="a"',
  ]
) {
  console.log(header);
  for (const [name, read] of Object.entries(readers)) {
    let seen;
    try {
      seen = JSON.stringify(await read(header));
    } catch (error) {
      seen = String(error);
    }
    console.log(`  ${name}: ${seen}`);
  }
}
JS

node "$work/run.mjs" | tee "$work/seen"
diff - "$work/seen" <<'SEEN'
Bearer, DPoP algs="ES256 PS256"
  oauth4webapi: [{"scheme":"bearer","parameters":{}},{"scheme":"dpop","parameters":{"algs":"ES256 PS256"}}]
  auth-header: TypeError: Invalid scheme Bearer,
  www-authenticate: {"scheme":"DPoP","parms":{"algs":"ES256 PS256"}}
  MCP client: {}
Bearer realm="a", DPoP algs="ES256 PS256"
  oauth4webapi: [{"scheme":"bearer","parameters":{"realm":"a"}},{"scheme":"dpop","parameters":{"algs":"ES256 PS256"}}]
  auth-header: {"scheme":"Bearer","params":{"realm":"a","algs":"ES256 PS256"},"token":"DPoP"}
  www-authenticate: {"scheme":"Bearer","parms":{"realm":"a","DPoP algs":"ES256 PS256"}}
  MCP client: {}
Basic realm="a", Bearer resource_metadata="https://api.example/m"
  oauth4webapi: [{"scheme":"basic","parameters":{"realm":"a"}},{"scheme":"bearer","parameters":{"resource_metadata":"https://api.example/m"}}]
  auth-header: {"scheme":"Basic","params":{"realm":"a","resource_metadata":"https://api.example/m"},"token":"Bearer"}
  www-authenticate: {"scheme":"Basic","parms":{"realm":"a","Bearer resource_metadata":"https://api.example/m"}}
  MCP client: {}
Bearer resource_metadata="https://api.example/m", Basic realm="a"
  oauth4webapi: [{"scheme":"bearer","parameters":{"resource_metadata":"https://api.example/m"}},{"scheme":"basic","parameters":{"realm":"a"}}]
  auth-header: {"scheme":"Bearer","params":{"resource_metadata":"https://api.example/m","realm":"a"},"token":"Basic"}
  www-authenticate: {"scheme":"Bearer","parms":{"resource_metadata":"https://api.example/m","Basic realm":"a"}}
  MCP client: {"resourceMetadataUrl":"https://api.example/m"}
SEEN
