// The lesson: the request of the exercise, to an address in a domain that is reserved for examples
// (RFC 2606) and has no server. The practice server on this machine answers it over HTTP.

import type { FlagName, Flags } from "../command/flags.ts";
import { grant } from "../command/advice.ts";
import { fetchFor } from "../command/network.ts";
import { say } from "../command/output.ts";
import {
  LESSON_SOURCE,
  readFlags,
  readOptions,
  readParams,
  type Settings,
} from "../command/settings.ts";
import { isGranted, isLocal } from "../runtime/host.ts";
import { networkDenied, TokenError, type TokenRequest } from "../token.ts";
import { PRACTICE_CLIENT, startPracticeServer } from "./practice_server.ts";

const TOKEN_URL = "https://api.example.com/oauth2/token";
const OTHER_METHODS = /^(client_secret_jwt|(self_signed_)?tls_client_auth)$/;
const NOT_TAKEN: FlagName[] = ["signing-alg", "assertion-audience"];

/**
 * Starts the practice server and directs the lesson's request to it.
 *
 * @throws {TokenError} `usage`, if a flag gives other credentials, or access to the practice server was
 * not granted.
 */
export async function startLesson(flags: Flags): Promise<Settings & AsyncDisposable> {
  const options = readOptions(flags);
  const { scope, auth_method, cache, param: _, ...credentials } = readFlags(flags);
  const [other] = Object.entries(credentials).find(([, value]) => value) ?? [];
  if (other) {
    throw new TokenError(
      "usage",
      "demo_takes_no_flag",
      `--demo takes no --${other.replaceAll("_", "-")}`,
    );
  }
  if (flags["env-file"]) {
    throw new TokenError("usage", "demo_takes_no_flag", "--demo reads no --env-file");
  }
  const notTaken = NOT_TAKEN.find((name) => flags[name]);
  if (notTaken) {
    throw new TokenError("usage", "demo_takes_no_flag", `--demo takes no --${notTaken}`);
  }
  if (OTHER_METHODS.test(auth_method ?? "")) {
    throw new TokenError(
      "usage",
      "demo_takes_no_flag",
      `--demo does not know the --auth-method ${auth_method}`,
    );
  }
  if (cache || flags.refresh) {
    throw new TokenError("usage", "demo_takes_no_flag", "--demo keeps no token in a --cache");
  }
  if (!isGranted({ name: "net", host: "127.0.0.1" })) {
    throw networkDenied("127.0.0.1");
  }
  say(
    "This is practice: api.example.com does not exist, so a practice server on this machine answers\n" +
      "in its place. Its token opens nothing.",
  );
  if (!flags.demo) {
    say("(It runs because no credentials were given and the program may not look for any.");
    say(`${grant("--allow-env or --allow-read=.env", isLocal)} to allow that.)`);
  }
  const signed = auth_method === "private_key_jwt" ? await signedProof() : undefined;
  const server = await startPracticeServer(0, { key: signed?.key });
  const fetch = await fetchFor(server.token_url) ?? globalThis.fetch;
  return {
    request: {
      token_url: TOKEN_URL,
      ...PRACTICE_CLIENT,
      scope,
      auth_method,
      params: readParams(flags),
      ...signed?.request,
    } as TokenRequest,
    options: { ...options, fetch: (_, init) => fetch(server.token_url, init) },
    sources: { token_url: LESSON_SOURCE, client_id: LESSON_SOURCE, client_secret: LESSON_SOURCE },
    proof: signed &&
      { rows: [["client_key", `a key pair made now  (${LESSON_SOURCE})`]], curl: [] },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The practice client with a key in the place of its secret. */
async function signedProof() {
  const { privateKeyJwt } = await import("../extensions/assertion.ts");
  const { makePracticeKey } = await import("./practice_key.ts");
  const key = await makePracticeKey(PRACTICE_CLIENT.client_id, TOKEN_URL);
  await (await import("../runtime/jose.ts")).loadJose();
  const auth_method = privateKeyJwt(key.privateKey);
  return { key, request: { client_secret: undefined, auth_method } };
}
