#!/usr/bin/env bash
# Software  @kubernetes/client-node 2.0.1, with Node.js 24.21.0
# Expected  A credential plugin's token is used until the server answers 401; then the plugin is run
#           again. `expirationTimestamp`, which is optional, can only end it earlier.
# Seen      After a 401, the plugin is not run again: every further request sends the same token. If the
#           plugin left `expirationTimestamp` out, that goes on until the process ends.
# Matters   A plugin that gets OAuth tokens has no time to give if the server sends no `expires_in`. Once
#           the token has expired, a long-running program gets 401 until it is restarted, though the
#           plugin would give it a new one.
# Source    Kubernetes documentation, "Authenticating", "client-go credential plugins", "Input and output
#           formats"; kubernetes-client/javascript issue 886
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund \
  @kubernetes/client-node@2.0.1 node@24.21.0

# Each run gives another token: t1, t2, and so on.
cat >"$work/plugin.sh" <<'SH'
#!/bin/sh
echo run >>runs
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t%d"%s}}' \
  "$(wc -l <runs)" "$EXPIRATION"
SH
chmod +x "$work/plugin.sh"

cat >"$work/run.mjs" <<'JS'
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";

setTimeout(() => process.exit(1), 40_000).unref();

let valid;
let sent;
const server = createServer((request, response) => {
  request.resume();
  sent = request.headers.authorization;
  const isValid = sent === `Bearer ${valid}`;
  response.writeHead(isValid ? 200 : 401, { "content-type": "application/json" });
  const list = { apiVersion: "v1", kind: "NamespaceList", metadata: {}, items: [] };
  const refusal = { apiVersion: "v1", kind: "Status", status: "Failure", code: 401 };
  response.end(JSON.stringify(isValid ? list : refusal));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");

function connect(EXPIRATION) {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "./plugin.sh",
    env: [{ name: "EXPIRATION", value: EXPIRATION }],
    interactiveMode: "Never",
  };
  // The client takes an http: URL only with this setting.
  const cluster = {
    server: `http://127.0.0.1:${server.address().port}`,
    "insecure-skip-tls-verify": true,
  };
  const config = new KubeConfig();
  config.loadFromString(JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "context",
    clusters: [{ name: "cluster", cluster }],
    contexts: [{ name: "context", context: { cluster: "cluster", user: "user" } }],
    users: [{ name: "user", user: { exec } }],
  }));
  return config.makeApiClient(CoreV1Api);
}

const kinds = {
  "without expirationTimestamp": "",
  "with expirationTimestamp": ',"expirationTimestamp":"2099-01-01T00:00:00Z"',
};
for (const [kind, expiration] of Object.entries(kinds)) {
  console.log(kind);
  rmSync("runs", { force: true });
  const api = connect(expiration);
  for (valid of ["t1", "t1", "t2", "t2", "t2"]) {
    const status = await api.listNamespace().then(() => 200, (error) => error.code);
    const runs = readFileSync("runs", "utf8").trim().split("\n").length;
    console.log(`  valid: ${valid}, sent: ${sent}, answer: ${status}, runs of the plugin: ${runs}`);
  }
}
server.close();
server.closeAllConnections();
JS

cd "$work"
node_modules/node/bin/node run.mjs | tee seen
diff - seen <<'SEEN'
without expirationTimestamp
  valid: t1, sent: Bearer t1, answer: 200, runs of the plugin: 1
  valid: t1, sent: Bearer t1, answer: 200, runs of the plugin: 1
  valid: t2, sent: Bearer t1, answer: 401, runs of the plugin: 1
  valid: t2, sent: Bearer t1, answer: 401, runs of the plugin: 1
  valid: t2, sent: Bearer t1, answer: 401, runs of the plugin: 1
with expirationTimestamp
  valid: t1, sent: Bearer t1, answer: 200, runs of the plugin: 1
  valid: t1, sent: Bearer t1, answer: 200, runs of the plugin: 1
  valid: t2, sent: Bearer t1, answer: 401, runs of the plugin: 1
  valid: t2, sent: Bearer t1, answer: 401, runs of the plugin: 1
  valid: t2, sent: Bearer t1, answer: 401, runs of the plugin: 1
SEEN
