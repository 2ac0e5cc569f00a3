import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatExchange } from "./format_exchange.ts";
import type { Exchange } from "./exchange.ts";

function format(exchange: Partial<Exchange>) {
  const answer = '{"error":"invalid_request","error_description":"The reason"}';
  const whole = { method: "POST", path: "/oauth2/token", headers: [], body: "a=b", status: 400 };
  return formatExchange({ ...whole, answer, ...exchange });
}

const FORM: Exchange["headers"] = [["content-type", "application/x-www-form-urlencoded"]];
const refused = (error: string) => JSON.stringify({ error, error_description: "The reason" });

for (
  const [exchange, step, what] of [
    [{ status: 200, headers: FORM, body: "client_secret=a" }, 3, "correct"],
    [{ status: 404, path: "/token?scope=x", answer: "" }, 3, "the request was for /token."],
    [{ method: "GET" }, 3, "the request was a GET, not a POST"],
    [{ body: "" }, 3, "the request has no body"],
    [{}, 3, "the Content-Type is not that of a form"],
    [{ headers: FORM }, 3, "the server answered 400 invalid_request"],
    [
      { headers: FORM, answer: refused("invalid_client") },
      1,
      "the server answered 400 invalid_client",
    ],
    [
      { headers: FORM, answer: refused("unsupported_grant_type") },
      2,
      "the server answered 400 unsupported_grant_type",
    ],
    [
      { headers: FORM, answer: refused("invalid_scope") },
      2,
      "the server answered 400 invalid_scope",
    ],
  ] as [Partial<Exchange>, number, string][]
) {
  Deno.test(`formatExchange names step ${step}: ${what}`, () => {
    const formatted = format(exchange);
    assert(formatted.step.startsWith(`Step ${step}, `), formatted.step);
    assertStringIncludes(formatted.step, what);
    assert(formatted.title.endsWith(`(step ${step})`), formatted.title);
  });
}

Deno.test("formatExchange shows the request as it arrived", () => {
  const headers: Exchange["headers"] = [["accept", "*/*"], ...FORM];
  const { title, request, answer } = format({ headers, body: "a=b+c&d=%C3%A9", status: 400 });
  assertEquals(title, "POST /oauth2/token: 400 (step 3)");
  assertEquals(
    request,
    "POST /oauth2/token\naccept: */*\n" +
      "content-type: application/x-www-form-urlencoded\n\na=b+c&d=%C3%A9",
  );
  assertEquals(answer.split("\n")[0], "400");
});

Deno.test("formatExchange shows the demo's secret and masks all others", () => {
  const own = `Basic ${btoa("my_client_id_123:my_secret_456")}`;
  const shown = format({
    headers: [["authorization", own]],
    body: "client_id=my_client_id_123&client_secret=my_secret_456",
  }).request;
  assertStringIncludes(shown, own);
  assertStringIncludes(shown, "client_secret=my_secret_456");

  const secret = "kept-to-yourself";
  for (
    const exchange of [
      { path: `/oauth2/token?client_secret=${secret}` },
      { headers: [["authorization", `Bearer ${secret}`]] },
      { headers: [["cookie", secret]] },
      { headers: [["x-api-key", secret]] },
      { headers: [["x-pass", secret]] },
      { body: `pwd=${secret}` },
      {
        body:
          `credential=${secret}&session=${secret}&jwt=${secret}&bearer=${secret}&code=${secret}`,
      },
      { headers: [["dpop", secret]] },
      { body: `client_id=a&client_secret=${secret}` },
      { body: `a=b&client_assertion=${secret}&password=${secret}&refresh_token=${secret}` },
      { body: `client%5Fsecret=${secret}` },
      { body: `{"client_secret":"${secret}","a":[{"access_token":"${secret}"}]}` },
      { body: `secret ${secret}` },
      { body: `"${secret}"` },
      { body: `{"client_secret":["${secret}"],"password":${JSON.stringify(secret)}}` },
      {
        body: `--boundary\r\ncontent-disposition: form-data; name="client_secret"\r\n\r\n${secret}`,
      },
    ] as Partial<Exchange>[]
  ) {
    const formatted = JSON.stringify(format(exchange));
    assert(!formatted.includes(secret), formatted);
  }
});

Deno.test("formatExchange describes a body that is neither a form nor JSON", () => {
  assertStringIncludes(format({ body: "hello" }).request, "(5 characters that are neither");
  assertEquals(format({ body: "" }).request, "POST /oauth2/token");
});

Deno.test("formatExchange makes control characters harmless", () => {
  const { request, title } = format({
    path: "/\x1b[2J\u202e",
    headers: [["a", "\x1b]0;b\x07"]],
    body: "a=\x1b[2J",
  });
  // deno-lint-ignore no-control-regex
  assert(!/[\x1b\x07\u202e]/.test(request + title));
});
