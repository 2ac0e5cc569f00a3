import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { completionsFor } from "./completions.ts";
import { type Flag, FLAGS } from "./flags.ts";
import { withFiles } from "../tests/support/command.ts";
import { needs } from "../tests/support/needs.ts";
import { runMain } from "../tests/support/run_main.ts";
import { TERMINAL } from "../tests/support/terminal.ts";

const TIME_LIMIT = 10_000;
const FILES = { "a key.pem": "", "other": "" };

async function output(command: string, args: string[], cwd?: string, typed?: string) {
  const child = new Deno.Command(command, {
    args,
    cwd,
    env: { HISTFILE: "/dev/null", HOME: cwd ?? "/", SHELL: "/bin/sh", TERM: "dumb" },
    stdin: typed === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "null",
    signal: AbortSignal.timeout(TIME_LIMIT),
  }).spawn();
  if (typed !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(typed));
    await writer.close();
  }
  return new TextDecoder().decode((await child.output()).stdout);
}

/** Types lines in a shell in which `token` prints each argument in <>, and returns what it printed. */
async function type(shell: string, setup: string, lines: string[]): Promise<string[]> {
  let printed = "";
  const files = { ...FILES, script: completionsFor(shell.split(" ")[0]!) };
  const start = `${setup} . ./script; token() { printf '<%s>' "$@"; echo; }\n`;
  await withFiles(files, async (cwd) => {
    const typed = [start, ...lines.map((line) => `${line}\n`), "exit\n"].join("");
    printed = await output("script", ["-qec", shell, "/dev/null"], cwd, typed);
  });
  return printed.split(/\r*\n/).filter((line) => /^<.*>$/.test(line));
}

const BASH = "completionsFor lets bash complete names, values and files";
Deno.test(needs(BASH, ...TERMINAL, "bash"), async () => {
  const printed = await type("bash --norc -i", "bind 'set bell-style none';", [
    "token --exp\t--outp\tj\t--completions=\tz\t",
    "token --output=h\t -o k\t",
    "token --client-ce\ta\t--client-id a\t",
  ]);
  assertEquals(printed, [
    "<--explain><--output><json><--completions=zsh>",
    "<--output=header><-o><kubernetes>",
    "<--client-cert><a key.pem><--client-id><a>",
  ]);
});

const VALUES = "completionsFor lets bash list all values after =";
Deno.test(needs(VALUES, "a system other than Windows", "bash"), async () => {
  const words = "COMP_WORDS=(token --output =) COMP_CWORD=2; _token; echo ${COMPREPLY[*]}";
  const printed = await output("bash", ["-c", `${completionsFor("bash")}\n${words}`]);
  assertEquals(printed, "token json header headers kubernetes\n");
});

const ZSH = "completionsFor lets zsh complete names, values and files";
Deno.test(needs(ZSH, ...TERMINAL, "zsh"), async () => {
  const setup = "autoload -Uz compinit; compinit -u -D;";
  const printed = await type("zsh -f -i", setup, [
    "token --exp\t --outp\tj\t --completions z\t",
    "token --client-ce\ta\t --client-id a\t -o k\t",
    "token --scope a --sco\tb",
  ]);
  assertEquals(printed, [
    "<--explain><--output=json><--completions><zsh>",
    "<--client-cert=a key.pem><--client-id><a><-o><kubernetes>",
    "<--scope><a><--scope=b>",
  ]);
});

Deno.test(needs("completionsFor lets fish complete names, values and files", "fish"), async () => {
  const lines = ["--outp", "--output=j", "-o k", "--client-key ", "--client-id ", "a", "--exp"];
  const commands = lines.map((line) => `complete -C 'token ${line}'; echo`);
  await withFiles({ ...FILES, script: completionsFor("fish") }, async (cwd) => {
    const printed = await output("fish", ["-Nc", `source script; ${commands.join("; ")}`], cwd);
    assertEquals(printed.split("\n"), [
      ...["--output\twhat to print", "", "--output=json\twhat to print", ""],
      ...["kubernetes\twhat to print", "", "a key.pem", "other", "script", "", "", ""],
      ...["--explain\texplain the four steps on stderr", "", ""],
    ]);
  });
});

Deno.test("completionsFor names each flag, and each value of a closed set, in each script", () => {
  for (const shell of FLAGS.completions.choices) {
    const script = completionsFor(shell);
    for (const [name, { choices = [], short }] of Object.entries<Flag>(FLAGS)) {
      assertStringIncludes(script, shell === "fish" ? ` -l ${name}` : `--${name}`, shell);
      // PowerShell offers only the long form.
      if (short && shell !== "powershell") {
        assertMatch(script, new RegExp(`[ {|]-(s )?${short}\\b`));
      }
      const separator = shell === "powershell" ? "', '" : " ";
      assertStringIncludes(script, choices.join(separator));
    }
  }
});

Deno.test("completionsFor escapes what zsh would take for the end of a text", () => {
  assertStringIncludes(
    completionsFor("zsh"),
    "'*--header=[a further header; repeatable]:name\\: value: '",
  );
});

Deno.test("completionsFor writes PowerShell whose quotes and brackets are in pairs", () => {
  const script = completionsFor("powershell");
  assertStringIncludes(script, "'--client-key' = 'the client''s private key'");
  assertStringIncludes(script, "'-o' = 'token', 'json', 'header', 'headers', 'kubernetes'");
  assertMatch(script, /others = .*'--client-key'/);
  const open: string[] = [];
  const text = script.replace(/^#.*/gm, "").replace(/'(''|[^'])*'|"[^"]*"/g, "");
  assertEquals(/['"]/.test(text), false);
  for (const [bracket] of text.matchAll(/[[\](){}]/g)) {
    if ("[({".includes(bracket)) open.push({ "[": "]", "(": ")", "{": "}" }[bracket]!);
    else assertEquals(bracket, open.pop());
  }
  assertEquals(open, []);
});

Deno.test("the command prints completions and needs no credentials for that", async () => {
  const { code, stdout, stderr } = await runMain(["--completions", "zsh"]);
  assertEquals([code, stderr], [0, ""]);
  assert(stdout.startsWith("#compdef token\n"));
});
