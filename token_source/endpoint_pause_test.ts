import { assert, assertEquals } from "@std/assert";
import { stopClocks } from "../tests/support/stores.ts";
import { type ErrorDetails, TokenError } from "../token.ts";
import {
  EndpointPause,
  errorOf,
  packPause,
  type Pause,
  pauseAfter,
  secondsLeft,
  unpackPause,
} from "./endpoint_pause.ts";

function refused(code: string, details: ErrorDetails = {}): TokenError {
  return new TokenError("refused", code, `refused: ${code}`, details);
}

const unavailable = (retry_after?: number) =>
  refused("server_failed", { status: 503, ...retry_after !== undefined && { retry_after } });

/** The lengths of pauses, one after the other, and whether callers fail at once. */
function pausesAfter(errors: unknown[], isLast: boolean): [number, boolean][] {
  let latest: Pause | undefined;
  return errors.map((error) => {
    latest = pauseAfter(error, { delay: 0.5, isLast, latest });
    return [latest?.seconds ?? 0, latest?.isFinal ?? false];
  });
}

for (const code of ["invalid_client", "unauthorized_client", "invalid_scope"]) {
  Deno.test(`pauseAfter leaves an endpoint alone for 10 to 60 s after ${code}`, () => {
    const pauses = pausesAfter(Array(5).fill(refused(code, { status: 400 })), false);
    assertEquals(pauses, [[10, true], [20, true], [40, true], [60, true], [60, true]]);
    // When a rate limit is reset has nothing to do with it.
    assertEquals(pausesAfter([refused(code, { retry_after: 3600 })], true), [[10, true]]);
  });
}

Deno.test("pauseAfter heeds Retry-After, up to an hour", () => {
  const errors = [1, 30, 31, 3600, 7200].map(unavailable);
  assertEquals(pausesAfter(errors, false), [
    [1, false],
    [30, false],
    // Nobody waits that long.
    [31, true],
    [3600, true],
    [3600, true],
  ]);
  assertEquals(pausesAfter([unavailable(5)], true), [[5, true]]);
  const tooMany = refused("too_many_requests", { status: 429, retry_after: 5 });
  assertEquals(pausesAfter([tooMany], true), [[5, true]]);
});

Deno.test("pauseAfter doubles the pauses of an endpoint that does not say how long to wait", () => {
  const pauses = pausesAfter(Array(8).fill(unavailable()), true);
  assertEquals(pauses.map(([seconds]) => seconds), [1, 2, 4, 8, 16, 32, 60, 60]);
  assert(pauses.every(([, isFinal]) => isFinal));
  // As long as nobody was told, the endpoint is asked again soon.
  assertEquals(pausesAfter([unavailable(), unavailable()], false), [[0.5, false], [0.5, false]]);
});

Deno.test("pauseAfter starts anew if the error is another one", () => {
  const errors = [refused("invalid_client"), refused("invalid_client"), refused("invalid_scope")];
  assertEquals(pausesAfter(errors, true).map(([seconds]) => seconds), [10, 20, 10]);
});

Deno.test("pauseAfter sees no reason for a pause in other errors", () => {
  const others = [
    refused("refused", { status: 400, retry_after: 5 }),
    refused("server_failed", { status: 500 }),
    refused("server_failed", { status: 502, retry_after: 5 }),
    new TokenError("unreachable", "timeout", "late"),
    new Error("503"),
    undefined,
  ];
  for (const error of others) {
    assertEquals(pauseAfter(error, { delay: 1, isLast: true }), undefined);
  }
});

Deno.test("EndpointPause holds the pause that ends last, until it ends", () => {
  using clocks = stopClocks();
  const pauses = new EndpointPause();
  const pause = (seconds: number) => pauseAfter(unavailable(seconds), { delay: 0, isLast: true })!;
  assertEquals([pauses.current, pauses.latest], [undefined, undefined]);
  const [long, short, longer] = [pause(40), pause(20), pause(50)];
  pauses.note(long);
  pauses.note(short);
  assertEquals(pauses.current, long);
  pauses.note(longer);
  clocks.move(49);
  assertEquals([pauses.current, secondsLeft(longer)], [longer, 1]);
  clocks.move(1);
  assertEquals([pauses.current, pauses.latest], [undefined, longer]);
  pauses.end();
  assertEquals(pauses.latest, undefined);
});

Deno.test("a pause is never longer because a clock was set back", () => {
  using clocks = stopClocks();
  const pause = pauseAfter(unavailable(40), { delay: 0, isLast: true })!;
  clocks.move(-100);
  assertEquals(secondsLeft(pause), 40);
});

Deno.test("errorOf is the same error with the seconds that remain, at least one", () => {
  using clocks = stopClocks();
  const details = { status: 429, retry_after: 60, host: "api.example.com", error: "slow_down" };
  const error = refused("too_many_requests", details);
  const pause = pauseAfter(error, { delay: 0, isLast: true })!;
  clocks.move(10.5);
  const again = errorOf(pause);
  assertEquals({ ...again }, { ...error, retry_after: 50 });
  assertEquals([again.message, again instanceof TokenError], [error.message, true]);
  clocks.move(60);
  assertEquals(errorOf(pause).retry_after, 1);
});

Deno.test("unpackPause reads what packPause wrote, masked", () => {
  using _clocks = stopClocks();
  const details = { status: 429, error_description: "no proof abc" };
  const error = new TokenError("refused", "too_many_requests", "no proof abc", details);
  const pause = pauseAfter(error, { delay: 0, isLast: true })!;
  const read = unpackPause(packPause(pause, (text) => text.replace("abc", "***")))!;
  assertEquals([read.since, read.seconds, read.isFinal], [pause.since, 1, true]);
  assertEquals(read.error.message, "no proof ***");
  assertEquals({ ...read.error }, { ...error, error_description: "no proof ***" });
});

Deno.test("unpackPause takes no pause from the future, nor another value for one", () => {
  using clocks = stopClocks();
  const pause = pauseAfter(unavailable(40), { delay: 0, isLast: true })!;
  const text = packPause(pause);
  clocks.move(-30);
  assertEquals(unpackPause(text)?.seconds, 40);
  clocks.move(-0.1);
  assertEquals(unpackPause(text), undefined);
  for (const other of [{}, { since: 1, seconds: "5" }, { since: "1", seconds: 5, error: {} }]) {
    assertEquals(unpackPause(JSON.stringify(other)), undefined);
  }
  assertEquals(unpackPause(`{"since":1,"seconds":5}`), undefined);
});
