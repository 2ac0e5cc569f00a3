#!/usr/bin/env bash
# Software  Deno 2.9.6, Node.js 24.21.0 (NODE_USE_ENV_PROXY=1), axios 1.21.1, undici 8.13.1
#           (EnvHttpProxyAgent)
# Expected  One NO_PROXY means the same to all four.
# Seen      Deno does not know `*.`, a port, or blanks between names. Node.js and undici do not know
#           127.0.0.0/8. To axios, a name covers that host alone, and a name with a dot before it covers
#           the subdomains alone; to the others, both cover both.
# Matters   With the same variable, one program sends its token request past the proxy and the next
#           sends it through, where a host inside the network is not found. What all four understand is
#           both spellings, separated by a comma: `example.com,.example.com`.
# Source    There is no standard; each documents its own.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund \
  deno@2.9.6 node@24.21.0 axios@1.21.1 undici@8.13.1

cat >"$work/get.mjs" <<'JS'
import process from "node:process";
const [how, ...urls] = process.argv.slice(2);
const { EnvHttpProxyAgent, request } = how === "undici" ? await import("undici") : {};
const axios = how === "axios" && (await import("axios")).default;
const get = {
  fetch,
  axios: (url) => axios.get(url),
  undici: (url) => request(url, { dispatcher: new EnvHttpProxyAgent() }),
}[how];
// What fails here does not matter: the proxy notes what arrives.
await Promise.allSettled(urls.map((url) => get(url)));
process.exit();
JS

cat >"$work/run.mjs" <<'JS'
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";

setTimeout(() => process.exit(1), 100_000).unref();
const bin = (name) => `${import.meta.dirname}/node_modules/${name}`;
const node = bin("node/bin/node");
const clients = {
  "Deno": [bin(".bin/deno"), "run", "--quiet", "--no-lock", "--allow-all", "get.mjs", "fetch"],
  "Node.js": [node, "get.mjs", "fetch"],
  "axios": [node, "get.mjs", "axios"],
  "undici": [node, "get.mjs", "undici"],
};

// A server that is reached without a proxy. The other hosts do not exist, as .invalid is reserved.
const local = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
await once(local, "listening");
const { port } = local.address();
const hosts = {
  "other.invalid": ["example.invalid"],
  "example.invalid": ["example.invalid", "sub.example.invalid"],
  ".example.invalid": ["example.invalid", "sub.example.invalid"],
  "*.example.invalid": ["sub.example.invalid"],
  "example.invalid:80": ["example.invalid"],
  "other.invalid example.invalid": ["example.invalid"],
  "example.invalid,.example.invalid": ["example.invalid", "sub.example.invalid"],
  "127.0.0.0/8": [`127.0.0.1:${port}`],
};

/** The hosts whose requests a client sends through the proxy, which notes them and answers 502. */
async function throughProxy(name, NO_PROXY) {
  const seen = new Set();
  const note = ({ headers }) => seen.add(headers.host.replace(/:80$/, ""));
  const proxy = createServer((request, response) => {
    note(request);
    response.writeHead(502).end();
  });
  // Node.js asks for a tunnel even for http:.
  proxy.on("connect", (request, socket) => {
    note(request);
    socket.on("error", () => {});
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const [command, ...args] = clients[name];
  const child = spawn(command, [...args, ...hosts[NO_PROXY].map((host) => `http://${host}/`)], {
    cwd: import.meta.dirname,
    stdio: "ignore",
    timeout: 20_000,
    env: {
      HOME: import.meta.dirname,
      DENO_DIR: `${import.meta.dirname}/deno`,
      HTTP_PROXY: `http://127.0.0.1:${proxy.address().port}`,
      NO_PROXY,
      // Not for axios and undici, which have a way of their own.
      ...name === "Node.js" && { NODE_USE_ENV_PROXY: "1" },
    },
  });
  const [, signal] = await once(child, "close");
  if (signal) throw new Error(`${name} did not end in time`);
  proxy.close();
  proxy.closeAllConnections();
  return seen;
}

for (const NO_PROXY of Object.keys(hosts)) {
  console.log(`NO_PROXY="${NO_PROXY}"`);
  const names = Object.keys(clients);
  const seen = await Promise.all(names.map((name) => throughProxy(name, NO_PROXY)));
  for (const host of hosts[NO_PROXY]) {
    const list = names.filter((_, i) => seen[i].has(host)).join(", ") || "none";
    console.log(`  ${host.replace(/:\d+$/, "")} through the proxy: ${list}`);
  }
}
local.close();
local.closeAllConnections();
JS

cd "$work"
node_modules/node/bin/node run.mjs | tee seen
diff - seen <<'SEEN'
NO_PROXY="other.invalid"
  example.invalid through the proxy: Deno, Node.js, axios, undici
NO_PROXY="example.invalid"
  example.invalid through the proxy: none
  sub.example.invalid through the proxy: axios
NO_PROXY=".example.invalid"
  example.invalid through the proxy: axios
  sub.example.invalid through the proxy: none
NO_PROXY="*.example.invalid"
  sub.example.invalid through the proxy: Deno
NO_PROXY="example.invalid:80"
  example.invalid through the proxy: Deno
NO_PROXY="other.invalid example.invalid"
  example.invalid through the proxy: Deno
NO_PROXY="example.invalid,.example.invalid"
  example.invalid through the proxy: none
  sub.example.invalid through the proxy: none
NO_PROXY="127.0.0.0/8"
  127.0.0.1 through the proxy: Node.js, undici
SEEN
