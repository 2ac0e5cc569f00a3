// The servers are named here and not in deno.json, whose npm packages every task would download.
// deno-lint-ignore-file no-import-prefix
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { runMain } from "./support/run_main.ts";
import { needs, npm } from "./support/needs.ts";
import { ALGORITHM, startOidcProvider } from "./support/oidc_provider.ts";
import { requestToken, TokenError, type TokenRequest } from "../token.ts";

const { default: NodeOAuth } = await npm(
  "@node-oauth/oauth2-server",
  () => import("npm:@node-oauth/oauth2-server@^5.3.0"),
);
const { OAuth2Server } = await npm(
  "oauth2-mock-server",
  () => import("npm:oauth2-mock-server@^9.3.0"),
);

const METHODS = ["client_secret_post", "client_secret_basic"] as const;
const SERVERS = [
  ["oidc-provider", () => startProvider()],
  ["oauth2-mock-server", startMockServer],
] as const;
const CLIENT_ID = "my client:1+1=%32";
// Every character that a secret may hold (RFC 6749 appendix A.2), and some that it may not.
const SECRET = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
const UNICODE_SECRET = "s:e%c+r&e=t é€ x";
const RESOURCE = "https://api.example.com/v1?a=b&c=d e";

/** Defines a test with a server of npm. */
function testWith(server: string, name: string, work: () => Promise<void>): void {
  Deno.test(needs(name, `npm:${server}`), work);
}

for (const auth_method of METHODS) {
  testWith(
    "oidc-provider",
    `requestToken gets a token from oidc-provider with ${auth_method}`,
    async () => {
      await using server = await startProvider();
      const token = await requestToken({ ...server.client, auth_method, scope: "read unknown" });
      const { access_token } = token;
      assertEquals(token, { access_token, token_type: "Bearer", expires_in: 600, scope: "read" });
      assertEquals(server.tokens.get(access_token)?.clientId, CLIENT_ID);
      assertEquals(server.tokens.get(access_token)?.scope, "read");
      assertEquals(server.schemes, [auth_method === "client_secret_basic" ? "Basic" : undefined]);
    },
  );

  testWith(
    "oidc-provider",
    `requestToken gets a JWT from oidc-provider with ${auth_method}`,
    async () => {
      await using server = await startProvider();
      const params = { resource: RESOURCE };
      const request = { ...server.client, auth_method, scope: "write read", params };
      const { access_token, scope } = await requestToken(request);
      const { iss, aud, client_id, ...claims } = await server.verify(access_token);
      assertEquals([iss, aud, client_id], [server.issuer, RESOURCE, CLIENT_ID]);
      assertEquals([claims.scope, scope], ["write read", "write read"]);
    },
  );

  testWith(
    "oidc-provider",
    `requestToken is refused by oidc-provider with ${auth_method}`,
    async () => {
      await using server = await startProvider();
      const request = { ...server.client, auth_method };
      const wrongSecret = { ...request, client_secret: `${SECRET}x` };
      assertEquals(await refusal(wrongSecret), ["refused", "invalid_client", 401]);
      // A scope that oidc-provider knows and the client may not have; others it only leaves out.
      const wrongScope = { ...request, scope: "read admin" };
      assertEquals(await refusal(wrongScope), ["refused", "invalid_scope", 400]);
      const wrongResource = { ...request, params: { resource: "not a URL" } };
      assertEquals(await refusal(wrongResource), ["refused", "invalid_target", 400]);
      assertEquals(server.tokens.size, 0);
    },
  );

  testWith(
    "oauth2-mock-server",
    `requestToken gets a JWT from oauth2-mock-server with ${auth_method}`,
    async () => {
      await using server = await startMockServer();
      const request = { ...server.client, auth_method, scope: "a b", params: { aud: RESOURCE } };
      const token = await requestToken(request);
      const [access_token = ""] = server.tokens.keys();
      assertEquals(token, { access_token, token_type: "Bearer", expires_in: 3600, scope: "a b" });
      const { iss, aud, scope } = claimsOf(access_token);
      assertEquals([iss, aud, scope], [server.issuer, RESOURCE, "a b"]);
    },
  );

  for (const [name, start] of SERVERS) {
    testWith(name, `the command prints a token from ${name} with ${auth_method}`, async () => {
      await using server = await start();
      const { code, stdout } = await run({ ...server.client, auth_method });
      assertEquals([code, stdout], [0, `${[...server.tokens.keys()].join()}\n`]);
    });

    testWith(name, `the command is refused by ${name} with ${auth_method}`, async () => {
      await using server = await start();
      const client_secret = `${server.client.client_secret}x`;
      const { code, stdout, stderr } = await run({ ...server.client, auth_method, client_secret });
      assertEquals([code, stdout], [1, ""]);
      assertStringIncludes(stderr, "answered 401: invalid_client");
    });
  }
}

// In the header, oidc-provider refuses such a secret, however it is encoded.
testWith(
  "oidc-provider",
  "requestToken sends oidc-provider a secret that is not ASCII",
  async () => {
    await using server = await startProvider((secret) => secret === UNICODE_SECRET);
    await requestToken({ ...server.client, client_secret: UNICODE_SECRET });
    assertEquals(server.tokens.size, 1);
  },
);

testWith(
  "oauth2-mock-server",
  "requestToken reports the error that oauth2-mock-server answers",
  async () => {
    await using server = await startMockServer();
    const details = { error: "x", error_description: "y", error_uri: "https://example.com/z" };
    server.service.once("beforeResponse", (answer) => {
      answer.statusCode = 400;
      answer.body = details;
    });
    const error = await assertRejects(
      () => requestToken(server.client),
      TokenError,
      "answered 400",
    );
    const { kind, code, status, error: name, error_description, error_uri } = error;
    assertEquals([kind, code, status], ["refused", "refused", 400]);
    assertEquals({ error: name, error_description, error_uri }, details);
  },
);

testWith(
  "oauth2-mock-server",
  "requestToken tries again when oauth2-mock-server answers 503",
  async () => {
    await using server = await startMockServer();
    let tries = 0;
    server.service.on("beforeResponse", (answer) => {
      if (++tries === 1) answer.statusCode = 503;
    });
    const { access_token } = await requestToken(server.client);
    assertEquals(tries, 2);
    assert(server.tokens.has(access_token));
  },
);

/** Starts oidc-provider with one client, whose secret it compares itself unless told how. */
async function startProvider(compareClientSecret?: (secret: string) => boolean) {
  const started = await startOidcProvider(
    { client_id: CLIENT_ID, client_secret: SECRET, scope: "read write" },
    {
      features: {
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({
            scope: "read write",
            accessTokenFormat: "jwt",
            jwt: { sign: { alg: "ES256" } },
          }),
        },
      },
      scopes: ["read", "write", "admin"],
    },
  );
  const { issuer, provider, publicKey, server } = started;
  if (compareClientSecret) Object.assign(provider.Client.prototype, { compareClientSecret });
  const schemes: (string | undefined)[] = [];
  server.on("request", ({ headers }) => schemes.push(headers.authorization?.split(" ")[0]));
  return {
    ...started,
    client: { token_url: `${issuer}/token`, client_id: CLIENT_ID, client_secret: SECRET },
    schemes,
    async verify(token: string): Promise<Record<string, unknown>> {
      const dot = token.lastIndexOf(".");
      const signature = Buffer.from(token.slice(dot + 1), "base64url");
      const signed = new TextEncoder().encode(token.slice(0, dot));
      assert(await crypto.subtle.verify(ALGORITHM, publicKey, signature, signed));
      return claimsOf(token);
    },
  };
}

/** Starts oauth2-mock-server, which lets everybody in, with a hook that compares id and secret. */
async function startMockServer() {
  const server = new OAuth2Server();
  const tokens = new Map<string, unknown>();
  await server.issuer.keys.generate("ES256");
  await server.start(0, "127.0.0.1");
  server.service.on("beforeResponse", (answer, { body, headers }) => {
    const [, basic = ""] = headers.authorization?.split(" ") ?? [];
    const decoded = atob(basic).split(":").map((s) => decodeURIComponent(s.replaceAll("+", " ")));
    const [id, secret] = basic ? decoded : [body.client_id, body.client_secret];
    tokens.set(answer.body.access_token, answer.body);
    if (id === CLIENT_ID && secret === UNICODE_SECRET) return;
    answer.statusCode = 401;
    answer.body = { error: "invalid_client", error_description: "No such pair" };
  });
  return {
    client: {
      token_url: `http://127.0.0.1:${server.address().port}/token`,
      client_id: CLIENT_ID,
      client_secret: UNICODE_SECRET,
    },
    issuer: server.issuer.url,
    service: server.service,
    tokens,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

function claimsOf(token: string): Record<string, unknown> {
  const parts = token.split(".");
  assertEquals(parts.length, 3);
  return JSON.parse(Buffer.from(parts[1]!, "base64url").toString());
}

async function refusal(request: TokenRequest) {
  const { kind, error, status } = await assertRejects(() => requestToken(request), TokenError);
  return [kind, error, status];
}

function run({ token_url, client_id, client_secret, auth_method }: TokenRequest) {
  const args = [
    `--token-url=${token_url}`,
    `--client-id=${client_id}`,
    `--client-secret=${client_secret}`,
    `--auth-method=${auth_method}`,
  ];
  return runMain(args);
}

// It decodes nothing in the Basic header, so only client_secret_basic_raw carries every character.
for (const auth_method of [...METHODS, "client_secret_basic_raw"] as const) {
  const credentials = auth_method === "client_secret_basic"
    ? { client_id: "my_client_id_123", client_secret: "my_secret_456" }
    : { client_id: CLIENT_ID.replaceAll(":", ";"), client_secret: SECRET };
  const status = auth_method === "client_secret_post" ? 400 : 401;

  testWith(
    "@node-oauth/oauth2-server",
    `requestToken gets a token from node-oauth with ${auth_method}`,
    async () => {
      await using server = await startNodeOAuth(credentials);
      const request = { ...server.client, auth_method, scope: "read write" };
      const token = await requestToken(request);
      const [access_token = ""] = server.tokens;
      assertEquals(
        { ...token, expires_in: Math.ceil(token.expires_in! / 10) },
        { access_token, token_type: "Bearer", expires_in: 60, scope: "read write" },
      );
      assertEquals(server.targets, ["POST /oauth/token"]);
    },
  );

  testWith(
    "@node-oauth/oauth2-server",
    `requestToken is refused by node-oauth with ${auth_method}`,
    async () => {
      await using server = await startNodeOAuth(credentials);
      const request = { ...server.client, auth_method };
      const wrongSecret = { ...request, client_secret: `${credentials.client_secret}x` };
      assertEquals(await refusal(wrongSecret), ["refused", "invalid_client", status]);
      const wrongId = { ...request, client_id: `${credentials.client_id}x` };
      assertEquals(await refusal(wrongId), ["refused", "invalid_client", status]);
      const wrongScope = { ...request, scope: "read admin" };
      assertEquals(await refusal(wrongScope), ["refused", "invalid_scope", 400]);
      const wrongPath = { ...request, token_url: `${request.token_url}/` };
      assertEquals(await refusal(wrongPath), ["refused", undefined, 404]);
      assertEquals(server.tokens, []);
    },
  );

  testWith(
    "@node-oauth/oauth2-server",
    `the command prints a token from node-oauth with ${auth_method}`,
    async () => {
      await using server = await startNodeOAuth(credentials);
      const { code, stdout, stderr } = await run({ ...server.client, auth_method });
      assertEquals([code, stdout, stderr], [0, `${server.tokens.join()}\n`, ""]);
      assertEquals(server.targets, ["POST /oauth/token"]);
    },
  );

  testWith(
    "@node-oauth/oauth2-server",
    `the command is refused by node-oauth with ${auth_method}`,
    async () => {
      await using server = await startNodeOAuth(credentials);
      const client_secret = `${credentials.client_secret}x`;
      const { code, stdout, stderr } = await run({ ...server.client, auth_method, client_secret });
      assertEquals([code, stdout], [1, ""]);
      assertStringIncludes(stderr, `answered ${status}: invalid_client: Invalid client`);
    },
  );
}

/** Starts `@node-oauth/oauth2-server` with one client, behind a handler that compares the target. */
async function startNodeOAuth(credentials: { client_id: string; client_secret: string }) {
  const tokens: string[] = [];
  const targets: string[] = [];
  const oauth = new NodeOAuth({
    accessTokenLifetime: 600,
    model: {
      getClient: (id, secret) =>
        Promise.resolve(
          id === credentials.client_id && secret === credentials.client_secret &&
            { id, grants: ["client_credentials"] },
        ),
      getUserFromClient: () => Promise.resolve({}),
      saveToken(token, client, user) {
        tokens.push(token.accessToken);
        return Promise.resolve({ ...token, client, user });
      },
      validateScope: (_user, _client, scope = []) =>
        Promise.resolve(scope.every((name) => ["read", "write"].includes(name)) && scope),
      getAccessToken: () => Promise.resolve(undefined),
    } as ConstructorParameters<typeof NodeOAuth>[0]["model"],
  });
  const server = createServer(async (request, response) => {
    targets.push(`${request.method} ${request.url}`);
    if (request.url !== "/oauth/token") return void response.writeHead(404).end();
    const { method = "", headers } = request;
    const body = Object.fromEntries(new URLSearchParams(await text(request)));
    const answer = new NodeOAuth.Response();
    await oauth.token(
      new NodeOAuth.Request({
        method,
        headers: headers as Record<string, string>,
        query: {},
        body,
      }),
      answer,
    ).catch(() => {
      // The answer holds the error.
    });
    response.writeHead(answer.status!, { ...answer.headers, "content-type": "application/json" });
    response.end(JSON.stringify(answer.body));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    client: { ...credentials, token_url: `http://127.0.0.1:${port}/oauth/token` },
    tokens,
    targets,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
