// Step 3, the answer: what the program made of it. Step 4: what it printed.

import { isText } from "./check_values.ts";
import type { Run, Value } from "./run_record.ts";
import { scan } from "./scan.ts";
import { lineOf, lineOfName } from "./source_lines.ts";
import { EXERCISE_VALUES } from "./values.ts";
import { caughtError, missingVariable, show } from "./variables.ts";
import { type Facts, type Finding, finding } from "./verdict.ts";

const TOKEN_PATH = new URL(EXERCISE_VALUES.token_url).pathname;

/** The tokens that the practice server issued to this run of the program. */
function tokensOf({ exchanges }: Run): string[] {
  const granted = exchanges.filter(({ status, path }) => status === 200 && path === TOKEN_PATH);
  return granted.map(({ answer }) => JSON.parse(answer).access_token);
}

// What a variable is in place of the JSON, by its type.
const NOT_JSON = new Map([
  ["Promise", "answer_promise"],
  ["Response", "answer_response"],
  ["HTTPResponse", "answer_response"],
  ["function", "answer_function"],
  ["method", "answer_function"],
  ["string", "answer_text"],
  ["str", "answer_text"],
  ["bytes", "answer_text"],
  ["undefined", "answer_undefined"],
]);

/** Step 3: response_json is the JSON of the answer. */
export function checkResponse(run: Run): Finding | undefined {
  const value = run.values.get("response_json");
  const tokens = tokensOf(run);
  const isAnswer = ({ type, entries }: Value) =>
    (type === "Object" || type === "dict") &&
    !!entries?.some(([key, , text]) => key === "access_token" && tokens.includes(text));
  const expected = "the JSON of the answer: { access_token, token_type, … }";
  if (!value) return missingVariable(run, "response_json", expected, isAnswer);
  if (isAnswer(value)) return undefined;
  const facts = {
    expected,
    found: show(value),
    line: lineOfName(run, "response_json"),
    isMissing: ["undefined", "null", "None", "{}", "[]"].includes(value.text),
  };
  const code = NOT_JSON.get(value.type) ?? "answer_differs";
  const caught = facts.isMissing && caughtError(run, "response_json", facts);
  return caught || finding(run, code, {}, facts);
}

/** Step 3: access_token is the token that the server issued. */
export function checkToken(run: Run): Finding | undefined {
  const value = run.values.get("access_token");
  const tokens = tokensOf(run);
  const isToken = (other: Value) => isText(other) && tokens.includes(other.text);
  const expected = "the access_token of response_json";
  if (!value) return missingVariable(run, "access_token", expected, isToken);
  if (isToken(value)) return undefined;
  const line = lineOfName(run, "access_token");
  return wrongToken(run, value, tokens, { expected, found: show(value), line });
}

function wrongToken(run: Run, { type, text }: Value, tokens: string[], facts: Facts): Finding {
  if (type === "undefined") {
    const member = memberIn(run, facts.line);
    return member
      ? finding(run, "token_member", { member }, facts)
      : finding(run, "token_undefined", {}, { ...facts, isMissing: true });
  }
  if (type === "Promise") return finding(run, "token_promise", {}, facts);
  if (["Object", "dict"].includes(type) || tokens.some((token) => text.includes(token))) {
    return finding(run, "token_more", {}, facts);
  }
  if (text.startsWith("practice-")) return finding(run, "token_made_up", {}, facts);
  const isMissing = ["", "null", "None"].includes(text);
  return finding(run, "token_differs", {}, { ...facts, isMissing });
}

/** The member of response_json that a line reads, unless it is access_token. */
function memberIn({ source, language }: Run, line = 0): string | undefined {
  const code = scan(source, language).withoutComments.split("\n")[line - 1] ?? "";
  return code.match(/response_json\s*\??\.\s*(?!access_token\b)(\w+)/)?.[1];
}

/** Step 4: the token is printed, on a line of its own. */
export function checkOutput(run: Run): Finding | undefined {
  const { stdout, stderr } = run;
  const token = run.values.get("access_token")?.text ?? "";
  const lines = stdout.split("\n").map((line) => line.trim()).filter(Boolean);
  if (lines.includes(token)) return undefined;
  return finding(run, codeOfOutput(run, token, lines), {}, {
    expected: token,
    // More than one line is shown as it was printed.
    found: lines.length > 1 ? undefined : lines[0] ?? (stderr.trim() || "nothing"),
    line: lineOf(run, /\bconsole\s*\.|\.write(Sync)?\(|\bprint\s*\(/),
    isMissing: lines.length === 0 && !stderr.includes(token),
  });
}

function codeOfOutput(run: Run, token: string, lines: string[]): string {
  const { stdout, stderr } = run;
  if (stderr.includes(token)) return "printed_to_stderr";
  if (lines.length === 0) {
    return lineOf(run, /console\.log|\bprint\b/) ? "printed_nothing_yet" : "printed_nothing";
  }
  if (stdout.includes("token_type")) return "printed_answer";
  if (stdout.includes("Promise {")) return "printed_promise";
  if (!stdout.includes(token)) return codeOfOther(run, lines);
  return new RegExp(`["'\`]${token}`).test(stdout) ? "printed_quoted" : "printed_more";
}

function codeOfOther(run: Run, lines: string[]): string {
  if (lines.includes("undefined")) return "printed_undefined";
  if (lines.includes("access_token")) return "printed_name";
  const isOtherToken = tokensOf(run).some((other) => lines.includes(other));
  return isOtherToken ? "printed_other_token" : "printed_other";
}
