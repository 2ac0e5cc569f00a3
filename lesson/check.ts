// The verdict: how many steps hold, and why the next does not.

import { checkOutput, checkResponse, checkToken } from "./check_answer.ts";
import { explainFailure } from "./check_failure.ts";
import { checkRequest } from "./check_request.ts";
import { checkCredentials, checkData } from "./check_values.ts";
import type { Run } from "./run_record.ts";
import { lineOf } from "./source_lines.ts";
import type { Finding, Verdict } from "./verdict.ts";

const CHECKS: ((run: Run) => Finding | undefined)[] = [
  checkCredentials,
  checkData,
  (run) => checkRequest(run) ?? checkResponse(run) ?? checkToken(run),
  checkOutput,
];

/** Judges a run. */
export function judge(run: Run): Verdict {
  for (const [held, check] of CHECKS.entries()) {
    const finding = check(run);
    // What is missing may be missing because the program ended; what is wrong is wrong anyway.
    if (finding) return { held, finding: finding.isMissing && endOf(run) || finding };
  }
  return run.failure ? { held: 3, finding: explainFailure(run, run.failure) } : { held: 4 };
}

/** Why the program ended before its last line. */
function endOf(run: Run): Finding | undefined {
  if (run.failure) return explainFailure(run, run.failure);
  const line = lineOf(run, /\b(process|Deno)\.exit\(/);
  return line === undefined ? undefined : {
    what: "the program ended before this step was done",
    line,
    advice: "exit ends the program at once. Leave it out: a program ends when it is done.",
  };
}
