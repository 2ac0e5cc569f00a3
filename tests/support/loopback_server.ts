// What the tests of requests to this machine need: servers, and the names of this machine.

import { lookup } from "node:dns/promises";

export const ANSWER = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 22\r\n\r\n" +
  '{"access_token":"abc"}';
export const LIMIT = 5000;

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

export function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

export const hasIpv6 = (() => {
  try {
    using _ = Deno.listen({ hostname: "::1", port: 0 });
    return true;
  } catch {
    console.log("(This machine has no ::1: the tests of IPv6 are left out.)");
    return false;
  }
})();
const localhosts = (await lookup("localhost", { all: true })).map(({ address }) => address);
const isLocalhostIpv4 = localhosts.includes("127.0.0.1");
const isLocalhostIpv6 = hasIpv6 && localhosts.includes("::1");

// For the command, in how many environments: each case takes a fifth of a second.
export const HOSTS = [
  { host: "127.0.0.1", hostname: "127.0.0.1", ignore: false, environments: 4 },
  { host: "localhost", hostname: "127.0.0.1", ignore: !isLocalhostIpv4, environments: 4 },
  { host: "localhost", hostname: "::1", ignore: !isLocalhostIpv6, environments: 1 },
  { host: "[::1]", hostname: "::1", ignore: !hasIpv6, environments: 4 },
];
