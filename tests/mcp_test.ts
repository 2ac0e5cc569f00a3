// The command and what others made for the Model Context Protocol: a server, a client, and the suite that
// checks clients. The packages are named here and not in deno.json, which every task would download.
// deno-lint-ignore-file no-import-prefix
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { PROJECT, STD_FLAGS, withFiles } from "./support/command.ts";
import { jwtVerify } from "./support/jose.ts";
import { run } from "./support/keys.ts";
import { startMcpServer, type TokenIssuer, TOOL } from "./support/mcp_server.ts";
import { listTools } from "./support/mcp_tools.ts";
import { findNode, needs, npm, type Thing } from "./support/needs.ts";
import { startOidcProvider } from "./support/oidc_provider.ts";

const SUITE = "@modelcontextprotocol/conformance";
// It is in Deno's cache then.
await npm(
  SUITE,
  () =>
    import("npm:@modelcontextprotocol/conformance@0.1.16/package.json", { with: { type: "json" } }),
);
const node = await findNode();

const CLIENT_ID = "my client:1";
const SECRET = "a secret: with + and %";
const TIME_LIMIT_MS = 60_000;
const PARTS: Thing[] = [
  "npm:jose",
  "npm:oidc-provider",
  "npm:@modelcontextprotocol/sdk",
];

/** Runs `work` with a server whose tokens oidc-provider issues, for that server alone. */
async function withServer(
  client: Record<string, unknown>,
  work: (server: { url: string; issuer: string; requests: string[] }) => Promise<void>,
): Promise<void> {
  let audience = "";
  const resourceIndicators = {
    enabled: true,
    getResourceServerInfo: (_: unknown, resource: string) => ({
      // For another resource, this issuer has no scope.
      scope: resource === audience ? "tools:list tools:call" : "",
      accessTokenFormat: "jwt",
      jwt: { sign: { alg: "ES256" } },
    }),
  };
  await using provider = await startOidcProvider(
    { client_id: CLIENT_ID, scope: "tools:list tools:call", ...client },
    { features: { resourceIndicators }, scopes: ["tools:list", "tools:call"] },
  );
  const { issuer, publicKey } = provider;
  const issuerFor = async (resource: string): Promise<TokenIssuer> => {
    audience = resource;
    const response = await fetch(`${issuer}/.well-known/openid-configuration`);
    return {
      metadata: await response.json(),
      verify: async (token) => {
        const { payload } = await jwtVerify(token, publicKey, { issuer, audience });
        return payload;
      },
    };
  };
  await using server = await startMcpServer(["tools:list"], issuerFor);
  await work({ url: server.url, issuer, requests: server.requests });
}

const SECRET_FLAGS = [`--client-id=${CLIENT_ID}`, `--client-secret=${SECRET}`];
const KEY_FLAGS = [`--client-id=${CLIENT_ID}`, "--client-key=./key.pem"];

for (const token_endpoint_auth_method of ["client_secret_basic", "client_secret_post"]) {
  const title = `the command gets a token that a server of the MCP SDK takes, with ` +
    token_endpoint_auth_method;
  Deno.test(needs(title, ...PARTS), async () => {
    const client = { client_secret: SECRET, token_endpoint_auth_method };
    await withServer(client, async ({ url, issuer, requests }) => {
      const args = [...SECRET_FLAGS, `--resource=${url}`, `--issuer=${issuer}`];
      // The provider says that it takes both methods.
      const outcome = await run([...args, `--auth-method=${token_endpoint_auth_method}`]);
      assertEquals([outcome.code, outcome.stderr], [0, ""]);
      const wanted = { status: 200, names: [TOOL] };
      assertEquals(await listTools(url, outcome.stdout.trim()), wanted);
      assertEquals(requests.sort(), [
        "GET /.well-known/oauth-protected-resource/mcp",
        "GET /mcp",
        "POST /mcp",
        "POST /mcp",
      ]);
    });
  });
}

Deno.test(
  needs("the command gets a token that a server of the MCP SDK takes, with a key", ...PARTS),
  async () => {
    const jwks = JSON.parse((await run(["--client-key=./key.pem", "--print-jwks"])).stdout);
    const client = { token_endpoint_auth_method: "private_key_jwt", jwks };
    await withServer(client, async ({ url }) => {
      const outcome = await run([...KEY_FLAGS, `--resource=${url}`]);
      assertEquals([outcome.code, outcome.stderr], [0, ""]);
      const wanted = { status: 200, names: [TOOL] };
      assertEquals(await listTools(url, outcome.stdout.trim()), wanted);
    });
  },
);

Deno.test(
  needs("a server of the MCP SDK refuses what is no token of its own", ...PARTS),
  async () => {
    const client = { client_secret: SECRET };
    await withServer(client, async ({ url, issuer }) => {
      assertEquals((await listTools(url, "abc")).status, 401);
      const args = [...SECRET_FLAGS, `--resource=${url}`, `--issuer=${issuer}`];
      const other = "--param=resource=https://other.example.com/mcp";
      const { stdout } = await run([...args, other]);
      assertEquals((await listTools(url, stdout.trim())).status, 401);

      const narrow = await run([...args, "--scope=tools:call"]);
      assertEquals((await listTools(url, narrow.stdout.trim())).status, 403);
    });
  },
);

/** Runs a scenario of the conformance suite in Node.js, with the command in Deno or there, too. */
async function runScenario(name: string, runtime: "Deno" | "Node.js"): Promise<string> {
  const program = fileURLToPath(new URL("tests/support/mcp_client.ts", PROJECT));
  const client = [Deno.execPath(), "run", "-A", "-q", ...STD_FLAGS, program];
  // The suite splits it at blanks, and gives the parts to a shell, with blanks between them.
  const command = client.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const config = { nodeModulesDir: "auto", lock: false };
  let printed = "";
  await withFiles({ "deno.json": JSON.stringify(config) }, async (cwd) => {
    await output(Deno.execPath(), ["cache", "-q", `npm:${SUITE}@0.1.16`], { cwd });
    const suite = `node_modules/${SUITE}/dist/index.js`;
    const args = [suite, "client", "--command", command, "--scenario", `auth/${name}`];
    const COMMAND_NODE = runtime === "Node.js" ? node : "";
    printed = await output(node, args, { cwd, env: { COMMAND_NODE } });
  });
  return printed;
}

/** What a command that must succeed prints. */
async function output(command: string, args: string[], options: Deno.CommandOptions) {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  const { code, stdout, stderr } = await new Deno.Command(command, { args, signal, ...options })
    .output();
  const decoder = new TextDecoder();
  const printed = `${decoder.decode(stdout)}${decoder.decode(stderr)}`;
  assertEquals(code, 0, printed);
  return printed;
}

for (
  const [scenario, runtime, check] of [
    ["client-credentials-jwt", "Deno", "client-credentials-jwt-verified"],
    ["client-credentials-basic", "Deno", "client-credentials-basic-auth"],
    ["client-credentials-basic", "Node.js", "client-credentials-basic-auth"],
  ] as const
) {
  const title = `the command in ${runtime} passes auth/${scenario} of the MCP conformance suite`;
  const things: Thing[] = ["a system other than Windows", "Node.js 24", `npm:${SUITE}`];
  Deno.test(needs(title, ...things, "npm:jose"), async () => {
    const printed = await runScenario(scenario, runtime);
    for (const name of [check, "valid-bearer-token"]) {
      assertMatch(printed, new RegExp(`\\[${name} *\\] (\x1b\\[\\d+m)?SUCCESS`));
    }
    assertStringIncludes(printed, " 0 failed, 0 warnings");
  });
}
