// Quotes around values, which .env and shells remove, and `docker --env-file`, CI systems and whoever
// copies from a document do not. The values are used as they are. Loaded only if there are any.

import { giverOf, type Option, OPTIONS } from "./flags.ts";
import { warn } from "./output.ts";
import {
  FILE_PLACE,
  type Found,
  isInQuotes,
  STDIN_PLACE,
  TERMINAL_PLACE,
  type Values,
} from "./values.ts";

/** Warns of each value in quotes, and returns the names of the flags and variables that gave them. */
export function warnOfQuotes(values: Values): string[] {
  const quoted = OPTIONS.filter((option) => isInQuotes(values[option]));
  const names = quoted.map((option) => nameOf(option, values[option]!));
  for (const name of names) {
    warn(`Quotes around ${name} count as part of it; remove them unless they belong to it`);
  }
  return names;
}

function nameOf(option: Option, found: Found): string {
  const { value, text, place } = found;
  if (text !== undefined) return value;
  // No flag or variable of its own gave it.
  if ([FILE_PLACE, STDIN_PLACE, TERMINAL_PLACE].includes(place)) return "the client secret";
  return giverOf(option, found);
}
