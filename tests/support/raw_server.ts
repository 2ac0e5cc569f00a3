/**
 * Servers that do not speak HTTP as they should, for the tests.
 *
 * @module
 */

import { assertRejects } from "@std/assert";
import { REQUEST } from "./stub_fetch.ts";
import { type RequestOptions, requestToken, TokenError } from "../../token.ts";

export interface RawServer extends AsyncDisposable {
  token_url: string;
  host: string;
  /** What each connection sent first. */
  requests: string[];
}

/** A TCP server: `reply` gets each connection once something has arrived on it, and what that is. */
export function startRawServer(
  reply: (connection: Deno.Conn, first: Uint8Array) => unknown,
): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const open = new Set<Deno.Conn>();
  const serve = async (connection: Deno.Conn) => {
    open.add(connection);
    try {
      const buffer = new Uint8Array(65536);
      const length = await connection.read(buffer) ?? 0;
      const first = buffer.subarray(0, length);
      requests.push(new TextDecoder().decode(first));
      await reply(connection, first);
    } catch {
      // The client has gone: that is what some of these tests are about.
    } finally {
      if (open.delete(connection)) connection.close();
    }
  };
  const accepting = (async () => {
    const serving: Promise<void>[] = [];
    for await (const connection of listener) serving.push(serve(connection));
    await Promise.all(serving);
  })();
  const host = `127.0.0.1:${listener.addr.port}`;
  return {
    token_url: `http://${host}/token?key=my_secret_456`,
    host,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) {
        open.delete(connection);
        connection.close();
      }
      await accepting;
    },
  };
}

/** Sends text and closes the connection. */
export function send(text: string): (connection: Deno.Conn) => Promise<unknown> {
  return (connection) => connection.write(new TextEncoder().encode(text));
}

/** Keeps a connection open, and silent, until the other side closes it. */
export async function wait(connection: Deno.Conn): Promise<void> {
  await connection.read(new Uint8Array(1));
}

/** The answer with this head, followed by chunks until the client has had enough. */
export function endless(head: string, chunk: Uint8Array, pause = 0) {
  return async (connection: Deno.Conn) => {
    await send(head)(connection);
    for (let sent = 0; sent < 2 ** 30; sent += await connection.write(chunk)) {
      if (pause > 0) await new Promise((done) => setTimeout(done, pause));
    }
  };
}

export async function failureAt(
  { token_url }: { token_url: string },
  options: RequestOptions = {},
): Promise<TokenError> {
  return await assertRejects(
    () => requestToken({ ...REQUEST, token_url }, { retries: 0, ...options }),
    TokenError,
  );
}
