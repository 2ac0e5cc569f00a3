import { assertEquals } from "@std/assert";
import { hintFor } from "./hints.ts";
import { TokenError } from "../token.ts";

for (
  const [kind, message, hint] of [
    [
      "usage",
      "Access to a.example:99 over the network was not granted",
      "Add --allow-net=a.example:99 before main.ts",
    ],
    ["usage", "$& may not be read", "Add --allow-read=$& before main.ts"],
    ["usage", "timeout must be more than 0", "--timeout is in seconds"],
    [
      "refused",
      "a.example answered 400: invalid_scope: no",
      "Check --scope with what the provider allows this client",
    ],
    [
      "refused",
      "a.example answered 404: Not Found",
      "Check --token-url; there seems to be no token endpoint at that path",
    ],
    [
      "unreachable",
      "No answer from a.example: dns error: failed",
      "Check the host name in --token-url, and the network",
    ],
    ["unreachable", "No answer from a.example within 10 ms", "--timeout allows more seconds"],
    ["refused", "a.example answered 400: invalid_request", undefined],
    [
      "unusable",
      "a.example answered 200 with text/html, not a JSON object",
      "Check --token-url; what answered seems to be no token endpoint",
    ],
    ["unusable", "a.example answered 200 with an access_token that is not all", undefined],
  ] as const
) {
  Deno.test(`hintFor knows ${hint === undefined ? "nothing" : "what to do"} about "${message}"`, () => {
    assertEquals(hintFor(new TokenError(kind, message)), hint);
  });
}

Deno.test("hintFor passes on the page that the server names", () => {
  const details = { error_uri: "https://a.example/why" };
  const error = new TokenError("refused", "a.example answered 400: odd", details);
  assertEquals(hintFor(error), "See https://a.example/why");
  assertEquals(hintFor(new TokenError("refused", "odd", { error_uri: "(not shown)" })), undefined);
});

Deno.test("hintFor names no permission that was granted", () => {
  const error = new TokenError("usage", "Missing CLIENT_ID, CLIENT_SECRET");
  assertEquals(
    hintFor(error),
    "Give --client-id, --client-secret-file; or set CLIENT_ID,CLIENT_SECRET; " +
      "or put them in .env",
  );
});
