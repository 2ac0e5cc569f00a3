import { assertEquals } from "@std/assert";
import { TOKEN } from "../tests/support/stub_fetch.ts";
import { readClocks, withTimeLeft } from "./token_lifetime.ts";

Deno.test("withTimeLeft gives the whole seconds that are left for sure, and 0 after the end", () => {
  const left = (milliseconds: number, skew: number) => {
    const { date, uptime } = readClocks();
    const asked = { date: date - milliseconds, uptime };
    return withTimeLeft({ token: TOKEN, asked, lifetime: 3600, margin: 60, skew }).expires_in;
  };
  assertEquals([left(10_500, 0), left(10_500, 5)], [3589, 3584]);
  assertEquals([left(3_600_500, 0), left(9_999_999, 5)], [0, 0]);
});
