// Provokes every error of the table, most of them by the command, and looks each up in docs/errors.md.

import { assert, assertEquals } from "@std/assert";
import { ERRORS, KINDS } from "../command/error_table.ts";
import { privateKeyJwt } from "../extensions/assertion.ts";
import { dpopKey } from "../extensions/dpop.ts";
import { findIssuer } from "../extensions/resource.ts";
import { authorizedFetch } from "../token_source/authorized_fetch.ts";
import { tokenSource } from "../token_source/token_source.ts";
import { requestToken, TokenError } from "../token.ts";
import { type Outcome, PROJECT, runCommand } from "./support/command.ts";
import { FILES, pair, run } from "./support/keys.ts";
import { proxyEnvironment } from "../runtime/node_network.ts";
import { pem, TLS } from "./support/mtls_server.ts";
import { needs } from "./support/needs.ts";
import { send, startRawServer, wait } from "./support/raw_server.ts";
import { runMain } from "./support/run_main.ts";
import { json, REQUEST, stubFetch, text, TOKEN } from "./support/stub_fetch.ts";

const ID = "--client-id=id";
const SECRET_FLAG = "--client-secret=s3cr3t";
const URL_FLAG = "--token-url=http://127.0.0.1:1/";
const CLIENT = [ID, SECRET_FLAG, "--retries=0"];

/** The code in the last line that the command wrote. */
function codeOf({ stdout, stderr }: Outcome): string {
  assertEquals(stdout, "");
  const line = stderr.trimEnd().split("\n").at(-1) ?? "";
  return JSON.parse(line).code;
}

/** The command with these flags, in a folder with keys and certificates. */
function command(...args: string[]): () => Promise<string> {
  return async () => codeOf(await run([...args, "--errors=json"]));
}

/** The command with files of its own. */
function commandWith(files: Record<string, string>, ...args: string[]): () => Promise<string> {
  return async () => codeOf(await run([...args, "--errors=json"], {}, { ...FILES, ...files }));
}

/** The command with a key file of these bytes. */
function commandWithKey(...bytes: number[]): () => Promise<string> {
  return async () => {
    const path = await Deno.makeTempFile();
    try {
      await Deno.writeFile(path, new Uint8Array(bytes));
      return await command(ID, URL_FLAG, `--client-key=${path}`)();
    } finally {
      await Deno.remove(path);
    }
  };
}

/** The command against a server that gives this answer. */
function answered(answer: () => Response, ...args: string[]): () => Promise<string> {
  return async () => {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    await using server = Deno.serve(options, answer);
    const token_url = `--token-url=http://127.0.0.1:${server.addr.port}/t`;
    return await command(...CLIENT, token_url, ...args)();
  };
}

/** The command against a server that refuses with this error. */
function refusedWith(error: string, ...args: string[]): () => Promise<string> {
  return answered(json({ error }, { status: 400 }), ...args);
}

/** The command with an issuer that gives this answer. */
function issued(answer: (issuer: string) => Response): () => Promise<string> {
  return async () => {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    await using server = Deno.serve(options, ({ url }) => answer(new URL(url).origin));
    return await command(...CLIENT, `--issuer=http://127.0.0.1:${server.addr.port}`)();
  };
}

/** The command with an API whose metadata have these members, and flags. */
function protectedBy(
  members: (origin: string) => Record<string, unknown>,
  ...args: string[]
): () => Promise<string> {
  return async () => {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    await using server = Deno.serve(options, ({ url }) => {
      const { origin } = new URL(url);
      return Response.json({ resource: origin, ...members(origin) });
    });
    return await command(...CLIENT, `--resource=http://127.0.0.1:${server.addr.port}`, ...args)();
  };
}

/** The command against what answers a connection over TLS with these bytes, or closes it. */
function overTls(...bytes: number[]): () => Promise<string> {
  return async () => {
    await using server = startRawServer((connection) => connection.write(new Uint8Array(bytes)));
    return await command(...CLIENT, `--token-url=https://${server.host}/`)();
  };
}

/** A fatal alert of TLS (RFC 8446 §6). */
function alert(description: number): () => Promise<string> {
  return overTls(0x15, 3, 3, 0, 2, 2, description);
}

/** The command as a process, with Deno's own flags. */
function process(
  args: string[],
  permissions: string[],
  env: Record<string, string> = {},
): () => Promise<string> {
  return async () => codeOf(await runCommand([...args, "--errors=json"], { permissions, env }));
}

/** The command against a server with a certificate of the tests. */
function certified(name: string, isTrusted: boolean): () => Promise<string> {
  return async () => {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    const certificate = { cert: pem(`${name}.pem`), key: pem(`${name}.key`) };
    await using server = Deno.serve({ ...options, ...certificate }, json(TOKEN));
    const args = [...CLIENT, `--token-url=https://localhost:${server.addr.port}/`];
    const env: Record<string, string> = isTrusted ? { DENO_CERT: caPath() } : {};
    return await process(args, ["--allow-net"], env)();
  };
}

function caPath(): string {
  return new URL("ca.pem", TLS).pathname.replace(/^\/(?=[A-Z]:)/, "");
}

/** What the library throws. */
function library(work: () => unknown): () => Promise<string> {
  return async () => {
    try {
      await work();
    } catch (error) {
      if (error instanceof TokenError) return error.code;
      throw error;
    }
    return "nothing was thrown";
  };
}

/** The command with these permissions. */
function allowed(names: Deno.PermissionDescriptor["name"][], ...args: string[]) {
  return async () => codeOf(await runMain([...args, "--errors=json"], { granted: names }));
}

async function jwk(members: Record<string, unknown> = {}): Promise<string> {
  const exported = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return JSON.stringify({ ...exported, ...members });
}

function keyFile(name: string): string {
  return Deno.readTextFileSync(new URL(`tests/data/keys/${name}`, PROJECT));
}

/** An RSA key of 1024 bits. */
async function shortKey(): Promise<string> {
  const publicExponent = new Uint8Array([1, 0, 1]);
  const kind = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 1024, publicExponent };
  const { privateKey } = await crypto.subtle.generateKey(kind, true, ["sign", "verify"]);
  return JSON.stringify(await crypto.subtle.exportKey("jwk", privateKey));
}

const JWK = await jwk();
const KEY = [ID, URL_FLAG, "--client-key=./key.pem"];
const OTHER_KEY = [ID, URL_FLAG, "--client-key=./other"];
const CERTIFICATE = ["--auth-method=tls_client_auth", "--client-key=./client.key"];
const METADATA = (issuer: string) => ({ issuer, token_endpoint: `${issuer}/token` });

/** How to provoke each error. */
const PROVOCATIONS: Record<string, () => Promise<string>> = {
  invalid_client: refusedWith("invalid_client"),
  client_refused: answered(text("no", { status: 403 })),
  invalid_grant: refusedWith("invalid_grant"),
  invalid_scope: refusedWith("invalid_scope"),
  unauthorized_client: refusedWith("unauthorized_client"),
  unsupported_grant_type: refusedWith("unsupported_grant_type"),
  no_token_endpoint: answered(text("no", { status: 404 })),
  invalid_request: refusedWith("invalid_request"),
  invalid_target: refusedWith("invalid_target"),
  too_many_requests: answered(text("no", { status: 429 })),
  server_failed: answered(text("no", { status: 503 })),
  refused: answered(text("no", { status: 418 })),
  proxy_refused: answered(text("", { status: 407 })),
  form_refused: answered(text("no", { status: 415 })),
  web_page: answered(text("<html>", { status: 403 })),
  invalid_dpop_proof: refusedWith("invalid_dpop_proof", "--dpop-key=./key.pem"),
  use_dpop_nonce: refusedWith("use_dpop_nonce"),
  metadata_refused: issued(text("no", { status: 403 })),
  metadata_unavailable: issued(text("no", { status: 503 })),

  missing_credentials: command(ID),
  token_url_invalid: command(...CLIENT, "--token-url=a.example"),
  token_url_not_https: command(...CLIENT, "--token-url=http://a.example"),
  token_url_not_plain: command(...CLIENT, "--token-url=https://a:b@a.example"),
  issuer_invalid: command(...CLIENT, "--issuer=a.example"),
  issuer_not_https: command(...CLIENT, "--issuer=http://a.example"),
  proxy_invalid: library(() => proxyEnvironment({ HTTPS_PROXY: "a b" })),
  issuer_is_metadata: command(
    ...CLIENT,
    "--issuer=https://a.example/.well-known/openid-configuration",
  ),
  issuer_not_plain: command(...CLIENT, "--issuer=https://a.example/?a=b"),
  resource_invalid: command(...CLIENT, "--resource=a.example"),
  resource_not_https: command(...CLIENT, "--resource=http://a.example"),
  resource_not_plain: command(...CLIENT, "--resource=https://a.example/#a"),
  resource_issuer_untrusted: protectedBy((origin) => ({ authorization_servers: [origin] })),
  resource_issuer_differs: protectedBy(
    (origin) => ({ authorization_servers: [origin] }),
    "--issuer=http://127.0.0.1:1",
  ),
  resource_issuer_ambiguous: protectedBy((origin) => ({ authorization_servers: [origin, "b"] })),
  network_permission: allowed([], ...CLIENT, "--token-url=https://a.example"),
  read_permission: allowed(["net"], ID, URL_FLAG, "--client-secret-file=x"),
  cache_permission: allowed(["net"], ...CLIENT, URL_FLAG, "--cache=x"),
  watch_permission: allowed(["net"], ...CLIENT, URL_FLAG, "--watch=x"),
  unknown_flag: command("--foo"),
  deno_flag: command("--allow-net"),
  not_a_flag: command("foo"),
  flag_needs_value: command("--scope"),
  flag_takes_no_value: command("--explain=yes"),
  flag_repeated: command("--token-url=a", "--token-url=b"),
  flags_conflict: command(ID, "--client-secret=a", "--client-secret-file=b"),
  flag_incomplete: command(...CLIENT, URL_FLAG, "--refresh"),
  value_not_allowed: command("--output=xml"),
  demo_takes_no_flag: command("--demo", ID),
  params_invalid: command(...CLIENT, URL_FLAG, "--param=a"),
  params_reserved: command(...CLIENT, URL_FLAG, "--param=scope=a"),
  client_id_with_colon: command(
    "--client-id=urn:app",
    "--client-secret=b",
    URL_FLAG,
    "--auth-method=client_secret_basic_raw",
  ),
  headers_invalid: command(...CLIENT, URL_FLAG, "--header=a"),
  headers_reserved: command(...CLIENT, URL_FLAG, "--header=host: a"),
  timeout_invalid: command("--timeout=x", ...CLIENT),
  retries_invalid: command("--retries=x", ID),
  file_unreadable: command(ID, URL_FLAG, "--client-secret-file=./missing"),
  file_utf_16: commandWith({ other: "a\0b\0" }, ID, URL_FLAG, "--client-secret-file=./other"),
  file_too_long: commandWith({ other: "a".repeat(65_537) }, ...OTHER_KEY),
  file_not_plain: command(ID, URL_FLAG, "--client-key=./."),
  file_pkcs12: commandWithKey(0x30, 0x82, 9, 0xcf, 2, 1, 3),
  file_der: commandWithKey(0x30, 0x81, 0x87, 2, 1, 0),
  file_java_keystore: commandWithKey(0xfe, 0xed, 0xfe, 0xed),
  file_unwritable: answered(json(TOKEN), "--watch=missing/x", "--once"),
  file_empty: command(ID, URL_FLAG, "--client-key=./empty.pem"),
  env_file_hash: commandWith({ other: "CLIENT_ID=a#b" }, "--env-file=./other"),
  env_file_misquoted: commandWith({ other: "CLIENT_ID='a" }, "--env-file=./other"),
  secret_too_short: command(...CLIENT, URL_FLAG, "--auth-method=client_secret_jwt"),
  assertion_not_jwt: command(ID, URL_FLAG, "--client-assertion-file=./key.pem"),
  signing_alg_mismatch: command(...KEY, "--signing-alg=RS256"),
  key_unknown_format: commandWith({ other: "x" }, ...OTHER_KEY),
  key_not_pem: commandWith(
    { other: JWK },
    ...OTHER_KEY,
    "--client-cert=./client.pem",
    "--auth-method=private_key_jwt",
  ),
  key_encrypted: command(ID, URL_FLAG, "--client-key=./encrypted.pem"),
  passphrase_wrong: commandWith(
    { other: keyFile("encrypted_pkcs1.pem"), passphrase: "wrong" },
    ...OTHER_KEY,
    "--client-key-passphrase-file=./passphrase",
  ),
  key_openssh: commandWith({
    other: "-----BEGIN OPENSSH PRIVATE KEY-----\nczNj\n-----END OPENSSH PRIVATE KEY-----\n",
  }, ...OTHER_KEY),
  key_invalid: commandWith({ other: await jwk({ d: "AA" }) }, ...OTHER_KEY),
  key_rsa_pss: commandWith({ other: keyFile("rsa_pss.pem") }, ...OTHER_KEY),
  key_explicit_curve: commandWith({ other: keyFile("explicit.pem") }, ...OTHER_KEY),
  key_too_short: commandWith({ other: await shortKey() }, ...OTHER_KEY),
  key_unsupported: commandWith({ other: await jwk({ crv: "constructor" }) }, ...OTHER_KEY),
  key_not_private: command(ID, URL_FLAG, "--client-key=./client.pem"),
  key_not_for_signing: commandWith({ other: await jwk({ use: "enc" }) }, ...OTHER_KEY),
  key_not_in_set: commandWith({ other: `{"keys":[]}` }, ...OTHER_KEY),
  key_ambiguous: commandWith({ other: `{"keys":[${JWK},${JWK}]}` }, ...OTHER_KEY),
  dpop_key_ambiguous: commandWith(
    { other: `{"keys":[${JWK},${JWK}]}` },
    ...CLIENT,
    URL_FLAG,
    "--dpop-key=./other",
  ),
  certificate_not_pem: command(...KEY, ...CERTIFICATE.slice(0, 1), "--client-cert=./key.pem"),
  certificate_key_mismatch: command(ID, URL_FLAG, ...CERTIFICATE, "--client-cert=./stranger.pem"),
  certificate_too_old: command(
    ID,
    "--token-url=https://localhost:1/",
    ...CERTIFICATE,
    "--client-cert=./v1.pem",
  ),
  client_cert_needs_https: command(ID, URL_FLAG, ...CERTIFICATE, "--client-cert=./client.pem"),
  auth_method_unsupported: issued((issuer) =>
    Response.json({ ...METADATA(issuer), token_endpoint_auth_methods_supported: ["none"] })
  ),
  no_github_job: command(
    ID,
    URL_FLAG,
    "--client-assertion-from=github",
    "--assertion-audience=a",
  ),
  cache_without_key: command(
    ID,
    URL_FLAG,
    "--client-assertion-file=./assertion.jwt",
    "--cache=./x",
  ),

  trusted_issuers_invalid: library(() => {
    const trustedIssuers = undefined as unknown as string[];
    return findIssuer("https://a.example", { trustedIssuers });
  }),
  missing_client_id: library(() => requestToken({ ...REQUEST, client_id: "" })),
  missing_client_secret: library(() => requestToken({ ...REQUEST, client_secret: "" })),
  auth_method_invalid: library(() =>
    requestToken({ ...REQUEST, auth_method: "basic" as "client_secret_basic" })
  ),
  dpop_key_hidden: library(async () => {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const { privateKey } = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
    await dpopKey(privateKey);
  }),
  lifetime_invalid: library(() => privateKeyJwt(JSON.parse(JWK), { lifetime: 0 })),
  seal_key_missing: library(() => {
    const store = { get: never, set: never, delete: never };
    tokenSource({ ...REQUEST, auth_method: () => {} }, { store });
  }),
  default_lifetime_invalid: command(...CLIENT, URL_FLAG, "--cache=x", "--default-lifetime=0"),
  margin_invalid: library(() => tokenSource(REQUEST, { margin: -1 })),
  url_invalid: library(() => callApi("/things")),
  url_not_https: library(() => callApi("http://a.example/")),
  url_not_plain: library(() => callApi("https://a:b@a.example/")),
  aborted: library(() => requestToken(REQUEST, { signal: AbortSignal.abort() })),

  timeout: async () => {
    await using server = startRawServer(wait);
    const token_url = `--token-url=http://${server.host}/`;
    return await command(...CLIENT, token_url, "--timeout=0.2")();
  },
  dns: command(...CLIENT, "--token-url=https://token.invalid/"),
  connection_refused: async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    return await command(...CLIENT, `--token-url=https://127.0.0.1:${port}/`)();
  },
  // Which networks lack a route depends on the machine.
  no_route: library(() => {
    const cause = new Error("connect ENETUNREACH 2001:db8::1:443 - Local (:::0)");
    const fetch = () => Promise.reject(new TypeError("fetch failed", { cause }));
    return requestToken(REQUEST, { fetch, retries: 0 });
  }),
  connection_failed: overTls(),
  certificate_unknown_authority: certified("valid", false),
  certificate_is_authority: certified("authority", false),
  certificate_expired: certified("expired", true),
  certificate_name: certified("other", true),
  certificate_invalid: certified("stranger", false),
  ca_file: process([...CLIENT, "--token-url=https://localhost:8443/"], ["--allow-net"], {
    DENO_CERT: "missing.pem",
  }),
  not_tls: async () => {
    await using server = startRawServer(send("HTTP/1.1 200 OK\r\n\r\n"));
    return await command(...CLIENT, `--token-url=https://${server.host}/`)();
  },
  tls_protocol: alert(70),
  tls_handshake: alert(40),
  client_certificate_refused: alert(116),
  proxy: async () => {
    await using server = startRawServer(send("HTTP/1.1 403 Forbidden\r\n\r\n"));
    const env = { HTTPS_PROXY: `http://${server.host}` };
    return await process([...CLIENT, "--token-url=https://a.example/"], ["--allow-net"], env)();
  },
  port_blocked: command(...CLIENT, "--token-url=https://127.0.0.1:6000/"),

  redirect: answered(text(null, { status: 302, headers: { location: "/new" } })),
  empty_answer: answered(text("")),
  not_json: answered(text("<p>hello")),
  no_access_token: answered(json({})),
  answer_too_long: answered(text("x".repeat(2 ** 20 + 1))),
  unexpected_status: answered(text(null, { status: 304 })),
  token_not_printable: answered(json({ access_token: "é" })),
  token_bound: answered(json({ ...TOKEN, token_type: "DPoP" })),
  token_type_unknown: answered(json({ ...TOKEN, token_type: "mac" }), "--output=header"),
  scope_narrowed: answered(json({ ...TOKEN, scope: "a" }), "--scope=b", "--strict-scope"),
  answer_too_deep: answered(
    text(`{"access_token":"a","b":${"[".repeat(50_000)}${"]".repeat(50_000)}}`),
    "--output=json",
  ),
  issuer_mismatch: issued(() => Response.json(METADATA("https://a.example"))),
  no_metadata: issued(text("<p>hello")),
  metadata_without_issuer: issued(json({})),
  metadata_without_token_endpoint: issued((issuer) => Response.json({ issuer })),
  resource_without_metadata: async () => {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    await using server = Deno.serve(options, text("no", { status: 404 }));
    return await command(...CLIENT, `--resource=http://127.0.0.1:${server.addr.port}`)();
  },
  resource_mismatch: protectedBy(() => ({ resource: "https://a.example" })),
  resource_without_issuer: protectedBy(() => ({})),
  resource_issuer_wrong: protectedBy(() => ({ authorization_servers: ["http://a.example"] })),
  token_endpoint_wrong: issued((issuer) =>
    Response.json({ ...METADATA(issuer), token_endpoint: "http://a.example" })
  ),
};

/** Errors that cannot be provoked here, and which test does. */
const ELSEWHERE: Record<string, string> = {
  github_token_missing: "command/github_assertion_test.ts",
  github_token_refused: "command/github_assertion_test.ts",
  jose_missing: "tests/extensions_loading_test.ts",
  pipe_silent: "command/files_test.ts",
  key_not_pkcs8: "extensions/private_key_test.ts",
  variable_not_text: "runtime/runtime_test.ts",
};

function never(): Promise<never> {
  return Promise.reject(new Error("not called"));
}

function callApi(url: string): Promise<Response> {
  const { fetch } = stubFetch(json(TOKEN));
  return authorizedFetch(tokenSource(REQUEST, { fetch }))(url);
}

/** Errors that are noticed when something is signed. */
const SIGNING = new Set([
  "invalid_dpop_proof",
  "key_explicit_curve",
  "key_invalid",
  "key_rsa_pss",
  "key_too_short",
  "secret_too_short",
  "signing_alg_mismatch",
]);

const DOCUMENT = Deno.readTextFileSync(new URL("docs/errors.md", PROJECT));

/** The section of docs/errors.md for a kind. */
function sectionOf(title: string): string {
  return DOCUMENT.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
}

for (const [code, entry] of ERRORS) {
  Deno.test(`the error ${code} is advised on, or there is a reason why not, and is documented`, () => {
    const says = "advice" in entry ? entry.advice : entry.noAdvice;
    assert(typeof says === "function" || says.length > 5);
    assert(sectionOf(KINDS[entry.kind].section).includes(`\`${code}\``), code);
  });

  if (code in ELSEWHERE) continue;
  const name = `the error ${code} has the code by which it is known`;
  Deno.test({
    ...needs(name, SIGNING.has(code) && "npm:jose"),
    // The command's own server for the demo, and what rustls keeps, end after the test.
    sanitizeResources: false,
    sanitizeOps: false,
  }, async () => {
    const provoke = PROVOCATIONS[code];
    assert(provoke, `nothing provokes ${code}`);
    assertEquals(await provoke(), code);
  });
}

Deno.test("no error is provoked or documented that the table does not have", () => {
  const known = [...ERRORS.keys()];
  const provoked = [...Object.keys(PROVOCATIONS), ...Object.keys(ELSEWHERE)];
  assertEquals(provoked.filter((code) => !ERRORS.has(code)), []);
  const rows = Object.values(KINDS).flatMap((
    { section },
  ) => [...sectionOf(section).matchAll(/^\| ((?:`\w+`(?:, )?)+) +\|/gm)]);
  const documented = rows.flatMap(([, cell = ""]) => [...cell.matchAll(/\w+/g)].map(String));
  assertEquals(documented.filter((code) => !ERRORS.has(code)), []);
  assert(documented.length > known.length / 2);
});

Deno.test("the errors that others provoke are named where that is said", () => {
  for (const [code, path] of Object.entries(ELSEWHERE)) {
    assert(Deno.readTextFileSync(new URL(path, PROJECT)).includes(code), `${path}: ${code}`);
  }
});
