// deno-lint-ignore-file no-import-prefix
import { assertEquals, assertRejects } from "@std/assert";
import * as jose from "npm:jose@6.2.18";
import config from "../deno.json" with { type: "json" };
import { type Jose, JOSE_VERSION, loadJose } from "./jose.ts";
import { TokenError } from "../token.ts";

Deno.test("loadJose fails in time if jose cannot be loaded, and tries again the next time", async () => {
  const asked: string[] = [];
  const refuse = (specifier: string) => {
    asked.push(specifier);
    return Promise.reject(new Error("s3cr3t"));
  };
  const message = `The npm package jose@${JOSE_VERSION}, which signs, cannot be loaded`;
  for (const load of [refuse, () => new Promise<never>(() => {})]) {
    const error = await assertRejects(() => loadJose(load, 20), TokenError);
    assertEquals([error.kind, error.message], ["usage", message]);
  }
  assertEquals(asked, ["jose", `npm:jose@${JOSE_VERSION}`]);
  const own = {};
  assertEquals(await loadJose(() => Promise.resolve(own)) as unknown, own);
  assertEquals(await loadJose(refuse) as unknown, own);
});

Deno.test("Jose describes what is used of jose", () => {
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
Deno.test({ name: title, ignore: !TEST_LOCK }, () => {
  const name = `jose@${JOSE_VERSION}`;
  const lock = readLock("../extensions/deno.lock");
  assertEquals(lock.specifiers[`npm:${name}`], JOSE_VERSION);
  assertEquals(lock.npm[name].integrity, TEST_LOCK.npm[name].integrity);
  assertEquals(Object.keys(lock.npm), [name]);
  assertEquals(config.tasks.compile.command.includes(`--include npm:${name} `), true);
});
