/**
 * Which tests look at a file.
 *
 * @module
 */

// They compare the text of the source, not what it does.
const READERS = ["tests/layout_test.ts", "tests/readme_test.ts"];

/**
 * The tests that import a file, directly or by way of others: its own first, then those with the
 * fewest steps between, then those that load the least. `imports` has what each file imports.
 */
export function testsOf(file: string, imports: Map<string, string[]>): string[] {
  const own = file.replace(/\.ts$/, "_test.ts");
  const steps = stepsFrom(file, invert(imports));
  const tests = [...steps.keys()].filter((path) => path.endsWith("_test.ts"))
    .filter((path) => !READERS.includes(path));
  const ranks = tests.map((test) => ({
    test,
    steps: test === own ? 0 : steps.get(test) ?? 0,
    loads: stepsFrom(test, imports).size,
  }));
  return ranks.toSorted((a, b) => a.steps - b.steps || a.loads - b.loads).map(({ test }) => test);
}

/** The least steps from one file to each that can be reached. */
function stepsFrom(start: string, next: Map<string, string[]>): Map<string, number> {
  const steps = new Map([[start, 0]]);
  // The loop goes on to what is added meanwhile.
  for (const [path, count] of steps) {
    for (const other of next.get(path) ?? []) {
      if (!steps.has(other)) steps.set(other, count + 1);
    }
  }
  return steps;
}

/** The files that import each file. */
function invert(imports: Map<string, string[]>): Map<string, string[]> {
  const importers = new Map<string, string[]>();
  for (const [path, imported] of imports) {
    for (const other of imported) importers.set(other, [...importers.get(other) ?? [], path]);
  }
  return importers;
}
