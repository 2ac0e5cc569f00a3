import { assert, assertEquals, assertMatch } from "@std/assert";
import { PROJECT } from "../tests/testing.ts";
import { load, loadDotenv, loadParseArgs } from "./std.ts";

const standIn = () => Promise.resolve("stand-in");

Deno.test("load gives @std if it is there in time", async () => {
  assertEquals(await load(() => Promise.resolve("std"), standIn), "std");
});

Deno.test("load gives the stand-in if @std cannot be loaded, or not in time", async () => {
  assertEquals(await load(() => Promise.reject(new TypeError("no network")), standIn), "stand-in");
  // Keeps the event loop alive, as a download would.
  const timer = setTimeout(() => {}, 5000);
  assertEquals(await load(() => new Promise(() => {}), standIn, 20), "stand-in");
  clearTimeout(timer);
});

Deno.test("loadParseArgs and loadDotenv load what the command needs", async () => {
  assertEquals(typeof (await loadParseArgs()).parseArgs, "function");
  assertEquals({ ...(await loadDotenv()).parse("A='1' # one") }, { A: "1" });
});

/** Runs the lesson with a flag, so that @std is wanted, where JSR is this server. */
async function runWithRegistry(JSR_URL: string): Promise<string> {
  const DENO_DIR = await Deno.makeTempDir();
  const { HOME = DENO_DIR, PATH = "", SystemRoot = "" } = Deno.env.toObject();
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-lock", "--allow-net", `${new URL("main.ts", PROJECT)}`, "--demo"],
    env: { HOME, PATH, SystemRoot, DENO_DIR, JSR_URL },
    clearEnv: true,
  }).output();
  await Deno.remove(DENO_DIR, { recursive: true });
  assertEquals(code, 0);
  return new TextDecoder().decode(stdout);
}

Deno.test("the command works where JSR refuses connections, or never answers", async () => {
  const mute = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of mute) connections.push(connection);
  })();
  const started = performance.now();
  const outputs = await Promise.all([
    runWithRegistry("http://127.0.0.1:1/"),
    runWithRegistry(`http://127.0.0.1:${mute.addr.port}/`),
  ]);
  mute.close();
  await accepting;
  for (const connection of connections) connection.close();
  for (const output of outputs) assertMatch(output, /^practice-[\w-]+\n$/);
  assert(performance.now() - started < 8000);
});
