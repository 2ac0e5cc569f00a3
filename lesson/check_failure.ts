// Why the program did not end well, in words of its own.

import type { Failure, Run } from "./run_record.ts";
import { isSimilar } from "./similar_names.ts";
import { lineOf } from "./source_lines.ts";
import { EXERCISE_VALUES } from "./values.ts";
import { NO_RETURN } from "./variables.ts";
import type { Finding } from "./verdict.ts";
import { NAMES } from "./watch_names.ts";

const STOPPED = {
  time: ["did not end in time", "an end within 10 seconds"],
  output: ["printed too much", "at most 64 KiB"],
  memory: ["needed too much memory", "at most 128 MiB"],
} as const;

const TEXTS = [...Object.values(EXERCISE_VALUES), "client_credentials"];
const BUILT_IN = ["fetch", "console", "URLSearchParams", "JSON"];
const ENDLESS = /\bwhile\s*\(\s*(true|1)\b|\bfor\s*\(\s*;\s*;|\bsetInterval\b/;
const REPEATED = /\bwhile\b|\bfor\s*\(|\bsetTimeout\b|\bserve\b/;

// What is wrong with a text that is no program.
const SYNTAX: [message: RegExp, advice: string][] = [
  [
    /reserved word|\bawait\b/i,
    "await works only in an async function: write async before function.",
  ],
  [
    /already been declared|already declared|redeclared/i,
    "A name is declared once. Leave out const where you assign to it again, and declare it with let.",
  ],
  [/initializer|must be initialized/i, 'A const needs a value: const name = "value";'],
  [/return/i, "return works only inside a function."],
  [
    /Unexpected character/i,
    "JavaScript does not know that character. Quotes must be straight: \" or '.",
  ],
];

// What an exception says, and what to do. The first that matches counts.
const EXCEPTIONS: [message: RegExp, advice: string][] = [
  [
    /http:\/\/api\.example\.com.* cannot be reached/,
    "Over http: anyone on the way can read the secret. token_url begins with https:.",
  ],
  [
    /cannot be reached from here|Requires net access/,
    "Send the request to token_url. Your program can only reach the practice server.",
  ],
  [
    /Requires (\w+) access/,
    "The checker gives your program no $1 access. The exercise needs none.",
  ],
  [
    /\brequire is not defined/,
    "This is a module: use import in place of require. fetch is built in.",
  ],
  [
    /\bgrant_type is not defined/,
    'grant_type is the key. Its value is a text: grant_type: "client_credentials".',
  ],
  [
    /\b(\w+) is not defined/,
    "There is no $1 here. If it is a variable of yours, declare it with const before you use it.",
  ],
  [
    /Cannot access '(.+)' before initialization/,
    "$1 is used before, or on, the line that declares it. As a text, it needs quotes.",
  ],
  [
    /\b(response_json|access_token)\.(json|text) is not a function/,
    "$1 is not a Response: it is what json() returned. Use it as it is.",
  ],
  [
    /\b(\w+)\.(json|text|then) is not a function/,
    "$1 is not a Response. fetch returns a Promise: write await before it.",
  ],
  [/\b(\w+)\.(\w+) is not a function/, "$1 has no function called $2. Check its spelling."],
  [/constructor (\w+) cannot be invoked without 'new'/, "Write new before $1."],
  [
    /Cannot read properties of (undefined|null) \(reading '(\w+)'\)/,
    "The value before .$2 is $1. Print it in the line before to see why.",
  ],
  [
    /Assignment to constant variable/,
    "A const keeps its value. Declare it with let, or give it its value in the line that declares it.",
  ],
  [
    /GET\/HEAD method cannot have body/,
    'fetch sends GET unless its second argument says { method: "POST" }; and a GET has no body.',
  ],
  [
    /fetch failed|error sending request/,
    "fetch cannot send that body. new URLSearchParams([...data]) makes a form of a Map or a list.",
  ],
  [/Invalid URL/, "The first argument of fetch is the URL: the variable token_url, not a text."],
  [/JSON/, "That text is not JSON. To read the answer, await response.json() is enough."],
  [/[Bb]ody.*(consumed|unusable)/, "A body can be read only once: keep what json() gives."],
];

/** Explains it. */
export function explainFailure(run: Run, { kind, message, line }: Failure): Finding {
  switch (kind) {
    case "import":
      return {
        what: "an import was not found",
        found: message,
        line,
        advice: message.includes("./")
          ? "Check the name of the file; a path begins with ./ and ends with .js or .ts."
          : "The checker downloads nothing. fetch is built in. To use npm:axios, first run: " +
            "deno cache npm:axios",
      };
    case "syntax":
      return {
        what: "A syntax error: the program cannot be read",
        found: message,
        line,
        advice: SYNTAX.find(([pattern]) => pattern.test(message))?.[1] ??
          "Look at that line and the one before: a bracket, a quote or a comma may be missing, " +
            "or one too many. Until it is right, no line of the program runs.",
      };
    case "exception":
      return {
        what: `the program stopped: ${message.split(":")[0]}`,
        found: message,
        line,
        advice: adviceFor(run, message),
      };
    default: {
      const [what, expected] = STOPPED[kind];
      return {
        what: `the program ${what}`,
        expected,
        line: lineOf(run, ENDLESS) ?? lineOf(run, REPEATED),
        advice:
          "It was stopped. Look for a loop that never ends, or a timer that is never cleared.",
      };
    }
  }
}

/** What to do about what an exception says. */
export function adviceFor(run: Run, message: string): string {
  const { response_json } = run.values;
  if (/properties of undefined/.test(message) && response_json?.type === "undefined") {
    return `response_json is undefined. ${NO_RETURN}`;
  }
  const last = run.exchanges.at(-1);
  if (/JSON/.test(message) && last && last.status !== 200) {
    return `The server answered ${last.status} for ${last.path}. ` +
      "The exercise needs one request, to token_url.";
  }
  const [, name = ""] = message.match(/(\w+) is not defined/) ?? [];
  const text = TEXTS.find((text) => isSimilar(name, text));
  if (text) return `That is a text, not the name of a variable. Put it in quotes: "${text}".`;
  const names = [...NAMES, ...Object.keys(run.values), ...BUILT_IN].filter((other) =>
    other !== name
  );
  const near = name && names.find((other) => isSimilar(name, other));
  if (near) return `There is no ${name}. Did you mean ${near}?`;
  const [pattern, advice] = EXCEPTIONS.find(([pattern]) => pattern.test(message)) ??
    [/^/, "The message is JavaScript's own. Look at that line."];
  const match = message.match(pattern)!;
  return advice.replace(/\$(\d)/g, (_, group) => match[group]!);
}
