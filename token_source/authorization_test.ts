import { assertEquals, assertThrows } from "@std/assert";
import { bearer, bearerOrDpop } from "./authorization.ts";
import { TokenError } from "../token.ts";

Deno.test("bearer refuses DPoP alone", () => {
  for (const token_type of ["DPoP", "dpop"]) {
    const error = assertThrows(
      () => bearer({ access_token: "abc", token_type }),
      TokenError,
      "RFC 9449",
    );
    assertEquals(error.kind, "unusable");
  }
  for (const token_type of ["bearer", "Application Access Token", "xdpop", "dpopx"]) {
    assertEquals(bearer({ access_token: "abc", token_type }), "Bearer abc");
  }
});

Deno.test("bearerOrDpop writes DPoP for a token that is bound to a key, and Bearer for others", () => {
  const types = ["DPoP", "dpop", "Bearer", "xDPoP", "DPoPx"];
  const headers = types.map((token_type) => bearerOrDpop({ access_token: "t", token_type }));
  assertEquals(headers, ["DPoP t", "DPoP t", "Bearer t", "Bearer t", "Bearer t"]);
});
