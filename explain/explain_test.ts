import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { curlCommand } from "./curl.ts";
import { jwtClaims } from "./jwt.ts";
import {
  assertFails,
  json,
  REQUEST,
  runCommand,
  TOKEN,
  withEndpoint,
  withFiles,
} from "../tests/testing.ts";
import { buildRequest, type TokenRequest } from "../token.ts";

const base64url = (value: unknown) =>
  btoa(typeof value === "string" ? value : JSON.stringify(value)).replaceAll("=", "");
const jwt = (claims: unknown) => `${base64url({ alg: "none" })}.${base64url(claims)}.c2ln`;

Deno.test("--explain shows the request as sent and the answer as received", async () => {
  const access_token = jwt({ sub: "me", exp: 1893456000, aud: ["a", "b"], name: "\x1b[31mred" });
  const answer = { ...TOKEN, access_token, refresh_token: "r-123456", nested: { id_token: "i-1" } };
  await withEndpoint(json(answer), async (flags, forms, token_url) => {
    const { stdout, stderr } = await runCommand([
      ...flags,
      "--explain",
      "--param",
      "api_key=k-123",
    ]);
    assertEquals(stdout, `${access_token}\n`);
    for (
      const line of [
        "  client_id      id  (from a flag)",
        "  client_secret  *** (6 characters)  (from a flag)",
        `  token_url      ${token_url}  (from a flag)`,
        "  grant_type     client_credentials",
        "  api_key        *** (5 characters)",
        "    grant_type=client_credentials&client_id=id&client_secret=***&api_key=***",
        `  POST ${token_url}`,
        "  accept: application/json",
        "  content-type: application/json",
        `    "access_token": "*** (${access_token.length} characters)",`,
        '    "refresh_token": "*** (8 characters)",',
        '      "id_token": "*** (3 characters)"',
        "  exp            1893456000 (2030-01-01T00:00:00.000Z)",
        '  aud            ["a","b"]',
        "  name           red",
      ]
    ) assertStringIncludes(stderr, `\n${line}\n`);
    assertMatch(stderr, /\n {2}200 after \d+ ms, 1 try\n/);
    assertEquals(forms.length, 1);
    for (const hidden of ["k-123", "r-123456", "i-1", access_token, "\x1b"]) {
      assert(!stderr.includes(hidden), `${hidden} in ${stderr}`);
    }
    assert(stderr.split("\n").every((line) => line.length <= 100), stderr);
  });
});

Deno.test("--explain shows a token nowhere, and no file name as it is", async () => {
  const T = "tok-1234567890";
  const answer = {
    access_token: T,
    debug: `issued ${T}`,
    scope: T,
    [T]: 1,
    data: { refreshToken: "r-1" },
  };
  await withEndpoint(json(answer), async (flags) => {
    await withFiles({ "a\x1b[31m\u202eb": "SCOPE=x" }, async (cwd) => {
      const permissions = ["--allow-net", "--allow-read"];
      const args = [...flags, "--explain", "--env-file", "a\x1b[31m\u202eb"];
      const { stderr, code } = await runCommand(args, { permissions, cwd });
      assertEquals(code, 0);
      for (const hidden of [T, "r-1", "\x1b", "\u202e"]) assert(!stderr.includes(hidden), stderr);
    });
  });
});

for (
  const [what, answer] of [
    ["a header field repeats one", { access_token: "tok-1234567890" }],
    ["a text or a number holds one", {
      access_token: "tok-1234567890",
      raw: '{"refresh_token":"tok-9876543210"}',
      note: "id_token=tok-9876543210",
      id_token: 9876543210,
    }],
    ["there are too many to tell", {
      access_token: "tok-1234567890",
      data: "tok-1234567890",
      tokens: Array.from({ length: 21 }, (_, i) => `tok-${i}`),
    }],
  ] as const
) {
  Deno.test(`--explain shows no token when ${what}`, async () => {
    const headers = {
      "cache-control": 'private="tok-1234567890"',
      "www-authenticate": 'Bearer x="tok-1234567890"',
    };
    await withEndpoint(json(answer, { headers }), async (flags) => {
      const { stdout, stderr } = await runCommand([...flags, "--explain"]);
      assertEquals(stdout, "tok-1234567890\n");
      assert(!/tok-|9876543210/.test(stderr), stderr);
      assertStringIncludes(stderr, "\n  cache-control: ");
    });
  });
}

Deno.test("--explain withholds the one value that holds the secret, or the one name", async () => {
  const answer = {
    access_token: "abc",
    scope: "read secret",
    "my secret": 5,
    pin: 12345678,
    x: [1],
  };
  await withEndpoint(json(answer), async (flags) => {
    const args = [...flags, "--explain", "--client-secret=12345678"];
    const { stderr } = await runCommand(args.filter((arg) => !/^(--client-)?secret$/.test(arg)));
    assertStringIncludes(
      stderr,
      '    "scope": "read secret",\n    "my secret": "*** (1 characters)",\n    "pin": "(not',
    );
    const other = await runCommand([...flags, "--explain"]);
    assertStringIncludes(
      other.stderr,
      '    "access_token": "*** (3 characters)",\n' +
        '    "scope": "(not shown, as it may hold a secret or a token)",\n' +
        '    (not shown, as it may hold a secret or a token) "*** (1 characters)",\n' +
        '    "pin": 12345678,\n    "x": [\n      1\n    ]\n  }\n',
    );
  });
});

Deno.test("--explain shows no secret that was given as the name of something", async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    const given = ["--client-secret=hunter2abc", "--param=hunter2abc=x", "--header=hunter2abc: x"];
    const args = flags.filter((arg) => !/^(--client-)?secret$/.test(arg));
    const { stderr, code } = await runCommand([...args, ...given, "--explain"]);
    assertEquals([code, stderr.includes("hunter2")], [0, false], stderr);
  });
});

Deno.test("--explain shows 100 lines of an answer, in little time", async () => {
  const answer = { access_token: "ab".repeat(10_000), x: Array(200_000).fill(1) };
  await withEndpoint(json(answer), async (flags) => {
    const started = performance.now();
    const { code, stderr } = await runCommand([...flags, "--explain"]);
    assertEquals(code, 0);
    assertStringIncludes(stderr, "\n  … and 199905 more lines\n");
    assert(performance.now() - started < 10_000, `${performance.now() - started} ms`);
  });
});

Deno.test("--explain shows a JWT of many claims in little time, and no token in them", async () => {
  const claims = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`c${i}`, i]));
  const access_token = jwt({ ext: { refresh_token: "tok-9876543210" }, ...claims });
  await withEndpoint(json({ access_token }), async (flags) => {
    const started = performance.now();
    const { code, stderr } = await runCommand([...flags, "--explain"]);
    assertEquals([code, stderr.includes("tok-")], [0, false]);
    assert(performance.now() - started < 5000, `${performance.now() - started} ms`);
  });
});

Deno.test("--explain does not show what is nested too deep to be looked through", async () => {
  const deep = `{"access_token":"abc","a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  await withEndpoint(() => new Response(deep), async (flags) => {
    const { code, stderr } = await runCommand([...flags, "--explain"]);
    assertStringIncludes(stderr, "\n  (not shown, as it may hold a secret or a token)\n");
    assertEquals(code, 0);
  });
});

Deno.test("--explain wraps what is long", async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    const long = ["--param", `audience=https://api.example.com/${"x".repeat(300)}`];
    const { stderr } = await runCommand([...flags, "--explain", ...long]);
    const [told] = stderr.split("The same with curl");
    assert(told!.split("\n").every((line) => line.length <= 100), told);
  });
});

for (
  const [step, args, code] of [
    [1, ["--token-url=http://a.example/"], 2],
    [2, ["--token-url=https://a.example/", "--param=scope=x"], 2],
    [3, ["--token-url=https://a.invalid/", "--retries=0"], 3],
  ] as const
) {
  Deno.test(`--explain names step ${step} as the one that broke with ${args}`, async () => {
    const flags = ["--client-id=a", "--client-secret=b", "--explain"];
    const outcome = await runCommand([...flags, ...args]);
    assertFails(outcome, code, `\nStep ${step} failed.\nerror: `);
  });
}

Deno.test("--explain shows the status of an answer that is refused", async () => {
  const answer = json({ error: "invalid_client" }, { status: 401 });
  await withEndpoint(answer, async (flags) => {
    const { stderr, code } = await runCommand([...flags, "--explain"]);
    assertMatch(stderr, /\n {2}401 after \d+ ms, 1 try\n[^]*\nStep 3 failed\.\nerror: /);
    assertEquals(code, 1);
  });
});

for (const token of ["abc", "a.b.c", `${base64url("{}")}.${base64url("[1]")}.c`, "e30.e30"]) {
  Deno.test(`jwtClaims finds none in ${token}`, () => assertEquals(jwtClaims(token), undefined));
}

const requests: [string, Partial<TokenRequest>][] = [
  ["client_secret_post", { client_secret: 'it\'s $HOME `x` "é€" & = + %' }],
  ["client_secret_basic", { auth_method: "client_secret_basic", client_id: "a:b c" }],
  [
    "client_secret_basic_raw",
    { auth_method: "client_secret_basic_raw", client_secret: "a b+c:é$HOME'" },
  ],
  ["a scope and params", { scope: "a b", params: [["it's", "x&y=z"], ["it's", "2"]] }],
];
const curl = await new Deno.Command("curl", { args: ["--version"], stderr: "null" }).output()
  .catch(() => undefined);
for (const [what, change] of requests) {
  const ignore = !curl || Deno.build.os === "windows";
  Deno.test({ name: `curlCommand sends the same with ${what}`, ignore }, async () => {
    const seen: unknown[] = [];
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async ({ headers, body }) => {
        const form = [...new URLSearchParams(await new Response(body).text())];
        seen.push([form, headers.get("authorization"), headers.get("accept"), headers.get("x-a")]);
        return Response.json(TOKEN);
      },
    );
    const token_url = `http://127.0.0.1:${server.addr.port}/token?a=b&c='d'`;
    const request = { ...REQUEST, ...change, token_url };
    const built = buildRequest(request, { headers: { "x-a": "it's" } });
    const command = curlCommand(built);
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", command],
      env: { CLIENT_SECRET: request.client_secret },
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    const { accept, authorization = null } = built.headers;
    assertEquals(seen, [[[...built.data], authorization, accept, "it's"]]);
    assert(!command.includes(request.client_secret), command);
  });
}

Deno.test("curlCommand marks a header field without a value, which curl would leave out", () => {
  const built = buildRequest(REQUEST, { headers: { "x-empty": "", "x-full": "a" } });
  assertStringIncludes(curlCommand(built), "-H 'x-empty;' \\\n  -H 'x-full: a'");
});

Deno.test("--explain says how many tries were made", async () => {
  const answers = [new Response(null, { status: 503, headers: { "retry-after": "0" } })];
  await withEndpoint(() => answers.pop() ?? Response.json(TOKEN), async (flags) => {
    const { stderr } = await runCommand([...flags, "--explain"]);
    assertMatch(stderr, /\n {2}200 after \d+ ms, 2 tries\n/);
  });
});

Deno.test("curlCommand lets curl encode a secret that travels encoded in the header", () => {
  const request = { ...REQUEST, client_secret: "a b", auth_method: "client_secret_basic" as const };
  assertStringIncludes(
    curlCommand(buildRequest(request)),
    "--variable %CLIENT_SECRET --expand-user 'my_client_id_123:{{CLIENT_SECRET:url}}'",
  );
});
