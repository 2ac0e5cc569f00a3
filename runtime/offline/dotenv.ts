/**
 * `@std/dotenv/parse` over `parseEnv` of `node:util`.
 *
 * @module
 */

import { parseEnv } from "node:util";
import { TokenError } from "../../token.ts";

const READ_DIFFERENTLY = /^[ \t]*(?:export[ \t]+)?\w+[ \t]*=[ \t]*(?:`|"[^"\n]*\\[^n\n])/m;

/**
 * Parses the text of a `.env` file.
 *
 * @throws {TokenError} `usage`, if a value is written in a way that the two parsers read differently.
 */
export function parse(text: string): Record<string, string> {
  if (READ_DIFFERENTLY.test(text)) {
    throw new TokenError(
      "usage",
      "In .env, a value with backslashes or backticks needs single quotes around it",
    );
  }
  const variables = Object.entries(parseEnv(text) as Record<string, string>);
  return Object.fromEntries(variables.filter(([name]) => {
    const valid = /^[a-z_]\w*$/i.test(name);
    if (!valid) console.warn(`Ignored ${name}, which is no name of a variable`);
    return valid;
  }));
}
