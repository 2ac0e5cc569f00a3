/**
 * The command: reads flags, environment variables and `.env`, requests an access token and prints it.
 * It uses the permissions that it was granted and never asks for more.
 *
 * ```sh
 * deno run --allow-net main.ts
 * ```
 *
 * @module
 */

import type { Flags } from "./command/flags.ts";
import { checkToken, formatToken, print, printToken } from "./command/output.ts";
import { isDemo, readSettings, type Settings } from "./command/settings.ts";
import { exit, programArgs } from "./runtime/runtime.ts";
import { requestToken, type TokenResponse } from "./token.ts";

/**
 * Runs the command with these arguments and resolves to its exit code: 0 with the token on stdout; 1
 * refused, 2 wrong use, 3 no answer, 4 no usable token, 70 a bug or a stdout that cannot be written,
 * with a message on stderr.
 *
 * @example Usage
 * ```ts
 * import { main } from "@client-credentials/token/cli";
 *
 * console.log(await main(["--version"])); // 0
 * ```
 */
export async function main(args: string[]): Promise<number> {
  let settings: Settings | undefined;
  try {
    const flags: Flags = args.length > 0 ? await parseFlags(args) : {};
    if (flags.help) return print((await import("./command/help.ts")).helpText());
    if (flags.version) return print(await version());
    if (flags.completions) return print(await completions(flags.completions));
    if (flags["print-jwks"]) return print(await publicJwks(flags));

    if (flags.watch !== undefined || flags.once) return await watchToken(args, flags);

    // Step 1: client_id, client_secret and token_url.
    await using demo = isDemo(flags) ? await startDemo(flags) : undefined;
    settings = demo ?? await readSettings(flags);

    // Steps 2 and 3: build data, POST it, take access_token from response_json.
    const token = await getToken(settings, flags.explain);

    // Step 4: print access_token.
    return await printToken(await formatToken(token, flags.output));
  } catch (error) {
    const { report } = await import("./command/report.ts");
    return report(error, args, settings);
  } finally {
    settings?.close?.();
  }
}

async function getToken(settings: Settings, isExplained?: boolean): Promise<TokenResponse> {
  if (isExplained) return await explainToken(settings);
  if (settings.cache) return await getCachedToken(settings);
  return await requestNewToken(settings);
}

async function requestNewToken({ request, options, connect, needs }: Settings) {
  const token = await requestToken(request, { ...options, fetch: connect() });
  // It must have the scopes, and be bound to the key if there is one.
  return await checkToken(token, { ...needs, scope: request.scope });
}

// What not every run needs is loaded when it is needed.

async function parseFlags(args: string[]): Promise<Flags> {
  return await (await import("./command/parse_flags.ts")).parseFlags(args);
}

async function startDemo(flags: Flags): Promise<Settings & AsyncDisposable> {
  return (await import("./lesson/demo.ts")).startDemo(flags);
}

async function getCachedToken(settings: Settings): Promise<TokenResponse> {
  const cache = await import("./command/cache.ts");
  const { token } = await cache.getCachedToken(settings, requestNewToken);
  return token;
}

async function explainToken(settings: Settings): Promise<TokenResponse> {
  if (settings.cache) return (await import("./explain/explain_cache.ts")).explainCache(settings);
  return await (await import("./explain/explain.ts")).explainToken(settings);
}

async function watchToken(args: string[], flags: Flags): Promise<number> {
  return await (await import("./command/watch.ts")).watchToken(args, flags, getToken);
}

async function completions(shell: string): Promise<string> {
  return (await import("./command/completions.ts")).completionsFor(shell);
}

async function publicJwks(flags: Flags): Promise<string> {
  return await (await import("./command/print_jwks.ts")).publicJwks(flags);
}

async function version(): Promise<string> {
  const { default: config } = await import("./deno.json", { with: { type: "json" } });
  return config.version;
}

if (import.meta.main) exit(await main(programArgs()));
