import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "./assert.ts";
import { parse } from "./dotenv.ts";

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
    assertThrows(() => parse(`CLIENT_SECRET=${value}`), SyntaxError, "needs single quotes");
  }
  assertEquals(parse("CLIENT_SECRET='a\\tb`'"), { CLIENT_SECRET: "a\\tb`" });
});
