/**
 * Tells on stderr what happens, step by step, with every secret masked.
 *
 * @module
 */

import { printable } from "./limits.ts";
import { say } from "./output.ts";
import type { Settings } from "./settings.ts";
import { buildRequest, readResponse, sendRequest, type TokenResponse } from "./token.ts";

/** Requests a token as `requestToken` does, and tells the four steps. */
export async function explainToken(
  { request, options, sources }: Settings,
): Promise<TokenResponse> {
  const built = buildRequest(request, options);
  const { token_url, headers, data, secrets } = built;
  const show = (text: string) => printable(text, secrets, 1000);

  say("\nStep 1: who asks, and where");
  say(`  client_id      ${show(request.client_id)}  (${sources.client_id})`);
  say(`  client_secret  ${show(request.client_secret)}  (${sources.client_secret})`);
  say(`  token_url      ${show(token_url)}  (${sources.token_url})`);

  say("\nStep 2: data, the form to send");
  for (const [name, value] of data) say(`  ${show(name)} = ${show(value)}`);

  say("\nStep 3: POST data to token_url");
  for (const [name, value] of Object.entries(headers)) say(`  ${name}: ${show(value)}`);
  say(`  ${show(data.toString())}`);
  const started = performance.now();
  const answer = await sendRequest(built, options);
  const took = Math.round(performance.now() - started);
  const tries = answer.tries === 1 ? "1 try" : `${answer.tries} tries`;
  say(`\n  status ${answer.status} after ${took} ms and ${tries}`);
  const token = readResponse(answer, built);
  say("  response_json");
  for (const [name, value] of Object.entries(token)) {
    const shown = name.endsWith("_token") ? "***" : show(JSON.stringify(value));
    say(`    ${show(name)}: ${shown}`);
  }

  say("\nStep 4: print access_token\n");
  return token;
}
