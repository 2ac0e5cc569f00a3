import { assertEquals } from "@std/assert";
import { replace } from "../tests/support/run_main.ts";
import { stopClocks } from "../tests/support/stores.ts";
import { TOKEN } from "../tests/support/stub_fetch.ts";
import { TokenError } from "../token.ts";
import { RenewalPace } from "./renewal_pace.ts";
import { keepToken, readClocks } from "./token_lifetime.ts";

const broken = new TokenError("unreachable", "connection_failed", "down");

/** The delays after one failure after another, for a token that lives so many seconds. */
function delaysOf(lifetime: number, refresh_in?: number): number[] {
  const issued = { token: { ...TOKEN, refresh_in }, asked: readClocks(), lifetime };
  const kept = keepToken(issued, { isShared: false });
  const pace = new RenewalPace();
  return Array.from({ length: 6 }, () => {
    const delay = pace.drawDelay(kept);
    pace.fail(broken, delay);
    return delay;
  });
}

Deno.test("RenewalPace doubles the delays, within a 64th and a 16th of the time that is left", () => {
  using _random = replace(Math, { random: () => 1 });
  assertEquals(delaysOf(100 / 19 * 64), [1, 2, 4, 4, 4, 4]);
  // For half a day, minutes are enough.
  assertEquals(delaysOf(86_400, 43_200), [30, 60, 120, 240, 480, 600]);
});

Deno.test("RenewalPace draws from the second half of a delay", () => {
  using _random = replace(Math, { random: () => 0 });
  assertEquals(delaysOf(86_400, 43_200)[0], 15);
});

Deno.test("RenewalPace starts a renewal when the delay is over, or after a success", () => {
  using clocks = stopClocks();
  const pace = new RenewalPace();
  assertEquals([pace.mayStart, pace.hasFailed], [true, false]);
  pace.fail(broken, 2);
  clocks.move(1.9);
  assertEquals([pace.mayStart, pace.hasFailed], [false, true]);
  clocks.move(0.1);
  assertEquals(pace.mayStart, true);
  pace.fail(broken, 2);
  pace.succeed();
  assertEquals([pace.mayStart, pace.hasFailed], [true, false]);
});

Deno.test("RenewalPace waits 10 to 60 s after what asking again does not change", () => {
  using clocks = stopClocks();
  const pace = new RenewalPace();
  for (const seconds of [10, 20, 40, 60, 60]) {
    pace.fail(new TokenError("refused", "invalid_target", "no", { status: 400 }), 0.1);
    clocks.move(seconds - 0.1);
    assertEquals(pace.mayStart, false);
    clocks.move(0.1);
    assertEquals(pace.mayStart, true);
  }
  pace.succeed();
  for (const error of [new Error("no key"), new TokenError("refused", "x", "", { status: 502 })]) {
    pace.fail(error, 0.1);
    clocks.move(0.1);
    assertEquals(pace.mayStart, true);
  }
});
