import { assertEquals, assertMatch } from "@std/assert";
import { IssuedTokens } from "./practice_api.ts";

function call(tokens: IssuedTokens, authorization?: string, path = "/v1/things") {
  const headers = new Headers(authorization ? { authorization } : {});
  return tokens.answerApi(new Request(`http://127.0.0.1${path}`, { headers }));
}

function challengeOf(response?: Response): string {
  assertEquals(response?.status, 401);
  return `${response?.headers.get("www-authenticate")}`;
}

Deno.test("the practice API answers whoever has a valid token", async () => {
  const tokens = new IssuedTokens();
  const { access_token, expires_in } = tokens.issue();
  const response = call(tokens, `Bearer ${access_token}`);
  assertEquals([response?.status, expires_in], [200, 3600]);
  assertEquals((await response?.json()).things.length, 2);
});

Deno.test("the practice API says what is wrong with a token", () => {
  const tokens = new IssuedTokens(0);
  const { access_token } = tokens.issue();
  assertEquals(challengeOf(call(tokens)), 'Bearer realm="practice"');
  assertEquals(challengeOf(call(tokens, "Basic abc")), 'Bearer realm="practice"');
  assertMatch(challengeOf(call(tokens, "Bearer other")), /error="invalid_token"$/);
  assertMatch(challengeOf(call(tokens, `bearer ${access_token}`)), /"The token expired"$/);
});

Deno.test("the practice API is at one path", () => {
  assertEquals(call(new IssuedTokens(), undefined, "/v1"), undefined);
});

Deno.test("the practice API forgets the oldest of many tokens", () => {
  const tokens = new IssuedTokens();
  const issued = Array.from({ length: 1001 }, () => tokens.issue().access_token);
  const statuses = [0, 1, 1000].map((i) => call(tokens, `Bearer ${issued[i]}`)?.status);
  assertEquals(statuses, [401, 200, 200]);
});
