import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "./assert.ts";
import { parseArgs } from "./parse_args.ts";

/** Tells how `work` failed, without any of the assertions that are tested here. */
async function failureOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return (error as Error).name;
  }
}

const fail = () => {
  throw new TypeError("wrong");
};

for (
  const [name, passing, failing] of [
    ["assert", () => assert(1), () => assert(0)],
    ["assertEquals", () => assertEquals({ a: [1] }, { a: [1] }), () => assertEquals([1], [2])],
    ["assertMatch", () => assertMatch("abc", /b/), () => assertMatch("abc", /d/)],
    [
      "assertStringIncludes",
      () => assertStringIncludes("abc", "b"),
      () => assertStringIncludes("abc", "d"),
    ],
    ["assertThrows", () => assertThrows(fail, TypeError), () => assertThrows(() => {}, TypeError)],
    [
      "assertThrows, given a class,",
      () => assertThrows(fail, Error),
      () => assertThrows(fail, RangeError),
    ],
    [
      "assertThrows, given a text,",
      () => assertThrows(fail, TypeError, "wrong"),
      () => assertThrows(fail, TypeError, "right"),
    ],
    [
      "assertRejects",
      () => assertRejects(async () => await fail(), TypeError),
      () => assertRejects(async () => {}, TypeError),
    ],
  ] as [string, () => unknown, () => unknown][]
) {
  Deno.test(`${name} of offline/ passes and fails`, async () => {
    const results = [await failureOf(passing), await failureOf(failing)];
    if (`${results}` !== ",AssertionError") throw new Error(`${results}`);
  });
}

const OPTIONS = { string: ["a", "b"], collect: ["a", "b"], boolean: ["c", "e"] };

/** What is parsed, and what is unknown. */
function parsed(parse: typeof parseArgs, args: string[]): unknown {
  const unknown: string[] = [];
  const result = parse(args, { ...OPTIONS, unknown: (arg: string) => unknown.push(arg) > 100 });
  return { ...result, _: (result._ as string[]).filter((arg) => !unknown.includes(arg)), unknown };
}

Deno.test("parseArgs of offline/ parses joined flags, and reports what is unknown", () => {
  const args = ["--a=1", "--b=", "--a==2", "--c=true", "--d=x", "x", "--", "--a=3"];
  assertEquals(parsed(parseArgs, args), {
    _: ["--a=3"],
    a: ["1", "=2"],
    b: [""],
    c: true,
    e: false,
    unknown: ["--d=x", "x"],
  });
});

const name = "@std/cli/parse-args";
const ignore = import.meta.resolve(name).startsWith("file:");
Deno.test({ name: "parseArgs of offline/ parses as @std does", ignore }, async () => {
  const { parseArgs: std } = await import(name);
  const words = [
    "--a=1",
    "--a=",
    "--b==x y",
    "--c=true",
    "--e=true",
    "--d=1",
    "x",
    "--f",
    "-g",
    "1",
  ];
  for (let seed = 1; seed <= 2000; seed++) {
    // A linear congruential generator: the same words in each run.
    let state = seed;
    const next = (below: number) => (state = (state * 48271) % 2147483647) % below;
    const args = Array.from({ length: next(8) }, () => words[next(words.length)]!);
    if (next(4) === 0) args.push("--", "--a=2");
    assertEquals(parsed(parseArgs, args), parsed(std, args));
  }
});
