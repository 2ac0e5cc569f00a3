import type { Run } from "./run_record.ts";
import { type Facts, type Finding, finding } from "./verdict.ts";
export function adviceForPythonError(
  _run: Run,
  _message: string,
): [string, Record<string, string | number>] {
  return ["error", {}];
}
export function explainPythonSyntax(run: Run, _message: string, facts: Facts): Finding {
  return finding(run, "syntax", {}, facts);
}
