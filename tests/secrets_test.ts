import { assert, assertEquals, assertRejects } from "@std/assert";
import { failure, json, REQUEST, stubFetch, text } from "./testing.ts";
import { buildRequest, requestToken, TokenError } from "../token.ts";

const SECRET = 'S3cret/+:%&= "é€" \\x';
const WITHHELD = "(not shown, as it may hold a secret or a token)";
const ECHOES = [
  SECRET,
  new URLSearchParams({ client_secret: SECRET }).toString(),
  encodeURIComponent(SECRET).toLowerCase(),
  JSON.stringify(SECRET),
];
for (const auth_method of ["client_secret_post", "client_secret_basic"] as const) {
  Deno.test(`requestToken never repeats a secret that the server echoes (${auth_method})`, async () => {
    const request = { ...REQUEST, client_secret: SECRET, auth_method };
    const { authorization = "" } = buildRequest(request).headers;
    const credentials = authorization.replace("Basic ", "");
    for (const echo of [...ECHOES, credentials, credentials.slice(5, 25)].filter(Boolean)) {
      for (
        const answer of [
          json({ error: echo, error_description: echo, error_uri: echo }, { status: 400 }),
          text(echo, { status: 500 }),
          json({ message: echo }, { status: 500 }),
          text(null, { status: 302, headers: { location: `/${encodeURIComponent(echo)}` } }),
          text("", { headers: { "content-type": encodeURIComponent(echo) } }),
          () => Promise.reject(new TypeError(echo)),
        ]
      ) {
        const { fetch } = stubFetch(answer);
        const error = await assertRejects(
          () => requestToken(request, { fetch, retries: 0 }),
          TokenError,
        );
        const shown = `${error.message} ${error.stack} ${Deno.inspect(error)} ${
          JSON.stringify(error)
        }`;
        const parts = credentials.split("").map((_, i) => credentials.slice(i, i + 10))
          .filter((part) => part.length === 10);
        for (const secret of [...ECHOES.slice(0, 3), "S3cret/+:%", ...parts]) {
          assert(!shown.includes(secret), `${secret} in ${shown}`);
        }
      }
    }
  });
}

Deno.test("requestToken never repeats a token in an error", async () => {
  for (const name of ["access_token", "refresh_token", "id_token"]) {
    for (
      const answer of [
        json({ [name]: "tok-123456789", error: "no", error_description: "tok-123456789" }, {
          status: 400,
        }),
        json({ [name]: "tok-123456789", reason: "none" }, { status: 500 }),
        json({ data: { [name]: "tok-123456789" } }, { status: 500 }),
        text(`${name}=tok-123456789`, { status: 500 }),
        json({ [name]: "tok-123456789\n", access_token: "tok-123456789\n" }),
        text(`{"${name}":"tok-123456789"`),
        json({ error: "no", error_description: `see ${name}=tok-123456789` }, { status: 400 }),
        json({ error: "no", error_uri: `https://a.example/?${name}=tok-123456789` }, {
          status: 400,
        }),
        json({ a: [{ [name]: ["tok-123456789"] }], error: "tok-123456789" }, { status: 400 }),
        json({ text: `{\"${name}\":\"tok-123456789\"}` }, { status: 500 }),
        text(`<${name}>tok-123456789</${name}>`, { status: 500 }),
        text(`${name.replace("_t", "T")}: tok-123456789`, { status: 500 }),
        text(`${name.replace("_", "%5F")}%3Dtok-123456789`, { status: 500 }),
        text(`<t name="${name}" value="tok-123456789"/>`, { status: 500 }),
        json([[name, "tok-123456789"]], { status: 500 }),
        json({ [name]: { value: "tok-123456789" }, error: "tok-123456789" }, { status: 400 }),
        text("Authorization: Bearer tok-12345678901234567890", { status: 500 }),
        json({ tokens: Array(21).fill("tok-123456789"), error: "tok-123456789" }, { status: 400 }),
        text(
          `{"error":"tok-123456789","${name}":"tok-123456789","a":${"[".repeat(20_000)}${
            "]".repeat(20_000)
          }}`,
          { status: 400 },
        ),
        text(null, { status: 302, headers: { location: `/cb/${name}=tok-123456789` } }),
        json({ [name]: "tok-123456789", error: "tok-1234\x1b[1m56789" }, { status: 400 }),
        text(`${name.replace("_", "\x1b[0m_")}=tok-123456789`, { status: 500 }),
        json([{ token: "tok-123456789" }], { status: 500 }),
        text('{"message":"x","token":"tok-123456789"', { status: 500 }),
        text("token=tok-123456789", { status: 500 }),
        text("TOKEN: tok-123456789", { status: 500 }),
        text(`{&#34;${name}&#34;:&#34;tok-123456789&#34;}`, { status: 500 }),
        text(`{"message":"{\\u0022${name}\\u0022:\\u0022tok-123456789\\u0022}"}`, { status: 500 }),
        text(`&lt;${name}&gt;tok-123456789`, { status: 500 }),
        text(`${name}%20=%20tok-123456789`, { status: 500 }),
        text("key: eyJhbGciOiJkaXIifQ..tok-123456789.", { status: 500 }),
        text("issued eyJ0b2stMTIzNDU2Nzg5IjoxfQ.tok-123456789.c2ln", { status: 500 }),
        json({ [name]: "tok-123456789" }, {
          status: 302,
          headers: { location: "https://tok-123456789.a.example/tok-123456789" },
        }),
        text("", { headers: { "content-type": `text/plain; ${name}=tok-123456789` } }),
        text(`{"${name}":"tok-123456789","${name}":1,"error":"tok-123456789"}`, { status: 400 }),
        json({ data: `{"${name}":"tok-123456789"}`, error: "tok-123456789" }, { status: 400 }),
      ]
    ) {
      const error = await failure(answer);
      assert(!Deno.inspect(error).includes("tok-123456789"), Deno.inspect(error));
    }
  }
});

Deno.test("requestToken never repeats a secret whose bytes come back in a header field", async () => {
  const client_secret = "pä55wörd-ÜÖ-çé";
  const bytes = String.fromCharCode(...new TextEncoder().encode(client_secret));
  const { fetch } = stubFetch(text("", { headers: { "content-type": `text/${bytes}` } }));
  const request = { ...REQUEST, client_secret };
  const error = await assertRejects(
    () => requestToken(request, { fetch }),
    TokenError,
    "no Content-Type",
  );
  assert(error.kind === "unusable");
  const { message } = await failure(text("", { headers: { "content-type": "\xe9; a=b" } }));
  assertEquals(message, "api.example.com answered 200 with no Content-Type, not a JSON object");
});

Deno.test("requestToken shows what is said of a token that is none", async () => {
  for (
    const said of [
      "invalid token: expired",
      "no token; see https://a.example",
      "token_type: 12",
      "the access token was revoked",
      "bad token: unauthorized_client",
      'Bearer resource_metadata="https://a.example"',
      "we sent no access token, because of you",
      "Unable to get access token: a client is disabled",
      "Bearer 2.0 is wanted",
      "no such page: /oauth2/token/v2.0/authorize",
      "no token: E42",
      "EYJhbGciOi.abcdefgh",
      "eyJ0eXAi.txt",
      "Failed to get access token: unauthorized_client",
    ]
  ) {
    const { message } = await failure(text(said, { status: 400 }));
    assertEquals(message, `api.example.com answered 400: ${said}`);
  }
});

Deno.test("requestToken withholds a token without a digit in a field without a separator", async () => {
  const { message } = await failure(text("accessToken=abcdefghijkl", { status: 500 }));
  assertEquals(
    message,
    `api.example.com answered 500: ${WITHHELD}`,
  );
});

Deno.test("requestToken looks for tokens in what it shows, too", async () => {
  const request = { ...REQUEST, client_secret: "my]secret" };
  const { fetch } = stubFetch(text("my\x1b]secret access_token=abcdefghijkl", { status: 400 }));
  const error = await assertRejects(() => requestToken(request, { fetch }), TokenError);
  assert(!error.message.includes("abcdef"), error.message);
});

Deno.test("requestToken takes little time for letters that stand for many", async () => {
  const wide = (length: number) => "\ufdfa".repeat(length);
  const tokens = Array.from({ length: 20 }, (_, i) => wide(1571 + i));
  const body = { tokens, error: wide(32_000), error_description: wide(32_000) };
  const started = performance.now();
  await failure(json(body, { status: 400 }));
  assert(performance.now() - started < 6000, `${performance.now() - started} ms`);
});

Deno.test("requestToken takes little time and memory for long tokens", async () => {
  const tokens = Array.from({ length: 20 }, (_, i) => [
    `t_token${i}`,
    Array.from({ length: 3500 }, () => Math.random().toString(36).slice(2)).join(""),
  ]);
  const started = performance.now();
  const body = { error: "no", error_uri: "x".repeat(4800), ...Object.fromEntries(tokens) };
  const error = await failure(json(body, { status: 400 }));
  assertEquals(error.error, WITHHELD);
  assert(performance.now() - started < 1000, `${performance.now() - started} ms`);
});

Deno.test("requestToken reports an answer full of tokens in little time", async () => {
  const started = performance.now();
  const long = "a".repeat(32_000);
  const answer = { access_token: "a".repeat(400_000), error: long, error_description: long };
  await failure(json(answer, { status: 400 }));
  assert(performance.now() - started < 10_000, `${performance.now() - started} ms`);
});

Deno.test("requestToken shows no path of a redirect that holds a secret", async () => {
  const client_secret = 'a"b\\c"d\\e"f';
  const { fetch } = stubFetch(
    text(null, { status: 302, headers: { location: `/x/${client_secret}` } }),
  );
  const request = { ...REQUEST, client_secret };
  const error = await assertRejects(() => requestToken(request, { fetch }), TokenError);
  assert(error.message.includes("a redirect to https://api.example.com/…, which"), error.message);
});

Deno.test("requestToken reports tokens within tokens in little time", async () => {
  const started = performance.now();
  const many = `[${'"a",'.repeat(200_000)}"a"]`;
  const body = `${'{"token":'.repeat(2000)}${many}${"}".repeat(2000)}`;
  const error = await failure(text(body, { status: 400 }));
  assert(error.message.includes(WITHHELD), error.message);
  assert(performance.now() - started < 3000, `${performance.now() - started} ms`);
});

Deno.test("requestToken quotes nothing of an answer that has a token in it, and says so once", async () => {
  for (
    const data of [
      ...[{ token: "tok" }, { token: ["tok"] }, { token: { value: "tok" } }, { ID_TOKEN: "tok" }],
      ...[{ name: "access_token", value: "tok" }, ["idToken", "tok"], ["REFRESH-TOKEN", "tok"]],
    ]
  ) {
    const body = { error: "odd_scope", error_description: "no", data };
    const { error, message } = await failure(json(body, { status: 400 }));
    assertEquals(error, WITHHELD);
    assertEquals(message, `api.example.com answered 400: ${WITHHELD}`);
  }
});

for (
  const code of [
    ...["invalid_request", "invalid_client", "invalid_grant", "invalid_scope"],
    ...["unauthorized_client", "unsupported_grant_type"],
  ]
) {
  Deno.test(`requestToken tells the code ${code}, even of an answer that it does not quote`, async () => {
    const body = { error: code, error_description: "no", token: "tok" };
    const { error, message } = await failure(json(body, { status: 400 }));
    assertEquals(error, code);
    assertEquals(message, `api.example.com answered 400: ${code}: ${WITHHELD}`);
  });
}

Deno.test("requestToken takes nothing more than a code for a code", async () => {
  for (const error of ["an invalid_client", "invalid_clients", "INVALID_SCOPE", "client"]) {
    const { message } = await failure(json({ error, token: "tok" }, { status: 400 }));
    assertEquals(message, `api.example.com answered 400: ${WITHHELD}`);
  }
});

Deno.test("requestToken quotes an answer in which what is called a token is none", async () => {
  const members = {
    ...{ missing: "no access_token", wanted: "access_token wanted" },
    ...{ token: "", access_token: null, tokens_left: 5, token_type: "x", tokenType: "y" },
    ...{
      token_url: "https://a.example",
      tokenExpiresAt: "never",
      token_endpoint: "x",
      said: "token",
    },
    ...{ token_uri: "https://a.example", tokenLifetime: "1 h" },
  };
  for (const [name, value] of Object.entries(members)) {
    const body = { error: "odd_scope", [name]: value };
    const { message } = await failure(json(body, { status: 400 }));
    assertEquals([name, message], [name, "api.example.com answered 400: odd_scope"]);
  }
});

Deno.test("requestToken takes little time for marks in any number", async () => {
  const marks = "\u0344".repeat(16_000) + "\u0f81".repeat(16_000);
  const started = performance.now();
  await failure(
    json({ error: marks, error_description: marks, error_uri: marks }, { status: 400 }),
  );
  assert(performance.now() - started < 2000, `${performance.now() - started} ms`);
});

Deno.test("requestToken shows no path of a redirect that is too long to be looked at", async () => {
  for (const [length, path] of [[300, "x".repeat(299)], [301, "…"]] as const) {
    const location = `/${"x".repeat(length - 1)}`;
    const { message } = await failure(text(null, { status: 302, headers: { location } }));
    const shown = `https://api.example.com/${path}`;
    const cut = shown.length > 300 ? `${shown.slice(0, 299)}…` : shown;
    assert(message.includes(`a redirect to ${cut}, which`), message);
  }
});
