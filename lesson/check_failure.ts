// Why the program did not end well, in words of its own.

import { isSimilar } from "../command/similar.ts";
import { runtime } from "../runtime/runtime.ts";
import { NAMES } from "./names.ts";
import { adviceForPythonError, explainPythonSyntax } from "./python_errors.ts";
import type { Failure, Run } from "./run_record.ts";
import { scan } from "./scan.ts";
import { lineOf } from "./source_lines.ts";
import { STARTED } from "./started.ts";
import { EXERCISE_VALUES } from "./values.ts";
import { type Facts, type Finding, finding } from "./verdict.ts";

/** What Deno and Node.js say. */
const MISSING_PACKAGE = /(?:Import "|Cannot find package ')([^"']+)["']/;

type Words = Record<string, string | number>;

const TEXTS = [...Object.values(EXERCISE_VALUES), "client_credentials"];
const BUILT_IN = ["fetch", "console", "URLSearchParams", "JSON"];
const KEYWORDS = ["const", "async", "await", "function", "return", "import", "export"];
const ENDLESS = /\bwhile\s*\(?\s*(true|True|1)\b|\bfor\s*\(\s*;\s*;|\bsetInterval\b/;
const REPEATED = /\bwhile\b|\bfor\b|\bsetTimeout\b|\bserve\b/;

const STOPPED = {
  time: ["stopped_time", "an end within 10 seconds"],
  output: ["stopped_output", "at most 64 KiB"],
  memory: ["stopped_memory", "at most 128 MiB"],
  requests: ["stopped_requests", "at most 200 requests, 20 at the same time, and 64 MiB of data"],
} as const;

/** What is built in, in place of packages that learners know. */
const INSTEAD = new Map([
  ["node-fetch", "fetch is built in"],
  ["cross-fetch", "fetch is built in"],
  ["isomorphic-fetch", "fetch is built in"],
  ["qs", "new URLSearchParams({ … }) makes a form, and is built in"],
  ["querystring", "new URLSearchParams({ … }) makes a form, and is built in"],
  ["dotenv", "the exercise writes its values in the program"],
]);

/** What is wrong with a text that is no program, by what V8 or the compiler says. */
const SYNTAX: [message: RegExp, code: string][] = [
  [/already been declared|already declared|redeclared/i, "syntax_declared"],
  [/strip-only mode/, "syntax_types"],
  [/shorthand property/i, "syntax_colon"],
  [/Missing initializer|must be initialized/i, "syntax_initializer"],
  [/return/i, "syntax_return"],
  [/Unexpected character '[^\x20-\x7e]/i, "syntax_character"],
];

const NOT_EXPORTED = { deno: "import_export", node: "import_export_in_node" };
const NO_SUCH_CHARACTER = /Invalid or unexpected token/;
const QUOTES = /[‘’‚“”„«»]/;

/** What an exception says, and the message about it; the groups of the pattern are its words. */
const ERRORS: [message: RegExp, code: string, words: string[]][] = [
  [/http:\/\/api\.example\.com.* cannot be reached/, "error_http", []],
  [/cannot be reached from here|Requires net access/, "error_host", []],
  [/Failed to spawn|--allow-child-process/, "error_spawn", []],
  [/Requires (\w+) access|Use --allow-([\w-]+) to/, "error_access", ["access"]],
  [/\bDeno is not defined/, "error_deno", []],
  [/\brequire is not defined|'require' and top-level await/, "error_require", []],
  [/\bprint is not defined/, "error_print", []],
  [
    /\b(document|window|XMLHttpRequest|jQuery|alert|prompt|\$) is not defined/,
    "error_web_page",
    ["wrong"],
  ],
  [/\bgrant_type is not defined/, "error_grant_type", []],
  [/([\w$]+) is not defined/, "error_undeclared", ["wrong"]],
  [/Cannot access '(.+)' before initialization/, "error_early", ["wrong"]],
  [/(?<![\w$.])fetch\(\.\.\.\)\.(\w+) is not a function/, "error_await_all", ["member"]],
  [/([\w$.]+\(\.\.\.\))\.(\w+) is not a function/, "error_no_function", ["wrong", "member"]],
  [/\b(response_json|access_token)\.(json|text) is not a function/, "error_is_answer", ["wrong"]],
  [/([\w$]+)\.(\w+) is not a function/, "error_no_function", ["wrong", "member"]],
  [/constructor (\w+) cannot be invoked without 'new'/, "error_new", ["wrong"]],
  [
    /Cannot read properties of (undefined|null) \(reading '(\w+)'\)/,
    "error_undefined",
    ["value", "member"],
  ],
  [/Assignment to constant variable/, "error_const", []],
  [/Maximum call stack/, "error_recursion", []],
  [/never resolved|unsettled top-level await/, "error_never", []],
  [/GET\/HEAD method cannot have body/, "error_get_body", []],
  [/Invalid URL: '\[object/, "error_argument", []],
  [
    /Argument 2 can not be converted|Expected .* to be one of: Null, Undefined, Object/,
    "error_argument",
    [],
  ],
  [/fetch failed|error sending request/, "error_body", []],
  [/Invalid URL/, "error_url", []],
  [/\bJSON\b/, "error_json", []],
  [/[Bb]ody.*(consumed|unusable|locked)/, "error_body_twice", []],
];

/** Explains why the program did not end well. */
export function explainFailure(run: Run, failure: Failure): Finding {
  const { kind, message, line } = failure;
  const facts: Facts = { found: message, line };
  if (kind === "import") return explainImport(run, message, facts);
  if (kind === "syntax") return explainSyntax(run, message, facts);
  if (kind === "exception") return findingOfError(run, message, line);
  const [code, expected] = STOPPED[kind];
  return finding(run, code, {}, {
    expected,
    line: lineOf(run, ENDLESS) ?? lineOf(run, REPEATED),
  });
}

function explainImport(run: Run, message: string, facts: Facts): Finding {
  const line = run.source.split("\n")[(facts.line ?? 0) - 1] ?? "";
  if (/export/.test(message)) return finding(run, NOT_EXPORTED[runtime], {}, facts);
  if (message.includes("./")) return finding(run, "import_file", {}, facts);
  const [, bare] = message.match(MISSING_PACKAGE) ?? [];
  const package_ = nameOfPackage(bare ?? `${message}\n${line}`.match(/npm:([^"'\s,]+)/)?.[1] ?? "");
  const instead = INSTEAD.get(package_);
  const { install } = STARTED;
  const words = { package: package_, instead: instead ?? "", install };
  if (instead) return finding(run, "import_needless", words, facts);
  if (package_) return finding(run, "import_package", words, facts);
  const [, found = message] = line.match(/["']((?:https?|jsr):[^"']+)["']/) ?? [];
  return finding(run, "import_remote", {}, { ...facts, found });
}

/** The name of a package, without its version and the path in it. */
function nameOfPackage(specifier: string): string {
  return specifier.match(/^(@[^/]+\/)?[^/@]+/)?.[0] ?? "";
}

/** Explains what makes the rest of the program a comment or a text, if anything does. */
export function explainUnclosed(run: Run): Finding | undefined {
  const { unclosed } = scan(run.source, run.language);
  return unclosed && finding(run, `${unclosed.what}_open`, {}, { line: unclosed.line });
}

function explainSyntax(run: Run, message: string, facts: Facts): Finding {
  if (run.language === "python") return explainPythonSyntax(run, message, facts);
  const unclosed = explainUnclosed(run);
  if (unclosed) return unclosed;
  const code = run.source.split("\n")[(facts.line ?? 0) - 1] ?? "";
  if (/^\s*#/.test(code)) return finding(run, "syntax_hash", {}, facts);
  if (/reserved word|\bawait\b/i.test(message) && /\bawait\b/.test(code)) {
    return finding(run, "syntax_await", {}, facts);
  }
  if (NO_SUCH_CHARACTER.test(message) && QUOTES.test(code)) {
    return finding(run, "syntax_character", {}, facts);
  }
  const known = SYNTAX.find(([pattern]) => pattern.test(message));
  if (known) return finding(run, known[1], {}, facts);
  const [word = ""] = code.match(/[a-z]+/) ?? [];
  const near = KEYWORDS.find((keyword) => isSimilar(word, keyword));
  return near && !KEYWORDS.includes(word)
    ? finding(run, "syntax_word", { word, near }, facts)
    : finding(run, "syntax", {}, facts);
}

/** Explains an error that ended the program, or that it caught. */
export function findingOfError(run: Run, message: string, line?: number): Finding {
  const [code, words] = run.language === "python"
    ? adviceForPythonError(run, message, line)
    : adviceForError(run, message, line);
  const name = message.split(":")[0]!;
  return finding(run, code, { ...words, name, runtime: STARTED.runtime }, { found: message, line });
}

function adviceForError(run: Run, message: string, line?: number): [code: string, words: Words] {
  const [, wrong = ""] = message.match(/([\w$]+) is not defined/) ?? [];
  const text = TEXTS.find((text) => isSimilar(wrong, text));
  if (text) return ["error_text", { text }];
  const near = wrong && nearestName(run, wrong);
  if (near) return ["error_near", { wrong, near }];

  const code = run.source.split("\n")[(line ?? 0) - 1] ?? "";
  if (wrong && code.trimStart().startsWith(`${wrong} =`)) return ["error_declare", { wrong }];

  const [, promise = ""] = message.match(/([\w$]+)\.\w+ is not a function/) ?? [];
  if (run.values.get(promise)?.type === "Promise") return ["error_is_promise", { wrong: promise }];

  const last = run.exchanges.at(-1);
  if (/\bJSON\b/.test(message) && last && last.status !== 200) {
    return ["error_refused", { status: last.status, path: last.path }];
  }
  if (/\bthrow\b/.test(code)) return ["error_thrown", {}];
  if (message.startsWith('"')) return ["error_thrown_text", {}];
  for (const [pattern, code, names] of ERRORS) {
    const match = message.match(pattern);
    if (!match) continue;
    const found = match.slice(1).filter((group) => group !== undefined);
    return [code, Object.fromEntries(names.map((name, i) => [name, found[i]!]))];
  }
  return ["error", {}];
}

function nearestName(run: Run, wrong: string): string | undefined {
  const names = [...NAMES, ...run.values.keys(), ...BUILT_IN];
  return names.find((other) => other !== wrong && isSimilar(wrong, other));
}
