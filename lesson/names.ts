// The names of the exercise, in the order in which its steps declare them.

import { EXERCISE_VALUES } from "./values.ts";

/** The variables that the checker looks for. */
export const NAMES: readonly string[] = [
  ...Object.keys(EXERCISE_VALUES),
  "data",
  "response_json",
  "access_token",
];
