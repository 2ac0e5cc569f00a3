// extensions/ and token_source/ in Node.js, whose users install jose themselves.
// deno-lint-ignore-file no-import-prefix
import { assert, assertEquals } from "@std/assert";
import { JOSE_VERSION } from "../runtime/jose.ts";
import { PROJECT, withFiles } from "./support/command.ts";
import { startMtlsServer, TLS } from "./support/mtls_server.ts";
import { findNode, needs, npm } from "./support/needs.ts";

const node = await findNode();
// It is in Deno's cache then.
await npm("jose", () => import("npm:jose@6.2.18"));

const MODULES = [
  "token",
  ...["base64", "body", "challenge", "jose", "pem", "pkcs8", "time_limit"]
    .map((name) => `runtime/${name}`),
  ...["assertion", "digest", "discovery", "dpop", "endpoint", "errors", "get_json"]
    .map((name) => `extensions/${name}`),
  ...["jwk", "pem_key", "private_host", "private_key", "public_jwk", "redirect"]
    .map((name) => `extensions/${name}`),
  ...["resource", "resource_metadata", "sign", "signing_key"]
    .map((name) => `extensions/${name}`),
  ...["authorization", "claim_lock", "dropped_tokens", "endpoint_pause", "renewal_pace", "seal"]
    .map((name) => `token_source/${name}`),
  ...["shared_request", "store", "store_cache", "store_events", "store_failures", "store_lock"]
    .map((name) => `token_source/${name}`),
  ...["stored_token", "token_client", "token_lifetime", "token_source", "token_supply"]
    .map((name) => `token_source/${name}`),
  ...["warnings", "write_queue"].map((name) => `token_source/${name}`),
];
const PROGRAM = `
import { createServer } from "node:http";
import { privateKeyJwt } from "./extensions/assertion.ts";
import { discover } from "./extensions/discovery.ts";
import { dpopFetch, dpopKey } from "./extensions/dpop.ts";
import { requestToken } from "./token.ts";
import { tokenSource } from "./token_source/token_source.ts";

const issuer = "https://login.example.com";
const metadata = { issuer, token_endpoint: issuer + "/token" };
const found = await discover(issuer, { fetch: async () => Response.json(metadata) });
const { privateKey } = await crypto.subtle.generateKey(
  { name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
const sent = [];
const fetch = dpopFetch(await dpopKey(), {
  fetch: async (url, init) => {
    sent.push(url, "dpop" in init.headers, init.body.includes("client_assertion="));
    return Response.json({ access_token: "abc", token_type: "DPoP" });
  },
});
const token = await requestToken({
  token_url: found.token_endpoint,
  client_id: "id",
  auth_method: privateKeyJwt(privateKey, { issuer }),
}, { fetch });

const calls = [];
const api = createServer((request, response) => {
  const claims = JSON.parse(atob(request.headers.dpop.split(".")[1]));
  calls.push([new URL(claims.htu).pathname, claims.nonce]);
  const demand = { "dpop-nonce": "n", "www-authenticate": 'DPoP error="use_dpop_nonce"' };
  if (request.url === "/a") response.writeHead(307, { location: "/b" });
  else if (!claims.nonce) response.writeHead(401, demand);
  response.end("ok");
});
await new Promise((done) => api.listen(0, "127.0.0.1", done));
const callApi = dpopFetch(await dpopKey());
const headers = { authorization: "DPoP abc" };
const origin = "http://127.0.0.1:" + api.address().port;
const response = await callApi(new Request(origin + "/a", { headers }));
await response.text();
api.close();
api.closeAllConnections();

const values = new Map();
const store = {
  get: async (key) => values.get(key),
  set: async (key, value) => values.set(key, value),
  delete: async (key) => values.delete(key),
};
let requests = 0;
const answer = async () => Response.json({ access_token: "t" + ++requests, expires_in: 3600 });
const makeSource = () => tokenSource(
  { token_url: found.token_endpoint, client_id: "id", client_secret: "secret" },
  { store, fetch: answer },
);
await makeSource().get();
const isStored = () => [...values.keys()].some((key) => !key.endsWith("-claim"));
for (let i = 0; i < 1000 && !isStored(); i++) await new Promise((done) => setTimeout(done, 20));
const { access_token } = await makeSource().get();
console.log(JSON.stringify([token, sent, access_token]));
console.log(JSON.stringify([response.status, response.redirected, calls]));
`;
const MTLS_PROGRAM = `
import { readFileSync } from "node:fs";
const [project, tls, origin] = process.argv.slice(2);
const { mutualTlsFetch } = await import(project + "extensions/mutual_tls.ts");
const { authorizedFetch } = await import(project + "token_source/authorized_fetch.ts");
const { tokenSource } = await import(project + "token_source/token_source.ts");
const read = (name) => readFileSync(new URL(name, tls), "utf8");
const client = { certificate: read("client.pem"), key: read("client.key"), caCerts: [read("ca.pem")] };
using fetch = mutualTlsFetch(client);
const request = { token_url: origin + "/token", client_id: "id", client_secret: "secret" };
const callApi = authorizedFetch(tokenSource(request, { fetch }), { fetch });
const init = { method: "POST", body: new URLSearchParams({ a: "b" }) };
for (const input of [origin + "/x", new URL("/x", origin)]) await (await callApi(input, init)).json();
const answer = await (await callApi(new Request(origin + "/x", init))).json();
console.log(Object.keys(answer.cnf));
`;
const ROTATION_PROGRAM = `
import { readFileSync } from "node:fs";
const [project, tls, origin] = process.argv.slice(2);
const { mutualTlsFetch, tlsClientAuth } = await import(project + "extensions/mutual_tls.ts");
const { requestToken } = await import(project + "token.ts");
const read = (name) => readFileSync(new URL(name, tls), "utf8");
const caCerts = [read("ca.pem")];
const clientOf = (name) => ({ certificate: read(name + ".pem"), key: read(name + ".key"), caCerts });
const mixed = { ...clientOf("client"), key: read("stranger.key") };
const given = [clientOf("client"), clientOf("client"), clientOf("stranger"), mixed, clientOf("client")];
using fetch = mutualTlsFetch(async () => given.shift());
const request = { token_url: origin + "/", client_id: "id", auth_method: tlsClientAuth() };
const get = () => requestToken(request, { fetch, retries: 0 });
const outcomes = [];
while (given.length > 0) {
  outcomes.push(await get().then(({ cnf }) => cnf["x5t#S256"], (error) => error.code));
}
console.log(JSON.stringify(outcomes));
// An answer that is under way when the certificate changes comes to its end.
given.push(clientOf("client"), clientOf("stranger"));
const init = { method: "POST", body: "a=b" };
const first = await fetch(origin + "/", init);
const second = await fetch(origin + "/", init);
console.log((await second.json()).access_token, (await first.json()).access_token);
`;

async function run(command: string, args: string[], cwd?: string): Promise<[boolean, string]> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd }).output();
  return [success, new TextDecoder().decode(success ? stdout : stderr).trim()];
}

/** The folder of jose in Deno's cache, which has one for each registry. */
async function findJose(): Promise<string> {
  const [, info] = await run(Deno.execPath(), ["info", "--json"]);
  const { npmCache } = JSON.parse(info);
  for (const { name } of Deno.readDirSync(npmCache)) {
    const folder = `${npmCache}/${name}/jose/${JOSE_VERSION}`;
    if (await Deno.stat(folder).catch(() => undefined)) return folder;
  }
  throw new Error(`jose is not in ${npmCache}`);
}

Deno.test(
  needs("extensions/ and token_source/ run in Node.js as they are", "Node.js 24", "npm:jose"),
  async () => {
    const jose = await findJose();
    await withFiles({ "main.mjs": PROGRAM }, async (cwd) => {
      for (const folder of ["runtime", "extensions", "token_source", "node_modules"]) {
        Deno.mkdirSync(`${cwd}/${folder}`);
      }
      for (const name of MODULES) {
        Deno.copyFileSync(new URL(`${name}.ts`, PROJECT), `${cwd}/${name}.ts`);
      }
      Deno.symlinkSync(jose, `${cwd}/node_modules/jose`, { type: "dir" });
      const [success, text] = await run(node, ["main.mjs"], cwd);
      assertEquals([success, text], [
        true,
        '[{"access_token":"abc","token_type":"DPoP"},["https://login.example.com/token",true,true],"t1"]\n' +
        '[200,true,[["/a",null],["/b",null],["/b","n"]]]',
      ]);
    });
  },
);

Deno.test(
  needs("mutualTlsFetch takes all that fetch takes in Node.js", "Node.js 24"),
  async () => {
    await using server = await startMtlsServer();
    await withFiles({ "main.mts": MTLS_PROGRAM }, async (cwd) => {
      const args = ["main.mts", `${PROJECT}`, `${TLS}`, server.origin];
      assertEquals(await run(node, args, cwd), [true, "[ 'x5t#S256' ]"]);
      const paths = server.requests.map(({ path, form }) => `${path} ${form.get("a")}`);
      assertEquals(paths, ["/token null", "/x b", "/x b", "/x b"]);
    });
  },
);

Deno.test(
  needs("mutualTlsFetch asks for the certificate before each request in Node.js", "Node.js 24"),
  async () => {
    await using server = await startMtlsServer(false);
    await withFiles({ "main.mts": ROTATION_PROGRAM }, async (cwd) => {
      const args = ["main.mts", `${PROJECT}`, `${TLS}`, server.origin];
      const [success, text] = await run(node, args, cwd);
      assert(success, text);
      const [outcomes = "", ended] = text.split("\n");
      const [first, second, third, mixed, last] = JSON.parse(outcomes);
      assertEquals([second, mixed, last], [first, "certificate_key_mismatch", first]);
      assertEquals(server.requests[2]!.thumbprint, third);
      assert(first && third && first !== third);
      assertEquals(ended, "abc abc");
    });
  },
);
