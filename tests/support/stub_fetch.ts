// A stubbed `fetch`, and the request and the answers that most tests use.

import { assertRejects } from "@std/assert";
import { type RequestOptions, requestToken, TokenError } from "../../token.ts";

/** A request as it reached a stubbed `fetch`. */
export interface Call {
  url: string;
  init: RequestInit;
}

/** The demo's request, written out so that a test notices a change of it. */
export const REQUEST = {
  token_url: "https://api.example.com/oauth2/token",
  client_id: "my_client_id_123",
  client_secret: "my_secret_456",
};

/** An answer with a token. */
export const TOKEN = { access_token: "abc.DEF-123", token_type: "Bearer", expires_in: 3600 };

/** A JWT with these claims, which nobody has signed. */
export function jwtWith(claims: Record<string, unknown>): string {
  const encode = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, "");
  return `${encode({ alg: "none" })}.${encode(claims)}.c2ln`;
}

/** A `fetch` that gives these answers in turn, the last one for ever; it notes what it was given. */
export function stubFetch(...answers: (() => Response | Promise<Response>)[]) {
  const calls: Call[] = [];
  const fetch: RequestOptions["fetch"] = async (url, init) => {
    calls.push({ url, init });
    return await answers[Math.min(calls.length, answers.length) - 1]!();
  };
  return { calls, fetch };
}

/** An answer with this JSON body. */
export function json(body: unknown, init?: ResponseInit): () => Response {
  return () => Response.json(body, init);
}

/** An answer with this text as body. */
export function text(body: string | null, init?: ResponseInit): () => Response {
  return () => new Response(body, init);
}

/** The error with which the demo's request ends when this is the answer. */
export async function failure(
  answer: () => Response | Promise<Response>,
  options: RequestOptions = {},
): Promise<TokenError> {
  const { fetch } = stubFetch(answer);
  return await assertRejects(() => requestToken(REQUEST, { fetch, ...options }), TokenError);
}
