// Checks the programs in tests/data/learners, right ones in many styles and wrong ones of many kinds. The
// first line of each says what is expected: the progress, and words of the message.

import { assert, assertEquals } from "@std/assert";
import { NODE_MESSAGES } from "../lesson/node_messages.ts";
import { PYTHON_MESSAGES } from "../lesson/python_messages.ts";
import { MESSAGES } from "../lesson/verdict.ts";
import { pathOf } from "./support/command.ts";
import { checkAll, type Learner, readLearners, type Result } from "./support/learners.ts";
import { findNode, needs } from "./support/needs.ts";
import { usePythonItself } from "./support/python.ts";

const node = await findNode();
await usePythonItself();

/** Some programs of each kind, for Node.js, and what is expected of them there where it is something else. */
const IN_NODE: Record<string, Partial<Learner>> = {
  "right.ts": { phrase: "What to look at next: node lesson/learn.ts --next" },
  "right_imports_file.ts": { phrase: "Your program gets an access token" },
  "right_own_axios.js": {},
  "right_node_https.js": {},
  "right_enum.ts": { held: 0, phrase: "An enum, a namespace or a parameter property is more than" },
  "right_imports_type.ts": { held: 0, phrase: "Is it a type? Then write import type." },
  "child_curl.ts": { phrase: "Only Deno has an object Deno, and this program runs in Node.js." },
  "endless_loop.js": {},
  "endless_memory.js": {},
  "endless_output.js": {},
  "exception_in_main.js": {},
  "exception_unknown.js": { phrase: "That is the error as Node.js words it." },
  "import_axios.js": { phrase: "once in the folder of your program: npm install axios" },
  "import_https.ts": {},
  "npm_import.js": { phrase: "program: npm install a-library-that-is-not-there" },
  "other_host.js": {},
  "require_axios.js": {},
  "syntax_quotes.js": {},
  "syntax_error.ts": {},
  "three_arguments.js": {},
  "top_level_promise_never.js": {},
  "url_without_scheme.js": {},
};

/** Fails if something else than expected was said of a program. */
function assertRight(results: Result[]): void {
  assertEquals(results.flatMap(({ mistake }) => mistake ?? []).join("\n\n"), "");
}

/** Fails if a message is about none of the programs that had these results. */
function assertSaid(messages: Iterable<string>, results: Result[]): void {
  const said = new Set(results.flatMap(({ codes }) => codes));
  assertEquals([...messages].filter((code) => !said.has(code)), []);
}

const learners = readLearners();
const usesRequests = ({ name }: Learner) => /^requests_.*\.py$/.test(name);
const isPython = (learner: Learner) => learner.name.endsWith(".py") && !usesRequests(learner);
const isJavaScript = ({ name }: Learner) => !name.endsWith(".py");

Deno.test("the checker says of each learner's program what is wrong, and has no other message", async () => {
  const results = await checkAll(learners.filter(isJavaScript));
  assertRight(results);
  assert(results.length >= 200, `${results.length}`);
  const ofNode = Object.keys(NODE_MESSAGES);
  assertSaid([...MESSAGES.javascript.keys()].filter((code) => !ofNode.includes(code)), results);
});

Deno.test(
  needs("the checker says in Node.js what is wrong, and has no other message", "Node.js 24"),
  async () => {
    const chosen = learners.filter(({ name }) => Object.hasOwn(IN_NODE, name))
      .map((learner) => ({ ...learner, ...IN_NODE[learner.name] }));
    assertEquals(chosen.length, Object.keys(IN_NODE).length);
    const script = pathOf("tests/support/judge_learners.ts");
    const { stdout, stderr } = await new Deno.Command(node, {
      args: [script, JSON.stringify(chosen)],
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    const results: Result[] = JSON.parse(new TextDecoder().decode(stdout));
    assertRight(results);
    assertSaid(Object.keys(NODE_MESSAGES), results);
  },
);

Deno.test(
  needs(
    "the checker says of each program in Python what is wrong, and has no other message",
    "python3",
  ),
  async () => {
    const results = await checkAll(learners.filter(isPython));
    assertRight(results);
    assert(results.length >= 25, `${results.length}`);
    assertSaid(Object.keys(PYTHON_MESSAGES), results);
  },
);

Deno.test(
  needs(
    "the checker says of programs that use requests what is wrong",
    "the Python package requests",
  ),
  async () => assertRight(await checkAll(learners.filter(usesRequests))),
);

Deno.test("the learners' programs reach every step", () => {
  for (const group of [isJavaScript, isPython]) {
    const counts = [0, 0, 0, 0, 0];
    for (const { held } of learners.filter(group)) counts[held]!++;
    for (const count of counts) assert(count >= 4, `${counts}`);
  }
});
