import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkChoice, FLAGS } from "./flags.ts";
import { TokenError } from "../token.ts";

Deno.test("FLAGS has no two flags with the same letter or variable", () => {
  for (const member of ["short", "variable"] as const) {
    const values = Object.values(FLAGS).flatMap((flag) =>
      member in flag ? [(flag as Record<string, unknown>)[member]] : []
    );
    assertEquals(values.length, new Set(values).size);
    assert(values.length > 0);
  }
});

Deno.test("checkChoice accepts the values of a flag, an empty one, and any if there is no choice", () => {
  for (const value of ["token", "json", "header", "kubernetes", ""]) checkChoice("output", value);
  checkChoice("client-id", "anything");
});

Deno.test("checkChoice repeats a wrong value on one line and names the right ones", () => {
  const { kind, message } = assertThrows(
    () => checkChoice("output", `xml\x1b[31m\n${"x".repeat(99)}`),
    TokenError,
  );
  const shown = `xml ${"x".repeat(35)}…`;
  assertEquals(
    [kind, message],
    ["usage", `--output is "${shown}"; it must be one of token, json, header, headers, kubernetes`],
  );
});

Deno.test("checkChoice names the place of a wrong value", () => {
  assertThrows(
    () => checkChoice("auth-method", "JWT", "AUTH_METHOD"),
    TokenError,
    'AUTH_METHOD is "JWT"; it must be one of client_secret_post, client_secret_basic, ',
  );
});
