/**
 * A token source in trouble: an endpoint that is out for a while, one that says wait, and an API that
 * refuses every token. Each is tried with this build and with another, whose folder may be given as the
 * first argument, side by side. The other arguments are flags for Deno.
 *
 * @module
 */

import type { Build } from "./trouble_member.ts";
import { loadBuild } from "./trouble_member.ts";
import { REQUEST } from "./server.ts";

const LIFETIME = 20;
const CALLERS = 50;
const PAUSE = 20;
const DELAY = 300;
const OUTAGE = 2.8;
const DURATION = 30;
/** When the outage begins, in seconds: around the renewal of this build, and around that of others. */
const OUTAGES = [14.5, 15.5, 16, 17, 18];
const PROCESSES = 8;
const CALLS = 100;

/** What callers saw while the endpoint was out. */
interface Seen {
  gets: number;
  failed: number;
  expired: number;
  /** The longest wait, in milliseconds. */
  longest: number;
  requests: number;
  /** Requests that were refused because the endpoint was out. */
  refused: number;
}

/** Has callers get a token again and again, while the endpoint is out from a time on. */
async function endure({ tokenSource }: Build, from: number): Promise<Seen> {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const seen: Seen = { gets: 0, failed: 0, expired: 0, longest: 0, requests: 0, refused: 0 };
  const source = tokenSource(REQUEST, {
    async fetch() {
      seen.requests++;
      await sleep(DELAY);
      if (seconds() >= from && seconds() < from + OUTAGE) {
        seen.refused++;
        return new Response("", { status: 503 });
      }
      return Response.json({ access_token: `${seconds() + LIFETIME}`, expires_in: LIFETIME });
    },
  });
  // The first token is no renewal.
  await source.get();
  await Promise.all(Array.from({ length: CALLERS }, async () => {
    while (seconds() < DURATION) {
      const asked = performance.now();
      try {
        const { access_token } = await source.get();
        if (Number(access_token) <= seconds()) seen.expired++;
      } catch {
        seen.failed++;
      }
      seen.gets++;
      seen.longest = Math.max(seen.longest, performance.now() - asked);
      await sleep(PAUSE * (0.5 + Math.random()));
    }
  }));
  return { ...seen, longest: Math.round(seen.longest) };
}

/** Starts an endpoint that says wait; resolves to what counts the requests. */
function startBusyEndpoint() {
  let requests = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    requests++;
    return new Response("", { status: 429, headers: { "retry-after": "60" } });
  });
  return {
    token_url: `http://127.0.0.1:${server.addr.port}/token`,
    requests: () => requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The requests of one process that gets a token 100 times. */
async function askBusy({ tokenSource }: Build): Promise<number> {
  await using endpoint = startBusyEndpoint();
  const source = tokenSource({ ...REQUEST, token_url: endpoint.token_url });
  for (let i = 0; i < CALLS; i++) await source.get().catch(() => {});
  return endpoint.requests();
}

/** The requests of several processes that share a store, and together get a token 100 times. */
async function askBusyTogether(folder: string, flags: string[]): Promise<number> {
  await using endpoint = startBusyEndpoint();
  const store = await Deno.makeTempDir();
  const member = new URL("trouble_member.ts", import.meta.url).pathname;
  const args = [folder, endpoint.token_url, `${store}/tokens`, `${Math.ceil(CALLS / PROCESSES)}`];
  await Promise.all(Array.from({ length: PROCESSES }, async () => {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...flags, "--allow-all", member, ...args],
    });
    const { success, stderr } = await command.output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }));
  await Deno.remove(store, { recursive: true });
  return endpoint.requests();
}

/** The calls that reach an API that refuses all tokens, and the tokens that they cost. */
async function callRefusing({ tokenSource, authorizedFetch }: Build): Promise<[number, number]> {
  let tokens = 0;
  let calls = 0;
  const source = tokenSource(REQUEST, {
    fetch: () => Promise.resolve(Response.json({ access_token: `t${++tokens}`, expires_in: 3600 })),
  });
  const call = authorizedFetch(source, {
    fetch() {
      calls++;
      return Promise.resolve(new Response("", { status: 401 }));
    },
  });
  for (let i = 0; i < CALLS; i++) await call("https://api.example.com/v1/things");
  return [calls, tokens];
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

if (import.meta.main) {
  const own = new URL("..", import.meta.url).pathname;
  const [other, ...flags] = Deno.args;
  const builds = new Map([["this build", own]]);
  if (other) builds.set("the other", other);

  for (const [name, folder] of builds) {
    const build = await loadBuild(folder);
    console.log(`${name}, ${CALLS} gets, 429 with Retry-After: 60`);
    console.log(`  requests of one process     ${await askBusy(build)}`);
    console.log(`  requests of ${PROCESSES} with a store ${await askBusyTogether(folder, flags)}`);
    const [calls, tokens] = await callRefusing(build);
    console.log(`${name}, ${CALLS} calls of an API that always says 401`);
    console.log(`  calls that reach the API    ${calls}`);
    console.log(`  tokens                      ${tokens}`);
  }

  console.log(`an endpoint of ${DELAY} ms that is out for ${OUTAGE} s, tokens of ${LIFETIME} s`);
  const runs = [...builds].flatMap(([name, folder]) =>
    OUTAGES.map((from) => ({ name, folder, from }))
  );
  const all = await Promise.all(
    runs.map(async ({ folder, from }) => await endure(await loadBuild(folder), from)),
  );
  for (const [i, { name, from }] of runs.entries()) {
    console.log(`${name}, out from second ${from}`, JSON.stringify(all[i]));
  }
}
