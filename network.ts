/**
 * What the command may do, and how it reaches a host: never by asking for a permission, and what
 * goes to this machine unencrypted never through a proxy.
 *
 * @module
 */

import { isLoopback, usage } from "./checks.ts";
import type { RequestOptions } from "./types.ts";

/** Tells whether something may be done without asking. */
export function granted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/** A `fetch` for one host; disposing of it closes its connections. */
export interface Network extends Disposable {
  /** Absent where the runtime's own will do. */
  fetch?: RequestOptions["fetch"];
}

/** Chooses how to reach this address. */
export function networkFor(url: string): Network {
  const nothing = { [Symbol.dispose]() {} };
  if (!URL.canParse(url)) return nothing;
  const { protocol, hostname, port } = new URL(url);
  const portOrDefault = Number(port) || (protocol === "http:" ? 80 : 443);
  if (!mayReach(`${hostname}:${portOrDefault}`)) {
    // As fetch would fail, which however asks first.
    return { ...nothing, fetch: () => Promise.reject(new Deno.errors.NotCapable()) };
  }
  return protocol === "http:" && isLoopback(hostname) ? direct(hostname, portOrDefault) : nothing;
}

/** Goes straight to a port: Deno would send even what is for this machine through HTTP_PROXY. */
export function direct(hostname: string, port: number): Required<Network> {
  const client = Deno.createHttpClient({
    proxy: { transport: "tcp", hostname, port },
    // Neither is of use for one plain request, and both take time.
    http2: false,
    poolMaxIdlePerHost: 0,
  });
  return {
    fetch: (url, init) => fetch(url, { ...init, client }),
    [Symbol.dispose]: () => client.close(),
  };
}

function mayReach(host: string): boolean {
  try {
    return granted({ name: "net", host });
  } catch {
    throw usage("token_url holds a host name that cannot exist");
  }
}
