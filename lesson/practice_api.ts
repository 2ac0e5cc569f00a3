// The tokens of the practice server, and the API that they open.

const API_PATH = "/v1/things";
const LIFETIME_SECONDS = 3600;
const MAX_TOKENS = 1000;

/** Tokens that were issued, and until when each is valid. */
export class IssuedTokens {
  #expiries = new Map<string, number>();
  #lifetimeSeconds: number;

  constructor(lifetimeSeconds = LIFETIME_SECONDS) {
    this.#lifetimeSeconds = lifetimeSeconds;
  }

  /** Issues a new token, as members of a token response. */
  issue() {
    const access_token = `practice-${crypto.randomUUID()}`;
    this.#expiries.set(access_token, Date.now() + this.#lifetimeSeconds * 1000);
    const [oldest] = this.#expiries.keys();
    if (this.#expiries.size > MAX_TOKENS && oldest) this.#expiries.delete(oldest);
    return { access_token, token_type: "Bearer", expires_in: this.#lifetimeSeconds };
  }

  /** Answers a request to the API; `undefined` if it is to another path. */
  answerApi(request: Request): Response | undefined {
    if (new URL(request.url).pathname !== API_PATH) return undefined;
    const authorization = request.headers.get("authorization");
    const [, token] = authorization?.match(/^Bearer +(\S+)$/i) ?? [];
    // Without a token, the challenge names no error (RFC 6750 §3.1).
    if (!token) return challenge("");
    const expiry = this.#expiries.get(token);
    if (expiry === undefined) return challenge(', error="invalid_token"');
    if (expiry <= Date.now()) {
      return challenge(', error="invalid_token", error_description="The token expired"');
    }
    return reply(200, { things: ["a thing", "another thing"] });
  }
}

function challenge(error: string): Response {
  return reply(401, {}, { "www-authenticate": `Bearer realm="practice"${error}` });
}

/** A JSON answer that nothing stores. */
export function reply(status: number, body: unknown, headers?: Record<string, string>): Response {
  return Response.json(body, {
    status,
    headers: { "cache-control": "no-store", pragma: "no-cache", ...headers },
  });
}
