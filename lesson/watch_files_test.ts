import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { capture, replace } from "../tests/support/run_main.ts";
import { learn } from "./learn.ts";
import { STEPS } from "./steps.ts";

const solved = (count: number) =>
  STEPS.slice(0, count).map(({ solution }) => `${solution}\n`).join("");

/** A terminal in which a test presses keys. */
class Keyboard {
  modes: boolean[] = [];
  #waiting: ((typed: string) => void)[] = [];
  #typed: string[] = [];

  read = async (into: Uint8Array): Promise<number | null> => {
    const typed = this.#typed.shift() ?? await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
    });
    return typed ? new TextEncoder().encodeInto(typed, into).written : null;
  };

  press(typed: string): void {
    const wake = this.#waiting.shift();
    if (wake) wake(typed);
    else this.#typed.push(typed);
  }
}

/** Watches files in a terminal; `work` presses keys and looks at the screens. */
async function watch(
  files: Record<string, string>,
  work: (press: (key: string) => void, screen: (words: string) => Promise<string>) => Promise<void>,
  variables: Record<string, string> = {},
) {
  const folder = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  const keyboard = new Keyboard();
  const all: Record<string, string> = { ...variables, INIT_CWD: folder };
  using _env = replace(Deno.env, { get: (name) => all[name] });
  using _stdin = replace(Deno.stdin as unknown as Record<string, unknown>, {
    isTerminal: () => true,
    setRaw: (mode: boolean) => void keyboard.modes.push(mode),
    read: keyboard.read,
  });
  using _stdout = replace(Deno.stdout as typeof Deno.stderr, { isTerminal: () => true });
  using stdout = capture("stdout");
  const screen = async (words: string) => {
    for (let i = 0; i < 400; i++) {
      const last = stdout.text.split("\x1b[2J").at(-1) ?? "";
      if (last.includes(words)) return last;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${words} is not on the screen: ${stdout.text}`);
  };
  const done = learn(["--watch", ...Object.keys(files)]);
  await work((key) => keyboard.press(key), screen);
  const code = await done;
  // Whoever reads the keyboard is done, too.
  keyboard.press("");
  await Deno.remove(folder, { recursive: true });
  return { code, modes: keyboard.modes, text: stdout.text };
}

Deno.test("learn --watch shows and hides hint, solution and keys, and quits", async () => {
  const { code, modes } = await watch({ "a.ts": "" }, async (press, screen) => {
    await screen("press h for a hint, ? for all keys.");
    press("h");
    await screen("Hint: Simple assignment");
    press("s");
    await screen("A solution of step 1:");
    press("?");
    assert(!(await screen("h shows a hint, s a solution, q quits")).includes("next file"));
    press("hs?");
    const last = await screen("press h for a hint");
    assert(!/Hint|A solution/.test(last), last);
    press("x");
    press("q");
  });
  assertEquals([code, modes], [1, [true, false]]);
});

for (const key of ["\x03", "\x04"]) {
  Deno.test(`learn --watch quits at the key ${JSON.stringify(key)}, also before all else`, async () => {
    const { code, modes } = await watch({ "a.ts": "" }, (press) => Promise.resolve(press(key)));
    assertEquals([code, modes], [1, [true, false]]);
  });
}

Deno.test("learn --watch goes from one file to the next, and round", async () => {
  const files = { "a.ts": solved(4), "b.ts": "" };
  const { code } = await watch(files, async (press, screen) => {
    await screen("n shows the next file, q quits.");
    press("n");
    await screen("b.ts");
    press("?");
    await screen("n the next file");
    press("n");
    await screen("a.ts");
    await screen("4 / 4");
    press("q");
  });
  assertEquals(code, 0);
});

Deno.test("learn --watch says why a step works that way once it holds, and hides the help for it", async () => {
  await watch({ "a.ts": "" }, async (press, screen) => {
    await screen("Step 1: there is no variable");
    press("h");
    await screen("Hint");
    const folder = Deno.env.get("INIT_CWD");
    await Deno.writeTextFile(`${folder}/a.ts.new`, solved(1));
    await Deno.rename(`${folder}/a.ts.new`, `${folder}/a.ts`);
    const last = await screen("Step 2");
    assertStringIncludes(last.replace(/\s+/g, " "), `Step 1 holds. ${STEPS[0]!.why}`);
    assert(!last.includes("Hint"));
    press("q");
  });
});

Deno.test("learn makes the file's name a link where the terminal shows links", async () => {
  // Without the control characters.
  const link = /\]8;;file:\/\/\/\S+\/a%20b\.ts\\a b\.ts\]8;;\\\n/;
  for (
    const [variables, isLinked] of [
      [{}, false],
      [{ TERM_PROGRAM: "Apple_Terminal", TERM: "xterm-256color", VTE_VERSION: "3000" }, false],
      [{ TERM_PROGRAM: "WezTerm" }, true],
      [{ TERM: "xterm-kitty" }, true],
      [{ VTE_VERSION: "7200" }, true],
      [{ WT_SESSION: "1" }, true],
    ] as [Record<string, string>, boolean][]
  ) {
    const { text } = await watch({ "a b.ts": "" }, async (press, screen) => {
      await screen("a b.ts");
      press("q");
    }, variables);
    assertEquals(link.test(text.replaceAll("\x1b", "")), isLinked, JSON.stringify(variables));
  }
});
