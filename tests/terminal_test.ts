import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { json, NET, PROJECT, runCommand, STD_FLAGS, TOKEN, withEndpoint } from "./testing.ts";

const script = await new Deno.Command("script", {
  args: ["--version"],
  stdout: "null",
  stderr: "null",
})
  .output().catch(() => undefined);
const ignore = !script || Deno.build.os !== "linux";

const QUESTION = "client_secret of id: ";
const TIME_LIMIT = 20_000;

/** What the program asks and what is then typed, in one go or in several. */
type Dialog = [question: string, ...typed: (string | Uint8Array)[]][];

/** Runs shell commands in a terminal of their own and returns what it shows. */
async function runInTerminal(
  commands: string,
  dialog: Dialog = [],
  env: Record<string, string> = {},
): Promise<string> {
  const child = new Deno.Command("script", {
    env: { NO_COLOR: "", SHELL: "/bin/sh", ...env },
    args: ["-qec", commands, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    signal: AbortSignal.timeout(TIME_LIMIT),
  }).spawn();
  const writer = child.stdin.getWriter();
  let output = "";
  let seen = 0;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += chunk.replaceAll("\r", "");
    const [question, ...typed] = dialog[0] ?? [""];
    if (!question || !output.slice(seen).includes(question)) continue;
    seen = output.length;
    dialog = dialog.slice(1);
    for (const keys of typed) {
      await writer.write(typeof keys === "string" ? new TextEncoder().encode(keys) : keys);
      // Gives the program time to read them on their own.
      if (typed.length > 1) await new Promise((done) => setTimeout(done, 100));
    }
  }
  await writer.close().catch(() => {});
  const { signal } = await child.status;
  assert(signal === null, `took too long: ${output}`);
  assertEquals(dialog, [], `never asked: ${output}`);
  return output;
}

/** The shell command that runs the program. */
function command(args: string[]): string {
  return quote(["run", "-q", ...STD_FLAGS, NET, `${new URL("main.ts", PROJECT)}`, ...args]);
}

/** The shell command that runs code in which the functions of these modules can be used. */
function evaluate(code: string): string {
  const modules = ["command/prompt_secret.ts", "runtime/deno.ts"].map((path) =>
    `import * as ${path.match(/\w+(?=\.ts)/)} from "${new URL(path, PROJECT)}";`
  );
  return quote(["eval", "-q", ...STD_FLAGS, `${modules.join("")}${code}`]);
}

function quote(args: string[]): string {
  return [Deno.execPath(), ...args].map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(" ");
}

/** Asks and shows the secret as JSON. */
const ASK = `console.log(JSON.stringify(prompt_secret.promptSecret("secret? ")));`;
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

Deno.test(
  { name: "the command asks for a missing secret within $(…) and hides what is typed", ignore },
  async () => {
    await withEndpoint(json(TOKEN), async (flags, forms) => {
      const output = await runInTerminal(
        `TOKEN=$(${command(flags.slice(0, 4))}); echo "$? [$TOKEN]"; stty -a`,
        [[QUESTION, "wrong\x15sé creX\x7fT\r"]],
      );
      assertEquals(forms.map((form) => form.get("client_secret")), ["sé creT"]);
      assertStringIncludes(output, `${QUESTION}\n0 [${TOKEN.access_token}]\nspeed `);
      assert(output.startsWith(QUESTION), output);
      assertNormalMode(output);
    });
  },
);

Deno.test({ name: "the command prints the token alone after asking", ignore }, async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    const output = await runInTerminal(command(flags.slice(0, 4)), [[QUESTION, "secret\r"]]);
    assertEquals(output, `${QUESTION}\n${TOKEN.access_token}\n`);
  });
});

Deno.test({ name: "the command exits with 130 and sends nothing on Ctrl-C", ignore }, async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    const output = await runInTerminal(
      `TOKEN=$(${command(flags.slice(0, 4))}) || { echo "$? [$TOKEN]"; stty -a; }`,
      [[QUESTION, "secret\x03"]],
    );
    assert(output.startsWith(`${QUESTION}\n130 []\nspeed `), output);
    assertNormalMode(output);
    assertEquals(forms, []);
  });
});

Deno.test({ name: "the command sends nothing when no secret is typed", ignore }, async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    for (const key of ["\r", "\x04"]) {
      const output = await runInTerminal(
        `${command(flags.slice(0, 4))}; echo "exit code $?"`,
        [[QUESTION, key]],
      );
      assertStringIncludes(output, "Missing CLIENT_SECRET");
      assertStringIncludes(output, "exit code 2");
    }
    assertEquals(forms, []);
  });
});

Deno.test(
  { name: "the command asks for nothing unless stdin and stderr are terminals", ignore },
  async () => {
    await withEndpoint(json(TOKEN), async (flags, forms) => {
      const ask = command(flags.slice(0, 4));
      for (const redirected of [`${ask} </dev/null`, `echo secret | ${ask}`, `${ask} 2>&1 | cat`]) {
        const output = await runInTerminal(redirected);
        assertStringIncludes(output, "Missing CLIENT_SECRET");
        assert(!output.includes(QUESTION), output);
      }
      assertEquals(forms, []);
    });
  },
);

Deno.test({ name: "--client-secret-file - asks in a terminal", ignore }, async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    const args = [...flags.slice(0, 4), "--client-secret-file", "-"];
    const output = await runInTerminal(
      `TOKEN=$(${command(args)}); echo "[$TOKEN]"`,
      [["client_secret", "sécret\r"]],
    );
    assertEquals(forms.map((form) => form.get("client_secret")), ["sécret"]);
    assertMatch(output, /^client_secret[^\n]*: \n\[abc\.DEF-123\]\n$/);
  });
});

Deno.test({ name: "promptSecret returns what was typed before Ctrl-D", ignore }, async () => {
  const output = await runInTerminal(evaluate(ASK), [["secret? ", "secret\x04"]]);
  assertEquals(output, 'secret? \n"secret"\n');
});

Deno.test(
  { name: "promptSecret joins characters and escape sequences that come in parts", ignore },
  async () => {
    const key = new TextEncoder().encode("\u{1f511}");
    const parts = ["a\x1b", "[", "A", key.subarray(0, 2), key.subarray(2), "\x1b[20", "0~b", "\r"];
    const output = await runInTerminal(evaluate(ASK), [["secret? ", ...parts]]);
    assertEquals(output, 'secret? \n"a\u{1f511}b"\n');
  },
);

Deno.test({ name: "promptSecret drops the further lines of a paste", ignore }, async () => {
  // The shell would run what the program leaves in the terminal.
  const rest = `stty -icanon min 0 time 3; echo "rest: [$(cat)]"`;
  const lines = "echo pwned; \r".repeat(200);
  const output = await runInTerminal(
    `${evaluate(ASK)}; ${rest}`,
    [["secret? ", `\x1b[200~secret\r${lines}\x1b[201~`]],
  );
  assertEquals(output, 'secret? \n"secret"\nrest: []\n');
});

Deno.test({ name: "promptSecret leaves the terminal in its normal mode", ignore }, async () => {
  assertNormalMode(await runInTerminal(evaluate(ASK + SHOW_MODE), [["secret? ", "secret\r"]]));
});

Deno.test(
  { name: "readKeys hides what is typed, and no longer after an error", ignore },
  async () => {
    const read = (work: string) => `
      try {
        for (const _ of deno.readKeys(() => { console.log("ready"); ${work} })) throw 1;
      } catch {}
      ${SHOW_MODE}`;
    const hidden = await runInTerminal(evaluate(read(SHOW_MODE)), [["ready", "k"]]);
    const [, during = ""] = hidden.split("speed ");
    for (const flag of ["-echo", "-icanon", "-isig"]) assertStringIncludes(during, flag);
    assertNormalMode(hidden);
    assertNormalMode(await runInTerminal(evaluate(read("throw 1;"))));
  },
);

Deno.test({ name: "the command asks for no permission in a terminal", ignore }, async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    assertStringIncludes(await runInTerminal(command(flags.slice(2, 4))), "Missing TOKEN_URL");
    const elsewhere = [...flags.slice(2), "--token-url=https://a.example/"];
    assertStringIncludes(await runInTerminal(command(elsewhere)), "Access to a.example");
  });
});

Deno.test(
  { name: "--explain is coloured in a terminal, unless NO_COLOR is set", ignore },
  async () => {
    const explain = ["--demo", "--explain"];
    assertStringIncludes(await runInTerminal(command(explain)), "\x1b[1mStep 1");
    const plain = await runInTerminal(command(explain), [], { NO_COLOR: "1" });
    assertStringIncludes(plain, "Step 1");
    assertEquals(plain.includes("\x1b"), false);
    assertEquals((await runCommand(explain)).stderr.includes("\x1b"), false);
  },
);
