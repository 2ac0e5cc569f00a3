// A `fetch` for `http:` to this machine, made with `node:http`. Deno's own `fetch` obeys HTTP_PROXY
// even there. Its HTTP client can avoid the proxy, but then sends the whole URL as the request target
// (`POST http://127.0.0.1/token`). Servers expect the path alone (`POST /token`: origin-form, RFC 9112
// §3.2.1), and many answer 404 to anything else.

import { Agent, request } from "node:http";
import { isIP } from "node:net";
import { nodeFetch } from "./node_fetch.ts";

// An agent without a proxyEnv of its own obeys NODE_USE_ENV_PROXY=1. With autoSelectFamily, Deno 2.9
// crashes at the second address of localhost when --allow-net names localhost.
const DIRECT = { proxyEnv: {}, autoSelectFamily: false };

/**
 * Sends one request, on a connection of its own. Follows no redirect, uses no proxy, and asks for a
 * body that is not compressed. `init` is as `token.ts` gives it: `headers` is a record with names in
 * lower case, `body` is a string.
 */
export function loopbackFetch(url: string, init: RequestInit): Promise<Response> {
  return send(url, init).catch((error) => {
    if (error?.syscall !== "connect") throw error;
    // The server may listen on the other address of localhost: IPv6 in place of IPv4, or the reverse.
    // (With an IP address in the URL, this only tries once more.)
    return send(url, init, 10 - isIP(error.address)).catch((other) => {
      throw ["connect", "getaddrinfo"].includes(other?.syscall) ? error : other;
    });
  });
}

function send(url: string, init: RequestInit, family?: number): Promise<Response> {
  const { method, signal } = init;
  const headers = init.headers as Record<string, string>;
  const body = new TextEncoder().encode(init.body as string);
  const connection = { family, agent: new Agent(DIRECT) };
  return nodeFetch(request, url, { method, headers, body, signal }, connection);
}
