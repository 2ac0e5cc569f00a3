// The lesson: the request of the exercise, to an address in a domain that is reserved for examples
// (RFC 2606) and has no server. The practice server on this machine answers it over HTTP.

import type { Flags } from "../command/flags.ts";
import { asStarted } from "../command/hints.ts";
import { fetchFor } from "../command/network.ts";
import { say } from "../command/output.ts";
import {
  LESSON_SOURCE,
  readFlags,
  readOptions,
  readParams,
  type Settings,
} from "../command/settings.ts";
import { isGranted } from "../runtime/deno.ts";
import { TokenError, type TokenRequest } from "../token.ts";
import { PRACTICE_CLIENT, startPracticeServer } from "./practice_server.ts";

const TOKEN_URL = "https://api.example.com/oauth2/token";

/**
 * Starts the practice server and directs the lesson's request to it.
 *
 * @throws {TokenError} `usage`, if a flag gives other credentials, or access to the practice server was
 * not granted.
 */
export async function startLesson(flags: Flags): Promise<Settings & AsyncDisposable> {
  const options = readOptions(flags);
  const { scope, auth_method, ...credentials } = await readFlags(flags);
  const [other] = Object.entries(credentials).find(([, value]) => value) ?? [];
  if (other) throw new TokenError("usage", `--demo has a ${other} of its own`);
  if (flags["env-file"]) throw new TokenError("usage", "--demo reads no --env-file");
  if (!isGranted({ name: "net", host: "127.0.0.1" })) {
    throw new TokenError("usage", "Access to 127.0.0.1 over the network was not granted");
  }
  say(
    "This is practice: api.example.com does not exist, so a practice server on this machine answers\n" +
      "in its place. Its token opens nothing.",
  );
  if (!flags.demo) {
    say(asStarted(
      "(It runs because no credentials were given and the program may not look for any. To allow\n" +
        "that, add --allow-env or --allow-read=.env before main.ts.)",
    ));
  }
  const server = startPracticeServer();
  const fetch = await fetchFor(server.token_url) ?? globalThis.fetch;
  return {
    request: {
      token_url: TOKEN_URL,
      ...PRACTICE_CLIENT,
      scope,
      auth_method,
      params: readParams(flags),
    } as TokenRequest,
    options: { ...options, fetch: (_, init) => fetch(server.token_url, init) },
    sources: { token_url: LESSON_SOURCE, client_id: LESSON_SOURCE, client_secret: LESSON_SOURCE },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
