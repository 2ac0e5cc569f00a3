/**
 * The parts of `@std` that the command uses, each loaded when it is first used. A plain `import()`
 * would be downloaded before the program starts, used or not.
 *
 * Where JSR cannot be reached, the import map puts `offline/std.ts` in the place of this module.
 *
 * @module
 */

import { usage } from "./failure.ts";

/** Loads what parses the flags. */
export function loadParseArgs(): Promise<typeof import("@std/cli/parse-args")> {
  return load(import.meta.resolve("@std/cli/parse-args"));
}

/** Loads what parses `.env`. */
export function loadDotenv(): Promise<typeof import("@std/dotenv/parse")> {
  return load(import.meta.resolve("@std/dotenv/parse"));
}

/** Loads what asks for a secret. */
export function loadPromptSecret(): Promise<typeof import("@std/cli/prompt-secret")> {
  return load(import.meta.resolve("@std/cli/prompt-secret"));
}

async function load<Module>(specifier: string): Promise<Module> {
  try {
    return await import(specifier);
  } catch {
    throw usage(`${specifier} could not be loaded`);
  }
}
