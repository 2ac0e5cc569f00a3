/**
 * A fleet that shares one token by way of Redis: processes with many callers each, while Redis is
 * killed and restarted and the authorization server answers 503 for a while. Run by itself, it takes a
 * minute and prints how many tokens were requested for each lifetime.
 *
 * @module
 */

import type { Seen } from "./fleet_member.ts";
import { hasRedis, startRedis } from "./redis.ts";

/** How large the fleet is, and what happens to it. Times are in seconds, after the start. */
export interface Fleet {
  /** How many processes there are. */
  processes: number;
  /** How many callers each of them has. */
  callers: number;
  /** How long a token lives. */
  lifetime: number;
  /** How long it all takes. */
  duration: number;
  /** From when to when the authorization server answers 503. */
  unavailable: [from: number, to: number];
  /** From when to when there is no Redis. */
  withoutRedis: [from: number, to: number];
}

/** What happened. */
export interface Outcome {
  /** What the callers saw, summed up. */
  seen: Seen;
  /** Tokens issued while the processes started. */
  first: number;
  /** Tokens issued while there was no Redis, and in the lifetime after. */
  withoutRedis: number;
  /** Tokens issued in the rest of the time, and how many for each lifetime. */
  withRedis: number;
  perLifetime: number;
  /** Requests answered with 503. */
  refused: number;
}

/** Runs the fleet; `denoFlags` are for its processes. */
export async function runFleet(fleet: Fleet, denoFlags: string[]): Promise<Outcome> {
  await using redis = await startRedis();
  const issued: number[] = [];
  let refused = 0;
  // Set when all processes are ready.
  let start = Infinity;
  const seconds = () => (Date.now() - start) / 1000;
  const isBetween = ([from, to]: [number, number]) => seconds() >= from && seconds() < to;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    if (isBetween(fleet.unavailable)) {
      refused++;
      return new Response("", { status: 503 });
    }
    issued.push(Date.now());
    const expires = Date.now() + fleet.lifetime * 1000;
    const access_token = `${issued.length}-${expires}`;
    return Response.json({ access_token, expires_in: fleet.lifetime });
  });
  const members = await Promise.all(Array.from({ length: fleet.processes }, () => {
    const args = [`http://127.0.0.1:${server.addr.port}/token`, redis.url, `${fleet.callers}`];
    return startMember([...denoFlags, "-A", import.meta.resolve("./fleet_member.ts"), ...args]);
  }));
  start = Date.now();
  const running = Promise.all(members.map((run) => run(start + fleet.duration * 1000)));
  const [from, to] = fleet.withoutRedis;
  await until(start + from * 1000);
  await redis.kill();
  await until(start + to * 1000);
  await redis.start();
  const all = await running;
  const after = start + (to + fleet.lifetime) * 1000;
  const withoutRedis = issued.filter((time) => time >= start + from * 1000 && time < after).length;
  const first = issued.filter((time) => time < start).length;
  const withRedis = issued.length - first - withoutRedis;
  const lifetimes = (fleet.duration - (to + fleet.lifetime - from)) / fleet.lifetime;
  return {
    seen: {
      gets: sum(all.map(({ gets }) => gets)),
      expired: sum(all.map(({ expired }) => expired)),
      failures: all.flatMap(({ failures }) => failures),
      warnings: sum(all.map(({ warnings }) => warnings)),
      longest: Math.max(...all.map(({ longest }) => longest)),
    },
    first,
    withoutRedis,
    withRedis,
    perLifetime: withRedis / lifetimes,
    refused,
  };
}

/** Starts a process; resolves, when it is ready, to what lets it run until a time. */
async function startMember(args: string[]): Promise<(end: number) => Promise<Seen>> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", ...args],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  if (value !== "ready\n") throw new Error(`A process of the fleet said: ${value}`);
  return async (end) => {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${end}`));
    await writer.close();
    let text = "";
    for (let read; !(read = await reader.read()).done;) text += read.value;
    await child.status;
    return JSON.parse(text);
  };
}

async function until(time: number): Promise<void> {
  await new Promise((done) => setTimeout(done, Math.max(0, time - Date.now())));
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

if (import.meta.main) {
  if (!hasRedis()) {
    console.log("redis-server is not installed");
    Deno.exit(1);
  }
  const outcome = await runFleet({
    processes: 8,
    callers: 500,
    lifetime: 5,
    duration: 60,
    unavailable: [15, 18],
    withoutRedis: [32, 38],
  }, Deno.args);
  console.log(outcome);
}
