import { assertEquals, assertThrows } from "@std/assert";
import { bearer } from "./bearer.ts";
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
