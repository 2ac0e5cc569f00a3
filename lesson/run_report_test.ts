import { assertEquals } from "@std/assert";
import { readReport, takeReport } from "./run_report.ts";

const VALUE = { type: "string", text: "a" };

function report(more: Record<string, unknown>): string {
  return JSON.stringify({ values: {}, unset: {}, ...more });
}

Deno.test("takeReport takes the last report that is whole, and leaves the rest", () => {
  const first = report({ values: { a: VALUE } });
  const second = report({ values: { b: VALUE }, unset: { c: true }, thrown: "d", caught: "e" });
  const stderr = `x\n\nmark${first}\ny\n\nmark${second}\nz\n\nmark{"values":`;
  assertEquals(takeReport(stderr, "mark"), {
    report: {
      values: new Map([["b", VALUE]]),
      outer: new Map(),
      unset: ["c"],
      thrown: "d",
      caught: "e",
      failure: undefined,
    },
    rest: "x\ny\nz\n",
    hasReport: true,
  });
});

Deno.test("takeReport knows nothing without a report", () => {
  const { report, rest, hasReport } = takeReport("x\n", "mark");
  assertEquals([report.values.size, report.unset, rest, hasReport], [0, [], "x\n", false]);
});

for (
  const line of [
    "",
    "1",
    "null",
    "[]",
    '{"values":{}}',
    '{"values":[],"unset":{}}',
    report({ values: { a: null } }),
    report({ values: { a: "b" } }),
    report({ values: { a: { type: 1, text: "b" } } }),
    report({ values: { a: { type: "string" } } }),
    report({ values: { a: { ...VALUE, entries: 1 } } }),
    report({ values: { a: { ...VALUE, entries: [["b", "string"]] } } }),
    report({ values: { a: { ...VALUE, entries: [["b", "string", 1]] } } }),
    report({ values: { a: { ...VALUE, text: "b".repeat(1001) } } }),
    report({ outer: [] }),
    report({ outer: { a: 1 } }),
    report({ thrown: 1 }),
    report({ caught: {} }),
  ]
) {
  Deno.test(`readReport does not believe ${line.slice(0, 70)}`, () => {
    assertEquals(readReport(line), undefined);
  });
}

Deno.test("readReport takes any name for a variable", () => {
  const names = ["__proto__", "constructor", "toString"];
  const members = names.map((name) => `"${name}":${JSON.stringify(VALUE)}`);
  const report = readReport(`{"values":{${members}},"unset":{}}`);
  assertEquals([...report?.values.keys() ?? []], names);
});
