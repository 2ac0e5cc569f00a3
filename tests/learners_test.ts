// Checks the programs in tests/data/learners, right ones in many styles and wrong ones of many kinds. The
// first line of each says what is expected: the progress, and words of the message.

import { assert, assertEquals } from "@std/assert";
import { check } from "../lesson/check_file.ts";
import { formatLine, formatScreen } from "../lesson/screen.ts";
import { MESSAGES } from "../lesson/verdict.ts";
import { PYTHON_MESSAGES } from "../lesson/python_messages.ts";
import { pathOf, PROJECT } from "./support/command.ts";
import { needs } from "./support/needs.ts";

const FOLDER = new URL("tests/data/learners/", PROJECT);
const MAX_LINES = 32;
/** What a message about Python does not speak of. */
const NOT_PYTHON = /\b(const|fetch|console|URLSearchParams|await|undefined|JavaScript|Deno)\b/;
// A program that never ends need not be waited for. One that does end gets the full time.
const ENDLESS =
  /did not end in time|while \(true\)|^It was stopped. Look for a loop that never ends, or a/;
const SHORT_MS = 700;
// More than learners get, for a machine that is busy with other tests.
const PATIENT_MS = 60_000;

interface Learner {
  name: string;
  source: string;
  held: number;
  phrase: string;
}

interface Result {
  /** What is wrong with the answer, if anything. */
  mistake?: string;
  /** The messages that it consists of. */
  codes: string[];
}

function readLearners(): Learner[] {
  const files = [...Deno.readDirSync(FOLDER)].filter(({ isFile }) => isFile);
  return files.map(({ name }) => {
    const source = Deno.readTextFileSync(new URL(name, FOLDER));
    const [, held, phrase] = source.match(/^(?:\/\/|#) (\d) \/ 4: (.+)/)!;
    return { name, source, held: Number(held), phrase: phrase! };
  });
}

async function resultOf(learner: Learner): Promise<Result> {
  if (!ENDLESS.test(learner.phrase)) return await resultWithin(learner, PATIENT_MS);
  // On a busy machine, the short time may be over before the program comes to its endless part.
  const result = await resultWithin(learner, SHORT_MS);
  return result.mistake ? await resultWithin(learner, 10 * SHORT_MS) : result;
}

async function resultWithin(
  { name, source, held, phrase }: Learner,
  timeLimit: number,
): Promise<Result> {
  const path = pathOf(`tests/data/learners/${name}`);
  const { run, verdict } = await check(path, source, { timeLimit });
  const { codes = [], what = "", advice = "" } = verdict.finding ?? {};
  if (run.language === "python" && NOT_PYTHON.test(what + advice)) {
    return { mistake: `${name}: that is no Python: ${advice}`, codes };
  }
  if (/\{\w+\}/.test(what + advice)) {
    return { mistake: `${name}: a word is missing: ${advice}`, codes };
  }
  const screen = formatScreen(name, run, verdict, {});
  const whole = formatScreen(name, run, verdict, { hint: true, solution: true });
  for (const text of [screen, whole, formatLine(name, verdict)]) {
    const mistake = mistakeIn(text);
    if (mistake) return { mistake: `${name}: ${mistake}`, codes };
  }
  const isRight = verdict.held === held && screen.replace(/\s+/g, " ").includes(phrase) &&
    new RegExp(`^Progress \\[[#-]+\\] ${held} / 4$`, "m").test(screen);
  return isRight
    ? { codes }
    : { mistake: `${name}: expected ${held}, "${phrase}"; got\n${screen}`, codes };
}

/** What is wrong with a text for the terminal. */
function mistakeIn(text: string): string | undefined {
  const lines = text.split("\n");
  if (lines.length > MAX_LINES) return `${lines.length} lines:\n${text}`;
  const long = lines.find((line) => line.length > 80);
  if (long) return `a line is too long: ${long}`;
  if (/[^\n\P{C}]/u.test(text)) return "a character that does not print";
  return undefined;
}

/** Checks programs, as many at a time as there are processors. */
async function checkAll(learners: Learner[]): Promise<Result[]> {
  const results: Result[] = [];
  // The ones that take long begin.
  const rest = learners.toSorted((a, b) =>
    Number(ENDLESS.test(b.phrase)) - Number(ENDLESS.test(a.phrase))
  );
  const work = async () => {
    for (let learner; (learner = rest.shift());) results.push(await resultOf(learner));
  };
  await Promise.all(Array.from({ length: Math.min(8, navigator.hardwareConcurrency) }, work));
  assertEquals(results.flatMap(({ mistake }) => mistake ?? []).join("\n\n"), "");
  return results;
}

/** Fails if a message is about none of the programs that had these results. */
function assertSaid(messages: Iterable<string>, results: Result[]): void {
  const said = new Set(results.flatMap(({ codes }) => codes));
  assertEquals([...messages].filter((code) => !said.has(code)), []);
}

const learners = readLearners();
const usesRequests = ({ name }: Learner) => /^requests_.*\.py$/.test(name);
const isPython = (learner: Learner) => learner.name.endsWith(".py") && !usesRequests(learner);
const isJavaScript = ({ name }: Learner) => !name.endsWith(".py");

Deno.test("the checker says of each learner's program what is wrong, and has no other message", async () => {
  const results = await checkAll(learners.filter(isJavaScript));
  assert(results.length >= 200, `${results.length}`);
  assertSaid(MESSAGES.javascript.keys(), results);
});

Deno.test(
  needs(
    "the checker says of each program in Python what is wrong, and has no other message",
    "python3",
  ),
  async () => {
    const results = await checkAll(learners.filter(isPython));
    assert(results.length >= 25, `${results.length}`);
    assertSaid(Object.keys(PYTHON_MESSAGES), results);
  },
);

Deno.test(
  needs(
    "the checker says of programs that use requests what is wrong",
    "the Python package requests",
  ),
  async () => void await checkAll(learners.filter(usesRequests)),
);

Deno.test("the learners' programs reach every step", () => {
  for (const group of [isJavaScript, isPython]) {
    const counts = [0, 0, 0, 0, 0];
    for (const { held } of learners.filter(group)) counts[held]!++;
    for (const count of counts) assert(count >= 4, `${counts}`);
  }
});
