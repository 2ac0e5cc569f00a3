import { assertEquals } from "@std/assert";
import { distance, isSimilar } from "./similar.ts";

for (
  const [a, b, expected] of [
    ["", "", 0],
    ["scope", "scope", 0],
    ["", "abc", 3],
    ["abc", "", 3],
    ["scope", "scopes", 1],
    ["output", "ouput", 1],
    ["client-id", "client_id", 1],
    ["scope", "socpe", 2],
    ["kitten", "sitting", 3],
    ["abc", "xyz", 3],
  ] as const
) {
  Deno.test(`distance counts ${expected} from "${a}" to "${b}"`, () => {
    assertEquals(distance(a, b), expected);
  });
}

for (
  const [a, b, expected] of [
    ["Token_URL", "token-url", true],
    ["a", "A", true],
    ["CLIENT_SECRET_FILE", "client-secret-file", true],
    ["clientsecretfile", "client-secret.file!", true],
    ["timeout", "tiemout", true],
    ["timeout", "timeuot1", false],
    ["scope", "socpe", true],
    ["dmo", "demo", true],
    ["demons", "demo", false],
    ["code", "scope", false],
    ["foo", "demo", false],
  ] as const
) {
  Deno.test(`isSimilar ${expected ? "takes" : "does not take"} ${a} for ${b}`, () => {
    assertEquals([isSimilar(a, b), isSimilar(b, a)], [expected, expected]);
  });
}
