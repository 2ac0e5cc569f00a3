// The token endpoint of the practice server: it knows one client.

import { type IssuedTokens, reply } from "./practice_api.ts";
import type { PracticeKey } from "./practice_key.ts";

const SCOPES = ["read", "write"];
const NOT_REPEATED = ["grant_type", "client_id", "client_secret", "scope"];
const FORM = /^application\/x-www-form-urlencoded *(;|$)/i;

/** The client that an endpoint knows. */
interface Client {
  client_id: string;
  client_secret: string;
}

/** A token endpoint. With a key, the client proves itself with that, and its secret is refused. */
export class TokenEndpoint {
  #client: Client;
  #tokens: IssuedTokens;
  #key: PracticeKey | undefined;

  constructor(client: Client, tokens: IssuedTokens, key?: PracticeKey) {
    this.#client = client;
    this.#tokens = tokens;
    this.#key = key;
  }

  /** Answers a request whose body is this; `undefined` stands for one that is too long. */
  async answer(request: Request, body: string | undefined): Promise<Response> {
    if (request.method !== "POST") {
      return refuse(405, "invalid_request", "The method must be POST", { allow: "POST" });
    }
    if (body === undefined) return refuse(413, "invalid_request", "The body is too long");
    if (!FORM.test(request.headers.get("content-type") ?? "")) {
      return refuse(400, "invalid_request", "The body must be application/x-www-form-urlencoded");
    }
    return await this.#answerForm(new URLSearchParams(body), request.headers.get("authorization"));
  }

  async #answerForm(data: URLSearchParams, authorization: string | null): Promise<Response> {
    const repeated = NOT_REPEATED.find((name) => data.getAll(name).length > 1);
    if (repeated) return refuse(400, "invalid_request", `${repeated} is repeated`);
    if (!data.get("grant_type")) return refuse(400, "invalid_request", "grant_type is missing");

    if (authorization && data.has("client_secret")) {
      return refuse(400, "invalid_request", "The client authenticates in two ways at once");
    }
    if (this.#key) {
      const wrong = await this.#key.refuse(data.get("client_assertion") ?? "");
      return wrong ? refuse(401, "invalid_client", wrong) : this.#grant(data);
    }
    const client = authorization ? decodeBasic(authorization) : clientOf(data);
    const { client_id, client_secret } = this.#client;
    if (client.client_id !== client_id || client.client_secret !== client_secret) {
      const challenge = authorization
        ? { "www-authenticate": 'Basic realm="practice"' }
        : undefined;
      return refuse(
        401,
        "invalid_client",
        "The client is unknown or its secret does not match",
        challenge,
      );
    }
    return this.#grant(data);
  }

  /** Issues a token to a client that has proved itself. */
  #grant(data: URLSearchParams): Response {
    if (data.get("grant_type") !== "client_credentials") {
      return refuse(400, "unsupported_grant_type", "grant_type must be client_credentials");
    }
    const scope = data.get("scope");
    if (scope && scope.split(" ").some((name) => !SCOPES.includes(name))) {
      return refuse(400, "invalid_scope", `The scopes here are ${SCOPES.join(" and ")}`);
    }
    return reply(200, { ...this.#tokens.issue(), ...scope && { scope } });
  }
}

/** Takes id and secret from a form. */
function clientOf(data: URLSearchParams): Partial<Client> {
  const client_id = data.get("client_id") ?? undefined;
  const client_secret = data.get("client_secret") ?? undefined;
  return { client_id, client_secret };
}

/** Takes id and secret, which are form-encoded, from an `Authorization` header (RFC 6749 §2.3.1). */
function decodeBasic(authorization: string): Partial<Client> {
  const [, encoded = ""] = authorization.match(/^Basic +([A-Za-z0-9+/=]+)$/i) ?? [];
  try {
    const [, client_id = "", client_secret = ""] = atob(encoded).match(/^([^:]*):(.*)$/s) ?? [];
    return { client_id: formDecode(client_id), client_secret: formDecode(client_secret) };
  } catch {
    return {};
  }
}

function formDecode(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

function refuse(
  status: number,
  error: string,
  error_description: string,
  headers?: Record<string, string>,
): Response {
  return reply(status, { error, error_description }, headers);
}
