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
  const others = ["BearerToken", "Application Access Token", "access_token", "bearer, xdpop"];
  for (const token_type of ["Bearer", "bearer", "BEARER", ...others]) {
    assertEquals(bearer({ access_token: "abc", token_type }), "Bearer abc");
  }
});

Deno.test("bearer refuses a token of a type that is not known, and names it", () => {
  for (const token_type of ["mac", "N_A", "PoP", "dpopx", "x\n\x1b[31my"]) {
    const work = () => bearer({ access_token: "abc", token_type });
    const error = assertThrows(work, TokenError);
    const message = "The token has the type %, and no Authorization: Bearer can carry it";
    const shown = token_type.startsWith("x") ? "x y" : token_type;
    assertEquals([error.code, error.message], [
      "token_type_unknown",
      message.replace("%", shown),
    ]);
  }
});

Deno.test("bearerOrDpop writes DPoP for a token that is bound to a key, and Bearer for others", () => {
  const types = ["DPoP", "dpop", "Bearer", "bearer", "BearerToken"];
  const headers = types.map((token_type) => bearerOrDpop({ access_token: "t", token_type }));
  assertEquals(headers, ["DPoP t", "DPoP t", "Bearer t", "Bearer t", "Bearer t"]);
});
