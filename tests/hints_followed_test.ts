// Hints whose cure needs a process of its own, another clock, a second run or a real server: each is
// followed, and there is a token. The others are in tests/hints_cure_test.ts.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertFails, NET, runCommand, withEndpoint, withFiles } from "./support/command.ts";
import { decodeJwt } from "./support/jose.ts";
import { BASE, CERT, FILES, pair, run } from "./support/keys.ts";
import { startMtlsServer } from "./support/mtls_server.ts";
import { needs } from "./support/needs.ts";
import { startOidcProvider } from "./support/oidc_provider.ts";
import { moveClocks } from "./support/stores.ts";
import { json, text, TOKEN } from "./support/stub_fetch.ts";

/** What the command advises. */
function hintOf({ stderr }: { stderr: string }): string {
  return stderr.match(/^hint: (.*)$/m)?.[1] ?? "";
}

/** Runs the command, and adds the permissions that its hints name, until there is a token. */
async function grantAsHinted(
  args: string[],
  { env, cwd }: { env?: Record<string, string>; cwd: string },
): Promise<string[]> {
  const permissions: string[] = [];
  for (let runs = 0; runs < 5; runs++) {
    const outcome = await runCommand(args, { permissions, env, cwd });
    if (outcome.code === 0) return permissions;
    const added = /\badd (\S+(?: --allow-write=\S+)?)(?: before main\.ts)?(?:;|$)/i;
    const [, flags] = hintOf(outcome).match(added) ?? [];
    assert(flags, outcome.stderr);
    // What is given as a path may be the secret itself, so the hint does not repeat it.
    permissions.push(...flags.replace("PATH", "secret").split(" "));
  }
  throw new Error(`no token with ${permissions}`);
}

const ENV = "--allow-env=TOKEN_URL,CLIENT_ID,CLIENT_SECRET";
for (
  const [what, args, needed] of [
    ["the environment", ["--scope=a"], [ENV]],
    ["a file", ["--client-id=id", "--client-secret-file=secret"], ["--allow-read=secret"]],
    ["the cache", ["--scope=a", "--cache=c"], [ENV, "--allow-read=c", "--allow-write=c"]],
    ["a folder", ["--scope=a", "--watch=w/t", "--once"], [
      ENV,
      "--allow-read=w/",
      "--allow-write=w/",
    ]],
  ] as const
) {
  Deno.test(`who adds the permissions that hints name gets a token: ${what}`, async () => {
    await withEndpoint(
      json(TOKEN),
      (_, _forms, TOKEN_URL) =>
        withFiles({ secret: "s3cr3t\n" }, async (cwd) => {
          await Deno.mkdir(`${cwd}/w`);
          const env = { TOKEN_URL, CLIENT_ID: "id", CLIENT_SECRET: "s3cr3t" };
          const token_url = what === "a file" ? [`--token-url=${TOKEN_URL}`] : [];
          const { host } = new URL(TOKEN_URL);
          const given = await grantAsHinted([...args, ...token_url], { env, cwd });
          assertEquals(given.toSorted(), [...needed, `--allow-net=${host}`].toSorted());
        }),
    );
  });
}

Deno.test("who puts the values in .env gets a token, as the hint says", async () => {
  await withEndpoint(json(TOKEN), async (_, _forms, token_url) => {
    const lines = `TOKEN_URL=${token_url}\nCLIENT_ID=id\nCLIENT_SECRET=s3cr3t\n`;
    await withFiles({ ".env": lines }, async (cwd) => {
      const without = await runCommand(["--scope=a"], { permissions: [NET], cwd });
      assertStringIncludes(hintOf(without), "or put them in .env and add --allow-read=.env");
      const permissions = [NET, "--allow-read=.env"];
      assertEquals((await runCommand(["--scope=a"], { permissions, cwd })).code, 0);
    });
  });
});

Deno.test("who puts a flag of Deno before main.ts gets a token, as the hint says", async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    const after = await runCommand([...flags, NET], { permissions: [] });
    assertFails(after, 2, "hint: Put it before main.ts\n");
    assertEquals((await runCommand(flags, { permissions: [NET] })).code, 0);
  });
});

Deno.test("who gives the proxy's user and password gets a token, as the hint says", async () => {
  await using proxy = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ headers }) =>
      headers.get("proxy-authorization") === `Basic ${btoa("user:s3cr3t")}`
        ? json(TOKEN)()
        : text("", { status: 407 })(),
  );
  const args = [...BASE, "--client-secret=b", "--token-url=http://a.example/", "--allow-http"];
  const host = `127.0.0.1:${proxy.addr.port}`;
  const through = (HTTP_PROXY: string) =>
    runCommand(args, { permissions: ["--allow-net"], env: { HTTP_PROXY } });
  const [without, given] = await Promise.all([
    through(`http://${host}`),
    through(`http://user:s3cr3t@${host}`),
  ]);
  assertFails(without, 1, "HTTP_PROXY=http://USER:PASSWORD@HOST:PORT\n");
  assertEquals(given, { code: 0, stdout: `${TOKEN.access_token}\n`, stderr: "" });
});

Deno.test("who gives a certificate gets a token from a server that wants one, as the hint says", async () => {
  await using server = await startMtlsServer();
  await withFiles(FILES, async (cwd) => {
    await Deno.chmod(`${cwd}/client.key`, 0o600).catch(() => {});
    const permissions = ["--allow-net", "--allow-read", CERT];
    const args = [...BASE, `--token-url=${server.origin}/token`, "--retries=0"];
    const proof = ["--client-key=client.key", "--client-cert=client.pem"];
    const [without, given] = await Promise.all([
      runCommand([...args, "--client-secret=b"], { permissions, cwd }),
      runCommand([...args, ...proof, "--auth-method=tls_client_auth"], { permissions, cwd }),
    ]);
    // What the server says of that reaches the client only if it is quick.
    assertEquals([without.code, without.stdout], [3, ""]);
    assertEquals([given.code, given.stderr], [0, ""]);
  });
});

Deno.test(
  needs("who sets the clock gets a token for an assertion, as the hint says", "npm:jose"),
  async () => {
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const form = new URLSearchParams(await request.text());
        const { iat = 0 } = decodeJwt(form.get("client_assertion")!);
        const isNow = Math.abs(iat * 1000 - performance.timeOrigin - uptime()) < 60_000;
        return isNow ? json(TOKEN)() : json({ error: "invalid_client" }, { status: 401 })();
      },
    );
    const uptime = performance.now.bind(performance);
    const token_url = `--token-url=http://127.0.0.1:${server.addr.port}/`;
    const args = [...BASE, token_url, "--client-key=./key.pem"];
    {
      using _wrong = moveClocks(-600);
      assertMatch(hintOf(await run(args)), /^Set this machine's clock, which is \d+ s behind/);
    }
    assertEquals((await run(args)).code, 0);
  },
);

Deno.test("who keeps the token asks no server that has had too many requests", async () => {
  let left = 1;
  const answer = () => left-- > 0 ? json(TOKEN)() : text("", { status: 429 })();
  await withEndpoint(answer, async (flags) => {
    const args = [...flags, "--retries=0"];
    assertEquals((await run(args)).code, 0);
    assertStringIncludes(
      hintOf(await run(args)),
      "keep the token until it expires: --cache FOLDER",
    );
    left = 1;
    await withFiles({}, async (folder) => {
      const cached = [...args, `--cache=${folder}`];
      assertEquals([(await run(cached)).code, (await run(cached)).code], [0, 0]);
    });
  });
});

Deno.test("who takes the method of the hint gets a token, with --resource and --cache", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { origin, pathname } = new URL(request.url);
      if (pathname.includes("oauth-protected-resource")) {
        return Response.json({ resource: `${origin}/api`, authorization_servers: [origin] });
      }
      if (pathname.startsWith("/.well-known/")) {
        return Response.json({ issuer: origin, token_endpoint: `${origin}/token` });
      }
      if (pathname === "/api") return new Response(null, { status: 401 });
      const form = new URLSearchParams(await request.text());
      return form.has("client_secret") ? json(TOKEN)() : text("", { status: 401 })();
    },
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  await withFiles({}, async (cwd) => {
    const permissions = [NET, "--allow-read", "--allow-write"];
    const where = [`--resource=${origin}/api`, `--issuer=${origin}`, "--cache=cache"];
    const args = [...BASE, "--client-secret=b", ...where];
    const refused = await runCommand(args, { permissions, cwd });
    assertFails(refused, 1, "some servers want --auth-method client_secret_post\n");
    const cured = await runCommand([...args, "--auth-method=client_secret_post"], {
      permissions,
      cwd,
    });
    assertEquals([cured.code, cured.stdout], [0, `${TOKEN.access_token}\n`]);
  });
});

Deno.test("who corrects the secret gets a token, with --cache and what it has of the refusal", async () => {
  const forms: URLSearchParams[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const form = new URLSearchParams(await request.text());
      forms.push(form);
      const isRight = form.get("client_secret") === "right";
      return isRight ? json(TOKEN)() : json({ error: "invalid_client" }, { status: 401 })();
    },
  );
  await withFiles({}, async (cwd) => {
    const permissions = [NET, "--allow-read", "--allow-write"];
    const token_url = `--token-url=http://127.0.0.1:${server.addr.port}/`;
    const ask = (secret: string) =>
      runCommand([...BASE, token_url, "--cache=cache", `--client-secret=${secret}`], {
        permissions,
        cwd,
      });
    const refused = await ask("wrong");
    assertFails(refused, 1, "hint: Check id and secret");
    // The same again changes nothing, so the server is left alone, and that is said.
    const again = await ask("wrong");
    assertMatch(
      again.stderr,
      /^warning: The server said this to an earlier run, and is not asked again for another \d+ s$/m,
    );
    assertStringIncludes(again.stderr, refused.stderr);
    assertEquals([again.code, forms.length], [1, 1]);
    assertEquals((await ask("right")).code, 0);
  });
});

const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
const KEY = ["--client-key=./key.pem"];

/** The key set to register after the hint, and what to add then. */
const REGISTERED: Record<string, () => Promise<[set: { keys: unknown[] }, args: string[]]>> = {
  async "what --print-jwks prints"() {
    return [JSON.parse((await run(["--print-jwks", ...KEY])).stdout), []];
  },
  "the id of the registered key as --key-id": () =>
    Promise.resolve([{ keys: [{ kty, crv, x, y, kid: "mine" }] }, ["--key-id=mine"]]),
};

for (const [what, follow] of Object.entries(REGISTERED)) {
  const name = `oidc-provider finds a client's key after the hint to give ${what}`;
  Deno.test(needs(name, "npm:jose", "npm:oidc-provider"), async () => {
    const [jwks, more] = await follow();
    const registered = more.length > 0 ? jwks : { keys: [{ kty, crv, x, y }] };
    const request = async (keys: unknown, args: string[]) => {
      const method = { token_endpoint_auth_method: "private_key_jwt" };
      await using server = await startOidcProvider({ client_id: "id", jwks: keys, ...method });
      return await run([...BASE, `--issuer=${server.issuer}`, ...KEY, ...args]);
    };
    const refused = await request(registered, []);
    assertFails(refused, 1, "invalid_client");
    assertStringIncludes(hintOf(refused), "names by its thumbprint: register what --print-jwks");
    assertEquals((await request(jwks, more)).code, 0);
    const wrong = await request(jwks, ["--key-id=other"]);
    assertStringIncludes(hintOf(wrong), "Check the id and the key or certificate");
  });
}
