/**
 * What to do about an error, as far as that can be told.
 *
 * @module
 */

import { granted } from "./settings.ts";
import type { TokenError } from "../token.ts";

const HINTS: Record<TokenError["kind"], [message: RegExp, hint: string][]> = {
  usage: [
    [/^Access to (\S+) over the network was not granted/, "Add --allow-net=$1 before main.ts"],
    [
      /^The lesson needs access/,
      "For the lesson add --allow-net=127.0.0.1 before main.ts; for a provider of your own " +
      "--allow-env or --allow-read=.env",
    ],
    [/^The file of --client-secret-file may not be read/, "Add --allow-read=PATH before main.ts"],
    [/^(.+) may not be read/, "Add --allow-read=$1 before main.ts"],
    [
      /^@std.+ could not be loaded/,
      "Where JSR cannot be reached, add --import-map=runtime/offline/import_map.json --no-lock before main.ts",
    ],
    [/allowHttp/, "Begin it with https://; --allow-http would send the secret unencrypted"],
    [/^params must not set/, "Use --client-id, --client-secret-file and --scope"],
    [/^timeout must be/, "--timeout is in seconds"],
  ],
  refused: [
    [
      / invalid_client/,
      "Check id and secret; some servers want --auth-method client_secret_basic, or " +
      "client_secret_basic_raw",
    ],
    [/ invalid_scope/, "Check --scope with what the provider allows this client"],
    [/ unauthorized_client/, "Allow this client the client credentials grant at the provider"],
    [
      / unsupported_grant_type/,
      "Check --token-url; the server there does not know the client credentials grant",
    ],
    [/ answered 40[45]: /, "Check --token-url; there seems to be no token endpoint at that path"],
  ],
  unreachable: [
    [
      /: .*(UnknownIssuer|CaUsedAsEndEntity)/,
      "To trust a private authority, add --cert=FILE before main.ts, or set DENO_CERT=FILE",
    ],
    [/: .*certificate (expired|not valid yet)/, "Check this machine's clock, then the certificate"],
    [/: .*not valid for name/, "Check the host name in --token-url"],
    [/: .*InvalidContentType/, "The server speaks no TLS at this port; check --token-url"],
    [/: dns error/i, "Check the host name in --token-url, and the network"],
    [/: .*(proxy|tunnel)/i, "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"],
    [
      /: .*refused (\(os error|it\b)/i,
      "Nothing listens there; check --token-url, and HTTPS_PROXY if it is set",
    ],
    [/ within \d+ ms/, "--timeout allows more seconds"],
  ],
  unusable: [
    [
      / (not a JSON object|no access_token|more than 1 MiB)/,
      "Check --token-url; what answered seems to be no token endpoint",
    ],
  ],
};

/** A sentence on what to do, if there is one. */
export function hintFor({ kind, message, error_uri }: TokenError): string | undefined {
  if (message.startsWith("Missing ")) return hintForMissing(message);
  for (const [pattern, hint] of HINTS[kind]) {
    const match = message.match(pattern);
    if (match) return hint.replace("$1", () => match[1]!);
  }
  return error_uri && URL.canParse(error_uri) ? `See ${error_uri}` : undefined;
}

function hintForMissing(message: string): string {
  const variables = message.match(/[A-Z]+_[A-Z]+/g)!;
  const names = variables.join(",");
  const flags = variables.map((name) => `--${name.toLowerCase().replace("_", "-")}`)
    .map((flag) => flag === "--client-secret" ? "--client-secret-file" : flag);
  const readable = variables.every((variable) => granted({ name: "env", variable }));
  const env = readable ? "" : ` and add --allow-env=${names} before main.ts`;
  const read = granted({ name: "read", path: ".env" }) ? "" : " and add --allow-read=.env";
  return `Give ${flags.join(", ")}; or set ${names}${env}; or put them in .env${read}`;
}
