/**
 * What a request must satisfy before anything is sent. No message repeats a value, since a value in
 * the wrong place may be the secret.
 *
 * @module
 */

import { usage } from "./failure.ts";
import type { RequestOptions, TokenRequest } from "./types.ts";

const MAX_TIMEOUT = 2 ** 31 - 1;
const MAX_RETRIES = 10;
const AUTH_METHODS = ["client_secret_post", "client_secret_basic", "client_secret_basic_raw"];
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const OWN_PARAMS = /^$|^(grant_type|client_id|client_secret|scope)$|^client_assertion/;
const OWN_HEADERS = /^(authorization|connection|content-.*|host|transfer-encoding)$/;
// RFC 9110 §5.5
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Refuses what cannot be sent, or not unchanged. */
export function checkRequest(request: TokenRequest): void {
  if (typeof request !== "object" || request === null) throw usage("The request must be an object");
  const { client_id, client_secret, scope, auth_method = "client_secret_post" } = request;
  const texts = { client_id, client_secret, ...scope && { scope } };
  for (const [name, value] of Object.entries(texts)) {
    if (typeof value !== "string" || value === "") {
      throw usage(`${name} must be a string that is not empty`);
    }
    checkWellFormed(name, value);
  }
  if (!AUTH_METHODS.includes(auth_method)) {
    throw usage(`auth_method must be one of ${AUTH_METHODS.join(", ")}`);
  }
  if (auth_method === "client_secret_basic_raw" && client_id.includes(":")) {
    throw usage("client_id must not hold a colon with client_secret_basic_raw (RFC 7617 §2)");
  }
}

function checkWellFormed(name: string, text: string): void {
  if (!text.isWellFormed()) throw usage(`${name} must not hold a lone surrogate`);
}

/** Returns the address to send to, if the secret is safe on its way there (RFC 6749 §3.2). */
export function checkUrl(token_url: string, allowHttp = false): string {
  const url = parseUrl(token_url);
  const { username, password, href } = url;
  if (!isSafe(url, allowHttp)) {
    throw usage("token_url must be an https: URL (http: only to this machine, or with allowHttp)");
  }
  if (username || password) throw usage("token_url must not hold a user name or a password");
  if (href.includes("#")) throw usage("token_url must not have a fragment (#…)");
  return href;
}

function parseUrl(token_url: string): URL {
  try {
    return new URL(token_url);
  } catch {
    throw usage("token_url must be a whole URL, such as https://api.example.com/oauth2/token");
  }
}

/** Tells whether what is sent to this address is safe on its way (RFC 6749 §3.2, RFC 6750 §5.3). */
export function isSafe({ protocol, hostname }: URL, allowHttp: boolean): boolean {
  return protocol === "https:" || protocol === "http:" && (allowHttp || isLoopback(hostname));
}

/** Tells whether a URL's host name can mean no other machine than this one. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/** Returns further form fields, none of which the request sets itself. */
export function checkParams(params: TokenRequest["params"]): [string, string][] {
  if (!params) return [];
  const fields = pairs("params", params);
  for (const [name, value] of fields) {
    const own = name.match(OWN_PARAMS)?.[0];
    if (own !== undefined) throw usage(`params must not set "${own}"`);
    checkWellFormed("params", `${name}/${value}`);
  }
  return fields;
}

/** The pairs of strings in an iterable or an object. */
function pairs(what: string, given: object): [string, string][] {
  try {
    const all: unknown[][] = [
      ...Symbol.iterator in given ? given as Iterable<unknown[]> : Object.entries(given),
    ];
    if (all.every((pair) => pair.length === 2 && pair.every((text) => typeof text === "string"))) {
      return all as [string, string][];
    }
  } catch {
    // Said below.
  }
  throw usage(`${what} must be pairs of a name and a value, both strings`);
}

/** Returns further header fields, names in lower case, none of which the request sets itself. */
export function checkHeaders(init: HeadersInit = []): Record<string, string> {
  const given = pairs("headers", init);
  if (given.length === 0) return {};
  let fields: [string, string][];
  try {
    // Headers alone lets some line breaks pass.
    if (!given.every(([, value]) => FIELD_VALUE.test(value))) throw new TypeError();
    fields = [...new Headers(given)];
  } catch {
    throw usage("headers must not hold a name or value that HTTP does not allow");
  }
  const own = fields.find(([name]) => OWN_HEADERS.test(name));
  if (own) throw usage(`headers must not set "${own[0]}"`);
  return Object.fromEntries(fields);
}

/** Returns the numbers that bound the sending, or their defaults. */
export function checkBounds(
  { timeout = 10_000, retries = 2, signal, fetch = globalThis.fetch }: RequestOptions,
): { timeout: number; retries: number } {
  if (typeof timeout !== "number" || !(timeout > 0 && timeout <= MAX_TIMEOUT)) {
    throw usage(`timeout must be more than 0 and at most ${MAX_TIMEOUT} milliseconds`);
  }
  if (!(Number.isInteger(retries) && retries >= 0 && retries <= MAX_RETRIES)) {
    throw usage(`retries must be a whole number from 0 to ${MAX_RETRIES}`);
  }
  if (signal && !(signal instanceof AbortSignal)) throw usage("signal must be an AbortSignal");
  if (typeof fetch !== "function") throw usage("fetch must be a function");
  return { timeout, retries };
}
