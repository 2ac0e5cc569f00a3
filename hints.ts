/**
 * What to do about an error, as far as that can be told.
 *
 * @module
 */

import type { TokenError } from "./types.ts";

const HINTS: [message: RegExp, hint: string][] = [
  [
    /^Missing /,
    "Give --token-url, --client-id and --client-secret-file; or set TOKEN_URL, CLIENT_ID and " +
    "CLIENT_SECRET and grant --allow-env; or write them in .env and grant --allow-read=.env",
  ],
  [/^Access to (\S+) over the network was not granted/, "Grant it: deno run --allow-net=$1"],
  [/^Reading (.+) was not granted/, "Grant it: deno run --allow-read=$1"],
  [
    /^jsr:.+ could not be loaded/,
    "Where JSR cannot be reached: deno run --import-map=offline/import_map.json --no-lock",
  ],
  [/allowHttp/, "--allow-http sends the secret unencrypted all the same"],
  [/: invalid_client/, "Check id and secret; some servers want --auth-method client_secret_basic"],
  [/: invalid_scope/, "Check --scope with what the provider allows this client"],
  [/: unauthorized_client/, "Allow this client the client credentials grant at the provider"],
  [
    /: unsupported_grant_type/,
    "Check --token-url; the server there does not know the client credentials grant",
  ],
  [
    /UnknownIssuer|CaUsedAsEndEntity/,
    "To trust a private authority: deno run --cert=FILE, or DENO_CERT=FILE, with its certificate",
  ],
  [
    /certificate.*(Expired|NotValidYet)/i,
    "Check this machine's clock, then the server's certificate",
  ],
  [/not valid for name/, "Check the host name in --token-url"],
  [/InvalidContentType/, "The server speaks no TLS at this port; check --token-url"],
  [/dns error/i, "Check the host name in --token-url, and the network"],
  [/proxy/i, "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"],
  [/Connection refused/i, "Nothing listens there; check --token-url, and HTTPS_PROXY if it is set"],
  [/within \d+ ms/, "--timeout allows more seconds"],
];

/** A sentence on what to do, if there is one. */
export function hintFor({ message, error_uri }: TokenError): string | undefined {
  for (const [pattern, hint] of HINTS) {
    const match = message.match(pattern);
    if (match) return hint.replace("$1", match[1] ?? "");
  }
  return error_uri && `See ${error_uri}`;
}
