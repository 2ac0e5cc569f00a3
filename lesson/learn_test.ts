import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { pathOf } from "../tests/support/command.ts";
import { capture, replace } from "../tests/support/run_main.ts";
import { learn } from "./learn.ts";
import { newExercise, STEPS } from "./steps.ts";

const solved = (count: number) =>
  STEPS.slice(0, count).map(({ solution }) => `${solution}\n`).join("");

/** Runs the task in this process, in a folder with these files, and returns what they are afterwards. */
async function run(args: string[], files: Record<string, string> = {}) {
  const folder = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  using _env = replace(Deno.env, { get: (name) => name === "INIT_CWD" ? folder : undefined });
  using stdout = capture("stdout");
  using stderr = capture("stderr");
  const code = await learn(args);
  const after: Record<string, string> = {};
  for (const { name } of Deno.readDirSync(folder)) {
    after[name] = await Deno.readTextFile(`${folder}/${name}`);
  }
  await Deno.remove(folder, { recursive: true });
  return { code, stdout: stdout.text, stderr: stderr.text, files: after };
}

Deno.test("learn writes exercise.ts if there is none, and checks it", async () => {
  const { code, stdout, files } = await run([]);
  assertEquals([code, files], [1, { "exercise.ts": newExercise("exercise.ts") }]);
  assertMatch(stdout, /^Open exercise\.ts in your editor; it has the four tasks\.\n/);
  assertMatch(stdout, /^Progress \[-{32}\] 0 \/ 4$/m);
  assert(stdout.trimEnd().split("\n").length <= 25);
});

Deno.test("learn leaves a file as it is", async () => {
  const files = { "exercise.ts": solved(2) };
  const { code, stdout, files: after } = await run([], files);
  assertEquals([code, after], [1, files]);
  assertMatch(
    stdout,
    /^exercise\.ts\n\n {2}\[x\] 1 .*\n {2}\[x\] 2 .*\n {2}\[!\] 3 .*\n {2}\[ \] 4 /,
  );
});

Deno.test("learn ends with 0 when all steps hold, and says what to look at next", async () => {
  const { code, stdout } = await run(["a.js"], { "a.js": solved(4) });
  assertEquals(code, 0);
  for (
    const words of [
      `Progress [${"#".repeat(32)}] 4 / 4`,
      "POST /oauth2/token",
      "--explain",
      "token.ts",
    ]
  ) {
    assertStringIncludes(stdout, words);
  }
});

Deno.test("learn shows what the program printed, indented as it was", async () => {
  const program = `${solved(2)}console.log("{\\n  a: 1\\n}\\n   ");`;
  const { stdout } = await run(["a.js"], { "a.js": program });
  assertStringIncludes(stdout, "\nThe program printed:\n  {\n    a: 1\n  }\n\n");
});

Deno.test("learn shows hint and solution of the step that does not hold, and of no other", async () => {
  const text = (code: string) => code.replace(/\s+/g, "");
  for (const [held, step] of STEPS.entries()) {
    const { stdout } = await run(["a.ts", "--hint", "--solution"], { "a.ts": solved(held) });
    assertStringIncludes(stdout, `] ${held} / 4\n`);
    for (const other of STEPS) {
      for (const shown of [other.hint, other.solution]) {
        assertEquals(text(stdout).includes(text(shown)), other === step, stdout);
      }
    }
  }
});

Deno.test("learn checks several files, and gives each a line", async () => {
  const files = { "a.ts": solved(3), "long_name.js": solved(4), "c.ts": "" };
  const { code, stdout } = await run(Object.keys(files), files);
  assertEquals(code, 1);
  assertEquals(stdout.split("\n"), [
    "a.ts          3 / 4  step 4: nothing was printed",
    "long_name.js  4 / 4",
    "c.ts          0 / 4  step 1: there is no variable client_id",
    "",
  ]);
  const good = { "a.ts": solved(4), "b.ts": solved(4) };
  assertEquals((await run(Object.keys(good), good)).code, 0);
});

Deno.test("learn runs a program whatever deno.json is beside it", async () => {
  assertEquals((await run(["a.ts"], { "a.ts": solved(4), "deno.json": "{" })).code, 0);
});

Deno.test("learn writes none of several files, and ends with 2 if one cannot be read", async () => {
  const { code, stdout, files } = await run(["a.ts", "b.ts"], { "a.ts": solved(4) });
  assertEquals([code, Object.keys(files)], [2, ["a.ts"]]);
  assertMatch(stdout, /^a\.ts {2}4 \/ 4\nb\.ts {2}b\.ts cannot be read: No such file/);
});

for (
  const [args, message] of [
    [
      ["--hnit"],
      /^error: Unknown flag --hnit; there are --hint, --solution, --watch, --next, --python\n$/,
    ],
    [["a.ts", "b.ts", "--hint"], /^error: --hint takes one file\n$/],
    [
      ["no/such/a.ts"],
      /^error: no\/such\/a\.ts cannot be read: No such file or directory/,
    ],
    [["--watch", "."], /^error: \. cannot be read: Is a directory/],
    [["."], /^error: \. cannot be read: Is a directory/],
    [
      ["a.rb"],
      /^error: a\.rb is no program: its name must end in \.ts, \.js, \.mts, \.mjs or \.py\n$/,
    ],
    [["big.ts"], /^error: big\.ts is too long: over 64 KiB\n$/],
    [["bad\x1b[2J.ts/x"], /^error: bad\.ts\/x cannot be read: /],
  ] as const
) {
  Deno.test(`learn ${JSON.stringify(args)} ends with 2`, async () => {
    const { code, stdout, stderr } = await run([...args], { "big.ts": " ".repeat(70_000) });
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, message);
  });
}

Deno.test("learn runs nothing in Bun, which ignores the flags that protect", async () => {
  using _bun = replace(globalThis as { Bun?: unknown }, { Bun: {} });
  const { code, stderr, files } = await run([]);
  assertEquals([code, files], [2, {}]);
  assertMatch(stderr, /^error: The exercise runs in Deno and in Node\.js, not in Bun\n$/);
});

Deno.test("learn --help names every flag", async () => {
  const { code, stdout } = await run(["--help"]);
  assertEquals(code, 0);
  for (const flag of ["--hint", "--solution", "--watch"]) assertStringIncludes(stdout, flag);
});

Deno.test("learn --watch checks at every save, until all steps hold", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a.ts`;
  // At once: a file that is half written may be read.
  const save = async (text: string) => {
    await Deno.writeTextFile(`${path}.new`, text);
    await Deno.rename(`${path}.new`, path);
  };
  using _terminal = replace(Deno.stdout as typeof Deno.stderr, { isTerminal: () => true });
  const waiting = /Save the file/g;
  using stdout = capture("stdout");
  const until = async (count: number) => {
    for (let i = 0; (stdout.text.match(waiting) ?? []).length < count; i++) {
      assert(i < 200, stdout.text);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const done = learn(["--watch", path]);
  await until(1);
  // Some editors move the file away for a moment.
  await Deno.rename(path, `${path}~`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await save(solved(1));
  await until(2);
  await save(solved(4));
  assertEquals(await done, 0);
  await Deno.remove(folder, { recursive: true });
  const screens = stdout.text.split("\x1b[2J").slice(1);
  assertEquals(screens.map((screen) => screen.match(/\] (\d) \/ 4/)![1]), ["0", "1", "4"]);
});

Deno.test("the task learn has the permissions that it needs, and can write only here", async () => {
  // Deno takes a comma for the end of a path in its flags.
  const folder = await Deno.makeTempDir({ suffix: ",a b" });
  const task = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "-q", "--config", pathOf("deno.json"), "learn", ...args],
      cwd: folder,
      env: { INIT_CWD: folder },
    }).output();
    return [code, new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)] as const;
  };
  const [code, stdout, stderr] = await task();
  assertEquals([code, stderr], [1, ""]);
  assertMatch(stdout, /^Progress \[-{32}\] 0 \/ 4$/m);
  assertEquals(await Deno.readTextFile(`${folder}/exercise.ts`), newExercise("exercise.ts"));
  const elsewhere = pathOf("exercise-elsewhere.ts");
  assertEquals((await task(elsewhere))[0], 2);
  await Deno.remove(folder, { recursive: true });
  assert(!/--allow-all|-A\b|--allow-(net|run|write|env)( |$)/.test(config.tasks.learn.command));
});
