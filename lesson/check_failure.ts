// Why the program did not end well, in words of its own.

import { type Finding, isSimilar, lineOf } from "./finding.ts";
import type { Failure, Run } from "./notes.ts";
import { LESSON_VALUES } from "./steps.ts";
import { NAMES } from "./watch_names.ts";

const STOPPED = {
  time: ["did not end in time", "an end within 10 seconds"],
  output: ["printed too much", "at most 64 KiB"],
  memory: ["needed too much memory", "at most 128 MiB"],
} as const;

const TEXTS = [...Object.values(LESSON_VALUES), "client_credentials"];

// What an exception says, and what to do. The first that matches counts.
const EXCEPTIONS: [message: RegExp, advice: string][] = [
  [
    /cannot be reached from here|Requires net access/,
    "Send the request to token_url. The checker lets your program reach no other server.",
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
    "Declare $1 before you use it, with const, and spell it the same everywhere.",
  ],
  [
    /Cannot access '(.+)' before initialization/,
    "$1 is used before it has a value: above its line, or in it. As a text, it needs quotes.",
  ],
  [
    /\b(\w+)\.(json|text|then) is not a function/,
    "$1 is no Response. fetch returns a Promise: write await before it.",
  ],
  [
    /Cannot read properties of (undefined|null) \(reading '(\w+)'\)/,
    "What stands before .$2 is $1. Print it in the line before to see why.",
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
          : "The checker downloads nothing. fetch is built in. A library such as npm:axios works " +
            "after: deno cache npm:axios",
      };
    case "syntax":
      return {
        what: "the program cannot be read: a syntax error",
        found: message,
        line,
        advice:
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
        line: lineOf(run, /\bwhile\b|\bfor\s*\(|setInterval|setTimeout|\bserve\b/),
        advice:
          "It was stopped. Look for a loop that never ends, or a timer that is never cleared.",
      };
    }
  }
}

function adviceFor(run: Run, message: string): string {
  const [, name = ""] = message.match(/(\w+) is not defined/) ?? [];
  const text = TEXTS.find((text) => isSimilar(name, text));
  if (text) return `That is a text, not the name of a variable. Put it in quotes: "${text}".`;
  const names = [...NAMES, ...Object.keys(run.values)].filter((other) => other !== name);
  const near = name && names.find((other) => isSimilar(name, other));
  if (near) return `There is no ${name}. Did you mean ${near}?`;
  const [pattern, advice] = EXCEPTIONS.find(([pattern]) => pattern.test(message)) ??
    [/^/, "The message is JavaScript's own. Look at that line."];
  const match = message.match(pattern)!;
  return advice.replace(/\$(\d)/g, (_, group) => match[group]!);
}
