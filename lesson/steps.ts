// The exercise: its four steps with their tasks, hints, solutions and explanations. docs/lesson.md shows
// the same explanations and solutions; a test compares them.

import { printable } from "../token.ts";
import { EXERCISE_VALUES } from "./values.ts";

/** A step of the exercise. */
export interface Step {
  /** What it is called. */
  title: string;
  /** What to do, as it stands in a new exercise file. */
  task: string[];
  /** How to do it, without the solution. */
  hint: string;
  /** A solution of this step alone. */
  solution: string;
  /** Why the flow has this step. */
  explanation: string;
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
    explanation: "The provider gave you three values: who you are, the proof, and where to ask.",
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
    explanation:
      "They become a form, `data`. Its `grant_type` names the flow: no user logs in; the program acts " +
      "on its own behalf.",
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
    explanation:
      "The form goes to `token_url` with POST, because URLs end up in logs. The answer is JSON, " +
      "`response_json`, and contains the token.",
  },
  {
    title: "Print the access token",
    task: ["Print access_token, and nothing else on its line."],
    hint: "console.log(variable) prints the value of a variable.",
    solution: "console.log(access_token);",
    explanation: "The token is printed. Anyone who has it can call the API until it expires.",
  },
];

/** The file that is checked unless another is named. */
export const DEFAULT_FILE = "exercise.ts";

/** What to type to check a file. */
export function commandFor(file: string): string {
  return file === DEFAULT_FILE ? "deno task learn" : `deno task learn ${printable(file)}`;
}

/** A new exercise file: the tasks, and nothing solved. */
export function newExercise(file: string): string {
  const steps = STEPS.map(({ title, task }, i) =>
    [`Step ${i + 1}: ${title}`, ...task].map((line) => `// ${line}\n`).join("") + "\n\n"
  );
  return `// Get an OAuth 2.0 access token with the client credentials grant, in four steps.
// Write your code below each step and save the file. To check it:
//   ${commandFor(file)}
// To check it again at every save:
//   ${commandFor(file)} --watch

${steps.join("").trimEnd()}
`;
}
