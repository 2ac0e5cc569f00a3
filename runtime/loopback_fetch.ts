// A `fetch` for `http:` to this machine, made with `node:http`. Deno's own `fetch` obeys HTTP_PROXY
// even there. Its HTTP client can avoid the proxy, but then sends the whole URL as the request target
// (`POST http://127.0.0.1/token`). Servers expect the path alone (`POST /token`: origin-form, RFC 9112
// §3.2.1), and many answer 404 to anything else.

import { Agent, type ClientRequestArgs, request } from "node:http";
import { isIP } from "node:net";
import { Readable } from "node:stream";

// An agent without a proxyEnv of its own obeys NODE_USE_ENV_PROXY=1. With autoSelectFamily, Deno 2.9
// crashes at the second address of localhost when --allow-net names localhost.
const DIRECT = { proxyEnv: {}, autoSelectFamily: false };
const BROKEN = "connection closed before the end of the response";
const NULL_BODY_STATUSES = [101, 204, 205, 304];

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
  const headers = { ...init.headers as Record<string, string>, "accept-encoding": "identity" };
  const options: ClientRequestArgs = { method, headers, family, agent: new Agent(DIRECT) };
  if (signal) options.signal = signal;
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (message) => {
      // Node.js says "aborted", as if the user had done it.
      message.on("error", (error) => error.message = BROKEN);
      const { statusCode: status = 0, rawHeaders } = message;
      const fields = rawHeaders.flatMap((name, i) => i % 2 ? [] : [[name, rawHeaders[i + 1]!]]);
      const isNull = NULL_BODY_STATUSES.includes(status);
      if (isNull) message.destroy();
      const body = isNull ? null : Readable.toWeb(message) as ReadableStream;
      try {
        resolve(new Response(body, { status, headers: fields as [string, string][] }));
      } catch (error) {
        // No Response has a status above 599. Thrown here, the error would end the process.
        sent.destroy(error as Error);
      }
    });
    sent.on("error", (error) => reject(signal?.aborted ? signal.reason : error));
    // After 101 with Upgrade, nothing else is emitted.
    sent.on("close", () => reject(new Error(BROKEN)));
    // As bytes: before a text, node:http encodes the header as UTF-8 too.
    sent.end(new TextEncoder().encode(init.body as string));
  });
}
