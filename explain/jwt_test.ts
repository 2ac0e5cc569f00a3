import { assertEquals, assertThrows } from "@std/assert";
import { decodeBase64, decodeJwt } from "./jwt.ts";

const base64url = (text: string) =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const claimsOf = (token: string) => decodeJwt(token)?.claims;
const jwt = (claims: string) => `${base64url('{"alg":"none"}')}.${base64url(claims)}.c2ln`;

for (
  const token of [
    ...["abc", "a.b.c", "", "..", "e30.e30", "e30.e30.c2ln.x", "e30.!.c2ln", "e30.e3.c2ln"],
    ...["[1]", "null", '"a"', "{"].map(jwt),
    `${base64url("[1]")}.e30.c2ln`,
    "e30._w.c2ln",
  ]
) {
  Deno.test(`decodeJwt finds none in "${token}"`, () => assertEquals(claimsOf(token), undefined));
}

Deno.test("decodeJwt shows claims, times as dates", () => {
  const claims = {
    sub: "mé?>~",
    aud: ["a", "b"],
    exp: 1893456000,
    nbf: 1.5,
    iat: "1893456000",
    auth_time: 1e11,
    n: 1893456000,
    none: null,
  };
  assertEquals(claimsOf(jwt(JSON.stringify(claims))), [
    ["sub", "mé?>~"],
    ["aud", '["a","b"]'],
    ["exp", "1893456000  (2030-01-01T00:00:00.000Z)"],
    ["nbf", "1.5  (1970-01-01T00:00:01.500Z)"],
    ["iat", "1893456000"],
    ["auth_time", "100000000000"],
    ["n", "1893456000"],
    ["none", "null"],
  ]);
  assertEquals(claimsOf(jwt('{"iat":0,"exp":null,"nbf":true,"auth_time":[1]}')), [
    ["iat", "0  (1970-01-01T00:00:00.000Z)"],
    ["exp", "null"],
    ["nbf", "true"],
    ["auth_time", "[1]"],
  ]);
  assertEquals(claimsOf(jwt('{"auth_time":99999999999}')), [
    ["auth_time", "99999999999  (5138-11-16T09:46:39.000Z)"],
  ]);
  assertEquals(claimsOf(jwt("{}")), []);
});

Deno.test("decodeBase64 reads base64 and base64url, and only UTF-8", () => {
  assertEquals(["w7/Dvw==", "w7_Dvw", "fn4-"].map(decodeBase64), ["ÿÿ", "ÿÿ", "~~>"]);
  assertThrows(() => decodeBase64("_w"), TypeError);
});
