// Step 3, the answer: what the program made of it. Step 4: what it printed.

import type { Run, Value } from "./run_record.ts";
import { lineOf, lineOfName } from "./source_lines.ts";
import { missingVariable, NO_RETURN, show } from "./variables.ts";
import type { Finding } from "./verdict.ts";
import { withoutComments } from "./watch_names.ts";

/** The tokens that the practice server issued to this run of the program. */
function tokensOf({ exchanges }: Run): string[] {
  const answers = exchanges.filter(({ status }) => status === 200);
  return answers.map(({ answer }) => JSON.parse(answer).access_token);
}

// What a variable is in place of the JSON, by its type, and what to do.
const NOT_JSON: Record<string, [is: string, advice: string]> = {
  Promise: [
    "a Promise, because await is missing",
    "fetch and response.json() return Promises. Write await before both.",
  ],
  Response: [
    "the Response itself",
    "It has status, headers and body. Use await response.json() to get the JSON.",
  ],
  function: [
    "a function, because the () are missing",
    "Without (), json is only named, not called: await response.json().",
  ],
  string: ["a text, not an object", "response.json() reads the JSON; response.text() does not."],
  undefined: [
    "undefined",
    `Assign it: await response.json(). ${NO_RETURN}`,
  ],
};

/** Step 3: response_json is the JSON of the answer. */
export function checkResponse(run: Run): Finding | undefined {
  const { response_json } = run.values;
  const tokens = tokensOf(run);
  const isAnswer = ({ type, entries }: Value) =>
    type === "Object" &&
    !!entries?.some(([key, , text]) => key === "access_token" && tokens.includes(text));
  const expected = "the JSON of the answer: { access_token, token_type, … }";
  if (!response_json) return missingVariable(run, "response_json", expected, isAnswer);
  if (isAnswer(response_json)) return undefined;
  const { type, text } = response_json;
  const [is, advice] = NOT_JSON[type] ?? [
    "something else",
    "Take what await response.json() gives. Some libraries have it in response.data.",
  ];
  return {
    what: `response_json is ${is}`,
    expected,
    found: show(response_json),
    line: lineOfName(run, "response_json"),
    advice,
    isMissing: ["undefined", "null", "{}", "[]"].includes(text),
  };
}

/** Step 3: access_token is the token that the server issued. */
export function checkToken(run: Run): Finding | undefined {
  const { access_token } = run.values;
  const tokens = tokensOf(run);
  const isToken = ({ type, text }: Value) => type === "string" && tokens.includes(text);
  const expected = "the access_token of response_json";
  if (!access_token) return missingVariable(run, "access_token", expected, isToken);
  if (isToken(access_token)) return undefined;
  const { type, text } = access_token;
  const found = { expected, found: show(access_token), line: lineOfName(run, "access_token") };
  if (type === "undefined") {
    const code = `${withoutComments(run.source).split("\n")[found.line! - 1]}`;
    const [, member] = code.match(/response_json\s*\??\.\s*(?!access_token\b)(\w+)/) ?? [];
    return {
      ...found,
      what: member ? `response_json has no ${member}` : "access_token is undefined",
      advice: "In the answer the token is called access_token: response_json.access_token.",
      isMissing: !member,
    };
  }
  if (type === "Promise") {
    return {
      ...found,
      what: "access_token is a Promise, because await is missing",
      advice: "The call that gives access_token returns a Promise: write await before it.",
    };
  }
  if (type === "Object" || tokens.some((token) => text.includes(token))) {
    return {
      ...found,
      what: "access_token is more than the token",
      advice: "Take the member alone, and add nothing: response_json.access_token.",
    };
  }
  return {
    ...found,
    what: "access_token is not the token that the server issued",
    advice:
      "The server makes a new token for each request, so a made-up or copied one does not work. " +
      "Take it from response_json.",
    isMissing: ["", "null"].includes(text),
  };
}

/** Step 4: the token is printed, on a line of its own. */
export function checkOutput(run: Run): Finding | undefined {
  const { source, stdout, stderr } = run;
  const token = run.values.access_token!.text;
  const lines = stdout.split("\n").map((line) => line.trim()).filter(Boolean);
  if (lines.includes(token)) return undefined;
  const wrong: [isSo: boolean, what: string, advice: string][] = [
    [
      stderr.includes(token),
      "the token was printed to stderr",
      "console.error writes messages for people. The output of a program goes to stdout: console.log.",
    ],
    [
      lines.length === 0,
      "nothing was printed",
      source.includes("console.log")
        ? "The console.log in the code was not reached. Is its function called?"
        : "Print the variable with console.log.",
    ],
    [
      stdout.includes("token_type"),
      "response_json was printed, not the token",
      "response_json is the whole answer. Print its member, which you have in access_token.",
    ],
    [
      stdout.includes("Promise {"),
      "a Promise was printed, not the token",
      "Its value is not there yet. Write await before what returns the Promise.",
    ],
    [
      !stdout.includes(token),
      "something else was printed",
      "Print the variable access_token.",
    ],
    [
      new RegExp(`["'\`]${token}`).test(stdout),
      "the token was printed in quotes",
      "A program that reads it would treat the quotes as part of the token. Print the variable alone.",
    ],
  ];
  const [, what, advice] = wrong.find(([isSo]) => isSo) ?? [
    true,
    "more than the token is on its line",
    "A program that reads it wants the token alone. Print the variable without a label.",
  ];
  return {
    what,
    expected: token,
    found: lines.join(" ") || stderr.trim() || "nothing",
    line: lineOf(run, /\bconsole\s*\.|\.write(Sync)?\(/),
    advice,
    isMissing: lines.length === 0 && !stderr.includes(token),
  };
}
