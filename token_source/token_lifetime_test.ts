import { assertEquals } from "@std/assert";
import { replace } from "../tests/support/run_main.ts";
import { stopClocks } from "../tests/support/stores.ts";
import { jwtWith, TOKEN } from "../tests/support/stub_fetch.ts";
import {
  clocksAt,
  isDue,
  isUsable,
  keepToken,
  lifetimeOf,
  readClocks,
  withTimeLeft,
} from "./token_lifetime.ts";

const round = (number: number) => Math.round(number * 1000) / 1000;

/** Keeps a token that was asked for now. */
function keep(
  lifetime: number,
  { isShared = false, skew = 0, refresh_in = undefined as unknown, margin = 0 } = {},
) {
  const issued = { token: { ...TOKEN, refresh_in }, asked: readClocks(), lifetime };
  return keepToken(issued, { isShared, skew, margin });
}

for (
  const [lifetime, isShared, earliest, latest, lastUse] of [
    [10, false, 2.25, 2, 0.1],
    [20, false, 4.5, 4, 0.2],
    [1000, false, 225, 200, 10],
    [1250, false, 281.25, 240, 10],
    [86_400, false, 300, 240, 10],
    [10, true, 2, 1.5, 0.1],
    [1000, true, 200, 150, 10],
    [86_400, true, 300, 180, 10],
  ] as const
) {
  const what = isShared ? "a shared token" : "a token";
  Deno.test(`keepToken renews ${what} of ${lifetime} s when ${earliest} to ${latest} s are left, and uses it for all but the last ${lastUse} s`, () => {
    const margins = [0, 0.5, 1].map((drawn) => {
      using _random = replace(Math, { random: () => drawn });
      const { renewAfter, usableFor } = keep(lifetime, { isShared });
      assertEquals(round(lifetime - usableFor), lastUse);
      return round(lifetime - renewAfter);
    });
    assertEquals(margins, [earliest, round((earliest + latest) / 2), latest]);
  });
}

for (
  const [lifetime, margin, skew, renewAfter, usableFor] of [
    [1000, 100, 0, 697.5, 900],
    [1000, 5, 0, 771.125, 990],
    [1000, 100, 30, 697.5, 870],
    [100, 80, 0, 38.75, 50],
    [3600, 600, 0, 2700, 3000],
  ] as const
) {
  Deno.test(`keepToken leaves ${margin} of ${lifetime} s, or half, and renews before that (skew ${skew} s)`, () => {
    using _random = replace(Math, { random: () => 0 });
    const kept = keep(lifetime, { margin, skew });
    assertEquals([round(kept.renewAfter), round(kept.usableFor)], [renewAfter, usableFor]);
  });
}

const NOW = 1_800_000_000;

for (
  const [what, answer, expected] of [
    ["expires_in, whatever exp says", { expires_in: 60, exp: NOW + 3600 }, 60],
    ["expires_in 0", { expires_in: 0, exp: NOW + 3600 }, 0],
    ["exp, minus the skew", { exp: NOW + 3600 }, 3570],
    ["exp of a short life", { exp: NOW + 100 }, 95],
    ["exp, if this clock is behind", { exp: NOW + 3600, iat: NOW + 600 }, 2970],
    ["exp, if this clock is ahead", { exp: NOW + 3600, iat: NOW - 600 }, 3570],
    ["exp in the past", { exp: NOW - 1, iat: NOW - 3600 }, 0],
    ["the fallback without exp", { iat: NOW }, 7],
    ["expires_on, as Microsoft sends it", { expires_on: `${NOW + 3600}` }, 3570],
    ["expires_at in seconds", { expires_at: NOW + 3600 }, 3570],
    ["expires_at as a date", { expires_at: new Date((NOW + 3600) * 1000).toISOString() }, 3570],
    ["expires_at, whatever exp says", { expires_at: NOW + 600, exp: NOW + 3600 }, 570],
    ["the fallback with an expires_at that is no time", { expires_at: 3600 }, 7],
    ["the fallback with an expires_at that is a word", { expires_at: "soon" }, 7],
    ["the fallback with an exp that is no number", { exp: `${NOW + 3600}` }, 7],
  ] as [string, { expires_in?: number } & Record<string, unknown>, number][]
) {
  Deno.test(`lifetimeOf takes ${what}`, () => {
    const { expires_in, expires_on, expires_at, ...claims } = answer;
    const said = { expires_in, expires_on, expires_at };
    const token = { ...TOKEN, ...said, access_token: jwtWith(claims) };
    assertEquals(lifetimeOf({ token, asked: { date: NOW * 1000, uptime: 0 } }, 7), expected);
  });
}

Deno.test("lifetimeOf takes the fallback if the token is no JWT", () => {
  const payload = btoa(JSON.stringify({ exp: NOW + 3600 }));
  const others = ["opaque", `a.${payload}`, `a.${payload}.c.d.e`, "a.%.c", "a.W10.c", "a.bnVsbA.c"];
  for (const access_token of others) {
    const token = { ...TOKEN, expires_in: undefined, access_token };
    assertEquals(lifetimeOf({ token, asked: { date: NOW * 1000, uptime: 0 } }), 0);
  }
});

Deno.test("keepToken renews a token after refresh_in, if that makes sense", () => {
  using _random = replace(Math, { random: () => 0 });
  const renewAfter = (refresh_in: unknown) => round(keep(1000, { refresh_in }).renewAfter);
  assertEquals([renewAfter(500), renewAfter("500"), renewAfter(0.5)], [500, 500, 0.5]);
  // It is renewed before it cannot be used any more.
  assertEquals(renewAfter(999), 990);
  for (const wish of [undefined, null, 0, -1, 1000, 2000, NaN, "", "soon", true, [500], {}]) {
    assertEquals(renewAfter(wish), 775, `${wish}`);
  }
});

Deno.test("keepToken uses a token of another machine as long as all clocks allow it", () => {
  const usableFor = (lifetime: number, skew: number) => round(keep(lifetime, { skew }).usableFor);
  assertEquals([usableFor(3600, 30), usableFor(3600, 5), usableFor(100, 5)], [3570, 3590, 95]);
});

Deno.test("keepToken keeps no token longer than a year", () => {
  assertEquals(keep(9e15).lifetime, 365 * 24 * 3600);
});

for (const [what, move] of [["date", true], ["uptime", false]] as const) {
  Deno.test(`a token is due, and ends, when the clock says so that shows more: the ${what}`, () => {
    using clocks = stopClocks();
    using _random = replace(Math, { random: () => 1 });
    const kept = keep(100);
    const seen: boolean[][] = [];
    for (const seconds of [79, 1, 18, 1]) {
      clocks.move(seconds, move);
      if (!move) clocks.move(-seconds, true);
      seen.push([isDue(kept), isUsable(kept)]);
    }
    assertEquals(seen, [[false, true], [true, true], [true, true], [true, false]]);
  });
}

Deno.test("clocksAt says what both clocks showed, as far as one knows", () => {
  using clocks = stopClocks();
  const before = readClocks();
  clocks.move(10);
  assertEquals(clocksAt(before.date), before);
});

Deno.test("withTimeLeft gives the whole seconds that are left for sure, and 0 after the end", () => {
  const left = (milliseconds: number, skew: number) => {
    const { date, uptime } = readClocks();
    const asked = { date: date - milliseconds, uptime };
    const issued = { token: TOKEN, asked, lifetime: 3600 };
    return withTimeLeft(keepToken(issued, { isShared: true, skew })).expires_in;
  };
  assertEquals([left(10_500, 0), left(10_500, 5)], [3589, 3584]);
  assertEquals([left(3_600_500, 0), left(9_999_999, 5)], [0, 0]);
});
