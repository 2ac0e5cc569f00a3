// Stands in for `@std/cli/parse-args`, as far as `parse_flags.ts` uses it, which spells every flag as
// `--name=value`. (`parseArgs` of `node:util` would do, too, but loading that module takes a
// quarter of the time in which a whole token request is done.)

/** The part of the options that is used. */
export interface ParseOptions {
  /** Names of flags that take a value; all of them are in `collect` too. */
  string: readonly string[];
  /** Names of flags whose values are gathered in an array. */
  collect: readonly string[];
  /** Names of flags that are true or false. */
  boolean: readonly string[];
}

/** Parses arguments, each of which is one of these flags. */
export function parseArgs(args: string[], options: ParseOptions): Record<string, unknown> {
  const { collect, boolean } = options;
  const values = new Map<string, string[]>(collect.map((name) => [name, []]));
  const switches = new Map<string, boolean>(boolean.map((name) => [name, false]));
  for (const arg of args) {
    const [, name = "", value = ""] = arg.match(/^--([^=]+)=(.*)$/s) ?? [];
    if (switches.has(name)) switches.set(name, value !== "false");
    else values.get(name)?.push(value);
  }
  return { _: [], ...Object.fromEntries([...values, ...switches]) };
}
