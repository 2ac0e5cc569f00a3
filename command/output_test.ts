import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { checkBinding, formatToken, OutputError, print, say } from "./output.ts";
import { TOKEN } from "../tests/support/stub_fetch.ts";
import { capture } from "../tests/support/run_main.ts";
import { TokenError } from "../token.ts";

/** A stream whose `writeSync` always throws this. */
const throwing = (error: Error) => () => {
  throw error;
};

Deno.test("print writes a line to stdout", () => {
  using stdout = capture("stdout");
  assertEquals([print("tökén"), stdout.text], [0, "tökén\n"]);
});

Deno.test("print goes on where a pipe took only a part", () => {
  for (const part of [1, 2, 7]) {
    using stdout = capture("stdout", (bytes) => Math.min(part, bytes.length));
    assertEquals([print("tökén"), stdout.text], [0, "tökén\n"]);
  }
});

Deno.test("print tries again when a pipe is full", () => {
  let calls = 0;
  using stdout = capture("stdout", (bytes) => {
    if (++calls < 3) throw new Deno.errors.WouldBlock("full");
    return bytes.length;
  });
  const started = performance.now();
  assertEquals([print("token"), stdout.text], [0, "token\n"]);
  assert(performance.now() - started >= 9);
});

Deno.test("print takes a reader that has gone for one that has had enough", () => {
  using _stdout = capture("stdout", throwing(new Deno.errors.BrokenPipe("gone")));
  using stderr = capture("stderr");
  assertEquals([print("token"), stderr.text], [0, ""]);
});

Deno.test("print says why stdout cannot be written", () => {
  using _stdout = capture("stdout", throwing(new Error("No space\n\x1b[31mleft")));
  const { message } = assertThrows(() => print("token"), OutputError);
  assertEquals(message, "stdout cannot be written: Error: No space left");
});

Deno.test("say is silent when stderr cannot be written", () => {
  using _stderr = capture("stderr", throwing(new Error("closed")));
  assertEquals(say("hello"), undefined);
});

for (
  const [format, token, line] of [
    [undefined, TOKEN, "abc.DEF-123"],
    ["", TOKEN, "abc.DEF-123"],
    ["token", TOKEN, "abc.DEF-123"],
    [
      "json",
      { ...TOKEN, access_token: "a" },
      JSON.stringify({ ...TOKEN, access_token: "a" }, null, 2),
    ],
    ["header", { ...TOKEN, token_type: "BearerToken" }, "Authorization: Bearer abc.DEF-123"],
    ["headers", TOKEN, '{"Authorization":"Bearer abc.DEF-123"}'],
  ] as const
) {
  Deno.test(`formatToken formats a token as ${JSON.stringify(format)}`, async () => {
    assertEquals(await formatToken(token, format), line);
  });
}

Deno.test("formatToken escapes in JSON what a terminal would act on", async () => {
  const token = { ...TOKEN, note: "\x9b31m\x7f\u2028\u202e\u{e0041}😀\x1b" };
  const json = await formatToken(token, "json");
  assert(
    json.includes('"note": "\\u009b31m\\u007f\\u2028\\u202e\\udb40\\udc41😀\\u001b"'),
    json,
  );
  assertEquals(JSON.parse(json), token);
});

Deno.test("formatToken refuses what has no such form", async () => {
  const nested = JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`);
  for (
    const [format, change, message] of [
      ["json", { nested }, "The answer is nested too deep to be printed as JSON"],
      ["header", { token_type: "DPoP" }, "A DPoP token needs a proof with every call"],
      ["headers", { token_type: "DPoP" }, "A DPoP token needs a proof with every call"],
      ["header", { token_type: "mac" }, "The token has the type mac"],
      ["headers", { token_type: "mac" }, "The token has the type mac"],
      ["kubernetes", { token_type: "mac" }, "The token has the type mac"],
    ] as const
  ) {
    const work = () => formatToken({ ...TOKEN, ...change }, format);
    assertEquals((await assertRejects(work, TokenError, message)).kind, "unusable");
  }
});

for (
  const [token_type, said] of [
    ["mac", "warning: The token has the type mac; it cannot be sent as Bearer\n"],
    ["Bearer", ""],
    ["DPoP", ""],
    ["BearerToken", ""],
    ["Application Access Token", ""],
  ] as const
) {
  Deno.test(`formatToken gives a token of the type ${token_type}, and warns if that is unknown`, async () => {
    using stderr = capture("stderr");
    const token = { ...TOKEN, token_type };
    assertEquals([await formatToken(token), stderr.text], [TOKEN.access_token, said]);
    assertEquals(JSON.parse(await formatToken(token, "json")).token_type, token_type);
    assertEquals(stderr.text, said);
  });
}

for (
  const [token_type, dpop_jkt, said] of [
    ["Bearer", undefined, ""],
    ["DPoP", "thumbprint", ""],
    ["dpop", "thumbprint", ""],
    ["Bearer", "thumbprint", "warning: The server did not bind the token to --dpop-key\n"],
    ["xDPoPx", "thumbprint", "warning: The server did not bind the token to --dpop-key\n"],
  ] as const
) {
  Deno.test(`checkBinding returns a ${token_type} token for the key ${dpop_jkt}`, () => {
    using stderr = capture("stderr");
    const token = { ...TOKEN, token_type };
    assertEquals([checkBinding(token, dpop_jkt), stderr.text], [token, said]);
  });
}

Deno.test("checkBinding refuses a DPoP token without a key", () => {
  for (const token_type of ["DPoP", "dpop"]) {
    const work = () => checkBinding({ ...TOKEN, token_type });
    const { kind } = assertThrows(work, TokenError, "a DPoP token, but the request had no proof");
    assertEquals(kind, "unusable");
  }
});
