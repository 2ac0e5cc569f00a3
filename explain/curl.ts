// A built request as a curl command.

import { type BuiltRequest, printable } from "../token.ts";
import { decodeBase64 } from "./jwt.ts";
import { isSecretField, maskedFields, maskedUrl } from "./masking.ts";

const MAX_TEXT = 5000;

// The form fields that prove the client, and the variables from which curl gets them.
const PROOFS = new Map([
  ["client_secret", "$CLIENT_SECRET"],
  ["client_assertion", "$CLIENT_ASSERTION"],
]);

/**
 * Writes the request as a command for a POSIX shell. The secret is not in it: curl gets it from
 * `$CLIENT_SECRET`, an assertion from `$CLIENT_ASSERTION`. `more` is added as it is.
 */
export function curlCommand(
  built: BuiltRequest,
  client_secret = "",
  more: readonly string[] = [],
): string {
  const { token_url, headers, data, mask } = built;
  const shellAsIs = (text: string) => quote(printable(text, MAX_TEXT));
  const shell = (text: string) => shellAsIs(mask(text));
  const args = [`curl -gsS ${shell(maskedUrl(token_url))}`];
  for (const [name, value] of Object.entries(headers)) {
    if (name === "authorization") {
      const credentials = decodeBase64(value.slice(6));
      // curl sends what it is given as it is; since version 8.3 it can encode a variable.
      const isEncoded = !credentials.endsWith(`:${client_secret}`);
      const user = isEncoded
        ? credentials.replace(/:.*/, ":")
        : credentials.slice(0, credentials.length - client_secret.length);
      if (isEncoded) args.unshift("# needs curl 8.3 or later\n" + args.shift());
      args.push(
        isEncoded
          ? `--variable %CLIENT_SECRET --expand-user ${shell(`${user}{{CLIENT_SECRET:url}}`)}`
          : `-u ${shell(user)}"$CLIENT_SECRET"`,
      );
    } else if (name !== "content-type") {
      // To curl, a header without a value is one to leave out, unless a semicolon follows its name.
      const shown = isSecretField(name) ? "***" : value;
      args.push(`-H ${shell(value ? `${name}: ${shown}` : `${name};`)}`);
    }
  }
  for (const field of maskedFields(data, mask)) {
    const name = field.slice(0, field.indexOf("="));
    const proof = PROOFS.get(name);
    args.push(proof ? `--data-urlencode "${name}=${proof}"` : `-d ${shellAsIs(field)}`);
  }
  args.push(...more);
  return args.join(" \\\n  ");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
