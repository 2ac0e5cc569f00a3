// A token endpoint on this machine for the demo, the exercise and the tests. It knows one client and
// issues tokens that open nothing.

import { serve } from "../runtime/runtime.ts";
import { noteExchange, type Observer } from "./exchange.ts";
import { IssuedTokens } from "./practice_api.ts";
import type { PracticeKey } from "./practice_key.ts";
import { readBody, RequestBounds } from "./request_bounds.ts";
import { TokenEndpoint } from "./token_endpoint.ts";
import { EXERCISE_VALUES } from "./values.ts";

/** The client that the practice server knows. */
export const PRACTICE_CLIENT: { client_id: string; client_secret: string } = {
  client_id: EXERCISE_VALUES.client_id,
  client_secret: EXERCISE_VALUES.client_secret,
};

const MAX_BODY_BYTES = 64 * 1024;
const { hostname, pathname: PATH } = new URL(EXERCISE_VALUES.token_url);
const HOSTS = ["127.0.0.1", "localhost", "[::1]", hostname];

/** A running practice server; disposing of it stops it. */
export interface PracticeServer extends AsyncDisposable {
  /** The URL of its token endpoint. */
  token_url: string;
}

/** A fault of a server; `undefined` if a request does not meet it. */
export type Fault = (request: Request) => Response | Promise<Response> | undefined;

/** How a practice server differs from the usual one. */
export interface PracticeOptions {
  /** The client proves itself with this, and its secret is refused. */
  key?: PracticeKey;
  /** Sees the requests. */
  observer?: Observer;
  /** How many requests it answers. */
  bounds?: RequestBounds;
  /** How long its tokens live. */
  lifetimeSeconds?: number;
  /** Answers in place of the token endpoint. */
  fault?: Fault;
}

/** Starts a practice server on this port; 0 stands for any that is free. */
export async function startPracticeServer(
  port = 0,
  { key, observer, bounds = new RequestBounds(), lifetimeSeconds, fault }: PracticeOptions = {},
): Promise<PracticeServer> {
  const tokens = new IssuedTokens(lifetimeSeconds);
  const endpoint = new TokenEndpoint(PRACTICE_CLIENT, tokens, key);

  const answer = async (request: Request): Promise<Response> => {
    const body = await readBody(request, MAX_BODY_BYTES).catch(() => null);
    // The client left before the end: nobody reads the answer.
    if (body === null) return new Response(null, { status: 400 });
    const { pathname } = new URL(request.url);
    const response = await fault?.(request) ??
      (pathname === PATH ? await endpoint.answer(request, body) : tokens.answerApi(request)) ??
      new Response(null, { status: 404 });
    observer?.onExchange(await noteExchange(request, body, response));
    return response;
  };

  const server = await serve(port, async (request) => {
    if (!isForHere(request)) return new Response(null, { status: 421 });
    const page = observer?.answer?.(request);
    if (page) return page;
    if (!bounds.enter()) return new Response(null, { status: 503 });
    try {
      return await answer(request);
    } finally {
      bounds.leave();
    }
  });
  return {
    token_url: `http://127.0.0.1:${server.port}${PATH}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Whether a request names this machine, and no other name that somebody points to it (DNS rebinding). */
function isForHere(request: Request): boolean {
  const host = `http://${request.headers.get("host")}`;
  return URL.canParse(host) && HOSTS.includes(new URL(host).hostname);
}
