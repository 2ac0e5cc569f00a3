/**
 * What goes into a token request and what comes out of it. Names that travel on the wire keep their
 * spelling from RFC 6749.
 *
 * @module
 */

/**
 * What to ask for, where, and as whom.
 *
 * @example All that can be said
 * ```ts
 * import { requestToken, type TokenRequest } from "@client-credentials/token";
 *
 * const request: TokenRequest = {
 *   token_url: "https://api.example.com/oauth2/token",
 *   client_id: "my_client_id_123",
 *   client_secret: "my_secret_456",
 *   scope: "read write",
 *   auth_method: "client_secret_basic",
 *   params: { audience: "https://api.example.com" },
 * };
 * console.log((await requestToken(request)).scope); // "read write"
 * ```
 */
export interface TokenRequest {
  /** The token endpoint: `https:`, without user info or fragment (RFC 6749 §3.2). */
  token_url: string;
  /** The identifier the provider gave the client (RFC 6749 §2.2). */
  client_id: string;
  /** The secret that goes with it (RFC 6749 §2.3.1). */
  client_secret: string;
  /** The scopes wanted, separated by spaces (RFC 6749 §3.3). */
  scope?: string;
  /**
   * Where id and secret travel (RFC 6749 §2.3.1): in the form (`client_secret_post`, the default),
   * form-encoded in the `Authorization` header (`client_secret_basic`), or there as they are, for
   * servers that do not decode them (`client_secret_basic_raw`, which is not in the RFC).
   */
  auth_method?: "client_secret_post" | "client_secret_basic" | "client_secret_basic_raw";
  /** Further form fields, such as `audience` or `resource`; a name may repeat, the order is kept. */
  params?: Iterable<[name: string, value: string]> | Record<string, string>;
}

/**
 * How to send it.
 *
 * @example All that can be said
 * ```ts
 * import { requestToken, type RequestOptions } from "@client-credentials/token";
 *
 * const options: RequestOptions = {
 *   fetch: () => Promise.resolve(Response.json({ access_token: "abc" })),
 *   signal: AbortSignal.timeout(30_000),
 *   timeout: 5000,
 *   retries: 1,
 *   headers: { "user-agent": "example/1.0" },
 *   allowHttp: true,
 * };
 * const { access_token } = await requestToken({
 *   token_url: "http://auth.internal.example/token",
 *   client_id: "my_client_id_123",
 *   client_secret: "my_secret_456",
 * }, options);
 * console.log(access_token); // "abc"
 * ```
 */
export interface RequestOptions {
  /** Used in place of the global `fetch`. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Ends the request at any stage. */
  signal?: AbortSignal;
  /** Milliseconds for one try, from connecting to the last byte; 10,000 by default. */
  timeout?: number;
  /** How often to try again when that can help: 0 to 10; 2 by default. */
  retries?: number;
  /**
   * Further header fields; not those of the request itself: authorization, connection, content-*,
   * host, transfer-encoding.
   */
  headers?: HeadersInit;
  /** Allows `http:` to other machines, where everybody on the way can read the secret. */
  allowHttp?: boolean;
}

/** The server's answer (RFC 6749 §5.1), with every further member it sent. */
export interface TokenResponse {
  /** The token: printable ASCII, at least one character (RFC 6749 appendix A.12). */
  access_token: string;
  /** How to use it; `"Bearer"` (RFC 6750) when the server does not say. */
  token_type: string;
  /** Seconds until it expires; absent when the server sent nothing that makes sense. */
  expires_in?: number;
  /** The scopes granted; absent when the server did not say. */
  scope?: string;
  /** Whatever else the server sent. */
  [member: string]: unknown;
}

/** A request, built and not yet sent. */
export interface BuiltRequest {
  /** Where it goes. */
  token_url: string;
  /** The header fields, their names in lower case. */
  headers: Record<string, string>;
  /** The form fields. */
  data: URLSearchParams;
  /** The client secret, alone and in a Basic value, to be masked in whatever is shown. */
  secrets: () => string[];
}

/** An answer, received and not yet judged. */
export interface Answer {
  /** The HTTP status. */
  status: number;
  /** The header fields. */
  headers: Headers;
  /** The body; absent when it is longer than 1 MiB. */
  body?: string;
  /** How often the request was sent. */
  tries: number;
}
