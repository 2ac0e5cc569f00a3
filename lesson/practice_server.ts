/**
 * A token endpoint on this machine for the lesson and the tests. It knows one client and issues
 * tokens that open nothing.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1 lesson/practice_server.ts --port 8910
 * ```
 *
 * @module
 */

import { args, exit, runtime, serve } from "../runtime/host.ts";
import { readText } from "../token.ts";
import { noteExchange, type Observer } from "./exchange.ts";
import type { PracticeKey } from "./practice_key.ts";
import { EXERCISE_VALUES } from "./values.ts";

const { client_id, client_secret, token_url } = EXERCISE_VALUES;

/** The client that the practice server knows. */
export const PRACTICE_CLIENT: { client_id: string; client_secret: string } = {
  client_id,
  client_secret,
};

const DEFAULT_PORT = 8910;
const PATH = new URL(token_url).pathname;
const SCOPES = ["read", "write"];
const LIFETIME_SECONDS = 3600;
const NOT_REPEATED = ["grant_type", "client_id", "client_secret", "scope"];

/** A running practice server; disposing of it stops it. */
export interface PracticeServer extends AsyncDisposable {
  /** The URL of its token endpoint. */
  token_url: string;
}

/**
 * Starts a practice server on this port; 0 stands for any that is free. With a key, the client proves
 * itself with that, and its secret is refused.
 */
export async function startPracticeServer(
  port = 0,
  { key, observer }: { key?: PracticeKey; observer?: Observer } = {},
): Promise<PracticeServer> {
  const server = await serve(port, async (request) => {
    const page = observer?.answer?.(request);
    if (page) return page;
    // If the client leaves before the end, nobody reads the answer.
    const body = await readText(new Response(request.body)).catch(() => "");
    const response = await answer(request, body, key);
    observer?.onExchange(await noteExchange(request, body, response));
    return response;
  });
  return {
    token_url: `http://127.0.0.1:${server.port}${PATH}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function answer(
  request: Request,
  body: string | undefined,
  key?: PracticeKey,
): Promise<Response> {
  if (new URL(request.url).pathname !== PATH) return new Response(null, { status: 404 });
  if (request.method !== "POST") {
    return refuse(405, "invalid_request", "The method must be POST", { allow: "POST" });
  }
  if (
    !/^application\/x-www-form-urlencoded *(;|$)/i.test(request.headers.get("content-type") ?? "")
  ) {
    return refuse(400, "invalid_request", "The body must be application/x-www-form-urlencoded");
  }
  if (body === undefined) return refuse(413, "invalid_request", "The body is too long");
  return await answerForm(new URLSearchParams(body), request.headers.get("authorization"), key);
}

async function answerForm(
  data: URLSearchParams,
  authorization: string | null,
  key?: PracticeKey,
): Promise<Response> {
  const repeated = NOT_REPEATED.find((name) => data.getAll(name).length > 1);
  if (repeated) return refuse(400, "invalid_request", `${repeated} is repeated`);
  if (!data.get("grant_type")) return refuse(400, "invalid_request", "grant_type is missing");

  if (authorization && data.has("client_secret")) {
    return refuse(400, "invalid_request", "The client authenticates in two ways at once");
  }
  if (key) {
    const wrong = await key.refuse(data.get("client_assertion") ?? "");
    return wrong ? refuse(401, "invalid_client", wrong) : grant(data);
  }
  const client = authorization ? decodeBasic(authorization) : Object.fromEntries(data);
  if (client.client_id !== client_id || client.client_secret !== client_secret) {
    const challenge = authorization ? { "www-authenticate": 'Basic realm="practice"' } : undefined;
    return refuse(401, "invalid_client", "The client is unknown or its secret is wrong", challenge);
  }
  return grant(data);
}

/** Issues a token to a client that has proved itself. */
function grant(data: URLSearchParams): Response {
  if (data.get("grant_type") !== "client_credentials") {
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

/** Takes id and secret, which are form-encoded, from an `Authorization` header (RFC 6749 §2.3.1). */
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

/** Opens the page; `undefined` in Node.js, which imports no HTML. */
export async function loadPage(runtime: string): Promise<Observer | undefined> {
  if (runtime !== "deno") return undefined;
  return (await import("./page.ts")).openPage();
}

/** Says where the server is, and how to try it. */
export function greeting(token_url: string, hasPage: boolean): string {
  const form = new URLSearchParams({ grant_type: "client_credentials", ...PRACTICE_CLIENT });
  return [
    `The practice server listens at ${token_url}`,
    ...hasPage ? [`See what arrives: ${new URL("/", token_url)}`] : [],
    `Try: curl -d '${form}' ${token_url}`,
  ].join("\n");
}

/** Starts a practice server as the arguments say, and resolves to the exit code; 0 while it runs. */
export async function main(args: string[]): Promise<number> {
  const [, port] = args.join("=").match(/^--port=(\d{1,5})$/) ?? [];
  if (args.length > 0 && !port) {
    console.error(
      "Usage: deno run --allow-net=127.0.0.1 lesson/practice_server.ts [--port <port>]",
    );
    return 2;
  }
  const observer = await loadPage(runtime);
  for (let next = Number(port ?? DEFAULT_PORT);; next++) {
    try {
      const { token_url } = await startPracticeServer(next, { observer });
      console.log(greeting(token_url, observer !== undefined));
      return 0;
    } catch (error) {
      const { name, message } = error as Error;
      // Another program may use the default port.
      if (port || name !== "AddrInUse") {
        console.error(`error: ${message}`);
        return 2;
      }
    }
  }
}

if (import.meta.main) {
  const code = await main(args);
  if (code !== 0) exit(code);
}
