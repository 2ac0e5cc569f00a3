import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { NET, pathOf, PROJECT, runCommand, STD_FLAGS, withEndpoint } from "./support/command.ts";
import { json, TOKEN } from "./support/stub_fetch.ts";
import { findNode, needs } from "./support/needs.ts";
import { asked, quote, runInTerminal, TERMINAL } from "./support/terminal.ts";

const QUESTION = "client_secret of id: ";
const node = await findNode();

/** Defines a test with a terminal. */
function test(name: string, work: () => Promise<void>): void {
  Deno.test(needs(name, ...TERMINAL), work);
}

/** The shell command that runs the program. */
function command(args: string[]): string {
  return quote([
    Deno.execPath(),
    "run",
    "-q",
    ...STD_FLAGS,
    NET,
    `${new URL("main.ts", PROJECT)}`,
    ...args,
  ]);
}

/** The shell command that runs code in which the functions of these modules can be used. */
function evaluate(code: string): string {
  const modules = ["command/prompt_secret.ts", "runtime/deno.ts"].map((path) =>
    `import * as ${path.match(/\w+(?=\.ts)/)} from "${new URL(path, PROJECT)}";`
  );
  return quote([Deno.execPath(), "eval", "-q", ...STD_FLAGS, `${modules.join("")}${code}`]);
}

/** Asks and shows the secret as JSON. */
const ASK = `console.log(JSON.stringify(await prompt_secret.promptSecret("secret? ")));`;
/** Shows the mode of the terminal while the program still runs. */
const SHOW_MODE =
  `new Deno.Command("stty", { args: ["-a"], stdin: "inherit", stdout: "inherit" }).outputSync();`;

/** Passes if the last mode shown is the normal one. */
function assertNormalMode(output: string): void {
  const mode = output.slice(output.lastIndexOf("speed "));
  for (const flag of ["echo", "icanon", "isig", "icrnl", "ixon", "iexten", "opost"]) {
    assertMatch(mode, new RegExp(`(?<![-\\w])${flag}\\b`));
  }
}

test("the command prints the token alone after asking", async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    const output = await runInTerminal(command(flags.slice(0, 4)), [QUESTION, "secret\r"]);
    assertEquals(output, `${asked(QUESTION)}${TOKEN.access_token}\n`);
    const explain = command([...flags.slice(0, 4), "--explain"]);
    assertStringIncludes(
      await runInTerminal(explain, [QUESTION, "secret\r"], { NO_COLOR: "1" }),
      "  client_secret  *** (6 characters)  (typed in the terminal)",
    );
  });
});

test("the command exits with 130 and sends nothing on Ctrl-C", async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    for (const typed of [["secret\x03"], ["\x1b[200~unfinished paste\r", "\x03"]]) {
      const output = await runInTerminal(
        `TOKEN=$(${command(flags.slice(0, 4))}) || { echo "$? [$TOKEN]"; stty -a; }`,
        [QUESTION, ...typed],
      );
      assert(output.startsWith(`${asked(QUESTION)}130 []\nspeed `), output);
      assertNormalMode(output);
    }
    assertEquals(forms, []);
  });
});

test("the command sends nothing when no secret is typed", async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    for (const key of ["\r", "\x04"]) {
      const output = await runInTerminal(
        `${command(flags.slice(0, 4))}; echo "exit code $?"`,
        [QUESTION, key],
      );
      assertStringIncludes(output, "Missing CLIENT_SECRET");
      assertStringIncludes(output, "exit code 2");
    }
    assertEquals(forms, []);
  });
});

test("the command asks for nothing unless stdin and stderr are terminals", async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    const ask = command(flags.slice(0, 4));
    for (const redirected of [`${ask} </dev/null`, `echo secret | ${ask}`, `${ask} 2>&1 | cat`]) {
      const output = await runInTerminal(redirected);
      assertStringIncludes(output, "Missing CLIENT_SECRET");
      assert(!output.includes(QUESTION), output);
    }
    assertEquals(forms, []);
  });
});

test("the command warns in a terminal if stdout is closed, and not if it is the null device", async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    const warning = "warning: The token goes nowhere: stdout is closed, or the null device\n";
    const redirections = [[">&-", warning], [">/dev/null", ""], ["| cat >/dev/null", ""]] as const;
    for (const [redirection, expected] of redirections) {
      assertEquals(await runInTerminal(`${command(flags)} ${redirection}`), expected);
    }
    assertEquals(forms.length, redirections.length);
  });
});

test("--client-secret-file - asks in a terminal", async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    const args = [...flags.slice(0, 4), "--client-secret-file", "-"];
    const output = await runInTerminal(
      `TOKEN=$(${command(args)}); echo "[$TOKEN]"`,
      ["client_secret", "sécret\r"],
    );
    assertEquals(forms.map((form) => form.get("client_secret")), ["sécret"]);
    assertEquals(output, `${asked("client_secret: ")}[${TOKEN.access_token}]\n`);
  });
});

const STOPPED = "promptSecret hides what is typed after the program was stopped, too";

/** Stops and goes on as a shell has it that gives the terminal to the program again, and then asks. */
const STOP_AND_ASK = `import { execFileSync } from "node:child_process";
  import process from "node:process";
  setTimeout(() => {
    execFileSync("stty", ["sane"], { stdio: "inherit" });
    process.on("SIGCONT", () => console.error("again? "));
    process.kill(process.pid, "SIGCONT");
  }, 50);
  console.log(JSON.stringify(await prompt_secret.promptSecret("secret? ")));
  process.exit();`;

async function assertHidden(command: string): Promise<void> {
  const output = await runInTerminal(command, ["again? ", "secret\r"]);
  assertEquals(output.split("again? ")[1], `\n\x1b[?2004l\n"secret"\n`);
}

test(STOPPED, () => assertHidden(evaluate(STOP_AND_ASK)));

Deno.test(needs(`${STOPPED}, in Node.js`, "Node.js 24", ...TERMINAL), async () => {
  const url = new URL("command/prompt_secret.ts", PROJECT);
  const code = `import * as prompt_secret from "${url}"; ${STOP_AND_ASK}`;
  await assertHidden(quote([node, "--input-type=module", "-e", code]));
});

test("promptSecret returns what was typed before Ctrl-D", async () => {
  const output = await runInTerminal(evaluate(ASK), ["secret? ", "secret\x04"]);
  assertEquals(output, `${asked("secret? ")}"secret"\n`);
});

test("promptSecret joins characters and escape sequences that come in parts", async () => {
  const key = new TextEncoder().encode("\u{1f511}");
  const parts = ["a\x1b", "[", "A", key.subarray(0, 2), key.subarray(2), "\x1b[3", "~b", "\r"];
  const output = await runInTerminal(evaluate(ASK), ["secret? ", ...parts]);
  assertEquals(output, `${asked("secret? ")}"a\u{1f511}b"\n`);
});

test("promptSecret drops the further lines of a paste", async () => {
  // A shell would run what the program leaves in the terminal.
  const rest = `stty -icanon min 0 time 3; echo "rest: [$(cat)]"`;
  const lines = (count: number) => "echo pwned; \r".repeat(count);
  const pastes = [
    [`secret\r${lines(50)}`],
    [`\x1b[200~secret\r${lines(1000)}\x1b[201~`],
    ["\x1b[200~wrong\x1b[201~\x15\x1b[200~secret", "\r", lines(1), "\x1b[20", "1~"],
    ["\x1b[200~secret\x1b[201~", "\r"],
  ];
  for (const paste of pastes) {
    const output = await runInTerminal(`${evaluate(ASK)}; ${rest}`, ["secret? ", ...paste]);
    assertEquals(output, `${asked("secret? ")}"secret"\nrest: []\n`);
  }
});

test("promptSecret leaves the terminal in its normal mode", async () => {
  assertNormalMode(await runInTerminal(evaluate(ASK + SHOW_MODE), ["secret? ", "secret\r"]));
});

test("readKeys hides what is typed, and no longer after an error", async () => {
  const read = (work: string) => `
      try {
        for await (const _ of deno.readKeys(() => { console.log("ready"); ${work} })) throw 1;
      } catch {}
      ${SHOW_MODE}`;
  const hidden = await runInTerminal(evaluate(read(SHOW_MODE)), ["ready", "k"]);
  const [, during = ""] = hidden.split("speed ");
  for (const flag of ["-echo", "-icanon", "-isig"]) assertStringIncludes(during, flag);
  assertNormalMode(hidden);
  assertNormalMode(await runInTerminal(evaluate(read("throw 1;"))));
});

for (const signal of ["TERM", "HUP", "INT", "QUIT"]) {
  for (const runtime of ["Deno", "Node.js 24"] as const) {
    const name = `the command leaves the terminal in its normal mode on ${signal}, in ${runtime}`;
    Deno.test(needs(name, ...TERMINAL, runtime === "Deno" ? false : runtime), async () => {
      const flags = ["--token-url=http://127.0.0.1:9/", "--client-id=id"];
      const ask = runtime === "Deno" ? command(flags) : quote([node, pathOf("main.ts"), ...flags]);
      // The first stty shows a hidden terminal, or the program has ended too early.
      const output = await runInTerminal(`
        ${ask} < /dev/tty &
        until stty -a | grep -q -- "-echo " || ! kill -0 $!; do sleep 0.05; done
        kill -${signal} $!; wait $!; echo "code $?"; stty -a`);
      const code = { TERM: 143, HUP: 129, INT: 130, QUIT: 131 }[signal];
      assertStringIncludes(output, `${asked(QUESTION)}code ${code}\n`);
      assertNormalMode(output);
    });
  }
}

test("the command asks for no permission in a terminal", async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    assertStringIncludes(await runInTerminal(command(flags.slice(2, 4))), "Missing TOKEN_URL");
    const elsewhere = [...flags.slice(2), "--token-url=https://a.example/"];
    assertStringIncludes(await runInTerminal(command(elsewhere)), "Access to a.example");
  });
});

test("--explain is coloured in a terminal, unless NO_COLOR is set", async () => {
  const explain = ["--demo", "--explain"];
  assertStringIncludes(await runInTerminal(command(explain)), "\x1b[1mStep 1");
  const plain = await runInTerminal(command(explain), [], { NO_COLOR: "1" });
  assertStringIncludes(plain, "Step 1");
  assertEquals(plain.includes("\x1b"), false);
  assertEquals((await runCommand(explain)).stderr.includes("\x1b"), false);
});
