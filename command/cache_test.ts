import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertFails, withEndpoint } from "../tests/support/command.ts";
import { json, jwtWith, TOKEN } from "../tests/support/stub_fetch.ts";
import { runMain, type World } from "../tests/support/run_main.ts";
import { needs } from "../tests/support/needs.ts";

const GRANTED: World = { granted: ["net", "read", "write"] };
const ONE_YEAR = 365 * 24 * 3600;

/** Runs `work` with a token endpoint, and with a folder that is not there yet. */
async function withCache(
  work: (run: typeof runMain, folder: string, requests: () => number) => Promise<void>,
  members: Record<string, unknown> = {},
): Promise<void> {
  const above = await Deno.makeTempDir();
  let issued = 0;
  const answer = () => json({ ...TOKEN, access_token: `t${++issued}`, ...members })();
  await withEndpoint(answer, async (flags) => {
    const run: typeof runMain = (args, world = GRANTED) => runMain([...flags, ...args], world);
    await work(run, `${above}/cache`, () => issued);
  });
  await Deno.remove(above, { recursive: true });
}

Deno.test("the command keeps a token in the folder of --cache", () =>
  withCache(async (run, folder, requests) => {
    for (let i = 0; i < 3; i++) {
      const outcome = await run(["--cache", folder]);
      assertEquals(outcome, { code: 0, stdout: "t1\n", stderr: "" });
    }
    assertEquals(requests(), 1);
    const other = await run(["--cache", folder, "--scope=read"]);
    assertEquals([other.stdout, requests()], ["t2\n", 2]);
    const json = JSON.parse((await run(["--cache", folder, "--output=json"])).stdout);
    assertEquals(json.access_token, "t1");
    assert(json.expires_in > 3560 && json.expires_in < 3570, json.expires_in);
  }));

Deno.test("the command prints a new token as the server sent it, with --cache too", () =>
  withCache(async (run, folder) => {
    const { stdout } = await run(["--cache", folder, "--output=json"]);
    assertEquals(JSON.parse(stdout), { ...TOKEN, access_token: "t1" });
  }));

Deno.test("the command finds the folder of the cache in TOKEN_CACHE", () =>
  withCache(async (run, folder, requests) => {
    const granted: World["granted"] = ["net", "read", "write", "env"];
    const world = { granted, env: { TOKEN_CACHE: folder } };
    for (let i = 0; i < 2; i++) assertEquals((await run([], world)).stdout, "t1\n");
    assertEquals((await run(["--cache="], world)).stdout, "t1\n");
    const { stderr } = await run(["--explain"], world);
    assertMatch(stderr, /^ {2}cache +\S+cache {2}\(from the environment\)$/m);
    assertEquals((await run([])).stdout, "t2\n");
    assertEquals(requests(), 2);
  }));

Deno.test("the command requests a new token for the cache with --refresh", () =>
  withCache(async (run, folder) => {
    await run(["--cache", folder]);
    assertEquals((await run(["--cache", folder, "--refresh"])).stdout, "t2\n");
    assertEquals((await run(["--cache", folder])).stdout, "t2\n");
  }));

Deno.test("the command keeps the old token if --refresh fails", async () => {
  const folder = await Deno.makeTempDir();
  let answer = json(TOKEN);
  await withEndpoint(() => answer(), async (flags) => {
    await runMain([...flags, "--cache", folder], GRANTED);
    answer = json({ error: "invalid_scope" }, { status: 400 });
    const outcome = await runMain([...flags, "--cache", folder, "--refresh"], GRANTED);
    assertFails(outcome, 1, "invalid_scope");
    const { stdout } = await runMain([...flags, "--cache", folder], GRANTED);
    assertEquals(stdout, `${TOKEN.access_token}\n`);
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the command explains that a token came from the cache, and how long it lives", () =>
  withCache(async (run, folder) => {
    const first = await run(["--cache", folder, "--explain"]);
    assertStringIncludes(first.stderr, "\nStep 4  access_token is printed to stdout\n");
    assertStringIncludes(first.stderr, "\nThe token is new\n");
    assert(!first.stderr.includes("--refresh"), first.stderr);
    assertMatch(first.stderr, /^ {2}expires in +3[56]\d\d s, at 20\d\d-\S+Z$/m);
    const second = await run(["--cache", folder, "--explain"]);
    assertEquals([first.stdout, second.stdout], ["t1\n", "t1\n"]);
    assert(!second.stderr.includes("Step"), second.stderr);
    assertStringIncludes(second.stderr, "\nThe token came from the cache; none was requested\n");
    assertStringIncludes(second.stderr, `  cache          ${folder}  (from a flag)\n`);
    const [, seconds, date] = second.stderr.match(/^ {2}expires in +(\d+) s, at (\S+)$/m)!;
    assert(Number(seconds) > 3500 && Number(seconds) < 3570, seconds);
    assert(Math.abs(Date.parse(date!) - Date.now() - Number(seconds) * 1000) < 30_000);
    assertStringIncludes(second.stderr, "(--refresh requests a new one.)");
  }));

Deno.test("the command explains that a token is not kept if the server does not say how long it lives", () =>
  withCache(async (run, folder, requests) => {
    for (let i = 1; i <= 2; i++) {
      const { stdout, stderr } = await run(["--cache", folder, "--explain"]);
      assertEquals([stdout, requests()], [`t${i}\n`, i]);
      assertMatch(stderr, /^ {2}expires in +an unknown time, so it is not kept$/m);
    }
  }, { expires_in: undefined }));

Deno.test("the command keeps a token as long as --default-lifetime says, if the server does not", () =>
  withCache(async (run, folder, requests) => {
    const args = ["--cache", folder, "--default-lifetime=600"];
    for (let i = 1; i <= 2; i++) {
      const { stdout, stderr } = await run([...args, "--explain"]);
      assertEquals([stdout, requests()], ["t1\n", 1]);
      const [, seconds] = stderr.match(/expires in +(\d+) s, .*, as --default-lifetime says/)!;
      assert(Number(seconds) > 550 && Number(seconds) <= 600, seconds);
    }
    const json = JSON.parse((await run([...args, "--output=json"])).stdout);
    assertEquals("expires_in" in json, false);
  }, { expires_in: undefined }));

Deno.test("expires_in counts for more than --default-lifetime", () =>
  withCache(async (run, folder, requests) => {
    const args = ["--cache", folder, "--default-lifetime=600"];
    for (let i = 1; i <= 2; i++) await run(args);
    assertEquals(requests(), 2);
  }, { expires_in: 0 }));

Deno.test("the command refuses a --default-lifetime that is none, or keeps nothing", async () => {
  const flags = ["--token-url=http://127.0.0.1:1/", "--client-id=a", "--client-secret=b"];
  for (const text of ["x", "0", "-1", "1e3", "0x1"]) {
    const outcome = await runMain([...flags, "--cache=x", `--default-lifetime=${text}`], GRANTED);
    assertFails(outcome, 2, "--default-lifetime must be a number of seconds above 0");
  }
  const alone = await runMain([...flags, "--default-lifetime=60"], GRANTED);
  assertFails(alone, 2, "--default-lifetime needs --cache or --watch");
});

Deno.test("the command keeps a JWT until its exp if the server does not say how long it lives", () => {
  const access_token = jwtWith({ exp: Math.floor(Date.now() / 1000) + 3600 });
  return withCache(async (run, folder, requests) => {
    for (let i = 1; i <= 2; i++) {
      const { stdout, stderr } = await run(["--cache", folder, "--explain"]);
      assertEquals([stdout, requests()], [`${access_token}\n`, 1]);
      assertMatch(stderr, /^ {2}expires in +3[45]\d\d s, at 20\S+Z, as its claim exp says$/m);
    }
  }, { expires_in: undefined, access_token });
});

Deno.test("the command keeps a token until the time that the server says as expires_at", () => {
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  return withCache(async (run, folder, requests) => {
    for (let i = 1; i <= 2; i++) {
      const { stdout, stderr } = await run(["--cache", folder, "--explain"]);
      assertEquals([stdout, requests()], ["t1\n", 1]);
      assertMatch(stderr, /^ {2}expires in +3[45]\d\d s, at 20\S+Z$/m);
    }
  }, { expires_in: undefined, expires_at });
});

Deno.test("a token that lives very long is kept, too", () =>
  withCache(async (run, folder) => {
    await run(["--cache", folder]);
    const { stdout, stderr } = await run(["--cache", folder, "--explain"]);
    assertEquals(stdout, "t1\n");
    const [, seconds] = stderr.match(/expires in +(\d+) s/)!;
    assert(Number(seconds) < ONE_YEAR && Number(seconds) > ONE_YEAR - 100, seconds);
  }, { expires_in: 9e15 }));

for (const granted of [["net"], ["net", "read"], ["net", "write"]] as World["granted"][]) {
  Deno.test(`the command refuses --cache with access to ${granted} alone`, () =>
    withCache(async (run, folder, requests) => {
      const outcome = await run(["--cache", folder], { granted });
      assertFails(outcome, 2, `error: ${folder}: read and write access was not granted\n`);
      const flags = `--allow-read=${folder} --allow-write=${folder}`;
      assertStringIncludes(outcome.stderr, `hint: Add ${flags} before main.ts\n`);
      assertEquals(requests(), 0);
    }));
}

Deno.test("the hint for a cache with a space in its name can be pasted", () =>
  withCache(async (run, folder) => {
    const { stderr } = await run(["--cache", `${folder}/it's here`], { granted: ["net"] });
    const quoted = `'${folder}/it'\\''s here'`;
    const hint = `Add --allow-read=${quoted} --allow-write=${quoted} before main.ts\n`;
    assertStringIncludes(stderr, hint);
  }));

Deno.test("the command refuses --refresh and --demo where they have no cache", async () => {
  const credentials = ["--token-url=https://a.example/", "--client-id=a", "--client-secret=b"];
  assertFails(await runMain([...credentials, "--refresh"]), 2, "--refresh needs --cache");
  for (const flag of ["--cache=a", "--refresh"]) {
    const message = `--demo takes no ${flag.split("=")[0]}`;
    assertFails(await runMain(["--demo", flag]), 2, message);
  }
  assertFails(await runMain(["--cache=a"]), 2, "Missing TOKEN_URL");
});

const OPEN = "a cache that others may write costs the cache, not the token";
Deno.test({
  ...needs(OPEN, "a system other than Windows"),
  fn: () =>
    withCache(async (run, folder, requests) => {
      await Deno.mkdir(folder);
      await Deno.chmod(folder, 0o777);
      for (let i = 1; i <= 2; i++) {
        const { code, stdout, stderr } = await run(["--cache", folder]);
        const reason = `other users may write ${folder}, whose mode is 777`;
        const warning = `warning: The token could not be read from the cache: ${reason}\n`;
        assertEquals([code, stdout, stderr], [0, `t${i}\n`, warning]);
      }
      assertEquals([requests(), [...Deno.readDirSync(folder)]], [2, []]);
    }),
});

Deno.test("the command seals with the client secret, and another secret finds nothing", async () => {
  const folder = await Deno.makeTempDir();
  let issued = 0;
  await withEndpoint(() => json({ ...TOKEN, access_token: `t${++issued}` })(), async (flags) => {
    await runMain([...flags, "--cache", folder], GRANTED);
    for (const { name } of Deno.readDirSync(folder)) {
      const text = Deno.readTextFileSync(`${folder}/${name}`);
      assert(!text.includes("access_token") && !text.includes(btoa("access_token")), text);
    }
    const rotated = [...flags.slice(0, -1), "next", "--cache", folder];
    const { code, stdout, stderr } = await runMain(rotated, GRANTED);
    assertEquals([code, stdout], [0, "t2\n"]);
    assertStringIncludes(stderr, "was changed, or sealed with another secret\n");
    assertEquals(await runMain(rotated, GRANTED), { code, stdout, stderr: "" });
  });
  await Deno.remove(folder, { recursive: true });
});
