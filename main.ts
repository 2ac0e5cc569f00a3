/**
 * The command: takes flags, environment variables and `.env`, requests an access token and prints
 * it. Permissions are used where they were granted and never asked for.
 *
 * ```sh
 * deno run --allow-net main.ts
 * ```
 *
 * @module
 */

import type { Flags } from "./command/flags.ts";
import { checkFormat, formatToken, report, write } from "./command/output.ts";
import { readSettings } from "./command/settings.ts";
import { requestToken } from "./token.ts";

/**
 * Runs the command with these arguments and resolves to its exit code: 0 with the token on stdout; 1
 * refused, 2 wrong use, 3 no answer, 4 no usable token, 70 a bug or a stdout that cannot be
 * written, with a message on stderr.
 *
 * @example Usage
 * ```ts
 * import { main } from "@client-credentials/token/cli";
 *
 * console.log(await main(["--version"])); // 0
 * ```
 */
export async function main(args: string[]): Promise<number> {
  try {
    const flags: Flags = args.length > 0
      ? await (await import("./command/flags.ts")).parseFlags(args)
      : {};
    if (flags.help) return write((await import("./command/help.ts")).HELP);
    if (flags.version) return write(await version());
    const format = checkFormat(flags.output);

    // Step 1: client_id, client_secret and token_url.
    await using settings = await readSettings(flags);

    // Steps 2 and 3: build data, POST it, take access_token from response_json.
    const token = flags.explain
      ? await (await import("./explain/explain.ts")).explainToken(settings)
      : await requestToken(settings.request, settings.options);

    // Step 4: print access_token.
    return write(await formatToken(token, format));
  } catch (error) {
    return await report(error);
  }
}

async function version(): Promise<string> {
  const { default: config } = await import("./deno.json", { with: { type: "json" } });
  return config.version;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
