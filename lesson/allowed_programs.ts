// Prints the programs that `deno task learn` starts, for its `--allow-run`: Deno and, if it is there, Python.

import { print } from "../command/output.ts";
import { findProgram, ownPath } from "../runtime/learn_runtime.ts";
import { PYTHON } from "./run_python.ts";

/** Their paths; a comma stands between two, so none may have one. */
export function allowedPrograms(): string {
  const paths = [ownPath(), findProgram(PYTHON)];
  return paths.filter((path) => path && !path.includes(",")).join(",");
}

if (import.meta.main) print(allowedPrograms());
