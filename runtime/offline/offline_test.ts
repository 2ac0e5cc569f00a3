import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "./assert.ts";
import { TokenError } from "../../token.ts";
import { parse } from "./dotenv.ts";
import { parseArgs } from "./parse_args.ts";
import { loadDotenv, loadParseArgs, loadPromptSecret } from "./std.ts";

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

Deno.test("parse of offline/ refuses what @std/dotenv reads in another way", () => {
  for (const value of ['"a\\tb"', "`a`"]) {
    assertThrows(() => parse(`CLIENT_SECRET=${value}`), TokenError, "needs single quotes");
  }
  assertEquals(parse("CLIENT_SECRET='a\\tb`'"), { CLIENT_SECRET: "a\\tb`" });
});

Deno.test("parse of offline/ passes over what is no name of a variable", () => {
  const { warn } = console;
  const warnings: unknown[] = [];
  console.warn = (warning) => warnings.push(warning);
  try {
    assertEquals(parse("1A=x\nA_1=y"), { A_1: "y" });
  } finally {
    console.warn = warn;
  }
  assertEquals(warnings.length, 1);
});

Deno.test("std.ts of offline/ loads what @std has under the same names", async () => {
  for (const { parseArgs: either } of [await loadParseArgs(), { parseArgs }]) {
    const unknown: string[] = [];
    const parsed = either(["--a=1", "--b=", "--a==2", "--c=true", "--d=x", "x", "--", "--a=3"], {
      string: ["a", "b"],
      collect: ["a", "b"],
      boolean: ["c", "e"],
      unknown: (arg: string) => {
        unknown.push(arg);
        return false;
      },
    });
    assertEquals({ ...parsed }, {
      _: ["--a=3"],
      a: ["1", "=2"],
      b: [""],
      c: true,
      e: false,
    });
    assertEquals(unknown, ["--d=x", "x"]);
    assertEquals({
      ...either(["--a=1"], { string: ["a"], collect: ["a"], boolean: [], unknown: () => {} }),
    }, { _: [], a: ["1"] });
  }
  for (const { parse: either } of [await loadDotenv(), { parse }]) {
    assertEquals({ ...either("A=1 # c\nexport B='a#b'\nC=\n") }, { A: "1", B: "a#b", C: "" });
  }
  assertEquals(typeof (await loadPromptSecret()).promptSecret, "function");
});
