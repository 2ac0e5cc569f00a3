// Parses the arguments of the command.

import { loadParseArgs } from "../runtime/std.ts";
import { printable, TokenError } from "../token.ts";
import { checkChoice, type Flag, type FlagName, FLAGS, type Flags } from "./flags.ts";

const TABLE: Record<string, Flag> = FLAGS;
const NAMES = Object.keys(TABLE);
const WITH_VALUE = NAMES.filter((name) => TABLE[name]!.value);
const SWITCHES = NAMES.filter((name) => !TABLE[name]!.value);
const SHORT = new Map(NAMES.map((name) => [TABLE[name]!.short, name]));

/**
 * Parses the command's arguments.
 *
 * @throws {TokenError} `usage`, if there is anything that the table does not allow. Only a value of
 * which one out of a few is expected is repeated: any other may be a secret.
 */
export async function parseFlags(args: string[]): Promise<Flags> {
  // These work without @std, which may have to be downloaded.
  if (["-h", "--help"].includes(`${args}`)) return { help: true };
  if (["-V", "--version"].includes(`${args}`)) return { version: true };
  const { parseArgs } = await loadParseArgs();
  const parsed = parseArgs(await joinValues(args), {
    string: WITH_VALUE,
    collect: WITH_VALUE,
    boolean: SWITCHES.map(spelled),
  });
  const given = NAMES.map((name) => [name, checkValue(name, parsed[spelled(name)])] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== false));
}

/** The name by which @std knows a flag: it would take `--no-NAME` for the opposite of `--NAME`. */
function spelled(name: string): string {
  return name.startsWith("no-") ? `switch-${name}` : name;
}

/**
 * Spells flags as `--name=value`, the one form in which a value may be empty or begin with a dash.
 *
 * @throws {TokenError} `usage`, if an argument is no flag.
 */
async function joinValues(args: string[]): Promise<string[]> {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--") {
      if (args.length > i + 1) throw await refusal("");
      break;
    }
    const [, dashes, key = "", value] = args[i]!.match(/^(--?)([^=]*)(=.*)?$/s) ?? [];
    const isKnown = dashes === "--" && SWITCHES.includes(key);
    if (/^(switch-)?no-/.test(key) && !isKnown) throw await refusal(args[i]!);
    const name = dashes === "-" ? SHORT.get(key) ?? "" : key;
    if (SWITCHES.includes(name)) {
      if (value) throw new TokenError("usage", "flag_takes_no_value", `--${name} takes no value`);
      joined.push(`--${spelled(name)}=true`);
    } else if (WITH_VALUE.includes(name)) {
      joined.push(`--${name}${value ?? `=${valueAfter(name, args[++i])}`}`);
    } else {
      throw await refusal(args[i]!);
    }
  }
  return joined;
}

function valueAfter(name: string, next: string | undefined): string {
  if (next !== undefined && (!next.startsWith("-") || next === "-")) return next;
  throw new TokenError(
    "usage",
    "flag_needs_value",
    `--${name} needs a value; if it begins with "-", write --${name}=VALUE`,
  );
}

function checkValue(name: string, value: unknown): unknown {
  const { value: takesValue, repeatable } = TABLE[name]!;
  if (!takesValue) return value;
  const values = value as string[];
  if (values.length === 0) return undefined;
  if (repeatable) return values;
  if (values.length > 1) {
    throw new TokenError("usage", "flag_repeated", `--${name} is given ${values.length} times`);
  }
  checkChoice(name as FlagName, values[0]);
  return values[0];
}

/** The error for an argument that is no flag of the command. */
async function refusal(arg: string): Promise<TokenError> {
  if (!arg.startsWith("-") || arg === "-") {
    return new TokenError(
      "usage",
      "not_a_flag",
      "Only flags are allowed; put quotes around a value with spaces",
    );
  }
  const [denoFlag] = arg.match(/^--(allow|deny)-[\w-]*/) ?? [];
  if (denoFlag) {
    return new TokenError("usage", "deno_flag", `${printable(denoFlag)} is a flag of Deno`);
  }
  const { describeUnknownFlag } = await import("./unknown_flag.ts");
  return new TokenError("usage", "unknown_flag", describeUnknownFlag(arg));
}
