// What hintFor says when a server refuses the client.

import { assertEquals } from "@std/assert";
import { REQUEST } from "../tests/support/stub_fetch.ts";
import { TokenError, type TokenRequest } from "../token.ts";
import { hintFor } from "./hints.ts";

for (
  const [what, message, details] of [
    ["401 with a text", "a.example answered 401: Unauthorized", { status: 401 }],
    ["401 without a reason", "a.example answered 401: no reason given", { status: 401 }],
    ["403 without a reason", "a.example answered 403: no reason given", { status: 403 }],
    ["invalid_client", "a.example answered 400: invalid_client", {
      status: 400,
      error: "invalid_client",
    }],
    ["invalid_grant", "a.example answered 400: invalid_grant", {
      status: 400,
      error: "invalid_grant",
    }],
    ["401 with a page", "a.example answered 401: no", {
      status: 401,
      error_uri: "https://a.example/",
    }],
  ] as const
) {
  Deno.test(`hintFor asks to check id, secret and method after ${what}`, () => {
    assertEquals(
      hintFor(new TokenError("refused", message, details), REQUEST),
      "Check id and secret; some servers want --auth-method client_secret_basic",
    );
  });
}

Deno.test("hintFor has a better hint for a 401 or 403 with a code that says more", () => {
  const details = { status: 403, error: "unauthorized_client" };
  assertEquals(
    hintFor(new TokenError("refused", "a.example answered 403: unauthorized_client", details)),
    "Allow this client the client credentials grant at the provider",
  );
});

Deno.test("hintFor takes client_secret_post for the method if it knows no request", () => {
  const error = new TokenError("refused", "a.example answered 401: no", { status: 401 });
  assertEquals(
    hintFor(error),
    "Check id and secret; some servers want --auth-method client_secret_basic",
  );
});
const PLAIN = {};
const CHANGED = { client_secret: "a b" };
for (
  const [auth_method, change, methods] of [
    [undefined, PLAIN, "client_secret_basic"],
    ["client_secret_post", PLAIN, "client_secret_basic"],
    ["client_secret_basic", PLAIN, "client_secret_post"],
    ["client_secret_basic_raw", PLAIN, "client_secret_basic or client_secret_post"],
    ["client_secret_post", CHANGED, "client_secret_basic or client_secret_basic_raw"],
    ["client_secret_basic", CHANGED, "client_secret_basic_raw or client_secret_post"],
    ["client_secret_basic", { client_id: "a:b" }, "client_secret_basic_raw or client_secret_post"],
    [
      "client_secret_basic",
      { client_secret: "é" },
      "client_secret_basic_raw or client_secret_post",
    ],
    ["client_secret_basic", { client_secret: "aZ0-._*" }, "client_secret_post"],
    ["client_secret_basic_raw", CHANGED, "client_secret_basic or client_secret_post"],
  ] as [TokenRequest["auth_method"], Partial<TokenRequest>, string][]
) {
  Deno.test(`hintFor names ${methods} after ${auth_method} with ${JSON.stringify(change)}`, () => {
    const error = new TokenError("refused", "a.example answered 401: no", { status: 401 });
    assertEquals(
      hintFor(error, { ...REQUEST, auth_method, ...change }),
      `Check id and secret; some servers want --auth-method ${methods}`,
    );
  });
}
