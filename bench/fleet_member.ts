// keyv is named here and not in deno.json, whose npm packages every task would download.
// deno-lint-ignore-file no-import-prefix

/**
 * One process of the fleet: callers who get the token again and again, and check that it has not
 * expired. At the end, it prints what they saw.
 *
 * @module
 */

import KeyvRedis from "npm:@keyv/redis@5.1.6";
import Keyv from "npm:keyv@5.6.0";
import { TokenError, tokenSource } from "../token_source/token_source.ts";
import { REQUEST } from "./server.ts";

/** What the callers of one process saw. */
export interface Seen {
  /** Tokens that they got. */
  gets: number;
  /** Tokens that had expired. */
  expired: number;
  /** Why calls failed. */
  failures: string[];
  /** How often the store was said to fail. */
  warnings: number;
  /** The longest wait for a token, in milliseconds. */
  longest: number;
}

const PAUSE = 100;
const MAX_FAILURES = 5;

/** Gets a token, says so, and gets more of them until the time that is on standard input then. */
async function run(token_url: string, redis: string, callers: number): Promise<Seen> {
  const store = new Keyv(new KeyvRedis(redis));
  const seen: Seen = { gets: 0, expired: 0, failures: [], warnings: 0, longest: 0 };
  const source = tokenSource({ ...REQUEST, token_url }, {
    store,
    // Enough to outlast some seconds in which the server answers 503.
    retries: 6,
    onWarning: () => seen.warnings++,
  });
  await source.get();
  console.log("ready");
  const end = Number(await new Response(Deno.stdin.readable).text());
  const call = async () => {
    while (Date.now() < end) {
      const start = performance.now();
      try {
        const { access_token } = await source.get();
        seen.gets++;
        if (Date.now() >= Number(access_token.split("-")[1])) seen.expired++;
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        if (seen.failures.length < MAX_FAILURES) seen.failures.push(error.message);
      }
      seen.longest = Math.max(seen.longest, Math.round(performance.now() - start));
      await new Promise((done) => setTimeout(done, PAUSE * (0.5 + Math.random())));
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return seen;
}

if (import.meta.main) {
  const [token_url, redis, callers] = Deno.args;
  console.log(JSON.stringify(await run(token_url!, redis!, Number(callers))));
  Deno.exit();
}
