import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { report } from "./report.ts";
import { REQUEST } from "../tests/support/stub_fetch.ts";
import { capture } from "../tests/support/run_main.ts";
import { TokenError } from "../token.ts";

/** What `report` returns, and what it writes. */
function reported(...args: Parameters<typeof report>): [code: number, stderr: string] {
  using stderr = capture("stderr");
  const code = report(...args);
  return [code, stderr.text];
}

for (
  const [kind, code] of [["refused", 1], ["usage", 2], ["unreachable", 3], ["unusable", 4]] as const
) {
  Deno.test(`report returns ${code} for an error of the kind ${kind}`, () => {
    assertEquals(reported(new TokenError(kind, "Why")), [code, "error: Why\n"]);
  });
}

Deno.test("report adds the hint for the request", () => {
  const error = new TokenError("refused", "a.example answered 401: no", { status: 401 });
  const hint = "Check id and secret; some servers want --auth-method client_secret_post";
  assertEquals(reported(error, { ...REQUEST, auth_method: "client_secret_basic" }), [
    1,
    `error: a.example answered 401: no\nhint: ${hint}\n`,
  ]);
});

for (
  const [kind, message, shown] of [
    ["usage", "token_url must be a whole URL", "--token-url must be a whole URL"],
    ["usage", 'params must not set "a"', '--param must not set "a"'],
    ["usage", 'headers must not set "a"', '--header must not set "a"'],
    ["usage", "retries must be 0 to 10", "--retries must be 0 to 10"],
    ["usage", "--timeout must be more", "--timeout must be more"],
    ["usage", "CLIENT_ID must not be x", "CLIENT_ID must not be x"],
    ["refused", "retries must be 0 to 10", "retries must be 0 to 10"],
  ] as const
) {
  Deno.test(`report says "${shown}" for "${message}" of the kind ${kind}`, () => {
    const [, stderr] = reported(new TokenError(kind, message));
    assertEquals(stderr.split("\n")[0], `error: ${shown}`);
  });
}

Deno.test("report names the place of an unexpected error, and keeps its message back", () => {
  const error = new RangeError("my_secret_456");
  error.stack = `${error}\n    at f (file:///home/me/settings.ts:12:34)`;
  assertEquals(reported(error), [
    70,
    "error: Unexpected RangeError at settings.ts:12:34; please report it\n",
  ]);
  error.stack = `RangeError: my_secret_456:7:8 x\n    at f (file:///home/me/settings.ts:12:34)`;
  assertStringIncludes(reported(error)[1], "Unexpected RangeError at settings.ts:12:34;");
  const [, stderr] = reported(new RangeError("my_secret_456"));
  assert(/^error: Unexpected RangeError at report_test\.ts:\d+:\d+; please/.test(stderr), stderr);
});

for (
  const [what, thrown] of [
    ["a string", "my_secret_456"],
    ["an error without a stack", Object.assign(new Error("x"), { stack: undefined })],
  ] as const
) {
  Deno.test(`report says what it can of ${what} that was thrown`, () => {
    const [code, stderr] = reported(thrown);
    assertEquals([code, stderr.replace(/ at [\w.]+:\d+:\d+/, "")], [
      70,
      "error: Unexpected Error; please report it\n",
    ]);
  });
}
