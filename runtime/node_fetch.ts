// A `fetch` made with `node:http` or `node:https`, whose agents can do what the runtime's own cannot.

import type { ClientRequestArgs, IncomingMessage, request as Request } from "node:http";
import { Readable } from "node:stream";

const BROKEN = "connection closed before the end of the response";
const FORMATS = new Map<string, CompressionFormat>([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
]);
const NULL_BODY_STATUSES = [101, 204, 205, 304];

/**
 * Sends one request with `request` of one of the two modules. Follows no redirect, and asks for a body
 * that is not compressed; if it is all the same, it is decompressed. `headers` is a record with names in lower case.
 */
export function nodeFetch(
  request: typeof Request,
  url: string,
  { method, headers, body, signal }: {
    method?: string;
    headers: Record<string, string>;
    body: Uint8Array;
    signal?: AbortSignal | null;
  },
  connection: ClientRequestArgs,
): Promise<Response> {
  const options: ClientRequestArgs = {
    ...connection,
    method,
    // Some servers refuse a request that does not say what sends it.
    headers: { "user-agent": navigator.userAgent, ...headers, "accept-encoding": "identity" },
  };
  if (signal) options.signal = signal;
  // It would look for the host all the same.
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (message) => {
      // Node.js says "aborted", as if the user had done it.
      message.on("error", (error) => error.message = BROKEN);
      const { statusCode: status = 0, rawHeaders } = message;
      const fields = rawHeaders.flatMap((name, i) => i % 2 ? [] : [[name, rawHeaders[i + 1]!]]);
      const isNull = NULL_BODY_STATUSES.includes(status);
      if (isNull) message.destroy();
      const stream = isNull ? null : bodyOf(message);
      try {
        resolve(responseWith(stream, status, fields as [string, string][]));
      } catch (error) {
        // No Response has a status below 200. Thrown here, the error would end the process.
        sent.destroy(error as Error);
      }
    });
    sent.on("error", (error) => reject(signal?.aborted ? signal.reason : error));
    // After 101 with Upgrade, nothing else is emitted.
    sent.on("close", () => reject(new Error(BROKEN)));
    // As bytes: before a text, node:http encodes the header as UTF-8 too.
    sent.end(body);
  });
}

function bodyOf(message: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const stream = Readable.toWeb(message) as ReadableStream<Uint8Array<ArrayBuffer>>;
  const { "content-encoding": encoding = "", "content-length": length } = message.headers;
  const format = FORMATS.get(encoding.toLowerCase());
  return format && length !== "0" ? stream.pipeThrough(new DecompressionStream(format)) : stream;
}

/** A response with any status, as `fetch` makes it: the constructor takes none above 599. */
function responseWith(
  body: ReadableStream | null,
  status: number,
  headers: [string, string][],
): Response {
  if (status <= 599) return new Response(body, { status, headers });
  const response = new Response(body, { status: 599, headers });
  return Object.defineProperty(response, "status", { value: status });
}
