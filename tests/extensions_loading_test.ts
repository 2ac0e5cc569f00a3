// What is loaded, and when: nothing of extensions/ and jose without their flags.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertFails, NET, OFFLINE, PROJECT, runCommands, withFiles } from "./support/command.ts";
import "./support/jose.ts";
import { needs } from "./support/needs.ts";

const KEY_FLAGS = ["--demo", "--auth-method", "private_key_jwt"];

/** The modules that the command loads when it runs so, as paths in the project, or `jose`. */
async function loaded(...runs: string[][]): Promise<string[]> {
  const directory = await Deno.makeTempDir();
  const outcomes = await runCommands(runs, { env: { DENO_COVERAGE_DIR: directory } });
  for (const { code, stderr } of outcomes) assertEquals(code, 0, stderr);
  const modules = new Set<string>();
  for (const { name } of Deno.readDirSync(directory)) {
    if (!name.endsWith(".json")) continue;
    const { url } = JSON.parse(Deno.readTextFileSync(`${directory}/${name}`));
    modules.add(url.startsWith(`${PROJECT}`) ? url.slice(`${PROJECT}`.length) : url);
  }
  await Deno.remove(directory, { recursive: true });
  return [...modules];
}

Deno.test("the command loads nothing of extensions/ without their flags", async () => {
  const modules = await loaded(["--demo", "--explain", "--auth-method", "client_secret_basic"]);
  assert(modules.includes("main.ts") && modules.includes("explain/explain.ts"));
  // As the next test looks for it.
  assert(modules.some((module) => module.includes("parse_args")) || !OFFLINE);
  const more =
    /extensions|jose|client_authentication|choose_method|read_keys|mask_proofs|certificate|practice_key|completions|kubernetes|resource/;
  assertEquals(modules.filter((module) => more.test(module)), []);
});

Deno.test({
  // Deno writes no coverage of modules that it has downloaded.
  ...needs(
    "the command needs no @std, which may have to be downloaded, for the demo, its help and version",
    "the stand-ins for @std",
  ),
  async fn() {
    const isParser = (module: string) => module.includes("parse_args");
    const modules = await loaded([], ["-h"], ["--help"], ["-V"], ["--version"]);
    assertEquals(modules.filter(isParser), []);
  },
});

Deno.test(needs("the command loads only what private_key_jwt needs", "npm:jose"), async () => {
  const modules = await loaded(KEY_FLAGS);
  assert(modules.includes("extensions/assertion.ts"), `${modules}`);
  assertEquals(
    modules.filter((module) => /dpop|discovery|resource|mutual_tls|certificate/.test(module)),
    [],
  );
});

Deno.test("the command says so if jose cannot be loaded, and needs it for nothing else", async () => {
  await withFiles({}, async (DENO_DIR) => {
    const env = { DENO_DIR, NPM_CONFIG_REGISTRY: "http://127.0.0.1:1/" };
    const [demo, outcome, asJson] = await runCommands(
      [["--demo"], KEY_FLAGS, [...KEY_FLAGS, "--errors=json"]],
      { permissions: [NET], env },
    );
    assertEquals(demo.code, 0);
    assertFails(outcome, 2, "error: The npm package jose@");
    assertStringIncludes(outcome.stderr, "hint: npm must be reachable once");
    assertEquals(JSON.parse(asJson.stderr.trimEnd().split("\n").at(-1)!).code, "jose_missing");
  });
});

Deno.test("the tasks of deno.json download no npm package", async () => {
  await withFiles({}, async (DENO_DIR) => {
    const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "demo"],
      cwd: PROJECT,
      env: { DENO_DIR, NPM_CONFIG_REGISTRY: "http://127.0.0.1:1/" },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals([code, text(stdout).startsWith("practice-")], [0, true], text(stderr));
    assertEquals(text(stderr).includes("npmjs"), false);
  });
});

Deno.test("extensions/ use nothing of Deno's own, but for mutual_tls.ts", () => {
  for (const { name } of Deno.readDirSync(new URL("extensions/", PROJECT))) {
    if (!name.endsWith(".ts") || name.endsWith("_test.ts")) continue;
    const source = Deno.readTextFileSync(new URL(`extensions/${name}`, PROJECT));
    const code = source.replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    assertEquals(/\bDeno\b|"node:/.test(code), false, name);
    assertEquals(code.includes("runtime/runtime.ts"), name === "mutual_tls.ts", name);
  }
});
