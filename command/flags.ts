/**
 * The flags of the command, declared once.
 *
 * @module
 */

import { loadParseArgs } from "../runtime/std.ts";
import { printable, TokenError } from "../token.ts";

// Flags that take one value.
const SINGLE = [
  "token-url",
  "client-id",
  "client-secret",
  "client-secret-file",
  "auth-method",
  "env-file",
  "output",
  "timeout",
  "retries",
] as const;
// Flags that take a value each time they are given.
const REPEATABLE = ["scope", "param", "header"] as const;
// Flags that take no value.
const SWITCHES = ["allow-http", "explain", "demo", "help", "version"] as const;

const WITH_VALUE: readonly string[] = [...SINGLE, ...REPEATABLE];
const WITHOUT_VALUE: readonly string[] = SWITCHES;
const SHORT: Record<string, string> = { o: "output", h: "help", V: "version" };

// Answered without @std, which may be out of reach.
const ALONE = new Map<string, "help" | "version">([
  ["-h", "help"],
  ["--help", "help"],
  ["-V", "version"],
  ["--version", "version"],
]);

/** The flags given: absent or empty when they were not. */
export type Flags =
  & Partial<Record<typeof SINGLE[number], string>>
  & Partial<Record<typeof REPEATABLE[number], string[]>>
  & Partial<Record<typeof SWITCHES[number], boolean>>;

/**
 * Parses the command's arguments.
 *
 * @throws {TokenError} `usage`, for whatever the command does not take. No message repeats a value:
 * it may be a secret.
 */
export async function parseFlags(args: string[]): Promise<Flags> {
  const alone = args.length === 1 && ALONE.get(args[0]!);
  if (alone) return { [alone]: true };
  const { parseArgs } = await loadParseArgs();
  const parsed: Record<string, unknown> = parseArgs(spellOut(args), {
    string: WITH_VALUE,
    collect: WITH_VALUE,
    boolean: WITHOUT_VALUE,
    unknown: refuse,
  });
  if ((parsed._ as string[]).length > 0) refuse("");
  for (const name of SINGLE) {
    const values = parsed[name] as string[] | undefined;
    if (values && values.length > 1) {
      throw new TokenError("usage", `--${name} is given ${values.length} times`);
    }
    parsed[name] = values?.[0];
  }
  return parsed as Flags;
}

/** Writes every flag as `--name=value`, the one form in which a value may be empty or start with a dash. */
function spellOut(args: string[]): string[] {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const spelled: string[] = [];
  for (let i = 0; i < end; i++) {
    const [, dashes, key = "", value] = args[i]!.match(/^(--?)([^=]*)(?:=(.*))?$/s) ?? [];
    const name = (dashes === "-" ? SHORT[key] : dashes && key) ?? "";
    if (WITHOUT_VALUE.includes(name)) {
      if (value !== undefined) throw new TokenError("usage", `--${name} takes no value`);
      spelled.push(`--${name}=true`);
    } else if (WITH_VALUE.includes(name)) {
      spelled.push(`--${name}=${value ?? valueAfter(name, args[++i])}`);
    } else {
      spelled.push(args[i]!);
    }
  }
  return [...spelled, ...args.slice(end)];
}

function valueAfter(name: string, next: string | undefined): string {
  if (next !== undefined && (!next.startsWith("-") || next === "-")) return next;
  throw new TokenError(
    "usage",
    `--${name} needs a value; one that starts with "-" is given as --${name}=VALUE`,
  );
}

function refuse(arg: string): never {
  const [, dashes, name = ""] = arg.match(/^(--?)([\w-]+)/) ?? [];
  if (!dashes) {
    throw new TokenError(
      "usage",
      "Only flags are understood; a value with spaces needs quotes around it",
    );
  }
  if (/^(allow|deny)-/.test(name)) {
    throw new TokenError(
      "usage",
      `--${printable(name)} is a flag of Deno, which goes before main.ts`,
    );
  }
  const flag = nearest(name);
  // What resembles no flag may be a secret that starts with a dash.
  const known = dashes === "--" ? distance(name, flag) <= 3 : name.length === 1;
  throw new TokenError(
    "usage",
    `Unknown flag${known ? ` ${dashes}${name}` : ""}; the nearest is --${flag}`,
  );
}

/** The flag that starts with the name, or holds it, or else needs the fewest letters changed. */
function nearest(name: string): string {
  const flags = [...SINGLE, ...REPEATABLE, ...SWITCHES].sort();
  const distances = flags.map((flag) => [distance(name, flag), flag] as const);
  return flags.find((flag) => flag.startsWith(name)) ??
    flags.find((flag) => flag.includes(name)) ??
    distances.sort(([a], [b]) => a - b)[0]![1];
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const substituted = row[j]! + (letter === b[j] ? 0 : 1);
      next.push(Math.min(substituted, row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
