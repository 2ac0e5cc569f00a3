// The demo: the request of the exercise, to an address in a domain that is reserved for examples
// (RFC 2606) and has no server. The practice server on this machine answers it over HTTP.

import type { FlagName, Flags } from "../command/flags.ts";
import { grant } from "../command/advice.ts";
import { fetchFor, observed } from "../command/network.ts";
import { say } from "../command/output.ts";
import { DEMO_PLACE, readOptions, readParams, type Settings } from "../command/settings.ts";
import { readFlag } from "../command/values.ts";
import { isGranted, isLocal } from "../runtime/runtime.ts";
import { networkDenied, TokenError, type TokenRequest } from "../token.ts";
import { PRACTICE_CLIENT, startPracticeServer } from "./start_practice_server.ts";
import { EXERCISE_VALUES } from "./values.ts";

const TOKEN_URL = EXERCISE_VALUES.token_url;
const OTHER_METHODS = /^(client_secret_jwt|(self_signed_)?tls_client_auth)$/;

/**
 * Starts the practice server and directs the demo's request to it.
 *
 * @throws {TokenError} `usage`, if a flag gives other credentials, or access to the practice server was
 * not granted.
 */
export async function startDemo(flags: Flags): Promise<Settings & AsyncDisposable> {
  checkFlags(flags);
  const options = readOptions(flags);
  const params = readParams(flags);
  if (!flags.demo) {
    say("No credentials were given, and the program may not look for any: this is the demo.");
    say(`${grant("--allow-env or --allow-read=.env", isLocal())} to let it look.`);
  }
  if (!isGranted({ name: "net", host: "127.0.0.1" })) {
    throw networkDenied("127.0.0.1");
  }
  say(
    "This is practice: api.example.com does not exist, so a practice server on this machine answers\n" +
      "in its place. Its token opens nothing.",
  );
  const signed = flags["auth-method"] === "private_key_jwt" ? await signedProof() : undefined;
  const server = await startPracticeServer(0, { key: signed?.key });
  const fetch = await fetchFor(server.token_url);
  const places = { token_url: DEMO_PLACE, client_id: DEMO_PLACE };
  return {
    request: {
      token_url: TOKEN_URL,
      ...PRACTICE_CLIENT,
      scope: readFlag(flags, "scope"),
      auth_method: flags["auth-method"] as TokenRequest["auth_method"],
      params,
      ...signed?.request,
    },
    options,
    connect: (observer) => observed((_, init) => fetch(server.token_url, init), observer),
    places: { ...places, [signed ? "client_key" : "client_secret"]: DEMO_PLACE },
    needs: { isScopeStrict: flags["strict-scope"] },
    proof: signed && { signing_alg: signed.key.alg },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The flags for which the practice server has no use. */
const NOT_TAKEN: FlagName[] = [
  "token-url",
  "issuer",
  "resource",
  "no-resource-param",
  "client-id",
  "client-secret",
  "client-secret-file",
  "env-file",
  "client-key",
  "client-cert",
  "client-assertion-file",
  "client-assertion-from",
  "client-assertion-type",
  "key-id",
  "signing-alg",
  "assertion-audience",
  "dpop-key",
  "cache",
  "refresh",
  "watch",
  "once",
];

function checkFlags(flags: Flags): void {
  const notTaken = NOT_TAKEN.find((name) => flags[name]);
  if (notTaken) throw notForDemo(`--demo takes no --${notTaken}`);
  const method = flags["auth-method"] ?? "";
  if (OTHER_METHODS.test(method)) {
    throw notForDemo(`--demo does not know the --auth-method ${method}`);
  }
}

function notForDemo(message: string): TokenError {
  return new TokenError("usage", "demo_takes_no_flag", message);
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
