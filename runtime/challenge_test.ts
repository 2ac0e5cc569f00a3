import { assert, assertEquals } from "@std/assert";
import { processorTime } from "../tests/support/command.ts";
import { parseChallenges } from "./challenge.ts";

type Expected = [scheme: string, params: Record<string, string>][];

const CASES: [header: string, expected: Expected][] = [
  ["", []],
  [" , ,", []],
  ["Bearer", [["bearer", {}]]],
  ['DPoP error="use_dpop_nonce"', [["dpop", { error: "use_dpop_nonce" }]]],
  ["DPoP error=use_dpop_nonce", [["dpop", { error: "use_dpop_nonce" }]]],
  ['dPoP ERROR = "a" , Algs\t=\t"ES256 PS256"', [["dpop", { error: "a", algs: "ES256 PS256" }]]],
  [
    'Basic realm="a, b", DPoP error="use_dpop_nonce", algs="ES256"',
    [["basic", { realm: "a, b" }], ["dpop", { error: "use_dpop_nonce", algs: "ES256" }]],
  ],
  [
    'Negotiate abc/d+==, Bearer error="insufficient_scope", scope="a b"',
    [["negotiate", {}], ["bearer", { error: "insufficient_scope", scope: "a b" }]],
  ],
  ["Negotiate \t abc=", [["negotiate", {}]]],
  ["Negotiate, NTLM , Basic realm=x", [["negotiate", {}], ["ntlm", {}], ["basic", { realm: "x" }]]],
  ['Bearer scope="" error="invalid_token"', [["bearer", { scope: "", error: "invalid_token" }]]],
  [',Bearer realm="x",,error="y",', [["bearer", { realm: "x", error: "y" }]]],
  ['Bearer realm="say \\"DPoP\\" \\\\ \\x"', [["bearer", { realm: 'say "DPoP" \\ x' }]]],
  [
    'Bearer error="invalid_token", error_description="DPoP error=\\"use_dpop_nonce\\""',
    [["bearer", {
      error: "invalid_token",
      error_description: 'DPoP error="use_dpop_nonce"',
    }]],
  ],
  ['Bearer error="a", error="b", Error="c"', [["bearer", { error: "a" }]]],
  ["Bearer __proto__=a, constructor=b", [["bearer", { ["__proto__"]: "a", constructor: "b" }]]],
  ['Bearer  abc== , DPoP a="b"', [["bearer", {}], ["dpop", { a: "b" }]]],
  // What follows a fault is not read: it may be part of a text that is badly quoted.
  ['Bearer a="x "DPoP error="use_dpop_nonce""', [["bearer", { a: "x " }]]],
  ['Bearer a="x, DPoP error=', [["bearer", {}]]],
  ["Bearer a=1, é, DPoP b=2", [["bearer", { a: "1" }]]],
  ["Bearer error=invalid token, DPoP b=2", [["bearer", { error: "invalid" }]]],
  ['error="use_dpop_nonce", DPoP', []],
  ['"DPoP" error="use_dpop_nonce"', []],
];

for (const [header, expected] of CASES) {
  Deno.test(`parseChallenges reads ${JSON.stringify(header)}`, () => {
    const read = parseChallenges(header).map(({ scheme, params }) => [scheme, [...params]]);
    assertEquals(read, expected.map(([scheme, params]) => [scheme, Object.entries(params)]));
  });
}

Deno.test("parseChallenges takes time in proportion to the length", () => {
  const length = 100_000;
  const parts = [
    " ",
    ",",
    "a",
    "a ",
    "a=",
    'a="',
    '\\"',
    "a,",
    "a=b,",
    'a="b\\"',
    "a=b ",
    "= ",
    "a\t",
  ];
  for (const part of parts) {
    for (const start of ["", "Bearer ", 'Bearer a="']) {
      const header = start + part.repeat(length / part.length);
      const before = processorTime();
      parseChallenges(header);
      // It takes milliseconds; if each part were looked at once for each other, it would take many seconds.
      assert(processorTime() - before < 10_000, JSON.stringify([start, part]));
    }
  }
});
