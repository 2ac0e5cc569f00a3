/**
 * A built request as a curl command.
 *
 * @module
 */

import { decodeBase64 } from "./jwt.ts";
import { masked, maskedFields, shownName } from "./masking.ts";
import { type BuiltRequest, type Quote, quoting } from "../token.ts";

const MAX_URL = 2000;

/**
 * Writes the request as a command for a POSIX shell. The secret is not in it: curl gets it from
 * `$CLIENT_SECRET`.
 */
export function curlCommand(built: BuiltRequest): string {
  const { token_url, headers, data } = built;
  const quote = quoting(built.secrets());
  const args = [`curl -gsS ${shell(quote(token_url, MAX_URL))}`];
  for (const [name, value] of Object.entries(headers)) {
    if (name === "authorization") args.push(userOf(value, built, quote));
    else if (name !== "content-type") {
      // To curl, a field without a value is one to leave out, unless a semicolon follows its name.
      const shown = shownName(name, quote);
      args.push(`-H ${shell(value ? `${shown}: ${masked(name, value, quote)}` : `${shown};`)}`);
    }
  }
  for (const field of maskedFields(data, quote)) {
    const secret = field.startsWith("client_secret=");
    args.push(secret ? `--data-urlencode "client_secret=$CLIENT_SECRET"` : `-d ${shell(field)}`);
  }
  return args.join(" \\\n  ");
}

/** Id and secret for the header. Where the secret travels encoded, curl 8.3 or later encodes it. */
function userOf(authorization: string, { secrets }: BuiltRequest, quote: Quote): string {
  const credentials = decodeBase64(authorization.slice("Basic ".length));
  const [, rawId = "", secret] = credentials.match(/^([^:]*):(.*)$/s)!;
  const id = quote(rawId, MAX_URL);
  return secret === secrets()[0]
    ? `-u ${shell(`${id}:`)}"$CLIENT_SECRET"`
    : `--variable %CLIENT_SECRET --expand-user ${shell(`${id}:{{CLIENT_SECRET:url}}`)}`;
}

function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
