// fast-check is named here and not in deno.json, whose npm packages every task would download.
// deno-lint-ignore-file no-import-prefix
import { assert, assertEquals } from "@std/assert";
import { needs, npm } from "./support/needs.ts";
import { type Action, CLIENTS, type Server, STORE_STATES, World } from "./support/store_world.ts";

const { default: fc } = await npm("fast-check", () => import("npm:fast-check@^4.10.2"));

// The same runs each time; with FULL_TESTS=1 others, and on failure fast-check prints their seed.
const RUNS = Deno.env.get("FULL_TESTS") === "1" ? { numRuns: 1000 } : { numRuns: 60, seed: 1 };
const STATES: Server["state"][] = [
  ...["ok", "ok", "ok", "ok", "takes long", "takes long"] as const,
  ...[
    "refuses",
    "invalid_client",
    "fails",
    "hangs up",
    "hangs",
    "says wait",
    "says wait",
  ] as const,
];

/** What may happen: any of these, some more often. */
const actions = () => {
  // Most is about the first, so that one thing follows from another.
  const source = fc.constantFrom(0, 0, 0, ...CLIENTS.keys());
  const get = fc.record({
    do: fc.constant("get" as const),
    source,
    callers: fc.integer({ min: 1, max: 4 }),
    leaving: fc.constantFrom(0, 0, 0, 1, 4),
  });
  const invalidate = fc.record({
    do: fc.constant("invalidate" as const),
    source,
    named: fc.boolean(),
  });
  const wait = fc.record({
    do: fc.constant("wait" as const),
    seconds: fc.constantFrom(1, 10, 30, 50, 200, 250, 3300),
  });
  const clock = fc.record({
    do: fc.constant("clock" as const),
    offset: fc.constantFrom(-3600, -15, -5, 0, 5, 15, 3600),
  });
  const store = fc.record({
    do: fc.constant("store" as const),
    state: fc.constantFrom(...Object.keys(STORE_STATES) as (keyof typeof STORE_STATES)[]),
  });
  const server = fc.record({
    do: fc.constant("server" as const),
    state: fc.constantFrom(...STATES),
    expires_in: fc.constantFrom(300, 300, 300, 3600, undefined),
    refresh_in: fc.constantFrom(undefined, undefined, 30, 150),
    retry_after: fc.constantFrom(40, 240, 3600),
  });
  const background = fc.record({ do: fc.constant("background" as const) });
  const action = fc.oneof(
    { weight: 6, arbitrary: get },
    { weight: 1, arbitrary: invalidate },
    { weight: 3, arbitrary: wait },
    { weight: 1, arbitrary: clock },
    { weight: 1, arbitrary: store },
    { weight: 2, arbitrary: server },
    { weight: 3, arbitrary: background },
  );
  return fc.array(action, { minLength: 10, maxLength: 40 });
};

const NAME =
  "whatever happens, no source gives an expired or a foreign token, fails while it has one, makes two requests at once, asks a server that said wait, or leaves a timer behind";
Deno.test(needs(NAME, "npm:fast-check"), async () => {
  const unhandled: unknown[] = [];
  const note = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  addEventListener("unhandledrejection", note);
  let gets = 0;
  let requests = 0;
  let failedRenewals = 0;
  await fc.assert(
    fc.asyncProperty(actions(), async (actions: Action[]) => {
      using world = new World();
      for (const action of actions) {
        if (action.do === "get") gets++;
        await world.run(action);
      }
      await world.end();
      requests += world.requests;
      failedRenewals += world.failedRenewals;
      assertEquals(unhandled, []);
    }),
    RUNS,
  );
  removeEventListener("unhandledrejection", note);
  assert(gets > 60 && requests > 30, `${gets} gets, ${requests} requests`);
  assert(failedRenewals > 0, "no renewal failed");
});
