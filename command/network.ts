// How the command reaches a token endpoint.

import { isGranted, ownFetch, readVariable } from "../runtime/host.ts";
import { isSafe, networkDenied, type RequestOptions, TokenError } from "../token.ts";

const PROXY_VARIABLES = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/**
 * Chooses the `fetch` for a URL; `undefined` stands for the runtime's own, which prompts for a missing
 * permission and sends what is for this machine to the proxy, too.
 *
 * @throws {TokenError} `usage`, if the host name cannot exist.
 */
export async function fetchFor(token_url: string): Promise<RequestOptions["fetch"]> {
  const url = URL.parse(token_url);
  if (!url) return undefined;
  if (!mayReach(url)) return () => Promise.reject(networkDenied(url.host));
  // To node:http, port 0 is port 80; fetch refuses it.
  const isOdd = url.protocol !== "http:" || url.port === "0";
  if (isOdd || !isSafe(url) || isWithoutProxy()) return ownFetch;
  const { loopbackFetch } = await import("../runtime/loopback_fetch.ts");
  return loopbackFetch;
}

function mayReach({ protocol, hostname, port }: URL): boolean {
  const host = `${hostname}:${port || (protocol === "http:" ? 80 : 443)}`;
  try {
    return isGranted({ name: "net", host });
  } catch {
    throw new TokenError(
      "usage",
      "token_url_invalid",
      "token_url must not contain a host name that cannot exist",
    );
  }
}

function isWithoutProxy(): boolean {
  return PROXY_VARIABLES.every((variable) =>
    isGranted({ name: "env", variable }) && !readVariable(variable)
  );
}
