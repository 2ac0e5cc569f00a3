// The parts of `@std` that the command uses. Each is loaded when it is first needed: a plain `import()`
// would be downloaded before the program starts, used or not; one with a template is not, and
// `deno publish` still knows the package.

import { usesStd } from "./runtime.ts";
import { withTimeLimit } from "./time_limit.ts";

const TIME_LIMIT_MS = 2000;

/** Loads what parses the flags. */
export function loadParseArgs(): Promise<typeof import("./offline/parse_args.ts")> {
  return load(
    () => import(`@std/cli/${"parse-args"}`),
    () => import("./offline/parse_args.ts"),
  );
}

/** Loads what parses `.env`. */
export function loadDotenv(): Promise<typeof import("./offline/dotenv.ts")> {
  return load(
    () => import(`@std/dotenv/${"parse"}`),
    () => import("./offline/dotenv.ts"),
  );
}

/** Loads a module of `@std`, or its stand-in if `@std` is not there in time. */
export async function load<Module>(
  std: () => Promise<Module>,
  standIn: () => Promise<Module>,
  timeLimit = TIME_LIMIT_MS,
): Promise<Module> {
  if (!usesStd()) return await standIn();
  return await withTimeLimit(timeLimit, std).catch(standIn);
}
