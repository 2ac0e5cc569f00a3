// The programs of tests/data/learners, and whether the checker says of each what it should. Node.js runs
// this, too, so it uses nothing of Deno's.

import { availableParallelism } from "node:os";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { check } from "../../lesson/check_file.ts";
import { formatLine, formatScreen } from "../../lesson/screen.ts";

const FOLDER = fileURLToPath(new URL("../data/learners/", import.meta.url));
const PROGRAM = /\.(m?[jt]s|py)$/;
const MAX_LINES = 32;
/** What a message about Python does not speak of. */
const NOT_PYTHON = /\b(const|fetch|console|URLSearchParams|await|undefined|JavaScript|Deno)\b/;
// A program that never ends need not be waited for. One that does end gets the full time.
const ENDLESS =
  /did not end in time|while \(true\)|^It was stopped. Look for a loop that never ends, or a/;
const SHORT_MS = 400;
const MAX_SHORT_MS = 8000;
// More than learners get, for a machine that is busy with other tests.
const PATIENT_MS = 60_000;

/** A program, and what is to be said of it. */
export interface Learner {
  name: string;
  source: string;
  held: number;
  phrase: string;
}

/** What was said of a program. */
export interface Result {
  /** What is wrong with the answer, if anything. */
  mistake?: string;
  /** The messages that it consists of. */
  codes: string[];
}

/** Reads all programs, and what the first line of each expects. */
export function readLearners(): Learner[] {
  return readdirSync(FOLDER).filter((name) => PROGRAM.test(name)).map((name) => {
    const source = readFileSync(FOLDER + name, "utf8");
    const [, held, phrase] = source.match(/^(?:\/\/|#) (\d) \/ 4: (.+)/)!;
    return { name, source, held: Number(held), phrase: phrase! };
  });
}

async function resultOf(learner: Learner): Promise<Result> {
  if (!ENDLESS.test(learner.phrase)) return await resultWithin(learner, PATIENT_MS);
  // On a busy machine, a short time may be over before the program comes to its endless part.
  for (let timeLimit = SHORT_MS;; timeLimit *= 2) {
    const result = await resultWithin(learner, timeLimit);
    if (!result.mistake || timeLimit > MAX_SHORT_MS) return result;
  }
}

async function resultWithin(
  { name, source, held, phrase }: Learner,
  timeLimit: number,
): Promise<Result> {
  const { run, verdict } = await check(FOLDER + name, source, { timeLimit });
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

/** Checks programs, side by side; one more than there are processors, as each waits at times. */
export async function checkAll(learners: Learner[]): Promise<Result[]> {
  const results: Result[] = [];
  const rest = [...learners];
  const work = async () => {
    for (let learner; (learner = rest.shift());) results.push(await resultOf(learner));
  };
  await Promise.all(Array.from({ length: Math.min(8, availableParallelism() + 1) }, work));
  return results;
}
