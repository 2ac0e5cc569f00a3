// The exercise: its four steps with their tasks, hints, solutions and explanations. docs/lesson.md shows
// the same explanations and solutions; a test compares them.

import { printable } from "../token.ts";
import type { Language } from "./scan.ts";
import { STARTED } from "./started.ts";
import { EXERCISE_VALUES } from "./values.ts";

/** How to do a step in one language. */
export interface StepHelp {
  /** How to do it, without the solution. */
  hint: string;
  /** A solution of this step alone. */
  solution: string;
}

/** A step of the exercise; its hint and solution are for JavaScript and TypeScript. */
export interface Step extends StepHelp {
  /** What it is called. */
  title: string;
  /** What to do, as it stands in a new exercise file. */
  task: string[];
  /** How to do it in Python. */
  python: StepHelp;
  /** Why the flow has this step. */
  explanation: string;
  /** Why it works that way, in two sentences, and where that is written. */
  why: string;
}

/** The four steps. */
export const STEPS: readonly Step[] = [
  {
    title: "Set up client credentials and token URL",
    task: [
      "Declare three variables with exactly these values:",
      `  client_id      ${EXERCISE_VALUES.client_id}`,
      `  client_secret  ${EXERCISE_VALUES.client_secret}`,
      `  token_url      ${EXERCISE_VALUES.token_url}`,
    ],
    hint: 'Simple assignment is enough: const name = "value"; for each of the three.',
    solution: `const client_id = "${EXERCISE_VALUES.client_id}";
const client_secret = "${EXERCISE_VALUES.client_secret}";
const token_url = "${EXERCISE_VALUES.token_url}";`,
    python: {
      hint: 'Simple assignment is enough: name = "value" for each of the three.',
      solution: `client_id = "${EXERCISE_VALUES.client_id}"
client_secret = "${EXERCISE_VALUES.client_secret}"
token_url = "${EXERCISE_VALUES.token_url}"`,
    },
    explanation: "The provider gave you three values: who you are, the proof, and where to ask.",
    why: "From id and secret, the server knows which program asks (RFC 6749, section 2.3.1). " +
      "A real program reads such values from its environment, and needs to change nothing else.",
  },
  {
    title: "Prepare the data for the POST request",
    task: [
      "Declare a variable data with three keys: grant_type, client_id, client_secret.",
      "grant_type is client_credentials; for the other two, use your variables.",
    ],
    hint:
      "A form is a list of names and values. new URLSearchParams({ name: value, … }) makes one from " +
      "an object; for a variable, write its name without quotes.",
    solution: `const data = new URLSearchParams({
  grant_type: "client_credentials",
  client_id,
  client_secret,
});`,
    python: {
      hint:
        "A form is a list of names and values. In Python, a dict with the three keys is enough; for a " +
        "variable, write its name without quotes.",
      solution: `data = {
    "grant_type": "client_credentials",
    "client_id": client_id,
    "client_secret": client_secret,
}`,
    },
    explanation:
      "They become a form, `data`. Its `grant_type` names the flow: no user logs in; the program acts " +
      "on its own behalf.",
    why:
      "A token request is a form, and its grant_type names the flow (RFC 6749, section 4.4.2). " +
      "What makes the form also escapes what a value may contain, such as & (appendix B).",
  },
  {
    title: "Send the POST request and get the access token",
    task: [
      "POST data as a form to token_url.",
      "Put the JSON of the answer in a variable response_json,",
      "and its member access_token in a variable access_token.",
    ],
    hint:
      'fetch(token_url, { method: "POST", body: data }) sends a URLSearchParams as a form. It and ' +
      "response.json() return Promises: write await before both.",
    solution: `const response = await fetch(token_url, { method: "POST", body: data });
const response_json = await response.json();
const access_token = response_json.access_token;`,
    python: {
      hint:
        "requests.post(token_url, data=…) sends a dict as a form, and .json() reads the answer. " +
        "Without requests: urllib.request.urlopen(token_url, …) sends bytes, which " +
        "urllib.parse.urlencode(…).encode() makes, and json.load(…) reads the answer.",
      solution: `import json
from urllib.parse import urlencode
from urllib.request import urlopen

with urlopen(token_url, urlencode(data).encode()) as response:
    response_json = json.load(response)
access_token = response_json["access_token"]`,
    },
    explanation:
      "The form goes to `token_url` with POST, because URLs end up in logs. The answer is JSON, " +
      "`response_json`, and contains the token.",
    why:
      "A token request is a POST, and the secret never stands in the URL (RFC 6749, sections 3.2 and " +
      "2.3.1). The answer is JSON with access_token, token_type and mostly expires_in (section 5.1).",
  },
  {
    title: "Print the access token",
    task: ["Print access_token, and nothing else on its line."],
    hint: "console.log(variable) prints the value of a variable.",
    solution: "console.log(access_token);",
    python: {
      hint: "print(variable) prints the value of a variable.",
      solution: "print(access_token)",
    },
    explanation: "The token is printed. Anyone who has it can call the API until it expires.",
    why:
      "It is a bearer token: anyone who has it can use it, until it expires (RFC 6750, section 1.2). " +
      "Alone on its line, it can be read by another program.",
  },
];

/** The file that is checked unless another is named. */
export const DEFAULT_FILE = "exercise.ts";

/** The file in Python that is checked unless another is named. */
export const PYTHON_FILE = "exercise.py";

/** The language of a file, by the end of its name. */
export function languageOf(file: string): Language {
  return file.endsWith(".py") ? "python" : "javascript";
}

/** How to do a step in a language. */
export function helpFor(step: Step, language: Language): StepHelp {
  return language === "python" ? step.python : step;
}

/** What to type to check a file. */
export function commandFor(file: string): string {
  return file === DEFAULT_FILE ? STARTED.learn : `${STARTED.learn} ${printable(file)}`;
}

/** A new exercise file: the tasks, and nothing solved. */
export function newExercise(file: string): string {
  const comment = languageOf(file) === "python" ? "#" : "//";
  const steps = STEPS.map(({ title, task }, i) =>
    [`Step ${i + 1}: ${title}`, ...task].map((line) => `${comment} ${line}\n`).join("") + "\n\n"
  );
  return `${comment} Get an OAuth 2.0 access token with the client credentials grant, in four steps.
${comment} Write your code below each step and save the file. To check it:
${comment}   ${commandFor(file)}
${comment} To check it again at every save:
${comment}   ${commandFor(file)} --watch

${steps.join("").trimEnd()}
`;
}

/** What to do first, if nothing was written yet. */
export function openingLine(file: string, source: string): string {
  return source === newExercise(file)
    ? `Open ${printable(file)} in your editor; it has the four tasks.\n\n`
    : "";
}
