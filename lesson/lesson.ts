/**
 * The lesson: the request of the exercise, to an address in a domain reserved for examples
 * (RFC 2606), where no server is, answered over HTTP by the practice server on this machine.
 *
 * @module
 */

import { say } from "../command/output.ts";
import { PRACTICE_CLIENT, startPracticeServer } from "./practice_server.ts";
import { direct, granted, LESSON_SOURCE, type Settings } from "../command/settings.ts";
import { type RequestOptions, TokenError, type TokenRequest } from "../token.ts";

const LESSON = {
  ...PRACTICE_CLIENT,
  token_url: "https://api.example.com/oauth2/token",
};

/**
 * Starts the practice server and directs the lesson's request to it.
 *
 * @throws {TokenError} `usage`, if access to the practice server was not granted.
 */
export function startLesson(
  request: Partial<TokenRequest>,
  options: RequestOptions,
  asked = false,
): Settings {
  if (!granted({ name: "net", host: "127.0.0.1" })) {
    throw new TokenError(
      "usage",
      "The lesson needs access to 127.0.0.1 over the network, which was not granted",
    );
  }
  say(
    "This is practice, with the lesson's client. No server has the name api.example.com, so a\n" +
      "practice server on this machine answers for it; the token it issues opens nothing.",
  );
  if (!asked) {
    say(
      "(Nothing else could be asked for: no flag names a client, and the environment and .env may\n" +
        "not be looked at; --allow-env or --allow-read=.env before main.ts allows that.)",
    );
  }
  const server = startPracticeServer();
  const { hostname, port } = new URL(server.token_url);
  const network = direct(hostname, Number(port));
  return {
    request: { ...request, ...LESSON },
    options: {
      ...options,
      fetch: (_url, init) => network.fetch(server.token_url, init),
    },
    sources: {
      token_url: LESSON_SOURCE,
      client_id: LESSON_SOURCE,
      client_secret: LESSON_SOURCE,
    },
    async [Symbol.asyncDispose]() {
      network[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
