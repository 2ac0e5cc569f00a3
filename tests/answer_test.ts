import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { withFakeClock } from "./support/clock.ts";
import { failure, json, REQUEST, stubFetch, text, TOKEN } from "./support/stub_fetch.ts";
import { buildRequest, readResponse, requestToken, TokenError } from "../token.ts";

for (const status of [200, 201, 203, 299]) {
  Deno.test(`requestToken takes the token from an answer with status ${status}`, async () => {
    const { fetch } = stubFetch(json({ access_token: "abc" }, { status }));
    assertEquals(await requestToken(REQUEST, { fetch }), {
      access_token: "abc",
      token_type: "Bearer",
    });
  });
}

Deno.test("requestToken does not judge the Content-Type and skips a byte order mark", async () => {
  const body = '\ufeff{"access_token":"abc","token_type":"bearer"}';
  const { fetch } = stubFetch(text(body, { headers: { "content-type": "text/html" } }));
  assertEquals(await requestToken(REQUEST, { fetch }), {
    access_token: "abc",
    token_type: "bearer",
  });
});

const FORM = { headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" } };

Deno.test("requestToken reads an answer that is a form", async () => {
  const body = "access_token=abc%2B1&token_type=bearer&expires_in=60&scope=a+b";
  const { fetch } = stubFetch(text(body, FORM));
  assertEquals(await requestToken(REQUEST, { fetch }), {
    access_token: "abc+1",
    token_type: "bearer",
    expires_in: 60,
    scope: "a b",
  });
});

Deno.test("requestToken reads a refusal that is a form", async () => {
  const body = "error=invalid_client&error_description=The+id+is+wrong";
  for (const status of [200, 400]) {
    const error = await failure(text(body, { status, ...FORM }));
    assertEquals([error.kind, error.code], ["refused", "invalid_client"]);
    assertEquals(error.error_description, "The id is wrong");
  }
});

for (
  const [body, code] of [
    ["token=abc", "no_access_token"],
    ["access_token=%0A", "token_not_printable"],
    ["", "empty_answer"],
  ] as const
) {
  Deno.test(`requestToken judges the form "${body}" as it judges JSON`, async () => {
    assertEquals((await failure(text(body, FORM), { retries: 0 })).code, code);
  });
}

Deno.test("requestToken leaves members it does not know untouched", async () => {
  const sent = { ...TOKEN, scope: "a b", not_before: null, nested: { a: [1, "x"] }, id: "1" };
  const { fetch } = stubFetch(json(sent));
  assertEquals(await requestToken(REQUEST, { fetch }), sent);
});

for (
  const [sent, read] of [
    [0, 0],
    [3599.5, 3599.5],
    ["3600", 3600],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER + 1, undefined],
    ["60abc", undefined],
    [["60"], undefined],
    ["", undefined],
    [" ", undefined],
    ["-1", undefined],
    [-1, undefined],
    [1e300, undefined],
    ["9".repeat(400), undefined],
    [null, undefined],
    [{}, undefined],
    [true, undefined],
  ] as const
) {
  const shown = JSON.stringify(sent).slice(0, 20);
  Deno.test(`requestToken reads expires_in ${shown} as ${read}`, async () => {
    const { fetch } = stubFetch(json({ access_token: "abc", expires_in: sent }));
    const token = await requestToken(REQUEST, { fetch });
    assertEquals(token.expires_in, read);
    assertEquals("expires_in" in token, read !== undefined);
  });
}

for (const token_type of [null, "", 1]) {
  Deno.test(`requestToken reads token_type ${JSON.stringify(token_type)} as Bearer`, async () => {
    const { fetch } = stubFetch(json({ access_token: "abc", token_type }));
    assertEquals((await requestToken(REQUEST, { fetch })).token_type, "Bearer");
  });
}

for (const error of ["invalid_client", "none", { code: 7 }]) {
  Deno.test(`requestToken takes no token that has the error ${JSON.stringify(error)} beside it`, async () => {
    const { kind, status } = await failure(json({ ...TOKEN, error }));
    assertEquals([kind, status], ["refused", 200]);
  });
}

for (const error of ["", null, false, 0]) {
  Deno.test(`requestToken takes a token whose error is ${JSON.stringify(error)}`, async () => {
    const { fetch } = stubFetch(json({ ...TOKEN, error }));
    assertEquals((await requestToken(REQUEST, { fetch })).access_token, TOKEN.access_token);
  });
}

Deno.test("requestToken takes no refusal for a token, as one server writes it there", async () => {
  const { code } = await failure(json({ access_token: "error: invalid client_secret" }));
  assertEquals(code, "token_not_printable");
});

Deno.test("requestToken says what a server says in other members than error", async () => {
  const { code, message } = await failure(json({ status: "error", msg: "no such client" }));
  assertEquals(
    [code, message],
    [
      "no_access_token",
      "api.example.com answered 200 with no access_token that is a string and not empty, " +
      "but status, msg (msg: no such client)",
    ],
  );
  for (const name of ["errorCode", "message", "detail", "reason", "fault", "ERROR_TEXT"]) {
    const { message } = await failure(json({ [name]: `why my_secret_456`, b: 1 }));
    assert(message.endsWith(`but ${name}, b (${name}: why ***)`), message);
  }
  const { message: other } = await failure(json({ message: { a: 1 }, token: "t-123" }));
  assert(other.endsWith("but message, token"), other);
});

Deno.test("requestToken names at most ten members, and is short about what they say", async () => {
  const members = Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`m${i}`, i]));
  const { message } = await failure(json({ ...members, msg: "x".repeat(5000) }));
  assert(message.includes("m9 (msg: xxx") && message.length < 500, message);
});

Deno.test("requestToken takes the reason from WWW-Authenticate if it stands there alone", async () => {
  const challenge = 'Basic realm="a", Bearer error="invalid_client", ' +
    'error_description="the \\"id\\" is my_secret_456"';
  const headers = { "www-authenticate": challenge };
  const error = await failure(text(null, { status: 401, headers }));
  assertEquals([error.code, error.error], ["invalid_client", "invalid_client"]);
  assertEquals(error.error_description, 'the "id" is ***');
  const { error: own } = await failure(json({ error: "invalid_scope" }, { status: 401, headers }));
  assertEquals(own, "invalid_scope");
  for (
    const [challenge, expected] of [
      ['Basic realm="error=no"', undefined],
      ['Basic realm="an error=no"', undefined],
      ['Bearer realm="say error=\\"no\\" or, error=no", error="invalid_scope"', "invalid_scope"],
      ["Bearer error=invalid_scope, scope=a", "invalid_scope"],
      ["Bearer scope=a,error=invalid_scope", "invalid_scope"],
    ] as const
  ) {
    const headers = { "www-authenticate": challenge };
    assertEquals((await failure(text(null, { status: 401, headers }))).error, expected, challenge);
  }
});

Deno.test("requestToken shows the title and the text of a firewall's page, not its HTML", async () => {
  const page = "<!DOCTYPE html><title>Access denied</title><style>b{}</style>" +
    "<script>if (1 < 2) f();</script><b>Blocked &amp; logged</b> by my_secret_456";
  const types: Record<string, string>[] = [{ "content-type": "text/html; charset=utf-8" }, {}];
  for (const headers of types) {
    const { code, message } = await failure(text(page, { status: 403, headers }));
    assertEquals(
      [code, message],
      ["web_page", "api.example.com answered 403: Access denied Blocked & logged by ***"],
    );
  }
});

for (
  const [status, code] of [
    [401, "client_refused"],
    [404, "no_token_endpoint"],
    [415, "form_refused"],
    [429, "too_many_requests"],
    [500, "server_failed"],
    [400, "web_page"],
  ] as const
) {
  Deno.test(`requestToken has the code ${code} for a web page with status ${status}`, async () => {
    const error = await failure(text("<html>", { status }), { retries: 0 });
    assertEquals(error.code, code);
  });
}

Deno.test("requestToken tries again after an empty answer, and says that it was empty", async () => {
  const { fetch, calls } = stubFetch(text(""), text("\r\n"), json(TOKEN));
  const { result } = await withFakeClock(() => requestToken(REQUEST, { fetch }));
  assertEquals([result.status, calls.length], ["fulfilled", 3]);
  const empty = stubFetch(text("\n"));
  const after = await withFakeClock(() => requestToken(REQUEST, { fetch: empty.fetch }));
  assert(after.result.status === "rejected");
  assertEquals(
    after.result.reason.message,
    "api.example.com answered 200 with an empty body (after 3 tries)",
  );
});

Deno.test("requestToken cuts what a server says of an error at 2,000 characters", async () => {
  const error_description = "x".repeat(3000);
  const error = await failure(json({ error: "no", error_description }, { status: 400 }));
  assertEquals(error.error_description, `${"x".repeat(1999)}…`);
});

Deno.test("requestToken joins the scopes of a server that sends an array", async () => {
  const { fetch } = stubFetch(json({ ...TOKEN, scope: ["a", "b"] }));
  assertEquals((await requestToken(REQUEST, { fetch })).scope, "a b");
});

for (const scope of [1, null, ["a", 1], { a: 1 }]) {
  Deno.test(`requestToken leaves out the scope ${JSON.stringify(scope)}`, async () => {
    const { fetch } = stubFetch(json({ ...TOKEN, scope }));
    assertEquals(await requestToken(REQUEST, { fetch }), TOKEN);
  });
}

const RFC_ERROR = {
  error: "invalid_client",
  error_description: "Client authentication failed",
  error_uri: "https://api.example.com/errors#invalid_client",
};
for (const status of [400, 401, 200, 299]) {
  Deno.test(`requestToken hands on an error of RFC 6749 §5.2 with status ${status}`, async () => {
    const headers = { "www-authenticate": 'Basic realm="x"' };
    const error = await failure(json(RFC_ERROR, { status, headers }));
    const { kind, message, error: code, error_description, error_uri } = error;
    assertEquals(error.name, "TokenError");
    assertEquals({ kind, error: code, error_description, error_uri, status: error.status }, {
      kind: "refused",
      ...RFC_ERROR,
      status,
    });
    assertEquals(
      message,
      `api.example.com answered ${status}: invalid_client: Client authentication failed`,
    );
  });
}

for (
  const [what, answer, message] of [
    ["an object as error", json({ error: { code: 7 } }, { status: 400 }), '{"error":{"code":7}}'],
    ["null beside an error", json({ error: 7, why: null }, { status: 400 }), '"why":null'],
    ["an empty error", json({ error: "", why: 7 }, { status: 400 }), '{"error":"","why":7}'],
    ["other members", json({ errorCode: "E7" }, { status: 403 }), '{"errorCode":"E7"}'],
    ["plain text", text("Go away\n", { status: 403 }), "Go away"],
    ["HTML", text("<html>\n<b>No</b>", { status: 501 }), "answered 501: No"],
    ["nothing", text(null, { status: 404 }), "no reason given"],
    ["an object as error and 200", json({ error: { code: 7 } }), '{"error":{"code":7}}'],
    ["1 MiB and more", text("x".repeat(2 ** 20 + 1), { status: 400 }), "more than 1 MiB"],
  ] as const
) {
  Deno.test(`requestToken reports a refusal that holds ${what}`, async () => {
    const error = await failure(answer);
    assertEquals([error.kind, error.error], ["refused", undefined]);
    assert(error.message.includes(message), error.message);
    assert(error.message.includes(`${error.status}`), error.message);
  });
}

for (
  const [what, answer, message] of [
    ["no body", text(null, { status: 204 }), "an empty body"],
    ["an empty body", text("", { status: 201 }), "an empty body"],
    ["no Content-Type", () => new Response(new Uint8Array([120])), "no Content-Type, not a JSON"],
    ["HTML", text("<p>hi", { headers: { "content-type": "text/html" } }), "text/html, not a JSON"],
    ["broken JSON", text('{"access_token":"abc"'), "not a JSON object"],
    ["a form", text("access_token=abc"), "not a JSON object"],
    ["null", json(null), "not a JSON object"],
    ["an array", json([TOKEN]), "not a JSON object"],
    ["a string", json("abc"), "not a JSON object"],
    ["a number", json(1), "not a JSON object"],
    ["arrays 200,000 deep", text("[".repeat(200_000) + "]".repeat(200_000)), "not a JSON object"],
    [
      "objects 100,000 deep",
      text('{"a":'.repeat(100_000) + "1" + "}".repeat(100_000)),
      "no access",
    ],
    ["no access_token", json({ token_type: "Bearer" }), "no access_token"],
    ["an empty access_token", json({ access_token: "" }), "no access_token"],
    ["a number as access_token", json({ access_token: 1 }), "no access_token"],
    ["true as access_token", json({ access_token: true }), "no access_token"],
    ["null as access_token", json({ access_token: null }), "no access_token"],
    ["an object as access_token", json({ access_token: {} }), "no access_token"],
    ["an array as access_token", json({ access_token: ["abc"] }), "no access_token"],
    ["a newline in access_token", json({ access_token: "a\nb" }), "that no header can carry"],
    ["ESC in access_token", json({ access_token: "a\x1b[1m" }), "that no header can carry"],
    ["DEL in access_token", json({ access_token: "a\x7f" }), "that no header can carry"],
    ["é in access_token", json({ access_token: "é" }), "that no header can carry"],
    ["a space in access_token", json({ access_token: "a b" }), "that no header can carry"],
    ["a space before access_token", json({ access_token: " ab" }), "that no header can carry"],
    ["a space after access_token", json({ access_token: "ab " }), "that no header can carry"],
    ["only spaces as access_token", json({ access_token: "  " }), "that no header can carry"],
    ["a newline after access_token", json({ access_token: "ab\n" }), "that no header can carry"],
    ["1 MiB and more", text(`{"access_token":"${"x".repeat(2 ** 20)}"}`), "more than 1 MiB"],
  ] as const
) {
  Deno.test(`requestToken does not use an answer with ${what}`, async () => {
    const error = await failure(answer);
    assertEquals(error.kind, "unusable");
    assert(error.message.includes(message), error.message);
    assertEquals(error.status, (await answer()).status);
  });
}

for (const status of [0, 199, 300, 399]) {
  Deno.test(`readResponse takes ${status} for no answer, whatever is in it`, () => {
    const answer = { status, headers: new Headers(), body: JSON.stringify(RFC_ERROR), tries: 1 };
    const error = assertThrows(() => readResponse(answer, buildRequest(REQUEST)), TokenError);
    assertEquals(
      [error.kind, error.message],
      ["unusable", `api.example.com answered ${status} with no token and no usable Location`],
    );
  });
}

Deno.test("requestToken cuts a Content-Type at 60 characters", async () => {
  for (const [length, shown] of [[60, "x".repeat(60)], [61, `${"x".repeat(59)}…`]] as const) {
    const { message } = await failure(
      text("-", { headers: { "content-type": "x".repeat(length) } }),
    );
    assertEquals(message, `api.example.com answered 200 with ${shown}, not a JSON object`);
  }
});

Deno.test("requestToken makes a server's text one printable line of 300 characters", async () => {
  const error = await failure(
    text(`\x1b[31mred\x1b[0m\r\n\u2028\u202eevil\0${"x".repeat(5000)}`, { status: 400 }),
  );
  assertMatch(error.message, /^api\.example\.com answered 400: red evilx+…$/);
  assertEquals(error.message.length, "api.example.com answered 400: ".length + 300);
});

Deno.test("requestToken reports a refusal of any depth", async () => {
  const deep = `{"error":"no","a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  const { message } = await failure(text(deep, { status: 400 }));
  assertEquals(message, "api.example.com answered 400: no");
});

Deno.test("requestToken masks a token in a refused answer that breaks off in it", async () => {
  const { message } = await failure(text('{"access_token":"tok-12345', { status: 400 }));
  assertEquals(message, 'api.example.com answered 400: {"access_token":"***"');
});

Deno.test("requestToken masks a token in JSON that a refused answer has in a text", async () => {
  const message = `upstream said: ${JSON.stringify({ scope: "a", access_token: "tok-12345" })}`;
  const said = 'upstream said: {"scope":"a","access_token":"***"';
  const answer = json({ error: "server_error", error_description: message }, { status: 400 });
  const { error_description } = await failure(answer);
  assertEquals(error_description, `${said}}`);
  const nested = await failure(json({ message, more: "m" }, { status: 400 }));
  assertEquals(
    nested.message,
    'api.example.com answered 400: {"message":"upstream said: ' +
      '{\\"scope\\":\\"a\\",\\"access_token\\":\\"***","more":"m"}',
  );
});

for (const name of ["access_token", "refresh_token", "id_token", "client_assertion"]) {
  Deno.test(`requestToken masks a token in a refused answer, called ${name}`, async () => {
    const body =
      `{"data": {"${name}" : "tok-\\"123", "a": [1]}, "id_token":"t-2", "why": "${name} is missing"`;
    assertEquals(
      (await failure(text(body, { status: 400 }))).message,
      `api.example.com answered 400: {"data": {"${name}" : "***", "a": [1]}, ` +
        `"id_token":"***", "why": "${name} is missing"`,
    );
  });
}

Deno.test("requestToken says by how much the server's clock differs when it refuses", async () => {
  const now = 1_700_000_000_000;
  const { now: real } = Date;
  Date.now = () => now;
  try {
    const refusedAt = (date?: string) => {
      const headers: Record<string, string> = date === undefined ? {} : { date };
      return failure(json({ error: "invalid_client" }, { status: 401, headers }));
    };
    const at = (seconds: number) => new Date(now + 1000 * seconds).toUTCString();
    assertEquals((await refusedAt(at(90))).clock_skew, 90);
    assertEquals((await refusedAt(at(-7))).clock_skew, -7);
    for (const date of [undefined, "", "soon"]) {
      assertEquals("clock_skew" in await refusedAt(date), false);
    }
  } finally {
    Date.now = real;
  }
});

for (
  const [what, answer, error, error_description] of [
    [
      "as Okta sends it",
      { errorCode: "invalid_client", errorSummary: "The id is wrong", errorCauses: [] },
      "invalid_client",
      "The id is wrong",
    ],
    [
      "in an object",
      { error: { code: "invalid_scope", message: "No such scope" } },
      "invalid_scope",
      "No such scope",
    ],
    ["without a text", { error: { code: "invalid_client" } }, "invalid_client", undefined],
    ["that no standard knows", { errorCode: "E0000004", errorSummary: "No" }, undefined, undefined],
    ["that is a number", { error: { code: 401, message: "No" } }, undefined, undefined],
    ["in a list", { error: [{ code: "invalid_client" }] }, undefined, undefined],
  ] as const
) {
  Deno.test(`requestToken knows an error ${what}`, async () => {
    const refused = await failure(json(answer, { status: 400 }));
    assertEquals([refused.error, refused.error_description], [error, error_description]);
    assertEquals(refused.code, error ?? "refused");
    assertEquals(refused.message, `api.example.com answered 400: ${JSON.stringify(answer)}`);
  });
}

Deno.test("requestToken reads a text in the encoding that its header names, and masks in it", async () => {
  const body = Uint8Array.from("Geheim: p\xe4ss/w\xf6rd", (c) => c.charCodeAt(0));
  const say = (charset: string) => () =>
    new Response(body, {
      status: 403,
      headers: { "content-type": `text/plain;charset=${charset}` },
    });
  for (const charset of ["iso-8859-1", '"ISO-8859-15"', "windows-1252"]) {
    const { fetch } = stubFetch(say(charset));
    const request = { ...REQUEST, client_secret: "p\xe4ss/w\xf6rd" };
    const error = await assertRejects(() => requestToken(request, { fetch }), TokenError);
    assertEquals(error.message, "api.example.com answered 403: Geheim: ***");
  }
  // An unknown one counts as UTF-8.
  assert((await failure(say("no-such"))).message.includes("Geheim: p\ufffdss"));
});

Deno.test("requestToken says that what is labelled as JSON is a web page", async () => {
  const page = text("<!DOCTYPE html><title>Sign in</title>", {
    headers: { "content-type": "application/json" },
  });
  assertEquals(
    (await failure(page)).message,
    "api.example.com answered 200 with application/json that is a web page, not a JSON object",
  );
});
