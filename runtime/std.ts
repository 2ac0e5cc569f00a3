/**
 * The parts of `@std` that the command uses, each loaded when it is first used. What a plain
 * `import()` names is downloaded before the program starts, used or not; what a template names is
 * not, and `deno publish` still knows the package.
 *
 * Where JSR cannot be reached, the import map puts `offline/std.ts` in the place of this module.
 *
 * @module
 */

import { TokenError } from "../token.ts";

/** Loads what parses the flags. */
export function loadParseArgs(): Promise<typeof import("@std/cli/parse-args")> {
  return loaded("@std/cli/parse-args", import(`@std/cli/${"parse-args"}`));
}

/** Loads what parses `.env`. */
export function loadDotenv(): Promise<typeof import("@std/dotenv/parse")> {
  return loaded("@std/dotenv/parse", import(`@std/dotenv/${"parse"}`));
}

/** Loads what asks for a secret. */
export function loadPromptSecret(): Promise<typeof import("@std/cli/prompt-secret")> {
  return loaded("@std/cli/prompt-secret", import(`@std/cli/${"prompt-secret"}`));
}

async function loaded<Module>(name: string, module: Promise<Module>): Promise<Module> {
  try {
    return await module;
  } catch {
    throw new TokenError("usage", `${name} could not be loaded`);
  }
}
