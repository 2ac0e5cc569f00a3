import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Flag, FLAGS } from "./flags.ts";
import { helpText } from "./help.ts";

Deno.test("helpText shows each flag once, with its letter, value, variable and choices", () => {
  const lines = helpText(true).split("\n");
  for (const [name, flag] of Object.entries<Flag>(FLAGS)) {
    const start = `  ${flag.short ? `-${flag.short},` : "   "} --${name}`;
    const found = lines.filter((line) => `${line} `.startsWith(`${start} `));
    assertEquals(found.length, 1, name);
    if (flag.value) assertStringIncludes(found[0]!, `--${name} <${flag.value}>  `);
    assertStringIncludes(found[0]!, ` ${flag.help}`);
    if (flag.variable) assertMatch(found[0]!, new RegExp(` ${flag.variable}$`));
    const [standard, ...others] = flag.required ? [] : flag.choices ?? [];
    if (flag.required) assertEquals(helpText().includes(`${flag.choices![0]} (default)`), false);
    if (flag.required) assertStringIncludes(flag.help, flag.choices!.join(", "));
    const rest = lines.slice(lines.indexOf(found[0]!) + 1).join(" ").replace(/ +/g, " ");
    const choices = [`${standard} (default)`, ...others].join(", ");
    if (standard) assert(rest.startsWith(` ${choices} `), `${name}: ${rest}`);
  }
  assert(lines.every((line) => line.length <= 100 && line === line.trimEnd()));
});

Deno.test("helpText names the variables that have what files contain, as .env.example does", () => {
  const variables = [
    "CLIENT_KEY",
    "CLIENT_KEY_PASSPHRASE",
    "CLIENT_CERT",
    "CLIENT_ASSERTION",
  ];
  assertStringIncludes(
    helpText(),
    `\n${variables.join(", ")} have what such files contain.`,
  );
  const example = Deno.readTextFileSync(new URL("../.env.example", import.meta.url));
  for (const variable of variables) assertStringIncludes(example, `\n${variable}=`);
});

Deno.test("helpText fits on two screens of 40 lines", () => {
  assert(helpText().split("\n").length <= 80);
});

Deno.test("helpText names each exit code", () => {
  assertStringIncludes(
    helpText(),
    "Exit codes: 0 token printed, 1 refused, 2 wrong use, 3 no answer, 4 no usable token, 70 bug",
  );
});

Deno.test("helpText speaks of the program as it was started", () => {
  assertEquals(helpText(), helpText(true));
  assertStringIncludes(helpText(true), "\nUsage: deno run --allow-net main.ts [flags]\n");
  const inNode = helpText(true, "node");
  assertStringIncludes(inNode, "\nUsage: node main.ts [flags]\n");
  assertStringIncludes(inNode, "\n  TOKEN=$(node main.ts) || exit");
  assertEquals(/deno|allow-(net|env|read)/.test(inNode), false);
  const installed = helpText(false);
  assertStringIncludes(installed, "\nUsage: token [flags]\n");
  assertStringIncludes(installed, "\n  token --demo --explain\n");
  assertStringIncludes(installed, "\n  TOKEN=$(token) || exit");
  assert(!/deno|main\.ts/.test(installed), installed);
});
