// The part of `node.ts` that uses the network.

import * as http from "node:http";
import { Agent, request as requestOverTls } from "node:https";
import process from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { getCACertificates } from "node:tls";
import { TokenError } from "../token.ts";
import { checkCertificate } from "./certificate.ts";
import type { Server, TlsFetch } from "./types.ts";
import { nodeFetch } from "./node_fetch.ts";

// In the newer versions of Node.js, it makes `fetch` obey the variables for proxies, as Deno's does.
const useProxies = Reflect.get(http, "setGlobalProxyFromEnv") ?? (() => {});
let isUsingProxies: unknown;

const PROXY_VARIABLES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"];

/**
 * The environment, in which each proxy is a URL: Node.js takes no `proxy.example:8080`, as other programs do.
 *
 * @throws {TokenError} `usage`, if one cannot be a URL. The message does not repeat it: it may contain a
 * password.
 */
export function proxyEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const complete = { ...env };
  for (const name of PROXY_VARIABLES) {
    const value = env[name];
    if (!value) continue;
    const url = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
    if (!URL.canParse(url)) {
      const message = `${name} must be a URL, such as http://proxy.example:8080`;
      throw new TokenError("usage", "proxy_invalid", message);
    }
    complete[name] = url;
  }
  return complete;
}

/** The command's `fetch`. It obeys `HTTPS_PROXY`, and fails with a reason where Node.js lists several. */
export async function ownFetch(url: string, init: RequestInit): Promise<Response> {
  isUsingProxies ??= useProxies(proxyEnvironment()) ?? true;
  try {
    return await fetch(url, init);
  } catch (error) {
    const { cause } = error as Error;
    throw cause instanceof AggregateError ? cause.errors[0] : error;
  }
}

/**
 * Makes a `fetch` that shows a client certificate to a server that asks for one, and follows no
 * redirect. It trusts `caCerts` besides the authorities that Node.js trusts.
 *
 * @throws {TokenError} `usage`, if the certificate or the key is not PEM, or they do not match.
 */
export function createTlsFetch(cert: string, key: string, caCerts?: string[]): TlsFetch {
  checkCertificate(cert, key);
  const ca = caCerts && [...getCACertificates("default"), ...caCerts];
  const options = { cert, key, ca, proxyEnv: proxyEnvironment() };
  const agent = new Agent(options);
  const send = async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    const { url, method, headers } = request;
    return await nodeFetch(requestOverTls, url, {
      method,
      headers: Object.fromEntries(headers),
      body: new Uint8Array(await request.arrayBuffer()),
      // Not that of `request`, which no longer aborts when the garbage collector has taken it.
      signal: init?.signal ?? (input instanceof Request ? input.signal : undefined),
    }, { agent });
  };
  return Object.assign(send, { [Symbol.dispose]: () => agent.destroy() });
}

/**
 * Starts an HTTP server on the loopback address.
 *
 * @throws {Error} `AddrInUse`, if another program uses the port.
 */
export async function serve(
  port: number,
  handler: (request: Request) => Response | Promise<Response>,
): Promise<Server> {
  const server = http.createServer((message, response) => {
    answer(message, response, handler).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? Object.assign(error, { name: "AddrInUse" }) : error);
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // It would wait for a client that was killed while it sent a body that nobody reads.
        server.closeAllConnections();
      }),
  };
}

async function answer(
  message: http.IncomingMessage,
  response: http.ServerResponse,
  handler: (request: Request) => Response | Promise<Response>,
): Promise<void> {
  const { method = "", url = "", headers } = message;
  const hasBody = !["GET", "HEAD"].includes(method);
  const init = {
    method,
    headers: headers as Record<string, string>,
    body: hasBody ? Readable.toWeb(message) as ReadableStream : null,
    // Without it, Node.js takes no stream as body.
    duplex: "half",
  };
  const { status, headers: fields, body } = await handler(
    new Request(new URL(url, "http://127.0.0.1"), init),
  );
  response.writeHead(status, Object.fromEntries(fields));
  // As it comes: an answer may be a stream of events without an end.
  const chunks = body ? Readable.fromWeb(body as ReadableStream) : Readable.from([]);
  await pipeline(chunks, response);
}
