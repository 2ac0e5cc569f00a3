import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { load, loadDotenv, loadParseArgs } from "./std.ts";
import { inARow, NET, OFFLINE, PROJECT } from "../tests/support/command.ts";

const standIn = () => Promise.resolve("stand-in");
const never = new Promise<string>(() => {});

/** Resolves as the work does, and keeps this process alive until then. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("too late")), milliseconds);
  });
  return await Promise.race([work, limit]).finally(() => clearTimeout(timer));
}

Deno.test("load uses @std if it loads", async () => {
  const fail = () => Promise.reject(new Error("loaded"));
  assertEquals(await load(() => Promise.resolve("std"), fail), "std");
});

Deno.test("load uses the stand-in if @std cannot be loaded", async () => {
  assertEquals(
    await load(() => Promise.reject(new TypeError("Module not found")), standIn),
    "stand-in",
  );
});

Deno.test("load uses the stand-in if @std does not load in time", async () => {
  assertEquals(await within(20_000, load(() => never, standIn, 20)), "stand-in");
});

Deno.test("load waits 2 s for @std if no other limit is given, and leaves no timer to wait for", async () => {
  const limits: number[] = [];
  const listeners: unknown[] = [];
  const { timeout } = AbortSignal;
  AbortSignal.timeout = (limit) => {
    limits.push(limit);
    return Object.assign(timeout.call(AbortSignal, limit), {
      addEventListener: (_: string, listener: unknown) => listeners.push(listener),
      removeEventListener: (_: string, listener: unknown) => {
        listeners.splice(listeners.indexOf(listener), 1);
      },
    });
  };
  try {
    await load(() => Promise.resolve("std"), standIn);
  } finally {
    AbortSignal.timeout = timeout;
  }
  assertEquals(limits, [2000]);
  assertEquals(listeners, []);
});

Deno.test("load passes on how the stand-in fails", async () => {
  const fail = () => Promise.reject(new RangeError("broken"));
  await assertRejects(() => load(fail, fail), RangeError, "broken");
});

Deno.test("loadParseArgs and loadDotenv load what parses flags and .env", async () => {
  const { parseArgs } = await loadParseArgs();
  const options = { string: ["a"], collect: ["a"], boolean: ["b"], unknown: () => {} };
  assertEquals({ ...parseArgs(["--a=1"], options) }, { _: [], a: ["1"], b: false });
  const { parse } = await loadDotenv();
  assertEquals({ ...parse("A=1 # c\nexport B='a#b'\nC=\n") }, { A: "1", B: "a#b", C: "" });
});

Deno.test("loadParseArgs and loadDotenv load @std where it can be reached", async () => {
  const standIns = [await import("./offline/parse_args.ts"), await import("./offline/dotenv.ts")];
  // It takes longer to download them than they are waited for.
  await import(`@std/cli/${"parse-args"}`);
  await import(`@std/dotenv/${"parse"}`);
  const loaded: unknown[] = [await loadParseArgs(), await loadDotenv()];
  assertEquals(loaded.map((module, i) => module === standIns[i]), [OFFLINE, OFFLINE]);
});

/** A registry that accepts connections and never answers. */
function startMuteRegistry() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) connections.push(connection);
  })();
  return {
    port: listener.addr.port,
    connections,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const connection of connections) connection.close();
    },
  };
}

/** Runs a file of the project as it stands, with a registry at this port and nothing in the cache. */
async function runWithRegistry(port: number, file: string, ...args: string[]) {
  const started = performance.now();
  const DENO_DIR = await Deno.makeTempDir();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-lock", NET, `${new URL(file, PROJECT)}`, ...args],
    env: { DENO_DIR, JSR_URL: `http://127.0.0.1:${port}/`, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  await Deno.remove(DENO_DIR, { recursive: true });
  const decoder = new TextDecoder();
  const milliseconds = performance.now() - started;
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), milliseconds };
}

Deno.test("the command works where JSR refuses to connect, and where it is mute", async () => {
  await using mute = startMuteRegistry();
  const outcomes = [1, mute.port].map((port) => runWithRegistry(port, "main.ts", "--demo"));
  for (const { code, stdout, stderr, milliseconds } of await Promise.all(outcomes)) {
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^practice-[\w-]+\n$/);
    assertMatch(stderr, /^This is practice[^\n]+\n[^\n]+\n$/);
    assert(milliseconds < 30_000, `${milliseconds} ms`);
  }
  assert(mute.connections.length > 0);
});

Deno.test("the command asks JSR for nothing if only its help or its version is wanted", async () => {
  await using mute = startMuteRegistry();
  const { file, args, split } = inARow([["--help"], ["-h"], ["--version"], ["-V"]]);
  const outcomes = split(await runWithRegistry(mute.port, file, ...args));
  for (const { code, stderr } of outcomes) assertEquals([code, stderr], [0, ""]);
  assertEquals(mute.connections.length, 0);
});

Deno.test("the command loads no @std in a binary", async () => {
  const folder = await Deno.makeTempDir();
  const files = {
    "preload.js": "Deno.build = { ...Deno.build, standalone: true };",
    "map.json": JSON.stringify({
      imports: { "@std/cli/parse-args": "data:text/javascript,Deno.exit(99)" },
    }),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  const run = async (...preload: string[]) => {
    const flags = ["-q", "--no-lock", NET, "--import-map", `${folder}/map.json`, ...preload];
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, `${new URL("main.ts", PROJECT)}`, "--help", "--demo"],
    }).output();
    return [code, new TextDecoder().decode(stdout).match(/^Usage: .*$/m)?.[0]];
  };
  const both = await Promise.all([run("--preload", `${folder}/preload.js`), run()]);
  await Deno.remove(folder, { recursive: true });
  assertEquals(both, [[0, "Usage: token [flags]"], [99, undefined]]);
});
