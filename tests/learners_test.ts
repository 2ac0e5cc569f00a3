// Checks the programs in tests/data/learners, right ones in many styles and wrong ones of many kinds. The
// first line of each says what is expected: the progress, and words of the message.

import { assert, assertEquals } from "@std/assert";
import { check } from "../lesson/learn.ts";
import { formatLine, formatScreen } from "../lesson/screen.ts";
import { MESSAGES } from "../lesson/verdict.ts";
import { PROJECT } from "./support/command.ts";

const FOLDER = new URL("tests/data/learners/", PROJECT);
const MAX_LINES = 32;
// A program that never ends need not be waited for. One that does end gets the full time.
const ENDLESS = /^(endless|timer|while)_/;
const SHORT_MS = 1000;

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
  if (!ENDLESS.test(learner.name)) return await resultWithin(learner);
  // On a busy machine, the short time may be over before the program comes to its endless part.
  const result = await resultWithin(learner, SHORT_MS);
  return result.mistake ? await resultWithin(learner) : result;
}

async function resultWithin(
  { name, source, held, phrase }: Learner,
  timeLimit?: number,
): Promise<Result> {
  const path = new URL(name, FOLDER).pathname;
  const { run, verdict } = await check(path, source, timeLimit);
  const { codes = [], what = "", advice = "" } = verdict.finding ?? {};
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
    screen.split("\n").includes(`Progress ${held} / 4`);
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

let results: Promise<Result[]> | undefined;

/** Checks all programs, once. */
function checkAll(): Promise<Result[]> {
  return results ??= (async () => {
    const done: Result[] = [];
    // The ones that take long begin.
    const rest = readLearners().toSorted((a, b) =>
      Number(ENDLESS.test(b.name)) - Number(ENDLESS.test(a.name))
    );
    const work = async () => {
      for (let learner; (learner = rest.shift());) done.push(await resultOf(learner));
    };
    await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
    return done;
  })();
}

Deno.test("the checker says of each learner's program what holds and why the next does not", async () => {
  const results = await checkAll();
  assert(results.length >= 200, `${results.length}`);
  assertEquals(results.flatMap(({ mistake }) => mistake ?? []).join("\n\n"), "");
});

Deno.test("each message of the checker is about a learner's program", async () => {
  const said = new Set((await checkAll()).flatMap(({ codes }) => codes));
  const codes = [...MESSAGES.javascript.keys(), ...MESSAGES.python.keys()];
  assertEquals(codes.filter((code) => !said.has(code)), []);
});

Deno.test("the learners' programs reach every step", () => {
  const counts = [0, 0, 0, 0, 0];
  for (const { held } of readLearners()) counts[held]!++;
  for (const count of counts) assert(count >= 10, `${counts}`);
});
