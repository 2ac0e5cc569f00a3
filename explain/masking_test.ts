import { assertEquals } from "@std/assert";
import { masked, maskedFields, tokensIn } from "./masking.ts";
import { quoting } from "../token.ts";

Deno.test("masked shows of a secret its length alone", () => {
  const quote = quoting([]);
  for (
    const name of [
      ...["access_token", "refresh_token_2", "client_secret", "Password", "client_assertion"],
      ...["Authorization", "set-cookie", "api_key", "token_type_hint"],
    ]
  ) assertEquals(masked(name, "abcdef", quote), "*** (6 characters)");
  for (const name of ["token_type", "token_url", "key_id", "scope"]) {
    assertEquals(masked(name, "abc\ndef", quote, 6), "abc d…");
  }
});

Deno.test("maskedFields shows a form without its secrets", () => {
  const data = new URLSearchParams({ client_secret: "x y", q: "a=é&b", id: "s3cret" });
  assertEquals(maskedFields(data, quoting(["s3cret"])), [
    "client_secret=***",
    "q=a%3D%C3%A9%26b",
    "(not shown, as it may hold a secret or a token)",
  ]);
});

Deno.test("maskedFields shows 5,000 characters of a field", () => {
  const fields = (length: number) =>
    maskedFields(new URLSearchParams({ q: "x".repeat(length) }), quoting([]));
  assertEquals(fields(4998), [`q=${"x".repeat(4998)}`]);
  assertEquals(fields(4999), [`q=${"x".repeat(4997)}…`]);
});

Deno.test("tokensIn finds tokens however they are named, and no token types", () => {
  const types = { token_type: "a", tokenType: "b", TOKEN_TYPE: "c", x: ["d", { y: "e" }] };
  assertEquals(tokensIn(types), []);
  assertEquals(tokensIn({ accessToken: "a", ID_TOKEN: "b", c: [{ tokens: ["d", 5, null] }] }), [
    "a",
    "b",
    "d",
  ]);
});

Deno.test("tokensIn gives up when tokens are nested too deep, or too long", () => {
  const nested = (depth: number) =>
    tokensIn(JSON.parse(`{"token":${"[".repeat(depth)}"x"${"]".repeat(depth)}}`));
  assertEquals(nested(99), ["x"]);
  assertEquals(nested(100), undefined);
  assertEquals(nested(100_000), undefined);
  const long = "x".repeat(16_000);
  assertEquals(tokensIn({ a_token: long, b_token: long })?.length, 2);
  assertEquals(tokensIn({ a_token: long, b_token: `${long}x` }), undefined);
});
