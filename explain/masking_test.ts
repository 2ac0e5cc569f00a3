import { assertEquals } from "@std/assert";
import {
  hidden,
  hideMember,
  isSecretField,
  maskedFields,
  maskedUrl,
  shownName,
  shownValue,
} from "./masking.ts";

const SECRET = [
  ...["client_secret", "client_assertion", "access_token", "refresh_token", "id_token"],
  ...["authorization", "cookie", "set-cookie", "Authorization", "ACCESS_TOKEN"],
  ...["secret", "app-secret", "password", "x-password-2", "token", "actor_token", "x-auth-token"],
  ...["key", "api_key", "x-api-key", "apiKey", "X-Auth", "auth", "x-amz-signature", "accessToken"],
  ...["myApiKey", "my_access_token", "access_token_hash", "apikey", "x-apikey", "X-ApiKey"],
  ...["Proxy-Authorization", "passwd", "X-Passphrase", "signature", "assertion", "session_key"],
  ...["user_id_token", "someUserToken", "credential", "credentials", "session", "x-jwt", "Bearer"],
  ...["dpop", "pwd", "x-pass", "passcode", "session_id", "sessionId", "JSESSIONID", "sessionid"],
  ...["clientsecret", "ClientSecret", "authtoken", "accesstoken", "privatekey"],
];
const PLAIN = [
  ...["scope", "audience", "resource", "client_id", "grant_type", "accept", "content-type"],
  ...["monkey", "tokens", "secretary", "author", "authority", "keyboard", "signatures", "x-tenant"],
  ...[
    "sessions",
    "compass",
    "bearers",
    "cookies",
    "passenger",
    "token_type",
    "tokenType",
    "subject_token_type",
    "token_use",
  ],
  ...["auth_time", "token_url", "key_id", "client_assertion_type"],
];

Deno.test("isSecretField knows a word for a secret in a name, unless the name says what is about it", () => {
  assertEquals(SECRET.filter(isSecretField), SECRET);
  assertEquals(PLAIN.filter(isSecretField), []);
});

Deno.test("hideMember hides texts alone, in any depth", () => {
  const value = { token_type: "a", api_key: "abc", more: [{ token: "de", key: 1 }] };
  assertEquals(
    JSON.stringify(value, hideMember),
    '{"token_type":"a","api_key":"*** (3 characters)","more":[{"token":"*** (2 characters)","key":1}]}',
  );
});

Deno.test("maskedUrl hides the values in a query whose names mark them as secret", () => {
  for (
    const [url, shown] of [
      ["https://a.example/token", "https://a.example/token"],
      [
        "https://a.example/?api_key=a&b=c&key=&token=d%20e",
        "https://a.example/?api_key=***&b=c&key=***&token=***",
      ],
      ["https://a.example/key=a?b&key", "https://a.example/key=a?b&key"],
    ] as const
  ) assertEquals(maskedUrl(url), shown);
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

Deno.test("shownValue keeps the name of the grant, and nothing else in which the secret is", () => {
  const mask = (text: string) => text.replaceAll("client", "***");
  assertEquals(shownValue("grant_type", "client_credentials", mask), "client_credentials");
  assertEquals(shownValue("grant_type", "client", mask), "***");
  assertEquals(shownValue("scope", "client_credentials", mask), "***_credentials");
});
