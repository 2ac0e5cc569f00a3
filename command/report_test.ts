import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { OutputError } from "./output.ts";
import { report } from "./report.ts";
import { REQUEST } from "../tests/support/stub_fetch.ts";
import { capture } from "../tests/support/run_main.ts";
import { buildRequest, TokenError } from "../token.ts";
import type { Settings } from "./settings.ts";

/** What `report` returns, and what it writes. */
function reported(...args: Parameters<typeof report>): [exitCode: number, stderr: string] {
  using stderr = capture("stderr");
  const exitCode = report(...args);
  return [exitCode, stderr.text];
}

const REFUSED = new TokenError("refused", "client_refused", "a.example answered 401: no", {
  status: 401,
});

for (
  const [kind, exitCode] of [
    ["refused", 1],
    ["usage", 2],
    ["unreachable", 3],
    ["unusable", 4],
  ] as const
) {
  Deno.test(`report returns ${exitCode} for an error of the kind ${kind}`, () => {
    assertEquals(reported(new TokenError(kind, "odd", "Why")), [exitCode, "error: Why\n"]);
  });
}

Deno.test("report adds the advice for the request", () => {
  const settings: Partial<Settings> = {
    request: { ...REQUEST, auth_method: "client_secret_basic" },
  };
  const hint = "Check id and secret; some servers want --auth-method client_secret_post";
  assertEquals(reported(REFUSED, [], settings), [
    1,
    `error: a.example answered 401: no\nhint: ${hint}\n`,
  ]);
});

Deno.test("report adds the advice for what was found, if the server had to be found first", () => {
  const found = { request: { ...REQUEST, auth_method: "client_secret_basic" } } as Settings;
  const settings = { request: { ...REQUEST, auth_method: () => {} }, found: () => found };
  const [, stderr] = reported(REFUSED, [], settings);
  assertStringIncludes(stderr, "some servers want --auth-method client_secret_post\n");
  const [, early] = reported(REFUSED, [], { ...settings, found: () => undefined });
  assertStringIncludes(early, "Check the id and the key or certificate");
});

Deno.test("report masks what proves the client in message and advice", () => {
  const error = new TokenError("unusable", "issuer_mismatch", "a.example answered jwt", {
    issuer: "https://jwt.example",
  });
  const mask = (text: string) => text.replaceAll("jwt", "***");
  const [, stderr] = reported(error, [], { proof: { mask } });
  assertStringIncludes(stderr, "error: a.example answered ***\nhint: ");
  assertStringIncludes(stderr, "https://***.example");
});

for (
  const [args, option, shown] of [
    [["--token-url", "a"], "token_url", "--token-url"],
    [["--token-url=a"], "token_url", "--token-url"],
    [["--token-urls"], "token_url", "TOKEN_URL"],
    [[], "params", "PARAMS"],
    [["--param=a"], "params", "--param"],
    // There is no variable.
    [[], "headers", "--header"],
  ] as [string[], string, string][]
) {
  Deno.test(`report names ${shown} for ${option} with the arguments "${args.join(" ")}"`, () => {
    const problem = "must be another";
    const error = new TokenError("usage", "odd", `${option} ${problem}`, { option, problem });
    assertEquals(reported(error, args)[1], `error: ${shown} ${problem}\n`);
  });
}

Deno.test("report advises more attempts only where one would follow", () => {
  const hintFor = (retry_after: number) =>
    reported(new TokenError("refused", "server_failed", "no", { retry_after }))[1].split("\n")[1];
  assertEquals(hintFor(30), "hint: Try again later, or allow more attempts with --retries");
  assertEquals(hintFor(31), "hint: Wait, and then try again");
});

for (const args of [["--errors=json"], ["--errors", "json", "--bad"]]) {
  Deno.test(`report writes one line of JSON with ${args.join(" ")}`, () => {
    const details = { status: 400, error: "invalid_scope", error_description: "\u009bno" };
    const error = new TokenError("refused", "invalid_scope", "a.example answered 400", details);
    const [exitCode, stderr] = reported(error, args);
    assertEquals([exitCode, stderr.split("\n").length], [1, 2]);
    assert(stderr.includes("\\u009bno"), stderr);
    assertEquals(JSON.parse(stderr), {
      message: "a.example answered 400",
      code: "invalid_scope",
      kind: "refused",
      hint: "Compare --scope with what the provider allows this client",
      ...details,
    });
  });
}

Deno.test("report writes JSON for an unexpected error, too", () => {
  const [exitCode, stderr] = reported(new RangeError("my_secret_456"), ["--errors=json"]);
  const { code, kind, message } = JSON.parse(stderr);
  assertEquals([exitCode, code, kind], [70, "unexpected", "unexpected"]);
  assert(message.startsWith("Unexpected RangeError at report_test.ts:"), message);
});

Deno.test("report says that stdout cannot be written, in JSON, too", () => {
  const error = new OutputError("stdout cannot be written: full");
  assertEquals(reported(error), [70, `error: ${error.message}\n`]);
  const [exitCode, stderr] = reported(error, ["--errors=json"]);
  const { message, code, kind } = JSON.parse(stderr);
  assertEquals([exitCode, message, code, kind], [70, error.message, "stdout_failed", "unexpected"]);
});

Deno.test("report writes text with --errors text", () => {
  assertEquals(reported(REFUSED, ["--errors=text"])[1].split("\n")[0], `error: ${REFUSED.message}`);
});

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
    const [exitCode, stderr] = reported(thrown);
    assertEquals([exitCode, stderr.replace(/ at [\w.]+:\d+:\d+/, "")], [
      70,
      "error: Unexpected Error; please report it\n",
    ]);
  });
}

Deno.test("report masks nothing of its own without a proof", () => {
  const { mask } = buildRequest(REQUEST);
  assertEquals(reported(REFUSED, [], { proof: { mask } })[0], 1);
});
