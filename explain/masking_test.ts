import { assertEquals } from "@std/assert";
import { hidden, isSecretField, isSecretName, maskedFields, shownName } from "./masking.ts";

const STANDARD = [
  ...["client_secret", "client_assertion", "access_token", "refresh_token", "id_token"],
  ...["authorization", "cookie", "set-cookie", "Authorization", "ACCESS_TOKEN"],
];
const SECRET = [
  ...["secret", "app-secret", "password", "x-password-2", "token", "actor_token", "x-auth-token"],
  ...["key", "api_key", "x-api-key", "apiKey", "X-Auth", "auth", "x-amz-signature", "accessToken"],
  ...["myApiKey", "my_access_token", "access_token_hash"],
];
const PLAIN = [
  ...["scope", "audience", "resource", "client_id", "grant_type", "accept", "content-type"],
  ...["monkey", "tokens", "secretary", "author", "authority", "keyboard", "signatures", "x-tenant"],
  ...["cookies", "my-cookie"],
];

Deno.test("isSecretName knows the names of the standards, and no others", () => {
  assertEquals(STANDARD.filter(isSecretName), STANDARD);
  assertEquals([...SECRET, ...PLAIN].filter(isSecretName), []);
});

Deno.test("isSecretField knows them too, and names with a word for a secret in them", () => {
  const names = [...STANDARD, ...SECRET];
  assertEquals(names.filter(isSecretField), names);
  assertEquals(PLAIN.filter(isSecretField), []);
});

Deno.test("hidden shows the length of a value alone", () => {
  assertEquals(hidden("abcdef"), "*** (6 characters)");
  assertEquals(hidden("a"), "*** (1 character)");
});

Deno.test("maskedFields shows a form as it is sent, without its secrets", () => {
  const data = new URLSearchParams([
    ["client_secret", "x y"],
    ["q a", "a=é&b s3cret"],
    ["s3cret", "1"],
    ["api_key", "k"],
    ["q a", ""],
  ]);
  assertEquals(maskedFields(data, (text) => text.replaceAll("s3cret", "***")), [
    "client_secret=***",
    "q+a=a%3D%C3%A9%26b+***",
    "***=1",
    "api_key=***",
    "q+a=",
  ]);
});

Deno.test("shownName keeps the names of the form if the secret is in them", () => {
  const kept = ["grant_type", "client_id", "client_secret", "scope"];
  const others = ["my_client_id", "client_id_2", "CLIENT_ID"];
  const mask = (text: string) => text.replaceAll(/client|scope|grant/gi, "***");
  assertEquals(kept.map((name) => shownName(name, mask)), kept);
  assertEquals(others.map((name) => shownName(name, mask)), ["my_***_id", "***_id_2", "***_ID"]);
  assertEquals(maskedFields(new URLSearchParams({ client_id: "client" }), mask), ["client_id=***"]);
});
