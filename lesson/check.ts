// The verdict: how many steps hold, and why the next does not.

import { checkOutput, checkResponse, checkToken } from "./check_answer.ts";
import { explainFailure, explainUnclosed } from "./check_failure.ts";
import { checkRequest } from "./check_request.ts";
import { checkCredentials, checkData } from "./check_values.ts";
import type { Run } from "./run_record.ts";
import { lineOf } from "./source_lines.ts";
import { type Finding, finding, type Verdict } from "./verdict.ts";

const EXIT = /\b(process|Deno)\.exit\(|\b(sys\.)?exit\(|\bquit\(/;

const CHECKS: ((run: Run) => Finding | undefined)[] = [
  checkCredentials,
  checkData,
  (run) => tooMany(run) ?? checkRequest(run) ?? checkResponse(run) ?? checkToken(run),
  checkOutput,
];

/** Judges a run. Where a name stands for two variables, the one counts with which more steps hold. */
export function judge(run: Run): Verdict {
  const verdict = judgeValues(run);
  if (!verdict.finding || !run.outer?.size) return verdict;
  const outer = judgeValues({ ...run, values: new Map([...run.values, ...run.outer]) });
  return outer.held > verdict.held ? outer : verdict;
}

function judgeValues(run: Run): Verdict {
  for (const [held, check] of CHECKS.entries()) {
    const finding = check(run);
    // What is missing may be missing because the program ended; what is wrong is wrong anyway.
    if (finding) return { held, finding: finding.isMissing && endOf(run) || finding };
  }
  return run.failure ? { held: 3, finding: explainFailure(run, run.failure) } : { held: 4 };
}

/** Of too many requests, no single one counts. */
function tooMany(run: Run): Finding | undefined {
  return run.failure?.kind === "requests" ? explainFailure(run, run.failure) : undefined;
}

/** Why the program ended before its last line. */
function endOf(run: Run): Finding | undefined {
  if (run.failure) return explainFailure(run, run.failure);
  const unclosed = explainUnclosed(run);
  if (unclosed) return unclosed;
  const line = lineOf(run, EXIT);
  return line === undefined ? undefined : finding(run, "ended", {}, { line });
}
