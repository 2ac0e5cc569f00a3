import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { replace } from "../tests/support/run_main.ts";
import { check } from "./check_file.ts";
import { PRACTICE_CLIENT } from "./start_practice_server.ts";
import { formatScreen } from "./screen.ts";
import { newExercise, STEPS } from "./steps.ts";
import { EXERCISE_VALUES } from "./values.ts";

const read = (path: string) => Deno.readTextFileSync(new URL(path, import.meta.url));
const DOCS = read("../docs/lesson.md");

Deno.test("the practice server knows the client of the exercise", () => {
  const { client_id, client_secret } = EXERCISE_VALUES;
  assertEquals(PRACTICE_CLIENT, { client_id, client_secret });
});

Deno.test("a new exercise names every task and solves none", async () => {
  // As if it were not started by the task.
  using _env = replace(Deno.env, { get: () => undefined });
  const exercise = newExercise("exercise.ts");
  for (const { title, task } of STEPS) {
    for (const line of [title, ...task]) assertStringIncludes(exercise, line);
  }
  assertEquals(exercise.split("\n").filter((line) => line && !line.startsWith("//")), []);
  assertEquals((await check("exercise.ts", exercise)).verdict.held, 0);
});

Deno.test("docs/lesson.md has the explanations and solutions of the exercise", () => {
  const text = (markdown: string) => markdown.replace(/\s+/g, " ");
  for (const [i, { explanation }] of STEPS.entries()) {
    assertStringIncludes(text(DOCS), `${i + 1}. ${explanation}`);
  }
  const blocks = [...DOCS.matchAll(/^ *```ts\n([^]*?)^ *```$/gm)].map(([, block]) =>
    block!.replace(/^ {3}/gm, "").trim()
  );
  assertEquals(blocks, STEPS.map(({ solution }) => solution));
});

Deno.test("a hint is not the solution", () => {
  for (const { hint, solution } of STEPS) {
    for (const line of solution.split("\n")) assert(!hint.includes(line), hint);
  }
});

/** A new exercise with the solutions of the first steps, and perhaps more code, in their places. */
function solvedExercise(count: number, more: string): string {
  const code = [...STEPS.slice(0, count).map(({ solution }) => solution), more];
  return code.reduce(
    (exercise, text, i) => exercise.replace(STEPS[i]!.task.at(-1)!, (line) => `${line}\n${text}`),
    newExercise("exercise.ts"),
  );
}

Deno.test("docs/lesson.md shows a screen of the exercise as it is", async () => {
  const more = "const response = await fetch(token_url);\n" +
    "const response_json = await response.json();";
  const { run, verdict } = await check("exercise.ts", solvedExercise(2, more));
  const screen = formatScreen("exercise.ts", run, verdict, {});
  assertStringIncludes(screen, "] 2 / 4");
  assertStringIncludes(DOCS, `\n\`\`\`text\n${screen}\n\`\`\`\n`);
});
