import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { capture, replace } from "../tests/support/run_main.ts";
import { breakIt, programOf, seeFault } from "./break_it.ts";
import { BREAKS } from "./breaks.ts";

/** Answers the questions with these lines. */
async function answer(lines: string[], faults = BREAKS) {
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  let at = 0;
  const read = (into: Uint8Array) => {
    if (at === bytes.length) return Promise.resolve(null);
    into[0] = bytes[at++]!;
    return Promise.resolve(1);
  };
  using _stdin = replace(Deno.stdin as { read: typeof read }, { read });
  using stdout = capture("stdout");
  return { code: await breakIt(faults), stdout: stdout.text };
}

const right = (i: number) => ["a", "b", "c"][BREAKS[i]!.right]!;

for (
  const [i, ...evidence] of [
    [0, "The program printed:\n  undefined\n", "POST /oauth2/token 401\n", "Yes: b."],
    [1, "  POST /oauth2/token?grant_type=", "_secret_456 400\n", "Yes: c."],
    [2, "POST /oauth2/token 307\n  POST /elsewhere 200\n", "&\n  client_secret=my_secret_456\n"],
    [3, "After 2 seconds, the program was still waiting", "/oauth2/token (no answer)\n"],
    [
      4,
      '  401 Bearer realm="practice", error="invalid_token"',
      '\n  token expired"\n',
      "GET /v1/things 401\n",
    ],
  ] as const
) {
  Deno.test(`deno task learn --next shows ${BREAKS[i]!.title}`, async () => {
    const shown = await seeFault(BREAKS[i]!, right(i));
    for (const words of evidence) assertStringIncludes(shown, words);
    assert(shown.split("\n").every((line) => line.length <= 80), shown);
  });
}

Deno.test("deno task learn --next asks for each fault, and says whether the answer was right", async () => {
  const { code, stdout } = await answer(["x", "", "A", "q"]);
  assertEquals(code, 0);
  assertEquals(stdout.match(/Your answer/g)?.length, 4);
  assertMatch(stdout, /^The program of the four steps, here in JavaScript, /);
  assertMatch(stdout, /^Break it 1 \/ 5: a wrong secret$/m);
  assertStringIncludes(stdout, "No: b. fetch throws only if there is no answer.");
  assertMatch(stdout, /Break it 2 \/ 5: credentials in the URL[^]*quits\): \n$/);
});

Deno.test("deno task learn --next ends after the last fault, and where there is nobody to ask", async () => {
  const { stdout } = await answer(["b"], BREAKS.slice(0, 1));
  assertStringIncludes(stdout, "Yes: b.");
  assertStringIncludes(stdout, "token.ts handles the first four");
  assertMatch((await answer([])).stdout, /quits\): \n$/);
});

Deno.test("a fault changes one step of the program", () => {
  for (const fault of BREAKS) {
    const program = programOf(fault);
    for (const line of fault.code) assertStringIncludes(program, line);
    assertMatch(program, /client_id = [^]*data = [^]*fetch\(/);
  }
});
