import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "./assert.ts";
import { type Flag, FLAGS } from "../../command/flags.ts";
import { parseArgs } from "./parse_args.ts";
import { needs } from "../../tests/support/needs.ts";

/** How the work failed, without any of the assertions that are tested here. */
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

const STD_PARSE_ARGS = "@std/cli/parse-args";
const RUNS = 10_000;
const TABLE: Record<string, Flag> = FLAGS;
const NAMES = Object.keys(TABLE);
const WITH_VALUE = NAMES.filter((name) => TABLE[name]!.value);
// As parse_flags.ts spells them.
const SWITCHES = NAMES.filter((name) => !TABLE[name]!.value)
  .map((name) => name.replace(/^no-/, "switch-no-"));
// Most arguments have one of the two forms in which parse_flags.ts spells a flag.
// deno-fmt-ignore
const PARTS = [
  "", "", "a", "true", "false", "=", "-", "--", " ", "\n", "\r", "\u2028", "0", "007", "1e3", ".", "é",
  "\u{1f511}", "'", '"', "\\", "--demo", "__proto__",
];

type Parsed = Record<string, unknown>;

/** Parses as parse_flags.ts does. */
function read(parser: typeof parseArgs, args: string[]): Parsed {
  return { ...parser(args, { string: WITH_VALUE, collect: WITH_VALUE, boolean: SWITCHES }) };
}

const none = {
  _: [],
  ...Object.fromEntries(WITH_VALUE.map((name) => [name, []])),
  ...Object.fromEntries(SWITCHES.map((name) => [name, false])),
};
for (
  const [args, result] of [
    [[], {}],
    [["--scope=a", "--scope=", "--scope==b"], { scope: ["a", "", "=b"] }],
    [["--param=a\n--demo"], { param: ["a\n--demo"] }],
    [["--client-id=007", "--timeout=-1"], { "client-id": ["007"], timeout: ["-1"] }],
    [["--demo=true", "--demo=true"], { demo: true }],
    [["--demo=false"], {}],
  ] as [string[], Parsed][]
) {
  Deno.test(`parseArgs of offline/ parses ${JSON.stringify(args)}`, () => {
    assertEquals(read(parseArgs, args), { ...none, ...result });
  });
}

Deno.test({
  ...needs(
    "parseArgs of offline/ parses all that parse_flags.ts gives it as @std/cli does",
    "@std",
  ),
  async fn() {
    const std = await import(STD_PARSE_ARGS);
    let seed = 1;
    /** Draws one of them (a linear congruential generator). */
    const one = <T>(values: readonly T[]): T => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return values[Math.floor(seed / 2 ** 32 * values.length)]!;
    };
    const argument = () => {
      if (one([0, 1, 2]) === 0) return `--${one(SWITCHES)}=true`;
      return `--${one(WITH_VALUE)}=${one(PARTS)}${one(PARTS)}${one(PARTS)}`;
    };
    for (let run = 0; run < RUNS; run++) {
      const args = Array.from({ length: run % 8 }, argument);
      assertEquals([args, read(parseArgs, args)], [args, read(std.parseArgs, args)]);
    }
  },
});
