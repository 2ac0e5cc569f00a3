/**
 * Puts the files of the tests together in a few modules. For each module that it is given, `deno test`
 * starts anew, which takes a third of a second, and loads `main.ts` and the npm packages once more.
 *
 * @module
 */

const PROJECT = new URL("../..", import.meta.url);
const OTHER_FOLDERS = [".git", "coverage", "data", "node_modules"];
/** So many that the last ones to end, side by side, do not leave a processor idle for long. */
const GROUPS = 6;
/** What cannot be in one module with others. */
const ALONE = [
  // It takes longest, so it begins.
  "tests/learners_test.ts",
  // Clients of databases, what drives a browser, and servers that break off leave something behind, which
  // would end during the tests of others.
  "tests/fleet_test.ts",
  "tests/browser_test.ts",
  "tests/error_codes_test.ts",
  // It makes `loadJose` keep another jose.
  "runtime/jose_test.ts",
];

/** The paths of all files of tests below a folder, relative to the project. */
export function findTests(folder = ""): string[] {
  const entries = [...Deno.readDirSync(new URL(folder || ".", PROJECT))];
  return entries.flatMap(({ name, isDirectory }) => {
    if (isDirectory) return OTHER_FOLDERS.includes(name) ? [] : findTests(`${folder}${name}/`);
    return name.endsWith("_test.ts") ? [`${folder}${name}`] : [];
  }).sort();
}

/** Writes the modules into a folder, and returns their paths. */
export async function writeGroups(folder: string): Promise<string[]> {
  const rest = findTests().filter((path) => !ALONE.includes(path));
  const groups: string[][] = Array.from({ length: GROUPS }, () => []);
  for (const [i, path] of rest.entries()) groups[i % GROUPS]?.push(path);
  const modules = await Promise.all(groups.map(async (paths, i) => {
    const module = `${folder}/group_${i + 1}.ts`;
    const imports = paths.map((path) => `import "${new URL(path, PROJECT)}";\n`);
    await Deno.writeTextFile(module, imports.join(""));
    return module;
  }));
  return [...ALONE, ...modules];
}
