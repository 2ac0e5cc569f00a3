import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { curlCommand } from "./curl.ts";
import { needs } from "../tests/support/needs.ts";
import { REQUEST, TOKEN } from "../tests/support/stub_fetch.ts";
import { buildRequest, type RequestOptions, type TokenRequest } from "../token.ts";

function commandFor(change: Partial<TokenRequest>, options: RequestOptions = {}): string {
  const request = { ...REQUEST, ...change };
  return curlCommand(buildRequest(request, options), request.client_secret);
}

async function outputOf(command: string, args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, env }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const ENCODED = {
  auth_method: "client_secret_basic",
  client_secret: "a b+\"é€%$HOME'`x`",
} as const;
for (
  const [what, change] of [
    ["client_secret_post", { client_secret: 'it\'s $HOME `x` "é€" & = + %' }],
    ["client_secret_basic", { auth_method: "client_secret_basic", client_id: "a:b c" }],
    ["client_secret_basic and a secret that it encodes", ENCODED],
    [
      "client_secret_basic_raw",
      { auth_method: "client_secret_basic_raw", client_secret: "a b+c:é$HOME'" },
    ],
    ["a scope and params", { scope: "a b", params: [["it's", "x&y=z"], ["it's", "2"]] }],
  ] as [string, Partial<TokenRequest>][]
) {
  const name = `curlCommand sends the same with ${what}`;
  const curl = change === ENCODED ? "curl 8.3" : "curl";
  Deno.test(needs(name, "a system other than Windows", "sh", curl), async () => {
    const seen: unknown[] = [];
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async ({ url, headers, body }) => {
        const form = [...new URLSearchParams(await new Response(body).text())];
        const basic = atob((headers.get("authorization") ?? "").slice(6));
        const [user, password] = basic.split(/:(.*)/s);
        // What is equal once decoded is equal: "+" or "%20" for a space.
        const isEncoded = change.auth_method === "client_secret_basic";
        const decode = (text = "") =>
          isEncoded ? decodeURIComponent(text.replaceAll("+", " ")) : text;
        const [accept, a, empty] = ["accept", "x-a", "x-empty"].map((name) => headers.get(name));
        const { pathname, search } = new URL(url);
        seen.push([form, decode(user), decode(password), accept, a, empty, pathname + search]);
        return Response.json(TOKEN);
      },
    );
    const token_url = `http://127.0.0.1:${server.addr.port}/token?a=[b]&c='d'`;
    const request = { ...REQUEST, ...change, token_url };
    const options = { headers: { "x-a": "it's", "x-empty": "" } };
    const command = commandFor({ ...change, token_url }, options);
    const CLIENT_SECRET = request.client_secret;
    const { code, stderr } = await outputOf("sh", ["-c", command], { CLIENT_SECRET });
    assertEquals([code, stderr], [0, ""]);

    const built = buildRequest(request, options);
    const response = await fetch(built.token_url, {
      method: "POST",
      headers: built.headers,
      body: built.data.toString(),
    });
    await response.body?.cancel();
    assertEquals(seen[0], seen[1]);
    assert(!command.includes(CLIENT_SECRET), command);
  });
}

Deno.test("curlCommand quotes for a POSIX shell", () => {
  assertEquals(
    commandFor({ client_id: "it's", scope: "a b", token_url: "https://a.example/?b='c'&d=$e" }),
    [
      "curl -gsS 'https://a.example/?b=%27c%27&d=$e'",
      "-H 'accept: application/json'",
      "-d 'grant_type=client_credentials'",
      "-d 'client_id=it%27s'",
      '--data-urlencode "client_secret=$CLIENT_SECRET"',
      "-d 'scope=a+b'",
    ].join(" \\\n  "),
  );
  assertStringIncludes(
    commandFor({ client_id: "it's", auth_method: "client_secret_basic_raw" }),
    `-u 'it'\\''s:'"$CLIENT_SECRET"`,
  );
});

Deno.test("curlCommand marks a header without a value, which curl would leave out", () => {
  assertStringIncludes(
    commandFor({}, { headers: { "x-empty": "", "x-full": "a" } }),
    "-H 'x-empty;' \\\n  -H 'x-full: a'",
  );
});

Deno.test("curlCommand lets curl encode a secret that is sent encoded, and names the version", () => {
  const command = commandFor({ client_secret: "a b", auth_method: "client_secret_basic" });
  assert(command.startsWith("# needs curl 8.3 or later\ncurl -gsS 'https:"), command);
  assertStringIncludes(
    command,
    "--variable %CLIENT_SECRET --expand-user 'my_client_id_123:{{CLIENT_SECRET:url}}'",
  );
  const other = commandFor({
    client_id: "a:b",
    client_secret: "c/d",
    auth_method: "client_secret_basic",
  });
  assertStringIncludes(other, "--expand-user 'a%3Ab:{{CLIENT_SECRET:url}}'");
  for (const auth_method of ["client_secret_basic", "client_secret_basic_raw"] as const) {
    assert(!commandFor({ auth_method }).includes("8.3"));
  }
  assert(
    !commandFor({ client_secret: "a b", auth_method: "client_secret_basic_raw" }).includes("8"),
  );
});

for (const auth_method of ["client_secret_post", "client_secret_basic_raw"] as const) {
  Deno.test(`curlCommand masks the secret wherever it is given, with ${auth_method}`, () => {
    const command = commandFor({
      auth_method,
      client_secret: "hunter2",
      client_id: "id-hunter2",
      token_url: "https://a.example/hunter2?b=hunter2",
      scope: "hunter2",
      params: [["hunter2", "hunter2"], ["api_key", "k-123"]],
    }, { headers: { "x-hunter2": "hunter2", "x-api-key": "k-123" } });
    assert(!/hunter2|k-123/.test(command), command);
    assertStringIncludes(command, "curl -gsS 'https://a.example/***?b=***'");
    assertStringIncludes(command, auth_method === "client_secret_post" ? "=id-***'" : "'id-***:'");
  });
}

Deno.test("curlCommand masks the secret in an id that curl is to send beside it", () => {
  const auth_method = "client_secret_basic";
  const command = commandFor({ auth_method, client_id: "id-hunter 2", client_secret: "hunter 2" });
  assertStringIncludes(command, "--expand-user 'id-***:{{CLIENT_SECRET:url}}'");
});

Deno.test("curlCommand takes an assertion from a variable, and adds what more is given", () => {
  const { data, ...built } = buildRequest(REQUEST);
  data.set("client_assertion", "head.body.signature");
  assertEquals(
    curlCommand({ ...built, data }, "", ['--key "$KEY"', "-v"]).split(" \\\n  ").slice(-3),
    ['--data-urlencode "client_assertion=$CLIENT_ASSERTION"', '--key "$KEY"', "-v"],
  );
});

Deno.test("curlCommand keeps the names of the protocol if the secret is a word in them", () => {
  for (const client_secret of ["client", "credentials", "grant"]) {
    const command = commandFor({ client_secret, client_id: "a", scope: `b ${client_secret}` });
    assertEquals(command.split(" \\\n  ").slice(2), [
      "-d 'grant_type=client_credentials'",
      "-d 'client_id=a'",
      '--data-urlencode "client_secret=$CLIENT_SECRET"',
      "-d 'scope=b+***'",
    ]);
  }
});

for (const name of ["constructor", "toString", "__proto__", "valueOf"]) {
  Deno.test(`curlCommand takes no proof from the prototype for the field ${name}`, () => {
    assertStringIncludes(commandFor({ params: [[name, "x"]] }), `-d '${name}=x'`);
  });
}

Deno.test("curlCommand puts nothing into it that a terminal would act on", () => {
  const params: [string, string][] = [["\x1b[31m\u202e", "\n\x9b31m"]];
  const headers = { "x-a": "a\x9b31mb" };
  const command = commandFor({ client_id: "\x1b]0;x\x07", params }, { headers });
  assert(!/(?! \\\n|\n)[\p{C}]/u.test(command), JSON.stringify(command));
});
