/**
 * A token endpoint on this machine for the lesson and the tests. It knows one client and issues
 * tokens that open nothing.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1 practice_server.ts
 * ```
 *
 * @module
 */

import { readText } from "../token.ts";

/** The client that the practice server knows, as the lesson names it. */
export const PRACTICE_CLIENT = {
  client_id: "my_client_id_123",
  client_secret: "my_secret_456",
};

const HOSTNAME = "127.0.0.1";
const PATH = "/oauth2/token";
const SCOPES = ["read", "write"];
const LIFETIME_SECONDS = 3600;
const NOT_REPEATED = ["grant_type", "client_id", "client_secret", "scope"];

/** A running practice server; disposing of it stops it. */
export interface PracticeServer extends AsyncDisposable {
  /** The address of its token endpoint. */
  token_url: string;
}

/** Starts a practice server on a free port. */
export function startPracticeServer(): PracticeServer {
  const server = Deno.serve({
    hostname: HOSTNAME,
    port: 0,
    onListen: () => {},
    onError: () => new Response(null, { status: 500 }),
  }, answer);
  return {
    token_url: `http://${HOSTNAME}:${server.addr.port}${PATH}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function answer(request: Request): Promise<Response> {
  if (new URL(request.url).pathname !== PATH) return new Response(null, { status: 404 });
  if (request.method !== "POST") {
    return refuse(405, "invalid_request", "The method must be POST", { allow: "POST" });
  }
  if (
    !/^application\/x-www-form-urlencoded *(;|$)/i.test(request.headers.get("content-type") ?? "")
  ) {
    return refuse(400, "invalid_request", "The body must be application/x-www-form-urlencoded");
  }
  const form = await readText(new Response(request.body));
  if (form === undefined) return refuse(413, "invalid_request", "The body is too long");
  return await answerForm(new URLSearchParams(form), request.headers.get("authorization"));
}

async function answerForm(data: URLSearchParams, authorization: string | null): Promise<Response> {
  const repeated = NOT_REPEATED.find((name) => data.getAll(name).length > 1);
  if (repeated) return refuse(400, "invalid_request", `${repeated} is repeated`);
  const grant_type = data.get("grant_type");
  if (!grant_type) return refuse(400, "invalid_request", "grant_type is missing");

  if (authorization && data.has("client_secret")) {
    return refuse(400, "invalid_request", "The client authenticates in two ways at once");
  }
  const client = authorization ? decodeBasic(authorization) : Object.fromEntries(data);
  if (!await isKnown(client.client_id, client.client_secret)) {
    const challenge = authorization ? { "www-authenticate": 'Basic realm="practice"' } : undefined;
    return refuse(401, "invalid_client", "The client is unknown or its secret is wrong", challenge);
  }

  if (grant_type !== "client_credentials") {
    return refuse(400, "unsupported_grant_type", "grant_type must be client_credentials");
  }
  const scope = data.get("scope");
  if (scope && scope.split(" ").some((name) => !SCOPES.includes(name))) {
    return refuse(400, "invalid_scope", `The scopes here are ${SCOPES.join(" and ")}`);
  }
  return reply(200, {
    access_token: `practice-${crypto.randomUUID()}`,
    token_type: "Bearer",
    expires_in: LIFETIME_SECONDS,
    ...scope && { scope },
  });
}

/** Takes id and secret from an `Authorization` field (RFC 6749 §2.3.1): there they are form-encoded. */
function decodeBasic(authorization: string): Partial<typeof PRACTICE_CLIENT> {
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

/** Compares digests, of equal length, to their end: how long that takes says nothing of the secret. */
async function isKnown(client_id = "", client_secret = ""): Promise<boolean> {
  const [given, known] = await Promise.all([
    digest(`${client_id}\n${client_secret}`),
    digest(`${PRACTICE_CLIENT.client_id}\n${PRACTICE_CLIENT.client_secret}`),
  ]);
  return given.reduce((difference, byte, i) => difference | (byte ^ known[i]!), 0) === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

function refuse(
  status: number,
  error: string,
  error_description: string,
  headers?: Record<string, string>,
): Response {
  return reply(status, { error, error_description }, headers);
}

function reply(status: number, body: unknown, headers?: Record<string, string>): Response {
  return Response.json(body, {
    status,
    headers: { "cache-control": "no-store", pragma: "no-cache", ...headers },
  });
}

if (import.meta.main) {
  const { token_url } = startPracticeServer();
  const form = new URLSearchParams({ grant_type: "client_credentials", ...PRACTICE_CLIENT });
  console.log(`The practice server listens at ${token_url}\nTry: curl -d '${form}' ${token_url}`);
}
