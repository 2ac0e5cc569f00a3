// deno-lint-ignore-file no-import-prefix
import { assertEquals, assertRejects } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { type Jose, JOSE_VERSION, loadJose } from "./jose.ts";
import { withFiles } from "../tests/support/command.ts";
import { needs, npm } from "../tests/support/needs.ts";
import { TokenError } from "../token.ts";

const jose = await npm("jose", () => import("npm:jose@6.2.18"));

Deno.test("loadJose fails in time if jose cannot be loaded, and tries again the next time", async () => {
  const refuse = () => Promise.reject(new Error("s3cr3t"));
  const message = `The npm package jose@${JOSE_VERSION}, which signs, cannot be loaded`;
  for (const load of [refuse, () => new Promise<never>(() => {})]) {
    const error = await assertRejects(() => loadJose([load, load], 20), TokenError);
    assertEquals([error.kind, error.message], ["usage", message]);
  }
  const own = (module: string) => Promise.resolve({ [module]: "own" });
  const all = { "jwt/sign": "own", "key/import": "own" };
  assertEquals(await loadJose([own, refuse]) as unknown, all);
  assertEquals(await loadJose([refuse, refuse]) as unknown, all, "kept");
});

Deno.test("loadJose takes the jose of the program around, and then needs no npm", async () => {
  const file = (name: string) => `${new URL(name, import.meta.url)}`;
  const own = (code: string) => `data:text/javascript,export const ${code} = 'own'`;
  const imports = { "jose/jwt/sign": own("SignJWT"), "jose/key/import": own("importJWK") };
  const program = `
    import { loadJose } from "${file("jose.ts")}";
    const { SignJWT, importJWK } = await loadJose();
    console.log(SignJWT, importJWK);
  `;
  const files = { "deno.json": JSON.stringify({ imports }), "program.ts": program };
  await withFiles(files, async (cwd) => {
    const env = { DENO_DIR: `${cwd}/cache`, NPM_CONFIG_REGISTRY: "http://127.0.0.1:1/" };
    const command = new Deno.Command(Deno.execPath(), { args: ["run", "program.ts"], cwd, env });
    const { stdout, stderr } = await command.output();
    const [shown, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals(shown, "own own\n", errors);
  });
});

Deno.test(needs("Jose describes what is used of jose", "npm:jose"), () => {
  const used: Pick<Jose, "importPKCS8"> & { SignJWT: unknown } = jose;
  assertEquals(typeof used.SignJWT, "function");
});

function readLock(path: string) {
  try {
    return JSON.parse(Deno.readTextFileSync(new URL(path, import.meta.url)));
  } catch {
    return undefined;
  }
}

const TEST_LOCK = readLock("../tests/data/deno.lock");

const title = "the version of jose that is loaded is the one that is locked, tested and compiled";
// To test the real @std from another registry, the lock files are taken away.
Deno.test(needs(title, "the lock files"), () => {
  const name = `jose@${JOSE_VERSION}`;
  const lock = readLock("../deno.lock");
  assertEquals(lock.specifiers[`npm:${name}`], JOSE_VERSION);
  assertEquals(lock.npm[name].integrity, TEST_LOCK.npm[name].integrity);
  assertEquals(Object.keys(lock.npm), [name]);
  const source = Deno.readTextFileSync(new URL("jose.ts", import.meta.url));
  assertEquals(source.match(/npm:jose@[^/]*/g), [`npm:${name}`]);
  assertEquals(config.tasks.compile.command.includes(`--include npm:${name} `), true);
});
