// Why a program in Python did not end well.

import { isSimilar } from "../command/similar.ts";
import { NAMES } from "./names.ts";
import type { Run } from "./run_record.ts";
import { EXERCISE_VALUES } from "./values.ts";
import { type Facts, type Finding, finding } from "./verdict.ts";

type Words = Record<string, string | number>;

const TEXTS = [...Object.values(EXERCISE_VALUES), "client_credentials"];
const BUILT_IN = ["print", "json", "requests", "urlopen", "urlencode"];

/** What an error says, and the message about it; the groups of the pattern are its words. */
const ERRORS: [message: RegExp, code: string, words: string[]][] = [
  [/No module named 'requests'/, "error_requests", []],
  [/No module named '([^']+)'/, "error_module", ["module"]],
  [/name '(\w+)' is not defined/, "error_undeclared", ["wrong"]],
  [/'dict' object has no attribute '(\w+)'/, "error_dot", ["member"]],
  [/'(Response|HTTPResponse)' object has no attribute/, "error_response", []],
  [/has no attribute '(\w+)'/, "error_attribute", ["member"]],
  [/^KeyError: '?([^']+)'?/, "error_key", ["key"]],
  [
    /'(method|function|builtin_function_or_method)' object is not subscriptable/,
    "error_not_called",
    [],
  ],
  [/'(Response|HTTPResponse)' object is not subscriptable/, "error_response", []],
  [/POST data should be bytes|can't concat str to bytes/, "error_bytes", []],
  [/cannot be reached from here/, "error_host", []],
  [/JSONDecodeError|JSON object must be/, "error_json", []],
];

/** Explains why a program cannot be read. */
export function explainPythonSyntax(run: Run, message: string, facts: Facts): Finding {
  const code = run.source.split("\n")[(facts.line ?? 0) - 1] ?? "";
  if (/^(Indentation|Tab)Error/.test(message)) return finding(run, "syntax_indent", {}, facts);
  if (/^\s*(const|let|var)\b/.test(code)) return finding(run, "syntax_javascript", {}, facts);
  return finding(run, "syntax", {}, facts);
}

/** The message about an error, and its words. */
export function adviceForPythonError(
  run: Run,
  message: string,
  line?: number,
): [code: string, words: Words] {
  const [, wrong = ""] = message.match(/name '(\w+)' is not defined/) ?? [];
  const text = TEXTS.find((text) => isSimilar(wrong, text));
  if (text) return ["error_text", { text }];
  if (wrong === "grant_type") return ["error_key_quotes", {}];
  const names = [...NAMES, ...run.values.keys(), ...BUILT_IN];
  const near = wrong && names.find((other) => other !== wrong && isSimilar(wrong, other));
  if (near) return ["error_near", { wrong, near }];

  const code = run.source.split("\n")[(line ?? 0) - 1] ?? "";
  if (/\braise\b/.test(code)) return ["error_thrown", {}];
  for (const [pattern, code, names] of ERRORS) {
    const match = message.match(pattern);
    if (!match) continue;
    return [code, Object.fromEntries(names.map((name, i) => [name, match[i + 1] ?? ""]))];
  }
  return ["error", {}];
}
