/**
 * A built request as a curl command.
 *
 * @module
 */

import { decodeBase64 } from "./jwt.ts";
import { masked, maskedFields, printable } from "./limits.ts";
import type { BuiltRequest } from "./types.ts";

const MAX_URL = 2000;

/**
 * Writes the request as a command for a POSIX shell. The secret is not in it: curl gets it from
 * `$CLIENT_SECRET`.
 */
export function curlCommand(built: BuiltRequest): string {
  const { token_url, headers, data } = built;
  const secrets = built.secrets();
  const args = [`curl -gsS ${quote(printable(token_url, secrets, MAX_URL))}`];
  for (const [name, value] of Object.entries(headers)) {
    if (name === "authorization") args.push(userOf(value, secrets));
    else if (name !== "content-type") {
      // To curl, a field without a value is one to leave out, unless a semicolon follows its name.
      args.push(`-H ${quote(value ? `${name}: ${masked(name, value, secrets)}` : `${name};`)}`);
    }
  }
  for (const field of maskedFields(data, secrets)) {
    const secret = field.startsWith("client_secret=");
    args.push(secret ? `--data-urlencode "client_secret=$CLIENT_SECRET"` : `-d ${quote(field)}`);
  }
  return args.join(" \\\n  ");
}

/** Id and secret for the header. Where the secret travels encoded, curl 8.3 or later encodes it. */
function userOf(authorization: string, secrets: string[]): string {
  const credentials = decodeBase64(authorization.slice("Basic ".length));
  const [, rawId = "", secret] = credentials.match(/^([^:]*):(.*)$/s)!;
  const id = printable(rawId, secrets, MAX_URL);
  return secret === secrets[0]
    ? `-u ${quote(`${id}:`)}"$CLIENT_SECRET"`
    : `--variable %CLIENT_SECRET --expand-user ${quote(`${id}:{{CLIENT_SECRET:url}}`)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
