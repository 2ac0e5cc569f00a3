// A world in which a store, a server and the clocks do what they may do, for sources of tokens.

import { assert, assertEquals } from "@std/assert";
import { TokenError } from "../../token.ts";
import { type TokenSource, tokenSource } from "../../token_source/token_source.ts";
import { replace } from "./run_main.ts";
import { mapStore, nextTurn, settle, shortenTimeLimit } from "./stores.ts";
import { REQUEST } from "./stub_fetch.ts";

/** The clients of the sources: two have the same token. */
export const CLIENTS = ["one", "one", "two"];

/** What a store does with a call, in place of doing what it is told. */
export const STORE_STATES = {
  works: undefined,
  rejects: () => Promise.reject(new Error("down")),
  throws() {
    throw new Error("broken");
  },
  hangs: () => new Promise<never>(() => {}),
  lies: () => Promise.resolve("v1.bGllcw=="),
  "mixes up": undefined,
  // As Keyv does when its adapter fails.
  "says nothing": () => Promise.resolve(undefined),
};

/** How a server answers. */
export interface Server {
  state:
    | "ok"
    | "refuses"
    | "invalid_client"
    | "fails"
    | "hangs up"
    | "hangs"
    | "says wait"
    | "takes long";
  /** Seconds that a token lives. */
  expires_in?: number;
  /** Seconds after which it is to be renewed. */
  refresh_in?: number;
  /** Seconds to wait, if it says so. */
  retry_after?: number;
}

/** What happens. */
export type Action =
  | { do: "get"; source: number; callers: number; leaving: number }
  | { do: "invalidate"; source: number; named: boolean }
  | { do: "wait"; seconds: number }
  | { do: "clock"; offset: number }
  | { do: "store"; state: keyof typeof STORE_STATES }
  | ({ do: "server" } & Server)
  | { do: "background" };

// By how much clocks may differ, and what is left of a token when it is no longer used.
const LAST_SECONDS = 41;
const TURNS = 10;
// In milliseconds: what may take a while at the end.
const MAX_WAIT = 3000;

/** What is known of one source. */
interface Known {
  /** The token that it gave last. */
  last?: string;
  /** Until when it must be able to give that one, and what the clock showed then. */
  sure?: { until: number; offset: number };
  /** Until when it must leave the server alone, and what the clock showed then. */
  quiet?: { until: number; offset: number };
}

/** Three sources with one store and one server. Times are in milliseconds. */
export class World implements Disposable {
  /** How many requests reached the server. */
  requests = 0;
  /** How many of them failed while the source had a token. */
  failedRenewals = 0;
  /** What a source should not have done. It would take an error for that of the server. */
  readonly #wrongs: string[] = [];
  readonly #stack = new DisposableStack();
  readonly #setTimeout = setTimeout;
  readonly #timers = new Set<unknown>();
  #uptime = Math.round(performance.now());
  readonly #date = Date.now() - this.#uptime;
  #offset = 0;
  readonly #store = mapStore();
  #storeState: keyof typeof STORE_STATES = "works";
  readonly #listeners: ((error: unknown) => void)[] = [];
  #server: Server = { state: "ok", expires_in: 300 };
  readonly #issued = new Map<string, number>();
  readonly #known: Known[] = CLIENTS.map(() => ({}));
  readonly #sources: TokenSource[];

  constructor() {
    this.#stack.use(replace(Date, { now: () => this.#date + this.#uptime + 1000 * this.#offset }));
    this.#stack.use(replace(performance, { now: () => this.#uptime }));
    this.#stack.use(shortenTimeLimit(1));
    this.#stack.use(this.#noteTimers());
    this.#sources = CLIENTS.map((client_id, i) => this.#makeSource(client_id, this.#known[i]!));
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  /** Lets something happen. */
  async run(action: Action): Promise<void> {
    await this.#do(action);
    assertEquals(this.#wrongs, []);
  }

  /** Resolves when no timer is left that would keep the process alive; rejects if one is left for long. */
  async end(): Promise<void> {
    await settle();
    for (let waited = 0; this.#timers.size > 0 && waited < MAX_WAIT; waited += 10) {
      await new Promise((done) => this.#setTimeout(done, 10));
    }
    assertEquals([this.#timers.size, this.#wrongs], [0, []]);
  }

  /** Notes the timers that are set and have not fired yet. */
  #noteTimers(): Disposable {
    const { clearTimeout } = globalThis;
    const setTimeout = this.#setTimeout;
    const timers = this.#timers;
    return replace(globalThis, {
      setTimeout: ((work: () => void, milliseconds?: number) => {
        const fire = () => {
          timers.delete(timer);
          work();
        };
        const timer = setTimeout(fire, milliseconds);
        timers.add(timer);
        return timer;
      }) as typeof setTimeout,
      clearTimeout(timer) {
        timers.delete(timer);
        clearTimeout(timer);
      },
    });
  }

  async #do(action: Action): Promise<void> {
    switch (action.do) {
      case "get":
        return await this.#get(action);
      case "invalidate":
        return this.#invalidate(action.source, action.named);
      case "wait":
        this.#uptime += action.seconds * 1000;
        return;
      case "clock":
        this.#offset = action.offset;
        return;
      case "store":
        this.#storeState = action.state;
        for (const tell of this.#listeners) tell(new Error(`the store ${action.state}`));
        return;
      case "server":
        this.#server = action;
        return;
      case "background":
        for (let turn = 0; turn < TURNS; turn++) await nextTurn();
    }
  }

  #makeSource(client_id: string, known: Known): TokenSource {
    let inFlight = 0;
    const fetch = async (_: string, { signal }: RequestInit) => {
      inFlight++;
      if (inFlight > 1) this.#wrongs.push("two requests at once");
      if (this.#isQuiet(known)) this.#wrongs.push("a request, though the server said wait");
      this.requests++;
      // A source that no longer wants the answer does not wait for it.
      const aborted = new Promise((resolve) => signal?.addEventListener("abort", resolve));
      const { state } = this.#server;
      const mayFail = state !== "ok" && state !== "takes long";
      if (mayFail && this.#isSure(known)) this.failedRenewals++;
      const turns = state === "takes long" || state === "hangs" ? TURNS : 1;
      for (let turn = 0; turn < turns && !signal?.aborted; turn++) {
        await Promise.race([nextTurn(), aborted]);
      }
      inFlight--;
      return this.#answer(client_id, known);
    };
    const request = { ...REQUEST, client_id };
    return tokenSource(request, { store: this.#makeStore(), fetch, retries: 0 });
  }

  #makeStore() {
    const { store: { get, set, delete: remove }, values } = this.#store;
    const faultOr = <T>(work: () => Promise<T>) => {
      const fault = STORE_STATES[this.#storeState];
      return fault ? fault() : work();
    };
    return {
      get: (key: string) =>
        faultOr(() =>
          this.#storeState === "mixes up" ? Promise.resolve([...values.values()][0]) : get(key)
        ),
      set: (key: string, value: string, life: number) => faultOr(() => set(key, value, life)),
      delete: (key: string) => faultOr(() => remove(key)),
      on: (_: "error", listener: (error: unknown) => void) => void this.#listeners.push(listener),
    };
  }

  #answer(client_id: string, known: Known): Response {
    const { state, expires_in, refresh_in, retry_after = 0 } = this.#server;
    if (state === "hangs up" || state === "hangs") throw new TypeError("connection closed");
    if (state === "says wait") {
      known.quiet = { until: this.#uptime + retry_after * 1000, offset: this.#offset };
      return new Response("", { status: 429, headers: { "retry-after": `${retry_after}` } });
    }
    if (state === "invalid_client") return Response.json({ error: state }, { status: 401 });
    if (state === "refuses" || state === "fails") {
      return new Response("", { status: state === "fails" ? 500 : 400 });
    }
    const access_token = `${client_id}-${this.#issued.size}`;
    this.#issued.set(access_token, this.#uptime + (expires_in ?? 1) * 1000);
    return Response.json({ access_token, expires_in, refresh_in });
  }

  #isQuiet({ quiet }: Known): boolean {
    // A clock that was set forward ends the wait early.
    return quiet !== undefined && this.#offset <= quiet.offset && this.#uptime < quiet.until;
  }

  /** Whether a source must have a token that can be used. */
  #isSure({ sure }: Known): boolean {
    return sure !== undefined && this.#uptime < sure.until && this.#offset <= sure.offset;
  }

  #invalidate(source: number, named: boolean): void {
    const known = this.#known[source]!;
    this.#sources[source]!.invalidate(named ? known.last ?? "none" : undefined);
    known.sure = undefined;
  }

  async #get({ source, callers, leaving }: Extract<Action, { do: "get" }>): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    const gets = Array.from(
      { length: callers },
      (_, i) => this.#sources[source]!.get(i < leaving ? { signal } : undefined),
    );
    if (leaving > 0) controller.abort();
    const results = await Promise.allSettled(gets);
    const staying = results.slice(leaving);
    for (const result of results) {
      if (result.status === "fulfilled") this.#checkToken(source, result.value);
      else assert(result.reason instanceof TokenError, `${result.reason}`);
    }
    for (const result of staying) {
      if (result.status === "rejected") this.#checkFailure(source, result.reason);
    }
  }

  #checkToken(
    source: number,
    { access_token, expires_in = 0 }: { access_token: string; expires_in?: number },
  ): void {
    const expires = this.#issued.get(access_token)!;
    const left = expires - this.#uptime;
    assert(access_token.startsWith(`${CLIENTS[source]}-`), `${access_token} is foreign`);
    assert(left > 0 && expires_in * 1000 <= left, `${access_token} has ${left} ms left`);
    const known = this.#known[source]!;
    if (known.last === access_token) return;
    known.last = access_token;
    known.sure = { until: expires - LAST_SECONDS * 1000, offset: this.#offset };
  }

  #checkFailure(source: number, error: TokenError): void {
    assert(!this.#isSure(this.#known[source]!), `there is a token, but: ${error.message}`);
    // While it leaves the server alone, a source does not know what that would say.
    const isLeftAlone = error.retry_after !== undefined;
    assert(isLeftAlone || this.#server.state !== "ok", error.message);
  }
}
