/**
 * `requestToken` beside a bare `fetch` and other libraries: with a stubbed `fetch`, where only the
 * library's own work counts, and with a server on this machine. `deno bench` runs one after the
 * other; run by itself, this takes them in turn, which a busy machine disturbs less, and prints
 * medians and ratios. How many rounds are measured may be given.
 *
 * @module
 */

import { type Fetch, LIBRARIES } from "./libraries.ts";
import { REQUEST, serve, stub } from "./server.ts";

const BASELINE = "fetch and json()";
const ROUNDS = Number(Deno.args[0] ?? 400);

interface Group {
  group: string;
  token_url: string;
  fetch: Fetch;
  /** How many requests make one measurement of a round. */
  batch: number;
}

const { server, token_url } = serve();
// It would keep the process once all is measured.
server.unref();
const GROUPS: Group[] = [
  { group: "stubbed fetch", token_url: REQUEST.token_url, fetch: stub, batch: 200 },
  { group: "server on this machine", token_url, fetch: (url, init) => fetch(url, init), batch: 20 },
];

for (const { group, token_url, fetch, batch } of GROUPS) {
  const runs = Object.entries(LIBRARIES).map(([name, make]) => ({
    name,
    run: make(token_url, fetch),
    times: [] as number[],
  }));
  const expected = (await (await stub()).json()).access_token;
  for (const { name, run } of runs) {
    if (await run() !== expected) throw new Error(`${name} got another token`);
    const fn = async () => {
      await run();
    };
    Deno.bench({ name, group, baseline: name === BASELINE, fn });
  }
  if (!import.meta.main) continue;

  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, times } of runs) {
      const start = performance.now();
      for (let i = 0; i < batch; i++) await run();
      times.push((performance.now() - start) * 1000 / batch);
    }
    // Nobody is always the first.
    runs.push(runs.shift()!);
  }
  const rows = runs.map(({ name, times }) => ({ name, time: median(times) }));
  const base = rows.find(({ name }) => name === BASELINE)!.time;
  console.log(`\n${group}`);
  for (const { name, time } of rows.sort((a, b) => a.time - b.time)) {
    const ratio = (time / base).toFixed(2);
    console.log(`  ${name.padEnd(26)} ${time.toFixed(1).padStart(6)} µs  ${ratio} times`);
  }
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}
