/**
 * The command with a cached token, beside a bare `deno run` that opens the same file: wall time of
 * the whole process, in turn. It then starts 50 commands at once on an empty cache, and 500 one after
 * the other. How many rounds are measured may be given, then how many commands follow one another, then
 * flags for Deno.
 *
 * @module
 */

import { REQUEST } from "./server.ts";

const [rounds = "40", inARow = "500", ...denoFlags] = Deno.args;
const IN_A_ROW = Number(inARow);
const AT_ONCE = IN_A_ROW / 10;

let requests = 0;
await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
  requests++;
  return Response.json({ access_token: "2YotnFZFEjr1zCsicMWpAA", expires_in: 3600 });
});
const folder = await Deno.makeTempDir();
const TOKEN_URL = `http://127.0.0.1:${server.addr.port}/token`;
const env = {
  TOKEN_URL,
  CLIENT_ID: REQUEST.client_id,
  CLIENT_SECRET: REQUEST.client_secret,
};
const cache = `${folder}/cache`;
const main = new URL("../main.ts", import.meta.url).pathname;
const access = [`--allow-read=${cache}`, `--allow-write=${cache}`, "--allow-net", "--allow-env"];
const command = ["run", "--no-lock", ...denoFlags, ...access, main];
const withCache = { ...env, TOKEN_CACHE: cache };
// This stores the token that all of them find.
await run(command, withCache);
const name = [...Deno.readDirSync(cache)].find(({ name }) => !name.endsWith(".lock"))!.name;
const bare = [
  ...["run", "--no-lock", `--allow-read=${cache}`, "--allow-env"],
  new URL("bare_cache.ts", import.meta.url).pathname,
];

const candidates: [name: string, args: string[], env: Record<string, string>][] = [
  ["bare deno run", bare, { ...env, CACHE_FILE: `${cache}/${name}` }],
  ["the command", command, withCache],
  ["the command, by flag", [...command, "--cache", cache], env],
];
const times = candidates.map(() => [] as number[]);
for (let round = 0; round <= Number(rounds); round++) {
  for (const [i, [, args, env]] of candidates.entries()) {
    const time = await run(args, env);
    // The first is for what Deno keeps from one run to the next.
    if (round > 0) times[i]!.push(time);
  }
}
const base = median(times[0]!);
for (const [i, [name]] of candidates.entries()) {
  const time = median(times[i]!);
  console.log(`${name.padEnd(22)} ${time.toFixed(1)} ms  ${(time / base).toFixed(2)} times`);
}
console.log(`${requests} request for ${2 * Number(rounds) + 3} runs`);

await Deno.remove(cache, { recursive: true });
requests = 0;
await Promise.all(Array.from({ length: AT_ONCE }, () => run(command, withCache)));
console.log(`${requests} request for ${AT_ONCE} commands at once`);

await Deno.remove(cache, { recursive: true });
requests = 0;
for (let i = 0; i < IN_A_ROW; i++) await run(command, withCache);
console.log(`${requests} request for ${IN_A_ROW} commands one after the other`);
await Deno.remove(folder, { recursive: true });

/** Runs Deno, and resolves to the milliseconds that it took. */
async function run(args: string[], env: Record<string, string>): Promise<number> {
  const start = performance.now();
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, env }).output();
  const time = performance.now() - start;
  if (!success || stdout.length < 20) throw new Error(`no token from ${args}`);
  return time;
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}
