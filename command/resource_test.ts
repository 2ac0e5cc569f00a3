// The command with --resource.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertFails, withFiles } from "../tests/support/command.ts";
import { decodeJwt } from "../tests/support/jose.ts";
import { BASE, FILES, granted, run } from "../tests/support/keys.ts";
import { needs } from "../tests/support/needs.ts";
import { runMain } from "../tests/support/run_main.ts";
import { TOKEN } from "../tests/support/stub_fetch.ts";
import { FLAGS } from "./flags.ts";
import { parseFlags } from "./parse_flags.ts";

const SECRET = [...BASE, "--client-secret=s3cr3t", "--retries=0"];
const KEY = [...BASE, "--client-key=./key.pem", "--retries=0"];

/** An API and the server that issues its tokens, on one port. */
interface World {
  /** The URL of the API. */
  resource: string;
  /** The issuer. */
  issuer: string;
  /** Each request, as its method and path. */
  requests: string[];
  /** The forms that the token endpoint got. */
  forms: URLSearchParams[];
  /** The paths of the requests that had the header `x-pass`. */
  passes: string[];
}

/**
 * Runs `work` with an API; `document` and `metadata` add to what it and its issuer say, `slash` to the name of
 * the issuer in the document; no answer comes before `hold` ends.
 */
async function withApi(
  work: (world: World) => Promise<void>,
  {
    document = {},
    metadata = {},
    method = "GET",
    scope = "read",
    slash = "",
    hold = (): Promise<void> => Promise.resolve(),
  } = {},
): Promise<void> {
  const requests: string[] = [];
  const forms: URLSearchParams[] = [];
  const passes: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { origin: issuer, pathname } = new URL(request.url);
      requests.push(`${request.method} ${pathname}`);
      if (request.headers.has("x-pass")) passes.push(pathname);
      await hold();
      if (pathname === "/mcp") {
        const status = request.method === method ? 401 : 405;
        const challenge = scope ? `Bearer scope="${scope}"` : "Bearer";
        return new Response("no", { status, headers: { "www-authenticate": challenge } });
      }
      if (pathname === "/.well-known/oauth-protected-resource/mcp") {
        return Response.json({
          resource: `${issuer}/mcp`,
          authorization_servers: [`${issuer}${slash}`],
          ...document,
        });
      }
      if (pathname === "/.well-known/oauth-authorization-server") {
        const token_endpoint = `${issuer}/token`;
        const methods = ["client_secret_post", "private_key_jwt"];
        const supported = { token_endpoint_auth_methods_supported: methods };
        return Response.json({ issuer, token_endpoint, ...supported, ...metadata });
      }
      if (pathname !== "/token") return new Response(null, { status: 404 });
      forms.push(new URLSearchParams(await request.text()));
      return Response.json(TOKEN);
    },
  );
  const issuer = `http://127.0.0.1:${server.addr.port}`;
  await work({ resource: `${issuer}/mcp`, issuer, requests, forms, passes });
}

for (const method of ["GET", "POST"]) {
  Deno.test(`the command gets a token for an API that demands one after ${method}`, async () => {
    await withApi(async ({ resource, issuer, requests, forms }) => {
      const outcome = await run([...SECRET, `--resource=${resource}`, `--issuer=${issuer}`]);
      assertEquals(outcome, { code: 0, stdout: `${TOKEN.access_token}\n`, stderr: "" });
      const [form] = forms;
      assertEquals([form?.get("resource"), form?.get("scope")], [resource, "read"]);
      assertEquals(requests.length, method === "GET" ? 4 : 5, `${requests}`);
    }, { method });
  });
}

Deno.test("the command asks the API and the issuer that was named side by side", async () => {
  let missing = 2;
  const both = Promise.withResolvers<void>();
  const hold = async () => {
    if (--missing === 0) both.resolve();
    // Nobody is answered until both are asked.
    await both.promise;
  };
  await withApi(async ({ resource, issuer, requests }) => {
    const outcome = await run([...SECRET, `--resource=${resource}`, `--issuer=${issuer}`]);
    assertEquals([outcome.code, requests.length], [0, 4]);
  }, { hold });
});

for (
  const [method, flags, more] of [
    ["GET", [], 2],
    ["GET", ["--scope=read"], 2],
    ["POST", ["--scope=read"], 2],
    // To learn the scope, it must ask once more.
    ["POST", [], 3],
  ] as const
) {
  const title =
    `the command makes ${more} requests more than with --issuer alone for an API that ` +
    `demands a token after ${method}, with ${flags[0] ?? "no scope"}`;
  Deno.test(title, async () => {
    await withApi(async ({ resource, issuer, requests }) => {
      assertEquals((await run([...SECRET, ...flags, `--issuer=${issuer}`])).code, 0);
      const alone = requests.splice(0).length;
      const args = [...SECRET, ...flags, `--issuer=${issuer}`, `--resource=${resource}`];
      assertEquals((await run(args)).code, 0);
      assertEquals(requests.length - alone, more, `${requests}`);
    }, { method });
  });
}

Deno.test("the command takes RESOURCE and ISSUER from the environment", async () => {
  await withApi(async ({ resource, issuer, forms }) => {
    const env = { RESOURCE: resource, ISSUER: issuer, CLIENT_ID: "id", CLIENT_SECRET: "s3cr3t" };
    assertEquals((await run([], env)).code, 0);
    assertEquals(forms[0]?.get("resource"), resource);
  });
});

Deno.test("the command sends --header to the issuer and the token URL, and not to the API", async () => {
  await withApi(async ({ resource, issuer, passes }) => {
    const args = [`--resource=${resource}`, `--issuer=${issuer}`, "--header=x-pass: p"];
    assertEquals((await run([...SECRET, ...args])).code, 0);
    assertEquals(passes.sort(), ["/.well-known/oauth-authorization-server", "/token"]);
  });
});

Deno.test("the command sends no secret to an issuer that only the API names", async () => {
  await withApi(async ({ resource, issuer, requests, forms }) => {
    const outcome = await run([...SECRET, `--resource=${resource}`]);
    assertFails(outcome, 2, `names ${issuer} as the issuer of its tokens, and nobody else does`);
    assertStringIncludes(outcome.stderr, `hint: If you trust it, add --issuer ${issuer}\n`);
    assertEquals(forms, []);
    assert(!requests.some((request) => request.includes("authorization-server")), `${requests}`);
  });
});

Deno.test("the command names both issuers if they differ, and sends no secret", async () => {
  await withApi(async ({ resource, issuer, forms }) => {
    const other = `${issuer}/tenant`;
    const outcome = await run([...SECRET, `--resource=${resource}`, `--issuer=${other}`]);
    assertFails(outcome, 2, `are issued by ${issuer}, not by ${other}`);
    assertEquals(forms, []);
  });
});

const SLASH = "the command takes an issuer that the API names with one slash more";
Deno.test(needs(SLASH, "npm:jose"), async () => {
  await withApi(async ({ resource, issuer, forms }) => {
    const outcome = await run([...SECRET, `--resource=${resource}`, `--issuer=${issuer}`]);
    assertEquals([outcome.code, outcome.stderr, forms.length], [0, "", 1]);
    const { stderr } = await run([...KEY, `--resource=${resource}`]);
    assertStringIncludes(stderr, `hint: If you trust it, give exactly ${issuer} as --issuer`);
  }, { slash: "/" });
});

Deno.test(
  needs(
    "the command sends an assertion whose audience is the issuer that the API names",
    "npm:jose",
  ),
  async () => {
    await withApi(async ({ resource, issuer, forms }) => {
      const outcome = await run([...KEY, `--resource=${resource}`]);
      assertEquals([outcome.code, outcome.stderr], [0, ""]);
      assertEquals(decodeJwt(forms[0]!.get("client_assertion")!).aud, issuer);
    });
  },
);

for (
  const args of [
    [...BASE, `--client-secret=${"s".repeat(32)}`, "--auth-method=client_secret_jwt"],
    [...BASE, "--client-assertion-file=./assertion.jwt"],
    [...KEY, "--assertion-audience=https://login.example.com"],
    [...KEY, "--header=x-api-key: s3cr3t"],
    [...KEY, "--param=password=s3cr3t"],
  ]
) {
  const name = `the command sends nothing to an unknown issuer with ${args.at(-1)}`;
  Deno.test(needs(name, "npm:jose"), async () => {
    await withApi(async ({ resource, requests }) => {
      assertFails(await run([...args, `--resource=${resource}`]), 2, "and nobody else does");
      assert(!requests.some((request) => /token|authorization-server/.test(request)));
    });
  });
}

Deno.test(
  needs(
    "the command sends nothing to an endpoint in a private network that a stranger names",
    "npm:jose",
  ),
  async () => {
    const { checkFoundEndpoint } = await import("./resource.ts");
    const client = { resource: "https://api.example.com", values: {}, flags: {}, possible: [] };
    const check = (url: string) => checkFoundEndpoint(url, client, "https://login.example.com");
    check("https://login.example.com/token");
    let message = "";
    try {
      check("https://10.0.0.1/token");
    } catch (error) {
      message = `${error}`;
    }
    assertStringIncludes(message, "whose token_endpoint is wrong: it must not be in a private");
  },
);

Deno.test("the command prefers --scope and --param resource to what the API says", async () => {
  await withApi(async ({ resource, issuer, forms }) => {
    const args = [...SECRET, `--resource=${resource}`, `--issuer=${issuer}`];
    assertEquals((await run([...args, "--scope=own", "--param=resource=mine"])).code, 0);
    assertEquals((await run([...args, "--no-resource-param"])).code, 0);
    const sent = forms.map((form) => [form.get("scope"), form.getAll("resource")]);
    assertEquals(sent, [["own", ["mine"]], ["read", []]]);
  });
});

Deno.test("the command asks for all scopes that are listed, or for none", async () => {
  for (
    const [scopes_supported, scope] of [[["a", "b"], "a b"], [undefined, null]] as const
  ) {
    await withApi(async ({ resource, issuer, forms }) => {
      await run([...SECRET, `--resource=${resource}`, `--issuer=${issuer}`]);
      assertEquals(forms[0]?.get("scope"), scope);
    }, { document: { scopes_supported }, scope: "" });
  }
});

Deno.test("the command explains how it finds the issuer, and the four steps", async () => {
  await withApi(async ({ resource, issuer }) => {
    const args = [...SECRET, `--resource=${resource}`, `--issuer=${issuer}`, "--explain"];
    const { code, stderr } = await run(args);
    assertEquals(code, 0);
    for (
      const line of [
        "Before step 1  the API says which server issues its tokens",
        `  GET ${resource}  401`,
        '    www-authenticate: Bearer scope="read"',
        `    resource     ${resource}`,
        `    issuer       ${issuer}`,
        "    scope        read",
        `  GET ${issuer}/.well-known/oauth-authorization-server  200`,
        "Step 1  who asks, and where",
        "Step 4  access_token is printed to stdout",
      ]
    ) assert(stderr.split("\n").includes(line), `${line} is not in\n${stderr}`);
    assertMatch(stderr, /token_url .*\/token {2}\(found by http.*\/mcp\)/);
    assertEquals(stderr.includes("s3cr3t"), false);
  });
});

Deno.test("the command explains which address did not answer", async () => {
  const args = [...SECRET, "--resource=http://127.0.0.1:1/mcp", "--explain"];
  const { code, stderr } = await run(args);
  assertEquals(code, 3);
  assertStringIncludes(stderr, "  GET http://127.0.0.1:1/mcp  no answer\n");
});

Deno.test("the command makes no request for an API whose token is kept", async () => {
  await withApi(async ({ resource, issuer, requests, forms }) => {
    await withFiles(FILES, async (cwd) => {
      const all = [...SECRET, `--resource=${resource}`, `--cache=${cwd}/cache`];
      const take = (...args: string[]) =>
        runMain([...all, `--issuer=${issuer}`, ...args], { granted });
      const first = await take();
      assertEquals([first.code, first.stderr, requests.length], [0, "", 4]);
      assertEquals(await take(), first);
      const explained = await take("--explain");
      assertStringIncludes(explained.stderr, "The token came from the cache");
      assertEquals(requests.length, 4);

      // Each of these asks for another token.
      assertEquals((await take("--no-resource-param")).code, 0);
      assertEquals((await take("--scope=other")).code, 0);
      assertEquals((await take("--refresh", "--explain")).code, 0);
      assertEquals([forms.length, requests.length], [4, 16]);
      assertEquals((await runMain(all, { granted })).code, 2);
    });
  });
});

Deno.test(
  needs("the command keeps the token for an API that it got with a key", "npm:jose"),
  async () => {
    await withApi(async ({ resource, forms }) => {
      await withFiles(FILES, async (cwd) => {
        const key = [...BASE, `--client-key=${cwd}/key.pem`, `--resource=${resource}`];
        const take = () => runMain([...key, `--cache=${cwd}/cache`], { granted });
        assertEquals([(await take()).code, (await take()).code, forms.length], [0, 0, 1]);
      });
    });
  },
);

for (
  const [args, code] of [
    [["--resource=http://api.example.com"], "resource_not_https"],
    [["--resource=http://api.example.com", "--cache=./cache"], "resource_not_https"],
    [["--resource=http://127.0.0.1:1", "--token-url=http://127.0.0.1:1"], "flags_conflict"],
    [["--token-url=http://127.0.0.1:1", "--no-resource-param"], "flag_incomplete"],
    [[
      "--resource=http://127.0.0.1:1",
      "--client-assertion-file=./assertion.jwt",
      "--client-secret=",
      "--cache=./cache",
    ], "cache_without_key"],
  ] as const
) {
  Deno.test(`the command refuses ${args.join(" ")}`, async () => {
    const { code: exit, stderr } = await run([
      ...SECRET.slice(0, 1),
      ...(args.length > 3 ? [] : SECRET.slice(1)),
      ...args,
      "--errors=json",
    ]);
    assertEquals([exit, JSON.parse(stderr).code], [2, code]);
  });
}

Deno.test("the command takes a token URL or a resource, from where it counts more", async () => {
  await withApi(async ({ resource, issuer, forms }) => {
    const away = "http://127.0.0.1:1/";
    const byUrl = [...SECRET, `--token-url=${issuer}/token`];
    assertEquals((await run(byUrl, { RESOURCE: away })).code, 0);
    const byResource = [...SECRET, `--resource=${resource}`];
    assertEquals((await run(byResource, { TOKEN_URL: away, ISSUER: issuer })).code, 0);
    assertEquals(forms.map((form) => form.get("resource")), [null, resource]);
  });
});

Deno.test("parseFlags knows the one flag that begins with no-", async () => {
  assertEquals(await parseFlags(["--no-resource-param"]), { "no-resource-param": true });
  for (
    const arg of [
      ...Object.keys(FLAGS).map((name) => `--no-${name}`),
      ...["--switch-no-resource-param", "--resource-param", "-no-resource-param"],
      "--no-resource-param=false",
    ]
  ) {
    const outcome = await run([arg]);
    assertEquals(outcome.code, 2, arg);
  }
});
