/**
 * `@std/cli/parse-args` over `parseArgs` of `node:util`, as far as `flags.ts` uses it: flags are
 * spelled `--name=value`.
 *
 * @module
 */

import { parseArgs as parse } from "node:util";

/** The part of the options of `@std/cli/parse-args` that is used. */
export interface ParseOptions {
  /** Names of flags that take a value. */
  string: readonly string[];
  /** Names of flags whose values are gathered in an array. */
  collect: readonly string[];
  /** Names of flags that are true or false. */
  boolean: readonly string[];
  /** Called with each argument that is none of them. */
  unknown: (arg: string) => unknown;
}

/** Parses arguments into flags; what follows `--` is left in `_`. */
export function parseArgs(args: string[], options: ParseOptions): Record<string, unknown> {
  const { string, collect, boolean, unknown } = options;
  const flags: Record<string, unknown> = {
    ...Object.fromEntries(boolean.map((name) => [name, false])),
    ...Object.fromEntries(collect.map((name) => [name, []])),
  };
  const rest: string[] = [];
  const declared = Object.fromEntries(
    [...string, ...boolean].map((name) => [name, { type: "string" as const }]),
  );
  const { tokens } = parse({ args, options: declared, strict: false, tokens: true });
  const end = tokens.find(({ kind }) => kind === "option-terminator")?.index ?? args.length;
  for (const token of tokens) {
    const arg = args[token.index]!;
    if (token.index > end) rest.push(arg);
    else if (token.kind === "positional") unknown(arg);
    else if (token.kind === "option") {
      const { name, value = "" } = token;
      if (boolean.includes(name)) flags[name] = value !== "false";
      else if (collect.includes(name)) flags[name] = [...flags[name] as string[], value];
      else if (string.includes(name)) flags[name] = value;
      else unknown(arg);
    }
  }
  return { ...flags, _: rest };
}
