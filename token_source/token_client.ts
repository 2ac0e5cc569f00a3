// Sends token requests, each with the client secret of the moment.

import { withTimeLimit } from "../runtime/time_limit.ts";
import {
  buildRequest,
  type BuiltRequest,
  checkOptions,
  readResponse,
  type RequestOptions,
  sendRequest,
  TokenError,
  type TokenRequest,
} from "../token.ts";
import { type IssuedToken, lifetimeOf, readClocks } from "./token_lifetime.ts";

/** The client secret, or two while one replaces the other. */
export type ClientSecret = string | [first: string, second: string];

/** What to ask for, where, and as whom: a `TokenRequest` whose secret may change. */
export interface SourceRequest extends Omit<TokenRequest, "client_secret"> {
  /**
   * The client secret, or a function that gives it and is called before each request. If it gives two,
   * the second is tried once after `invalid_client`, with a warning. It may take as long as `timeout`.
   */
  client_secret?: string | (() => ClientSecret | Promise<ClientSecret>);
}

/** How to send the requests. */
export interface ClientOptions extends Omit<RequestOptions, "signal"> {
  /**
   * Seconds that a token lives if neither the server says it (RFC 6749 §5.1 leaves that to its
   * documentation) nor the token, as `exp` of a JWT. Without this option, such a token is not kept.
   */
  defaultLifetime?: number;
}

// Stands for the secret until a function has given it. It is not sent.
const NO_SECRET_YET = "-";
// What `buildRequest` adds by itself.
const OWN_FIELDS = new Set(["grant_type", "client_id", "client_secret", "scope"]);
const OWN_HEADERS = new Set(["authorization", "content-type"]);

/** A client of one token endpoint. */
export class TokenClient {
  /** The request, without the secret if a function gives it. */
  readonly built: BuiltRequest;
  readonly #request: SourceRequest;
  readonly #options: ClientOptions;
  readonly #timeout: number;
  readonly #warn: (warning: string) => void;
  #latest: BuiltRequest[] = [];

  /** @throws {TokenError} `usage`, if the request or an option is wrong. */
  constructor(
    request: SourceRequest,
    options: ClientOptions,
    warn: (warning: string) => void = () => {},
  ) {
    const { client_secret } = request;
    this.#timeout = checkOptions(options).timeout;
    if (typeof client_secret === "function") {
      this.built = buildRequest({ ...request, client_secret: NO_SECRET_YET }, options);
    } else {
      this.built = buildRequest({ ...request, client_secret }, options);
      this.#latest = [this.built];
    }
    this.#request = request;
    this.#options = options;
    this.#warn = warn;
  }

  /** Replaces the secrets that were sent last in a text by `***`. */
  mask(text: string): string {
    return this.#latest.reduce((masked, built) => built.mask(masked), text);
  }

  /**
   * Requests a token, once.
   *
   * @throws {TokenError} As `requestToken` does.
   * @throws What the function that gives the secret throws.
   */
  async request(signal: AbortSignal): Promise<IssuedToken> {
    const [first, second] = await this.#build();
    try {
      return await this.#send(first!, signal);
    } catch (error) {
      const isRefused = error instanceof TokenError && error.code === "invalid_client";
      if (!isRefused || !second) throw error;
    }
    this.#warn("The server refused the first of two client secrets; the second is tried");
    return await this.#send(second, signal);
  }

  async #send(built: BuiltRequest, signal: AbortSignal): Promise<IssuedToken> {
    const asked = readClocks();
    const answer = await sendRequest(built, { ...this.#options, retries: 0, signal });
    const token = readResponse(answer, built);
    return { token, asked, lifetime: lifetimeOf({ token, asked }, this.#options.defaultLifetime) };
  }

  /** Builds the request with each of the secrets. */
  async #build(): Promise<BuiltRequest[]> {
    const { client_secret } = this.#request;
    if (typeof client_secret === "function") {
      const given = await withTimeLimit(
        this.#timeout,
        async () => await client_secret(),
        () => new TokenError("unreachable", "timeout", "client_secret gave nothing in time"),
      );
      const [first = "", second] = Array.isArray(given) ? given : [given];
      const secrets = second === undefined ? [first] : [first, second];
      this.#latest = secrets.map((secret) => this.#buildWith(secret));
    }
    return this.#latest;
  }

  #buildWith(client_secret: string): BuiltRequest {
    // As they were read before: params and headers may be iterators, which can be read only once.
    const { data, headers } = this.built;
    const params = [...data].filter(([name]) => !OWN_FIELDS.has(name));
    const others = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name));
    const request = { ...this.#request, client_secret, params: params as [string, string][] };
    return buildRequest(request, { ...this.#options, headers: others as [string, string][] });
  }
}
