import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileStore } from "../token_source/file_store.ts";
import { STORE_LIMITS } from "../token_source/store_failures.ts";
import { tokenSource } from "../token_source/token_source.ts";
import { assertOneRequest } from "./support/at_once.ts";
import { NET, runCommand, runCommands, STD_FLAGS, withEndpoint } from "./support/command.ts";
import { findNode, needs } from "./support/needs.ts";
import { replace } from "./support/run_main.ts";
import { json, REQUEST, TOKEN } from "./support/stub_fetch.ts";

// With FULL_TESTS=1 as many as bench/README.md speaks of, which takes minutes.
const isFull = Deno.env.get("FULL_TESTS") === "1";
const AT_ONCE = isFull ? 50 : 5;
const IN_A_ROW = isFull ? 500 : 3;
const CRASHES = isFull ? 200 : 4;

/** Runs `work` with the flags of the command for a folder, and access to the folder alone. */
async function withFolder(
  work: (folder: string, permissions: string[]) => Promise<void>,
): Promise<void> {
  const above = await Deno.makeTempDir();
  const folder = `${above}/cache`;
  await work(folder, [`--allow-read=${folder}`, `--allow-write=${folder}`]);
  await Deno.remove(above, { recursive: true });
}

Deno.test("a cached token is printed with access to the folder alone, and no connection", () =>
  withFolder(async (folder, permissions) => {
    const flags: string[] = [];
    await withEndpoint(json(TOKEN), async (given) => {
      flags.push(...given, "--cache", folder);
      const outcome = await runCommand(flags, { permissions: [NET, ...permissions] });
      assertEquals(outcome, { code: 0, stdout: "abc.DEF-123\n", stderr: "" });
    });
    // The endpoint is closed now, and no address may be reached.
    const outcome = await runCommand(flags, { permissions });
    assertEquals(outcome, { code: 0, stdout: "abc.DEF-123\n", stderr: "" });
  }));

Deno.test("the command writes nothing without --cache", async () => {
  const cwd = await Deno.makeTempDir();
  await withEndpoint(json(TOKEN), async (flags) => {
    const outcome = await runCommand(flags, { cwd, permissions: ["--allow-all"] });
    assertEquals(outcome.stdout, "abc.DEF-123\n");
  });
  assertEquals([...Deno.readDirSync(cwd)], []);
  await Deno.remove(cwd);
});

Deno.test(
  `${AT_ONCE} commands at once on an empty cache make one request`,
  () => assertOneRequest(AT_ONCE, runCommand),
);

Deno.test(`${IN_A_ROW} commands one after the other make one request`, () =>
  withFolder(async (folder, permissions) => {
    await withEndpoint(json(TOKEN), async (flags, forms) => {
      const runs = Array.from({ length: IN_A_ROW }, () => [...flags, "--cache", folder]);
      const options = { permissions: [NET, ...permissions] };
      const outcomes = isFull
        ? await Array.fromAsync(runs, (args) => runCommand(args, options))
        : await runCommands(runs, options);
      assertEquals(outcomes.map(({ stdout }) => stdout), runs.map(() => "abc.DEF-123\n"));
      assertEquals(forms.length, 1);
    });
  }));

const node = await findNode();
for (const name of ["Deno", "Node.js"]) {
  const title = `a command leaves an endpoint alone that said wait to the one before, in ${name}`;
  Deno.test(
    needs(title, name === "Node.js" && "Node.js 24"),
    () =>
      withFolder(async (folder, permissions) => {
        const wait = json({}, { status: 429, headers: { "retry-after": "600" } });
        await withEndpoint(wait, async (flags, forms) => {
          const run = () =>
            runCommand([...flags, "--cache", folder, "--errors=json"], {
              permissions: [NET, ...permissions],
              node: name === "Node.js" ? node : undefined,
            });
          const first = JSON.parse((await run()).stderr);
          const [warning = "", last = ""] = (await run()).stderr.split("\n");
          const second = JSON.parse(last);
          assertEquals([first.retry_after, second.code, forms.length], [600, first.code, 1]);
          assert(second.retry_after <= 600 && second.retry_after > 400, second.retry_after);
          assertStringIncludes(warning, `not asked again for another ${second.retry_after} s`);
        });
      }),
  );
}

/** Starts a program that renews the token, and resolves when it does so. */
async function startRenewer(folder: string, name: string) {
  const program = import.meta.resolve("./support/renewer.ts");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-check", ...STD_FLAGS, "-A", program, folder, name],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: said } = await reader.read();
  assertEquals(said, "renewing\n");
  return {
    /** Kills it, and checks that it had nothing to say before. */
    async kill() {
      child.kill("SIGKILL");
      assertEquals((await reader.read()).value, undefined);
      await child.status;
    },
  };
}

Deno.test(`${CRASHES} times, processes killed while they renew leave a whole file and no lock`, () =>
  withFolder(async (folder) => {
    using _limit = replace(STORE_LIMITS, { milliseconds: 60_000 });
    const fail = () => Promise.reject(new Error("nothing is to be requested"));
    for (let round = 0; round < CRASHES; round++) {
      const names = [`a${round}`, `b${round}`];
      const children = await Promise.all(names.map((name) => startRenewer(folder, name)));
      await new Promise((done) => setTimeout(done, Math.random() * 20));
      await Promise.all(children.map((child) => child.kill()));

      const warnings: string[] = [];
      const onWarning = (warning: string) => void warnings.push(warning);
      const store = fileStore(folder);
      const source = tokenSource(REQUEST, { fetch: fail, retries: 0, store, onWarning });
      const { access_token } = await source.get();
      assertMatch(access_token, /^[ab]\d+-\d+-x{6000}$/);
      assert(names.some((name) => access_token.startsWith(`${name}-`)), access_token.slice(0, 20));
      assertEquals(warnings, []);

      const namesBefore = [...Deno.readDirSync(folder)].map(({ name }) => name);
      const key = namesBefore.find((name) => /^[\w-]+$/.test(name))!;
      assert(namesBefore.length <= 4, `${namesBefore}`);
      // A file that is half written is left alone for ten seconds.
      const old = new Date(Date.now() - 11_000);
      const leftovers = namesBefore.filter((name) => name.endsWith(".tmp"));
      for (const name of leftovers) await Deno.utime(`${folder}/${name}`, old, old);
      const unlock = await store.lock(key, AbortSignal.timeout(20_000));
      await unlock();
      const namesAfter = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assertEquals(namesAfter.sort(), [key, `${key}.lock`]);
    }
  }));
