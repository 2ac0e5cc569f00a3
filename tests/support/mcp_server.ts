// The SDK is named here and not in deno.json, whose npm packages every task would download.
// deno-lint-ignore-file no-import-prefix

/**
 * A server of the Model Context Protocol in this process, made with what its TypeScript SDK has for
 * that: the bearer middleware and the router of the metadata.
 *
 * @module
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { npm } from "./needs.ts";

const SDK = "@modelcontextprotocol/sdk";
const { requireBearerAuth } = await npm(
  SDK,
  () => import("npm:@modelcontextprotocol/sdk@1.32.2/server/auth/middleware/bearerAuth.js"),
);
const { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } = await npm(
  SDK,
  () => import("npm:@modelcontextprotocol/sdk@1.32.2/server/auth/router.js"),
);
const { InvalidTokenError } = await npm(
  SDK,
  () => import("npm:@modelcontextprotocol/sdk@1.32.2/server/auth/errors.js"),
);
const { McpServer } = await npm(
  SDK,
  () => import("npm:@modelcontextprotocol/sdk@1.32.2/server/mcp.js"),
);
const { StreamableHTTPServerTransport } = await npm(
  SDK,
  () => import("npm:@modelcontextprotocol/sdk@1.32.2/server/streamableHttp.js"),
);
const { createMcpExpressApp } = await npm(
  SDK,
  () => import("npm:@modelcontextprotocol/sdk@1.32.2/server/express.js"),
);

/** A request as Express gives it to a handler. */
type ExpressRequest = IncomingMessage & { path: string; body: unknown };

/** What the server needs to know of the issuer. */
export interface TokenIssuer {
  /** The issuer's metadata, which the SDK's router repeats. */
  metadata: Record<string, unknown>;
  /** The claims of a token, if it is one. */
  verify(token: string): Promise<Record<string, unknown>>;
}

/** The name of the only tool. */
export const TOOL = "add";

/** Starts the server with one tool; who lists the tools needs a token with these scopes. */
export async function startMcpServer(
  requiredScopes: string[],
  issuerFor: (resource: string) => Promise<TokenIssuer>,
) {
  const requests: string[] = [];
  const app = createMcpExpressApp();
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}/mcp`);
  const issuer = await issuerFor(url.href);

  app.use((request: ExpressRequest, _: ServerResponse, next: () => void) => {
    requests.push(`${request.method} ${request.path}`);
    next();
  });
  app.use(mcpAuthMetadataRouter({
    oauthMetadata: issuer.metadata as never,
    resourceServerUrl: url,
    scopesSupported: requiredScopes,
  }));
  const verifyAccessToken = async (token: string) => {
    const claims = await issuer.verify(token).catch(() => {
      throw new InvalidTokenError("not a token of the issuer");
    });
    return {
      token,
      clientId: `${claims.client_id}`,
      scopes: `${claims.scope ?? ""}`.split(" ").filter(Boolean),
      expiresAt: Number(claims.exp),
    };
  };
  const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(url);
  const guard = requireBearerAuth({
    verifier: { verifyAccessToken },
    requiredScopes,
    resourceMetadataUrl,
  });
  app.post(url.pathname, guard, async (request: ExpressRequest, response: ServerResponse) => {
    const mcp = new McpServer({ name: "calculator", version: "1.0.0" });
    mcp.registerTool(TOOL, {}, () => ({ content: [] }));
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    response.on("close", () => void mcp.close());
    await mcp.connect(transport);
    await transport.handleRequest(request, response, request.body);
  });
  return {
    url: url.href,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
