// What the command sends beside what the providers of the MCP client send, as docs/agents.md has it. The
// package is named here and not in deno.json, which every task would download.
// deno-lint-ignore-file no-import-prefix

import { assert, assertEquals } from "@std/assert";
import { decodeJwt, decodeProtectedHeader } from "./support/jose.ts";
import { PEM, run } from "./support/keys.ts";
import { needs, npm, type Thing } from "./support/needs.ts";
import { replace } from "./support/run_main.ts";
import { TOKEN } from "./support/stub_fetch.ts";

const {
  Client,
  ClientCredentialsProvider,
  PrivateKeyJwtProvider,
  StreamableHTTPClientTransport,
} = await npm(
  "@modelcontextprotocol/client",
  () => import("npm:@modelcontextprotocol/client@2.4.0"),
);

const THINGS: Thing[] = ["npm:jose", "npm:@modelcontextprotocol/client"];
const clientId = "my client:1";
const clientSecret = "a secret: with + and %é";

/** A request that reached the API or its issuer. */
interface Sent {
  request: string;
  headers: Headers;
  form: URLSearchParams;
}

/** Runs `work` with an API and its issuer on one port, and returns what reached them. */
async function watch(
  work: (world: { resource: string; issuer: string }) => Promise<unknown>,
  { document = {}, scope = "read", method = "client_secret_basic" } = {},
): Promise<Sent[]> {
  const sent: Sent[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { origin, pathname } = new URL(request.url);
      const form = new URLSearchParams(await request.text());
      sent.push({ request: `${request.method} ${pathname}`, headers: request.headers, form });
      const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
      switch (pathname) {
        case "/mcp": {
          const challenge = `Bearer resource_metadata="${metadata}"`;
          const demand = scope ? `${challenge}, scope="${scope}"` : challenge;
          return new Response("no", { status: 401, headers: { "www-authenticate": demand } });
        }
        case new URL(metadata).pathname:
          return Response.json({
            resource: `${origin}/mcp`,
            authorization_servers: [origin],
            ...document,
          });
        case "/.well-known/oauth-authorization-server":
          return Response.json({
            issuer: origin,
            authorization_endpoint: `${origin}/authorize`,
            response_types_supported: ["code"],
            token_endpoint: `${origin}/token`,
            token_endpoint_auth_methods_supported: [method],
          });
        case "/token":
          return Response.json(TOKEN);
        default:
          return new Response(null, { status: 404 });
      }
    },
  );
  const issuer = `http://127.0.0.1:${server.addr.port}`;
  await work({ resource: `${issuer}/mcp`, issuer });
  return sent;
}

type Provider =
  | InstanceType<typeof ClientCredentialsProvider>
  | InstanceType<typeof PrivateKeyJwtProvider>;

/** Lets the client of the SDK connect to the API, which refuses its token in the end. */
async function connect(resource: string, authProvider: Provider): Promise<void> {
  const client = new Client({ name: "test", version: "1.0.0" });
  const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider });
  await client.connect(transport).catch(() => {});
  await client.close();
}

/** Gets a token with the command. */
async function command(resource: string, ...flags: string[]): Promise<void> {
  const { code, stderr } = await run([`--resource=${resource}`, "--retries=0", ...flags]);
  assertEquals([code, stderr], [0, ""]);
}

const secretFlags = [`--client-id=${clientId}`, `--client-secret=${clientSecret}`];

function names(sent: Sent[]): string[] {
  return sent.map(({ request }) => request);
}

function tokenRequest(sent: Sent[]): Sent {
  const found = sent.find(({ request }) => request === "POST /token");
  assert(found, `${names(sent)}`);
  return found;
}

for (const scope of ["read", ""]) {
  const title = `the command and ClientCredentialsProvider ask for the same ${
    scope ? "scope of the challenge" : "scopes of the metadata"
  }`;
  Deno.test(needs(title, ...THINGS), async () => {
    const options = { scope, document: { scopes_supported: ["a", "b"] } };
    const theirs = await watch(({ resource, issuer }) => {
      const expectedIssuer = issuer;
      return connect(
        resource,
        new ClientCredentialsProvider({ clientId, clientSecret, expectedIssuer }),
      );
    }, options);
    const ours = await watch(
      ({ resource, issuer }) => command(resource, `--issuer=${issuer}`, ...secretFlags),
      options,
    );
    for (const { form } of [theirs, ours].map(tokenRequest)) {
      assertEquals([...form.keys()], ["grant_type", "scope", "resource"]);
      assertEquals(form.get("grant_type"), "client_credentials");
      assertEquals(form.get("scope"), scope || "a b");
      assertEquals(new URL(form.get("resource")!).pathname, "/mcp");
    }
  });
}

Deno.test(
  needs("the command encodes what it sends with Basic, ClientCredentialsProvider not", ...THINGS),
  async () => {
    const theirs = await watch(({ resource, issuer }) => {
      const options = { clientId, clientSecret, expectedIssuer: issuer };
      return connect(resource, new ClientCredentialsProvider(options));
    });
    const ours = await watch(({ resource, issuer }) =>
      command(resource, `--issuer=${issuer}`, ...secretFlags)
    );
    const [their, own] = [theirs, ours].map((sent) =>
      atob(tokenRequest(sent).headers.get("authorization")!.replace("Basic ", ""))
    );
    // "é" is one byte of Latin-1 for them, and two of UTF-8 here.
    assertEquals(their, "my client:1:a secret: with + and %é");
    assertEquals(own, "my+client%3A1:a+secret%3A+with+%2B+and+%25%C3%A9");
    assertEquals(names(theirs), [
      "POST /mcp",
      "GET /.well-known/oauth-protected-resource/mcp",
      "GET /.well-known/oauth-authorization-server",
      "POST /token",
      "POST /mcp",
    ]);
    assertEquals(names(ours).sort(), [
      "GET /.well-known/oauth-authorization-server",
      "GET /.well-known/oauth-protected-resource/mcp",
      "GET /mcp",
      "POST /token",
    ]);
  },
);

Deno.test(
  needs("the command and PrivateKeyJwtProvider sign assertions that differ", ...THINGS),
  async () => {
    const options = { method: "private_key_jwt" };
    let issuers: string[] = [];
    const theirs = await watch(({ resource, issuer }) => {
      issuers = [issuer];
      return connect(
        resource,
        new PrivateKeyJwtProvider({
          clientId,
          privateKey: PEM,
          algorithm: "ES256",
          expectedIssuer: issuer,
        }),
      );
    }, options);
    const ours = await watch(({ resource, issuer }) => {
      issuers.push(issuer);
      return command(resource, `--client-id=${clientId}`, "--client-key=./key.pem");
    }, options);
    const [their, own] = [theirs, ours].map((sent) => {
      const { form } = tokenRequest(sent);
      const assertion = form.get("client_assertion")!;
      const { exp = 0, iat = 0, aud, iss, sub } = decodeJwt(assertion);
      const { typ, kid } = decodeProtectedHeader(assertion);
      assertEquals([iss, sub], [clientId, clientId]);
      return { typ, hasKid: Boolean(kid), lifetime: exp - iat, aud, id: form.get("client_id") };
    });
    assertEquals(their, { typ: "JWT", hasKid: false, lifetime: 300, aud: issuers[0], id: null });
    const typ = "client-authentication+jwt";
    assertEquals(own, { typ, hasKid: true, lifetime: 60, aud: issuers[1], id: clientId });
  },
);

Deno.test(
  needs("ClientCredentialsProvider takes an issuer with one slash more", ...THINGS),
  async () => {
    const sent = await watch(({ resource, issuer }) => {
      const options = { clientId, clientSecret, expectedIssuer: `${issuer}/` };
      return connect(resource, new ClientCredentialsProvider(options));
    });
    tokenRequest(sent);
    const refused = await watch(({ resource }) => {
      const options = { clientId, clientSecret, expectedIssuer: "https://other.example.com" };
      return connect(resource, new ClientCredentialsProvider(options));
    });
    assertEquals(names(refused).includes("POST /token"), false);
  },
);

Deno.test(
  needs("ClientCredentialsProvider sends the secret to whom the API names, unless told", ...THINGS),
  async () => {
    using _ = replace(console, { warn: () => {} });
    const sent = await watch(({ resource }) =>
      connect(resource, new ClientCredentialsProvider({ clientId, clientSecret }))
    );
    assert(tokenRequest(sent).headers.has("authorization"));
    const flags = [...secretFlags, "--errors=json"];
    const ours = await watch(async ({ resource }) => {
      const { code, stderr } = await run([`--resource=${resource}`, ...flags]);
      assertEquals([code, JSON.parse(stderr).code], [2, "resource_issuer_untrusted"]);
    });
    assertEquals(names(ours).includes("POST /token"), false);
  },
);

Deno.test(
  needs("the command asks no issuer that the metadata of another resource names", ...THINGS),
  async () => {
    const options = { document: { resource: "https://other.example.com/mcp" } };
    const address = "GET /.well-known/oauth-authorization-server";
    const theirs = await watch(({ resource, issuer }) => {
      const options = { clientId, clientSecret, expectedIssuer: issuer };
      return connect(resource, new ClientCredentialsProvider(options));
    }, options);
    const key = [`--client-id=${clientId}`, "--client-key=./key.pem"];
    const ours = await watch(({ resource }) => run([`--resource=${resource}`, ...key]), options);
    assertEquals([theirs, ours].map((sent) => names(sent).includes(address)), [true, false]);
    assertEquals([theirs, ours].map((sent) => names(sent).includes("POST /token")), [false, false]);
  },
);
