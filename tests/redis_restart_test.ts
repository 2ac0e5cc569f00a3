// A Redis that restarts, below both majors of Keyv, in Deno and in Node.js: each in a process of its own,
// which must not end.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { startRedis } from "../bench/redis.ts";
import { PROJECT, withFiles } from "./support/command.ts";
import { findNode, needs, npm } from "./support/needs.ts";
import { REQUEST } from "./support/stub_fetch.ts";

const VERSIONS = [["5.6.0", "5.1.6"], ["6.1.0", "6.0.0-rc.1"]] as const;
const TRIES = 200;
const INSTALL_TIME_LIMIT = 60_000;

/** Answers each line that it reads: with a new token, the one that others find, or the warnings. */
const PROGRAM = `
import { createInterface } from "node:readline";
import { argv } from "node:process";
import KeyvRedis from "@keyv/redis";
import Keyv from "keyv";
import { tokenSource } from "${PROJECT}token_source/token_source.ts";
import { STORE_LIMITS } from "${PROJECT}token_source/store_failures.ts";

STORE_LIMITS.milliseconds = 300;
const store = new Keyv(new KeyvRedis(argv[2]));
const request = ${JSON.stringify(REQUEST)};
const warnings = [];
let issued = 0;
const source = tokenSource(request, {
  store,
  fetch: async () => Response.json({ access_token: "t" + ++issued, expires_in: 3600 }),
  onWarning: (warning) => warnings.push(warning),
});
const fail = async () => Promise.reject(new Error("nothing is in the store"));
const COMMANDS = {
  async renew() {
    source.invalidate();
    return (await source.get()).access_token;
  },
  async find() {
    const other = tokenSource(request, { store, fetch: fail, retries: 0 });
    return await other.get().then((token) => token.access_token, () => "none");
  },
  warnings: async () => warnings,
};
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await COMMANDS[line]()));
}
process.exit();
`;

/** Runs `work` in a folder with the program and these versions of Keyv and its adapter. */
async function withProgram(
  [keyv, adapter]: readonly [string, string],
  work: (cwd: string) => Promise<void>,
): Promise<void> {
  const dependencies = { keyv, "@keyv/redis": adapter };
  const files = {
    "package.json": JSON.stringify({ type: "module", dependencies }),
    "main.js": PROGRAM,
  };
  await withFiles(files, async (cwd) => {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["install", "--quiet", "--node-modules-dir=auto"],
      cwd,
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(INSTALL_TIME_LIMIT),
    }).output();
    assert(success, "the npm packages cannot be installed");
    await work(cwd);
  });
}

/** Starts the program; resolves to what has it do something and resolves to the answer. */
async function start(command: string, args: string[], cwd: string) {
  const child = new Deno.Command(command, { args, cwd, stdin: "piped", stdout: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const readLine = async () => {
    let line = "";
    while (!line.endsWith("\n")) {
      const { value } = await reader.read();
      assert(value !== undefined, "the process has ended");
      line += value;
    }
    return line.trim();
  };
  assertEquals(await readLine(), "ready");
  return {
    async ask(command: "renew" | "find" | "warnings") {
      await writer.write(new TextEncoder().encode(`${command}\n`));
      return JSON.parse(await readLine());
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await child.status;
      await reader.cancel();
    },
  };
}

const node = await findNode();
for (const versions of VERSIONS) {
  const keyv = `Keyv ${versions[0][0]}` as const;
  await npm(keyv, async () => {
    await withProgram(versions, () => Promise.resolve());
    return {};
  });
  for (const isNode of [false, true]) {
    const name = `a Redis that restarts below ${keyv} ends no process, and is used again, in ${
      isNode ? "Node.js" : "Deno"
    }`;
    const options = needs(name, "redis-server", `npm:${keyv}`, isNode && "Node.js 24");
    Deno.test(options, () =>
      withProgram(versions, async (cwd) => {
        await using redis = await startRedis();
        const args = ["main.js", redis.url];
        await using program = isNode
          ? await start(node, args, cwd)
          : await start(Deno.execPath(), ["run", "-qA", ...args], cwd);
        await restart(redis, program.ask);
      }));
  }
}

async function restart(
  redis: Awaited<ReturnType<typeof startRedis>>,
  ask: Awaited<ReturnType<typeof start>>["ask"],
): Promise<void> {
  assertEquals(await ask("renew"), "t1");
  const findsSoon = async (token: string) => {
    for (let tries = 0; tries < TRIES; tries++) {
      if (await ask("find") === token) return true;
      await new Promise((done) => setTimeout(done, 50));
    }
    return false;
  };
  assert(await findsSoon("t1"));

  for (let outage = 1; outage <= 2; outage++) {
    // On a busy machine, the store may have taken too long before.
    const { length: before } = await ask("warnings");
    await redis.kill();
    // A token is there, though the store is not.
    let token = "";
    for (let i = 0; i < 3; i++) token = await ask("renew");
    assertMatch(token, /^t\d+$/);
    const warnings: string[] = await ask("warnings");
    assert(warnings.length <= before + 1, `${warnings}`);
    await redis.start();
    // It takes a while to connect again, and to store a token.
    let isBack = false;
    for (let tries = 0; tries < TRIES && !isBack; tries++) {
      const renewed = await ask("renew");
      await new Promise((done) => setTimeout(done, 50));
      isBack = await ask("find") === renewed;
    }
    assert(isBack);
  }
  assert((await ask("warnings")).length > 0);
}
