// Checks the programs in tests/data/learners, right ones in many styles and wrong ones of many kinds. The
// first line of each says what is expected: the progress, and words of the message.

import { assert, assertEquals } from "@std/assert";
import { check } from "../lesson/learn.ts";
import { formatLine, formatScreen } from "../lesson/screen.ts";
import { pathOf, PROJECT } from "./support/command.ts";

const FOLDER = new URL("tests/data/learners/", PROJECT);
// A program that never ends need not be waited for. One that does end may take long on a busy machine.
const ENDLESS = /did not end in time|while \(true\)/;
const SHORT_MS = 1000;
const LONG_MS = 60_000;

interface Learner {
  name: string;
  source: string;
  held: number;
  phrase: string;
}

function readLearners(): Learner[] {
  const files = [...Deno.readDirSync(FOLDER)].filter(({ isFile }) => isFile);
  return files.map(({ name }) => {
    const source = Deno.readTextFileSync(new URL(name, FOLDER));
    const [, held, phrase] = source.match(/^\/\/ (\d) \/ 4: (.+)/)!;
    return { name, source, held: Number(held), phrase: phrase! };
  });
}

/** What is wrong with the answer to a program, in one line. */
async function mistakeOf(learner: Learner): Promise<string | undefined> {
  // The short time may be over before the program comes to its endless part.
  const isRight = ENDLESS.test(learner.phrase) && !await mistakeWithin(learner, SHORT_MS);
  return isRight ? undefined : await mistakeWithin(learner, LONG_MS);
}

async function mistakeWithin(
  { name, source, held, phrase }: Learner,
  timeLimit: number,
): Promise<string | undefined> {
  const path = pathOf(`tests/data/learners/${name}`);
  const { run, verdict } = await check(path, source, timeLimit);
  const screen = formatScreen(name, run, verdict, {});
  const whole = formatScreen(name, run, verdict, { hint: true, solution: true });
  for (const text of [screen, whole, formatLine(name, verdict)]) {
    const lines = text.split("\n");
    if (lines.length > 25) return `${name}: ${lines.length} lines`;
    const long = lines.find((line) => line.length > 80);
    if (long) return `${name}: a line is too long: ${long}`;
    if (/[^\n\P{C}]/u.test(text)) return `${name}: a character that does not print`;
  }
  const isRight = verdict.held === held && screen.replace(/\s+/g, " ").includes(phrase) &&
    screen.split("\n").includes(`Progress ${held} / 4`);
  return isRight ? undefined : `${name}: expected ${held}, "${phrase}"; got\n${screen}`;
}

Deno.test("the checker says of each learner's program what holds and why the next does not", async () => {
  const learners = readLearners();
  assert(learners.length >= 60);
  // The ones that take long begin.
  const rest = learners.toSorted((a, b) =>
    Number(ENDLESS.test(b.phrase)) - Number(ENDLESS.test(a.phrase))
  );
  const mistakes: string[] = [];
  const work = async () => {
    for (let learner; (learner = rest.shift());) {
      const mistake = await mistakeOf(learner);
      if (mistake) mistakes.push(mistake);
    }
  };
  await Promise.all(Array.from({ length: Math.min(8, navigator.hardwareConcurrency) }, work));
  assertEquals(mistakes.join("\n\n"), "");
});

Deno.test("the learners' programs reach every step", () => {
  const counts = [0, 0, 0, 0, 0];
  for (const { held } of readLearners()) counts[held]!++;
  for (const count of counts) assert(count >= 10, `${counts}`);
});
