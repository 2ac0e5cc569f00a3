// fast-check is named here and not in deno.json, whose npm packages every task would download.
// deno-lint-ignore-file no-import-prefix
import { assert, assertEquals } from "@std/assert";
import { TokenError } from "../token.ts";
import { type TokenSource, tokenSource } from "../token_source/token_source.ts";
import { needs, npm } from "./support/needs.ts";
import { REQUEST } from "./support/stub_fetch.ts";
import { replace } from "./support/run_main.ts";
import { mapStore, settle, shortenTimeLimit } from "./support/stores.ts";

const { default: fc } = await npm("fast-check", () => import("npm:fast-check@^4.10.2"));

const CLIENTS = ["one", "one", "two"];
const RUNS = Deno.env.get("FULL_TESTS") === "1" ? 1000 : 30;

type Action =
  | { do: "get"; source: number; callers: number; leaving: number }
  | { do: "invalidate"; source: number; named: boolean }
  | { do: "wait"; seconds: number }
  | { do: "clock"; offset: number }
  | { do: "store"; state: keyof typeof STORE_STATES }
  | { do: "server"; state: "ok" | "refuses" | "fails" | "hangs up"; expires_in?: number };

/** What a store does with a call, in the place of doing what it is told. */
const STORE_STATES = {
  works: undefined,
  rejects: () => Promise.reject(new Error("down")),
  throws() {
    throw new Error("broken");
  },
  hangs: () => new Promise<never>(() => {}),
  lies: () => Promise.resolve("v1.bGllcw=="),
  "mixes up": undefined,
};

/** What may happen: any of these, some more often. */
const actions = () => {
  const source = fc.nat(CLIENTS.length - 1);
  const action = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("get" as const),
        source,
        callers: fc.integer({ min: 1, max: 4 }),
        leaving: fc.nat(4),
      }),
    },
    fc.record({ do: fc.constant("invalidate" as const), source, named: fc.boolean() }),
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("wait" as const),
        seconds: fc.constantFrom(1, 30, 200, 270, 290, 3540),
      }),
    },
    fc.record({ do: fc.constant("clock" as const), offset: fc.integer({ min: -15, max: 15 }) }),
    fc.record({
      do: fc.constant("store" as const),
      state: fc.constantFrom(...Object.keys(STORE_STATES) as (keyof typeof STORE_STATES)[]),
    }),
    fc.record({
      do: fc.constant("server" as const),
      state: fc.constantFrom("ok", "ok", "ok", "refuses", "fails", "hangs up"),
      expires_in: fc.constantFrom(300, 3600, undefined),
    }),
  );
  return fc.array(action, { minLength: 5, maxLength: 25 });
};

/** A world of three sources, two of them for the same token, with one store and one server. */
class World implements Disposable {
  #stack = new DisposableStack();
  #uptime = Math.round(performance.now());
  #date = Date.now() - this.#uptime;
  #offset = 0;
  #store = mapStore();
  #storeState: keyof typeof STORE_STATES = "works";
  #server: Extract<Action, { do: "server" }> = { do: "server", state: "ok", expires_in: 3600 };
  #issued = new Map<string, number>();
  #last: (string | undefined)[] = [];
  #sources: TokenSource[];

  constructor() {
    this.#stack.use(replace(Date, { now: () => this.#date + this.#uptime + 1000 * this.#offset }));
    this.#stack.use(replace(performance, { now: () => this.#uptime }));
    this.#stack.use(shortenTimeLimit(1));
    this.#sources = CLIENTS.map((client_id) => this.#makeSource(client_id));
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  #makeSource(client_id: string): TokenSource {
    const { store: { get, set, delete: remove }, values } = this.#store;
    const faultOr = <T>(work: () => Promise<T>) => {
      const fault = STORE_STATES[this.#storeState];
      return fault ? fault() : work();
    };
    const store = {
      get: (key: string) =>
        faultOr(() =>
          this.#storeState === "mixes up" ? Promise.resolve([...values.values()][0]) : get(key)
        ),
      set: (key: string, value: string, life: number) => faultOr(() => set(key, value, life)),
      delete: (key: string) => faultOr(() => remove(key)),
    };
    let inFlight = 0;
    const fetch = async () => {
      assertEquals(++inFlight, 1, "requests in flight");
      await Promise.resolve();
      inFlight--;
      return this.#answer(client_id);
    };
    return tokenSource({ ...REQUEST, client_id }, { store, fetch, retries: 0 });
  }

  #answer(client_id: string): Response {
    const { state, expires_in } = this.#server;
    if (state === "hangs up") throw new TypeError("connection closed");
    if (state !== "ok") return new Response("", { status: state === "fails" ? 500 : 400 });
    const access_token = `${client_id}-${this.#issued.size}`;
    this.#issued.set(access_token, this.#uptime + (expires_in ?? 1) * 1000);
    return Response.json({ access_token, expires_in });
  }

  async run(action: Action): Promise<void> {
    if (action.do === "get") return await this.#get(action);
    if (action.do === "wait") this.#uptime += action.seconds * 1000;
    else if (action.do === "clock") this.#offset = action.offset;
    else if (action.do === "store") this.#storeState = action.state;
    else if (action.do === "server") this.#server = action;
    else {
      const { source, named } = action;
      this.#sources[source]!.invalidate(named ? this.#last[source] ?? "none" : undefined);
    }
  }

  async #get({ source, callers, leaving }: Extract<Action, { do: "get" }>): Promise<void> {
    const controller = new AbortController();
    const gets = Array.from(
      { length: callers },
      (_, i) => this.#sources[source]!.get(i < leaving ? { signal: controller.signal } : undefined),
    );
    if (leaving > 0) controller.abort();
    for (const [i, result] of (await Promise.allSettled(gets)).entries()) {
      if (result.status === "rejected") {
        assert(result.reason instanceof TokenError, `${result.reason}`);
        assert(i < leaving || this.#server.state !== "ok", result.reason.message);
        continue;
      }
      const { access_token, expires_in = 0 } = result.value;
      const left = this.#issued.get(access_token)! - this.#uptime;
      assert(access_token.startsWith(`${CLIENTS[source]}-`), `${access_token} is foreign`);
      assert(left > 0 && expires_in * 1000 <= left, `${access_token} has ${left} ms left`);
      this.#last[source] = access_token;
    }
  }
}

const NAME =
  "whatever happens, no source gives an expired or a foreign token, or makes two requests at once";
Deno.test(needs(NAME, "npm:fast-check"), async () => {
  let gets = 0;
  await fc.assert(
    fc.asyncProperty(actions(), async (actions: Action[]) => {
      using world = new World();
      for (const action of actions) {
        if (action.do === "get") gets++;
        await world.run(action);
      }
      await settle();
    }),
    { numRuns: RUNS },
  );
  assert(gets > 60);
});
