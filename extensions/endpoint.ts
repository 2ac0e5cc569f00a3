// Checks the endpoints that metadata names: what the user gave is right then, and the server's answer is not.

import { checkUrl, TokenError } from "../token.ts";

/** An endpoint as metadata names it. */
export interface Endpoint {
  /** The member of the metadata, such as `token_endpoint`. */
  name: string;
  /** Its value. */
  url: string;
  /** The issuer whose metadata it is. */
  issuer: string;
}

/**
 * Returns the address of an endpoint, if a secret may be sent there.
 *
 * @throws {TokenError} `unusable`, if it may not.
 */
export function checkEndpoint(endpoint: Endpoint, allowHttp?: boolean): URL {
  try {
    return checkUrl(endpoint.name, endpoint.url, allowHttp);
  } catch (error) {
    const { problem } = error as TokenError;
    throw wrongEndpoint(endpoint, problem);
  }
}

/** Makes the error for an endpoint that is wrong. */
export function wrongEndpoint({ name, issuer }: Endpoint, problem?: string): TokenError {
  const host = URL.parse(issuer)?.host;
  const message = `${host} answered 200 with metadata whose ${name} is wrong: it ${problem}`;
  return new TokenError("unusable", "token_endpoint_wrong", message, { host, status: 200 });
}
