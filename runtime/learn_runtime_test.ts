// What both runtimes have for `learn`. Deno has the modules of Node.js, so both can be tested here.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import fs from "node:fs";
import process from "node:process";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { withFiles } from "../tests/support/command.ts";
import { needs } from "../tests/support/needs.ts";
import { replace } from "../tests/support/run_main.ts";
import * as deno from "./deno_child.ts";
import type { LearnHost } from "./learn_runtime.ts";
import * as node from "./node_child.ts";
import type { ChildOptions } from "./types.ts";

const BOTH = { deno, node } as Record<string, LearnHost>;
const OPTIONS: ChildOptions = {
  cwd: Deno.cwd(),
  input: "",
  env: {},
  timeLimit: 60_000,
  maxOutput: { stdout: 10_000, stderr: 10_000 },
};

for (const [name, runtime] of Object.entries(BOTH)) {
  const run = (program: string, options: Partial<ChildOptions> = {}) =>
    runtime.runChild(["eval", program], { ...OPTIONS, ...options });

  Deno.test(`runChild of ${name} gives the program its input, and no variable but those it names`, async () => {
    Deno.env.set("NOT_FOR_THE_PROGRAM", "s3cr3t");
    const program = `console.log(Deno.env.toObject());
      console.error(await new Response(Deno.stdin.readable).text()); Deno.exit(3);`;
    const { code, stdout, stderr, killedFor } = await run(program, {
      input: "abc",
      env: { FOR_THE_PROGRAM: "1" },
    });
    Deno.env.delete("NOT_FOR_THE_PROGRAM");
    assertMatch(stdout, /FOR_THE_PROGRAM: "1"/);
    assertEquals(stdout.includes("s3cr3t"), false);
    assertEquals([code, stderr, killedFor], [3, "abc\n", undefined]);
  });

  Deno.test(`runChild of ${name} ends a program that crosses a bound`, async () => {
    assertEquals((await run("for (;;);", { timeLimit: 1 })).killedFor, "time");
    const { stdout, killedFor } = await run("for (;;) console.log('abc');");
    assertEquals([stdout.length, killedFor], [10_000, "output"]);
    const aborter = new AbortController();
    const stopped = run("for (;;);", { signal: aborter.signal });
    aborter.abort();
    assertEquals((await stopped).killedFor, "signal");
    // One that does not read all of its input is none of them.
    assertEquals((await run("Deno.exit(0)", { input: "a".repeat(1e6) })).killedFor, undefined);
  });

  Deno.test(`runChild of ${name} does not wait for what a program started that it ends`, async () => {
    const program = `const args = ["eval", "setTimeout(() => {}, 100_000)"];
      const child = new Deno.Command(Deno.execPath(), { args }).spawn();
      for (;;) console.log(child.pid);`;
    const { stdout, killedFor } = await run(program);
    assertEquals(killedFor, "output");
    Deno.kill(Number(stdout.match(/\d+/)?.[0]), "SIGKILL");
  });

  Deno.test(
    needs(`runChild of ${name} ends with the program that a signal ends`, "Linux"),
    async () => {
      const file = name === "deno" ? "deno_child.ts" : "node_child.ts";
      const endless = "Deno.writeTextFileSync('pid', `${Deno.pid}`); for (;;);";
      await withFiles({}, async (cwd) => {
        for (
          const [signal, expected] of [["SIGTERM", 143], ["SIGHUP", 129], ["SIGINT", 130]] as const
        ) {
          const options = JSON.stringify({ ...OPTIONS, cwd });
          const program = `import { exitOnSignals } from "${new URL(
            "child_bounds.ts",
            import.meta.url,
          )}";
            import { runChild } from "${new URL(file, import.meta.url)}";
            exitOnSignals();
            await runChild(["eval", ${JSON.stringify(endless)}], ${options});`;
          const child = new Deno.Command(Deno.execPath(), { args: ["eval", program] }).spawn();
          const pid = await appears(`${cwd}/pid`);
          child.kill(signal);
          assertEquals((await child.status).code, expected);
          await disappears(`/proc/${pid}/cmdline`);
          await Deno.remove(`${cwd}/pid`);
        }
      });
    },
  );

  Deno.test(`runChild of ${name} fails where there is no such program`, async () => {
    await assertRejects(() => run("", { program: "/no/such/program" }), Error);
  });

  Deno.test(`${name} knows its path and its memory, and finds programs`, async () => {
    await withFiles({ a: "", "a.exe": "" }, (folder) => {
      const name = Deno.build.os === "windows" ? "a.exe" : "a";
      const path = Deno.env.get("PATH")!;
      try {
        Deno.env.set("PATH", `/no/such/folder${Deno.build.os === "windows" ? ";" : ":"}${folder}`);
        assertEquals(runtime.findProgram("a"), `${folder}/${name}`);
        assertEquals(runtime.findProgram("b"), undefined);
        Deno.env.delete("PATH");
        assertEquals(runtime.findProgram("a"), undefined);
      } finally {
        Deno.env.set("PATH", path);
      }
      return Promise.resolve();
    });
    assertEquals(runtime.ownPath(), Deno.execPath());
    assert(runtime.memoryBytes() > 1_000_000);
  });

  Deno.test(`writeNewFile of ${name} leaves a file that is there`, async () => {
    await withFiles({}, async (folder) => {
      await runtime.writeNewFile(`${folder}/a`, "1");
      await assertRejects(() => runtime.writeNewFile(`${folder}/a`, "2"), Error);
      assertEquals(await Deno.readTextFile(`${folder}/a`), "1");
    });
  });
}

/** Waits for the text of a file, no longer than a busy machine needs. */
async function appears(path: string): Promise<string> {
  for (let tries = 0; tries < 2000; tries++) {
    const text = await readIfThere(path);
    if (text) return text;
    await sleep(10);
  }
  throw new Error(`${path} does not appear`);
}

/** Waits until a file of /proc is empty or not there, as that of a process that has ended. */
async function disappears(path: string): Promise<void> {
  for (let tries = 0; await readIfThere(path); tries++) {
    if (tries === 2000) throw new Error(`${path} does not disappear`);
    await sleep(10);
  }
}

async function readIfThere(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}

/** Replaces what is typed, or piped in; each text is one read, and an error is thrown. */
function replaceInput(reads: (string | Error)[]): Disposable {
  const readSync = (_: number, bytes: Uint8Array) => {
    const next = reads.shift() ?? "";
    if (next instanceof Error) throw next;
    return new TextEncoder().encodeInto(next, bytes).written;
  };
  return replace(fs, { readSync: readSync as typeof fs.readSync });
}

const failWith = (code: string) => Object.assign(new Error(code), { code });

Deno.test("readLine of node reads line by line, to the end", async () => {
  using _input = replaceInput(["a", "b", "\n", "\n", failWith("EAGAIN"), "c"]);
  const lines = [];
  for (let i = 0; i < 4; i++) lines.push(await node.readLine());
  assertEquals(lines, ["ab", "", "c", undefined]);
});

Deno.test("readLine of node knows the end on Windows, and no other error", async () => {
  using _input = replaceInput([failWith("EOF"), failWith("EIO")]);
  assertEquals(await node.readLine(), undefined);
  await assertRejects(() => node.readLine(), Error, "EIO");
});

Deno.test("openKeys of node passes keys on until it is disposed of", async () => {
  const modes: unknown[] = [];
  const stdin = Object.assign(new Readable({ read() {} }), {
    setRawMode: (mode: boolean) => modes.push(mode),
  });
  using _process = replace(process, { stdin: stdin as unknown as typeof process.stdin });
  const typed: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const keys = node.openKeys((key) => {
    typed.push(key);
    resolve();
  });
  stdin.push(new Uint8Array([0xc3, 0xa4]));
  await promise;
  keys[Symbol.dispose]();
  stdin.push("b");
  assertEquals([typed, modes, stdin.isPaused()], [["ä"], [true, false], true]);
});

Deno.test(needs("a child process of both has the same result", "cat"), async () => {
  for (const { runChild } of Object.values(BOTH)) {
    const result = await runChild([], { ...OPTIONS, program: "cat", input: "é" });
    assertEquals(result, { code: 0, stdout: "é", stderr: "", killedFor: undefined });
  }
});
