// Where APIs and issuers have their metadata and which scopes they name: what the conformance suite of the
// Model Context Protocol checks of clients that log in a user (auth/metadata-…, auth/scope-…,
// auth/resource-mismatch), for the command.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "./support/keys.ts";
import { TOKEN } from "./support/stub_fetch.ts";

const AT_PATH = "/.well-known/oauth-protected-resource/mcp";
const AT_ROOT = "/.well-known/oauth-protected-resource";
const OAUTH = "/.well-known/oauth-authorization-server";
const OPENID = "/.well-known/openid-configuration";

/** What an API and its issuer say, and where. */
interface Scenario {
  /** Where the metadata of the API is. */
  metadataAt: string;
  /** Whether the challenge says so. */
  isNamed?: boolean;
  /** The scope that the challenge demands. */
  scope?: string;
  /** What the metadata of the API says besides. */
  document?: Record<string, unknown>;
  /** The path of the issuer. */
  tenant?: string;
  /** Where the metadata of the issuer is. */
  issuerAt?: string;
}

/** A server of which a `POST` to `/mcp` needs a token, or one that issues them. */
function serve(answer: (request: Request, url: URL) => Response | Promise<Response>) {
  const paths: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const url = new URL(request.url);
    paths.push(`${request.method} ${url.pathname}`);
    return answer(request, url);
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return { origin, paths, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Runs the command in a scenario: what it does, which paths it asks for, and the form it sends. */
async function play(scenario: Scenario, flags: string[] = []) {
  const { metadataAt, isNamed, scope, document = {}, tenant = "", issuerAt = OAUTH } = scenario;
  const forms: URLSearchParams[] = [];
  await using issuer = serve(async (request, { origin, pathname }) => {
    if (pathname === issuerAt) {
      const token_endpoint = `${origin}${tenant}/token`;
      return Response.json({ issuer: `${origin}${tenant}`, token_endpoint });
    }
    if (pathname !== `${tenant}/token`) return new Response(null, { status: 404 });
    forms.push(new URLSearchParams(await request.text()));
    return Response.json(TOKEN);
  });
  await using api = serve((request, { origin, pathname }) => {
    if (pathname === "/mcp" && request.method === "POST") {
      const params = [
        scope && `scope="${scope}"`,
        isNamed && `resource_metadata="${origin}${metadataAt}"`,
      ];
      const challenge = `Bearer ${params.filter(Boolean).join(", ")}`;
      return new Response("no", { status: 401, headers: { "www-authenticate": challenge } });
    }
    if (pathname !== metadataAt) return new Response(null, { status: 404 });
    const resource = metadataAt === AT_ROOT ? origin : `${origin}/mcp`;
    const authorization_servers = [`${issuer.origin}${tenant}`];
    return Response.json({ resource, authorization_servers, ...document });
  });
  const { code, stdout, stderr } = await run([
    ...["--client-id=id", "--client-secret=s3cr3t", "--retries=0"],
    ...[`--resource=${api.origin}/mcp`, `--issuer=${issuer.origin}${tenant}`],
    ...flags,
  ]);
  const [form] = forms;
  const asked = { api: api.paths, issuer: issuer.paths };
  return { code, stdout, stderr, form, asked, resource: `${api.origin}/mcp`, origin: api.origin };
}

const METADATA: Record<string, Scenario> = {
  "auth/metadata-default": { metadataAt: AT_PATH, isNamed: true },
  "auth/metadata-var1": { metadataAt: AT_PATH, issuerAt: OPENID },
  "auth/metadata-var2": { metadataAt: AT_ROOT, tenant: "/tenant1", issuerAt: `${OAUTH}/tenant1` },
  "auth/metadata-var3": {
    metadataAt: "/custom/metadata/location.json",
    isNamed: true,
    tenant: "/tenant1",
    issuerAt: `/tenant1${OPENID}`,
  },
};
for (const [name, scenario] of Object.entries(METADATA)) {
  Deno.test(`the command finds the metadata of ${name}`, async () => {
    const { code, stdout, stderr, form, asked, resource, origin } = await play(scenario);
    assertEquals([code, stdout, stderr], [0, `${TOKEN.access_token}\n`, ""]);
    assertEquals(form?.get("resource"), scenario.metadataAt === AT_ROOT ? origin : resource);
    // The root is asked last of all, and of an issuer with a path never.
    assertEquals(asked.api.includes(`GET ${AT_ROOT}`), scenario.metadataAt === AT_ROOT);
    if (scenario.tenant) assertEquals(asked.issuer.includes(`GET ${OAUTH}`), false);
  });
}

Deno.test("the command sends the scope of auth/scope-from-www-authenticate", async () => {
  const document = { scopes_supported: ["mcp:basic", "mcp:write", "mcp:admin"] };
  const scenario = { metadataAt: AT_PATH, isNamed: true, scope: "mcp:basic", document };
  assertEquals((await play(scenario)).form?.get("scope"), "mcp:basic");
});

Deno.test("the command sends the scopes of auth/scope-from-scopes-supported", async () => {
  const document = { scopes_supported: ["mcp:basic", "mcp:read", "mcp:write"] };
  const { form } = await play({ metadataAt: AT_PATH, isNamed: true, document });
  assertEquals(form?.get("scope"), "mcp:basic mcp:read mcp:write");
});

Deno.test("the command sends no scope in auth/scope-omitted-when-undefined", async () => {
  const { form } = await play({ metadataAt: AT_PATH, isNamed: true });
  assertEquals(form?.has("scope"), false);
});

Deno.test("the command sends the scopes of auth/scope-step-up if they are named", async () => {
  const scenario = { metadataAt: AT_PATH, isNamed: true, scope: "mcp:basic" };
  const { form } = await play(scenario, ["--scope=mcp:basic", "--scope=mcp:write"]);
  assertEquals(form?.get("scope"), "mcp:basic mcp:write");
});

Deno.test("the command requests nothing in auth/resource-mismatch", async () => {
  const document = { resource: "https://evil.example.com/mcp" };
  const { code, stderr, form, asked } = await play({ metadataAt: AT_PATH, document });
  assertEquals([code, form], [4, undefined]);
  assertStringIncludes(stderr, "the metadata of another resource: https://evil.example.com/mcp");
  assertEquals(asked.issuer.some((path) => path.includes("token")), false);
});
