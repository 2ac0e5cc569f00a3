import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertFails, processorTime, withEndpoint } from "../tests/support/command.ts";
import { json, TOKEN } from "../tests/support/stub_fetch.ts";
import { runMain } from "../tests/support/run_main.ts";
import "../tests/support/jose.ts";
import { needs } from "../tests/support/needs.ts";

const base64url = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");
const jwt = (claims: unknown) => `${base64url({ alg: "none" })}.${base64url(claims)}.c2ln`;

/** Runs the command against an endpoint with this answer; `secret` replaces the client secret. */
async function explain(
  answer: () => Response,
  { args = [], secret = "secret", at = "" }: { args?: string[]; secret?: string; at?: string } = {},
) {
  let url = "";
  let forms: URLSearchParams[] = [];
  const outcome = await new Promise<Awaited<ReturnType<typeof runMain>>>((resolve, reject) => {
    withEndpoint(answer, async (_, received, token_url) => {
      url = `${token_url}${at}`;
      forms = received;
      const client = ["--client-id=id", `--client-secret=${secret}`, `--token-url=${url}`];
      resolve(await runMain([...client, "--explain", ...args]));
    }).catch(reject);
  });
  return { ...outcome, url, forms };
}

Deno.test("--explain shows the request as sent and the answer as received", async () => {
  const access_token = jwt({ sub: "me", exp: 1893456000, aud: ["a", "b"], name: "\x1b[31mred" });
  const answer = { ...TOKEN, access_token, refresh_token: "r-123456", nested: { id_token: "i-1" } };
  const started = performance.now();
  const { stdout, stderr, url, forms } = await explain(json(answer), {
    args: ["--param", "api_key=k-123", "--header=x-tenant: t", "--header=x-api-key: k-1234"],
  });
  assertEquals(stdout, `${access_token}\n`);
  for (
    const line of [
      "Step 1  who asks, and where",
      "Step 2  data, the form that asks",
      "Step 3  POST data to token_url; the answer is response_json",
      "  access_token is a JWT; its claims, decoded, not verified:",
      "The same request with curl, with the secret in $CLIENT_SECRET",
      "  client_id      id  (from a flag)",
      "  client_secret  *** (6 characters)  (from a flag)",
      `  token_url      ${url}  (from a flag)`,
      "  grant_type     client_credentials",
      "  api_key        *** (5 characters)",
      "  as it is sent:",
      "    grant_type=client_credentials&client_id=id&client_secret=***&api_key=***",
      `  POST ${url}`,
      "  accept: application/json",
      "  x-tenant: t",
      "  x-api-key: *** (6 characters)",
      "  content-type: application/json",
      `    "access_token": "*** (${access_token.length} characters)",`,
      '    "refresh_token": "*** (8 characters)",',
      '      "id_token": "*** (3 characters)"',
      "  exp            1893456000 (2030-01-01T00:00:00.000Z)",
      '  aud            ["a","b"]',
      "  name           red",
      "Step 4  access_token is printed to stdout",
      `curl -gsS '${url}' \\`,
      "  -H 'x-api-key: ***' \\",
    ]
  ) assertStringIncludes(stderr, `\n${line}\n`);
  const [, took] = stderr.match(/\n {2}200 after (\d+) ms, 1 try\n/)!;
  assert(Number(took) <= performance.now() - started, took);
  assertEquals(forms.length, 1);
  for (const secret of ["k-123", "r-123456", "i-1", access_token, "\x1b"]) {
    assert(!stderr.includes(secret), `${secret} in ${stderr}`);
  }
  assert(stderr.split("\n").every((line) => line.length <= 100), stderr);
  // Such a URL answers; the demo's does not.
  assert(!stderr.includes("For a URL that answers"), stderr);
});

Deno.test("--explain names the places of the values, and makes a path printable", async () => {
  const path = `${await Deno.makeTempDir()}/a\x1b[31m\u202eb`;
  await withEndpoint(json(TOKEN), async (_, __, TOKEN_URL) => {
    await Deno.writeTextFile(path, "CLIENT_ID=x");
    const args = ["--explain", "--client-secret=y", `--env-file=${path}`];
    const world = {
      granted: ["net" as const, "read" as const, "env" as const],
      env: { TOKEN_URL },
    };
    const { stderr, code } = await runMain(args, world);
    await Deno.remove(path);
    assertEquals(code, 0);
    assertMatch(stderr, /\n {2}client_id {6}x {2}\(from \S+\/ab\)\n/);
    assertStringIncludes(stderr, "\n  client_secret  *** (1 character)  (from a flag)\n");
    assertStringIncludes(stderr, `${TOKEN_URL}  (from the environment)\n`);
    assert(!stderr.includes("\x1b") && !stderr.includes("\u202e"), stderr);
  });
});

Deno.test("--explain masks the secret in each place where it may appear", async () => {
  const secret = "hunter2abc";
  const answer = {
    access_token: jwt({ [secret]: 1, sub: `is ${secret}`, aud: [`x-${secret}`] }),
    note: `your secret is ${secret}`,
    [secret]: [secret, { deep: secret }],
  };
  const headers = { "www-authenticate": `Bearer x="${secret}"`, "cache-control": secret };
  const { code, stderr, url } = await explain(json(answer, { headers }), {
    secret,
    at: `/${secret}?a=${secret}`,
    args: [`--param=${secret}=${secret}`, `--header=x-${secret}: ${secret}`, `--scope=${secret}`],
  });
  assertEquals(code, 0);
  assert(!stderr.includes(secret), stderr);
  const masked = url.replaceAll(secret, "***");
  for (
    const line of [
      `  token_url      ${masked}  (from a flag)`,
      "  ***            ***",
      `  POST ${masked}`,
      "  x-***: ***",
      "  cache-control: ***",
      '  www-authenticate: Bearer x="***"',
      '    "note": "your secret is ***",',
      '    "***": [',
      '        "deep": "***"',
      "  ***            1",
      "  sub            is ***",
      '  aud            ["x-***"]',
      `curl -gsS '${masked}' \\`,
      "  -H 'x-***: ***' \\",
      "  -d '***=***'",
    ]
  ) assertStringIncludes(stderr, `\n${line}\n`);
});

Deno.test("--explain masks the client id if it is the secret", async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    const args = ["--explain", "--auth-method=client_secret_basic_raw"];
    const { stderr } = await runMain([...flags.with(3, "secret"), ...args]);
    assertStringIncludes(stderr, "\n  client_id      ***  (from a flag)\n");
    assertStringIncludes(stderr, "-u '***:'\"$CLIENT_SECRET\"");
    assertStringIncludes(stderr, "\n  authorization: Basic *** (20 characters)\n");
  });
});

Deno.test("--explain hides what a name marks as secret, in the answer, its claims and the URL", async () => {
  const claims = {
    auth_time: 0,
    token_use: "access",
    access_token: "tok-1",
    key: "k",
    nested: { api_key: "ab" },
  };
  const access_token = jwt(claims);
  const { stderr } = await explain(json({ access_token, token: access_token }), {
    at: "?tenant=t&subscription-key=url-k3y",
  });
  assert(!stderr.includes(access_token) && !stderr.includes("url-k3y"), stderr);
  for (
    const line of [
      "  auth_time      0 (1970-01-01T00:00:00.000Z)",
      "  token_use      access",
      "  access_token   *** (5 characters)",
      "  key            *** (1 character)",
      '  nested         {"api_key":"*** (2 characters)"}',
    ]
  ) assertStringIncludes(stderr, `\n${line}\n`);
});

for (
  const [what, args, message] of [
    ["the secret as the token URL", ["--token-url=s3cr3t"], "--token-url must be a whole URL"],
    [
      "a secret in the user information",
      ["--token-url=https://u:s3cr3t@a.example/"],
      "--token-url must not contain a user name",
    ],
    ["http:", ["--token-url=http://a.example/"], "--token-url must be https:"],
    [
      "a field that it must not set",
      ["--token-url=https://a.example/", "--param=scope=s3cr3t"],
      '--param must not set "scope"',
    ],
  ] as const
) {
  Deno.test(`--explain checks before it shows anything: ${what}`, async () => {
    const outcome = await runMain(["--client-id=a", "--client-secret=b", "--explain", ...args]);
    assertFails(outcome, 2, message);
    assert(outcome.stderr.startsWith("error: "), outcome.stderr);
    assert(!outcome.stderr.includes("s3cr3t"), outcome.stderr);
  });
}

Deno.test(needs("--explain names the secret for curl only if it is sent", "npm:jose"), async () => {
  const secret = "a secret of at least 32 characters";
  const args = ["--auth-method=client_secret_jwt"];
  const { stderr } = await explain(json({ access_token: jwt({ one: 1 }) }), { secret, args });
  assertStringIncludes(
    stderr,
    "\nThe same request with curl, with the assertion in $CLIENT_ASSERTION\n",
  );
  assertStringIncludes(stderr, "\n  access_token is a JWT; its claims, decoded, not verified:\n");
});

Deno.test("--explain shows the curl line of a request that fails, too", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  const token_url = `http://127.0.0.1:${listener.addr.port}/`;
  const args = ["--client-id=a", "--client-secret=b", "--explain", `--token-url=${token_url}`];
  const outcome = await runMain([...args, "--retries=0"]);
  assertFails(outcome, 3, `\nerror: No answer from 127.0.0.1:${listener.addr.port}: `);
  assertMatch(
    outcome.stderr,
    /\nStep 3 failed\.\n\nThe same request with curl, [^\n]+\ncurl -gsS [^]+\n\nerror: /,
  );
  assert(!outcome.stderr.includes("Step 4"));
});

Deno.test("--explain shows the status and the body of an answer that is refused", async () => {
  const body = { error: "invalid_client", access_token: "tok-1" };
  const { stdout, stderr, code } = await explain(json(body, { status: 401 }));
  assertMatch(
    stderr,
    /\n {2}401 after \d+ ms, 1 try\n[^]*\nStep 3 failed\.\n[^]*\ncurl [^]*\nerror: /,
  );
  assertStringIncludes(stderr, '\n    "error": "invalid_client",\n');
  assertEquals([code, stdout, stderr.includes("tok-1")], [1, "", false]);
});

Deno.test("--explain says how many tries were made", async () => {
  const answers = [new Response(null, { status: 503, headers: { "retry-after": "0" } })];
  const { stderr } = await explain(() => answers.pop() ?? Response.json(TOKEN));
  assertMatch(stderr, /\n {2}200 after \d+ ms, 2 tries\n/);
});

Deno.test("--explain shows 100 lines of an answer, in little time", async () => {
  const started = processorTime();
  const answer = { access_token: "ab".repeat(10_000), x: Array(200_000).fill(1) };
  const { code, stderr } = await explain(json(answer));
  assertEquals(code, 0);
  assertStringIncludes(stderr, '\n  {\n    "access_token": "*** (20000 characters)",\n');
  assertStringIncludes(stderr, "\n  … and 199905 more lines\n");
  const whole = await explain(json({ access_token: "a", x: Array(95).fill(1) }));
  assert(!whole.stderr.includes("more lines"), whole.stderr);
  assert(processorTime() - started < 10_000);
});

Deno.test("--explain shows 100 claims of a JWT, in little time", async () => {
  const started = processorTime();
  const claims = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`c${i}`, i]));
  const { code, stderr } = await explain(json({ access_token: jwt(claims) }));
  assertEquals([code, / c99 /.test(stderr), / c100 /.test(stderr)], [0, true, false]);
  assert(processorTime() - started < 5000);
});

Deno.test("--explain shows nothing of a body that is no JSON or nested too deep", async () => {
  const nested = `{"access_token":"abc","a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  for (const [body, exit] of [[nested, 0], ["<p>no-json", 4]] as const) {
    const { code, stderr } = await explain(() => new Response(body));
    assertMatch(stderr, /\n {2}content-type: text\/plain;charset=UTF-8\n\n(Step|\n?Step 3 failed)/);
    assertEquals([code, /abc|no-json/.test(stderr)], [exit, false]);
  }
});

Deno.test("--explain wraps what is long", async () => {
  const audience = `audience=https://api.example.com/${"x".repeat(300)}`;
  const { stderr, forms } = await explain(json(TOKEN), { args: ["--param", audience] });
  const [shown] = stderr.split("The same request with curl");
  assert(shown!.split("\n").every((line) => line.length <= 100), shown);
  const form = `${forms[0]}`.replace(/client_secret=[^&]*/, "client_secret=***");
  assertStringIncludes(shown!.replaceAll("\n    ", ""), form);
  assertStringIncludes(stderr, `-d 'audience=https%3A%2F%2Fapi.example.com%2F${"x".repeat(300)}'`);
});
