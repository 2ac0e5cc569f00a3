// A program that has a token source ends when it has nothing else to do, in Deno and in Node.js, whatever
// the source would like to do later.

import { assertEquals } from "@std/assert";
import { PROJECT, withFiles } from "./support/command.ts";
import { findNode, needs } from "./support/needs.ts";
import { REQUEST } from "./support/stub_fetch.ts";

/** More than the store and the endpoint may take, and less than any pause below. */
const TIME_LIMIT = 25_000;

const HANG = "store.get = store.set = store.delete = () => new Promise(() => {});";
/** What goes wrong after the first token, which is due at once: at the endpoint, and in the store. */
const TROUBLES: Record<string, [fetch: string, store: string]> = {
  "a renewal that failed": [`() => Promise.reject(new TypeError("down"))`, ""],
  "an endpoint that says wait": [
    `async () => new Response("", { status: 429, headers: { "retry-after": "3600" } })`,
    "",
  ],
  "an endpoint that does not answer": [`() => new Promise(() => {})`, ""],
  "a store that hangs": [`() => Promise.reject(new TypeError("down"))`, HANG],
};

function program(fetch: string, store: string): string {
  return `
import { tokenSource } from "${PROJECT}token_source/token_source.ts";

// The longest pauses that can be drawn.
Math.random = () => 1;
const values = new Map();
const store = {
  get: async (key) => values.get(key),
  set: async (key, value) => values.set(key, value),
  delete: async (key) => values.delete(key),
};
const first = async () =>
  Response.json({ access_token: "t", expires_in: 36_000, refresh_in: 0.001 });
let requests = 0;
const source = tokenSource(${JSON.stringify(REQUEST)}, {
  store,
  timeout: 1000,
  fetch: (...args) => requests++ === 0 ? first() : (${fetch})(...args),
});
await source.get();
${store}
for (let i = 0; i < 5; i++) {
  await new Promise((done) => setTimeout(done, 20));
  await source.get();
}
console.log("done");
`;
}

const node = await findNode();

for (const isNode of [false, true]) {
  for (const [trouble, [fetch, store]] of Object.entries(TROUBLES)) {
    const name = `${trouble} does not keep a process alive, in ${isNode ? "Node.js" : "Deno"}`;
    Deno.test(
      needs(name, isNode && "Node.js 24"),
      () =>
        withFiles({ "main.mjs": program(fetch, store) }, async (cwd) => {
          const command = new Deno.Command(isNode ? node : Deno.execPath(), {
            args: [...isNode ? [] : ["run", "-qA"], "main.mjs"],
            cwd,
            signal: AbortSignal.timeout(TIME_LIMIT),
          });
          const { code, stdout, stderr } = await command.output();
          const decoder = new TextDecoder();
          assertEquals([code, decoder.decode(stdout)], [0, "done\n"], decoder.decode(stderr));
        }),
    );
  }
}
