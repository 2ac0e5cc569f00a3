// What the tests of requests to this machine need: servers, and the names of this machine.

import type { Thing } from "./needs.ts";

export const ANSWER = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 22\r\n\r\n" +
  '{"access_token":"abc"}';
export const LIMIT = 20_000;

/** A TCP server that notes what each connection sent first, byte by byte, and when it was closed. */
export function startServer(reply: (connection: Deno.Conn) => unknown, hostname = "127.0.0.1") {
  const listener = Deno.listen({ hostname, port: 0 });
  const requests: string[] = [];
  const serve = async (connection: Deno.Conn) => {
    try {
      const buffer = new Uint8Array(65536);
      const length = await connection.read(buffer) ?? 0;
      requests.push(String.fromCharCode(...buffer.subarray(0, length)));
      await reply(connection);
    } catch {
      // The client has closed the connection.
    }
    connection.close();
  };
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) serving.push(serve(connection));
  })();
  const { port } = listener.addr as Deno.NetAddr;
  return {
    port,
    url: `http://127.0.0.1:${port}/token?x=1`,
    requests,
    /** Settles when every connection so far is closed. */
    closed: () => within(Promise.all(serving)),
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await this.closed();
    },
  };
}

/** Fails when something takes too long. */
export async function within<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${LIMIT} ms`)), LIMIT);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/**
 * A port at which nothing listens until it is disposed of: it is taken by the other end of a
 * connection, so that no server can get it meanwhile.
 */
export async function takeClosedPort(): Promise<Disposable & { port: number }> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port: open } = listener.addr;
  const [near, far] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: open }),
    listener.accept(),
  ]);
  const { port } = near.localAddr;
  return {
    port,
    [Symbol.dispose]() {
      near.close();
      far.close();
    },
  };
}

export const HOSTS: { host: string; hostname: string; things: Thing[] }[] = [
  { host: "127.0.0.1", hostname: "127.0.0.1", things: [] },
  { host: "localhost", hostname: "127.0.0.1", things: ["localhost at 127.0.0.1"] },
  { host: "localhost", hostname: "::1", things: ["localhost at ::1"] },
  { host: "[::1]", hostname: "::1", things: ["IPv6"] },
];
