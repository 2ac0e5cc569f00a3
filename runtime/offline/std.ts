/**
 * Stands in for `../std.ts` where JSR cannot be reached, and makes `deno compile` embed what that
 * module loads: these imports are plain, so Deno sees them before the program runs.
 *
 * @module
 */

/** Loads what parses the flags. */
export function loadParseArgs(): Promise<typeof import("@std/cli/parse-args")> {
  return import("@std/cli/parse-args");
}

/** Loads what parses `.env`. */
export function loadDotenv(): Promise<typeof import("@std/dotenv/parse")> {
  return import("@std/dotenv/parse");
}

/** Loads what asks for a secret. */
export function loadPromptSecret(): Promise<typeof import("@std/cli/prompt-secret")> {
  return import("@std/cli/prompt-secret");
}
