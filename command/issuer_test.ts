// The command with --issuer.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertFails, runCommand, withFiles } from "../tests/support/command.ts";
import { BASE, CERT, FILES, run, SECRET, withIssuer } from "../tests/support/keys.ts";
import { startMtlsServer } from "../tests/support/mtls_server.ts";
import { decodeJwt, decodeProtectedHeader } from "../tests/support/jose.ts";
import { needs } from "../tests/support/needs.ts";

Deno.test("the command uses the endpoint for certificates only with a certificate", async () => {
  const mtls_endpoint_aliases = { token_endpoint: "https://127.0.0.1:1/token" };
  await withIssuer({ mtls_endpoint_aliases }, async (issuer, sent) => {
    const args = [...BASE, `--issuer=${issuer}`, "--client-secret=b", "--explain"];
    const { code, stderr } = await run(args);
    assertEquals([code, sent.length], [0, 1]);
    assertStringIncludes(stderr, `${issuer}/token  (found by ${issuer})`);
  });
});

for (
  const [methods, args, check] of [
    [undefined, ["--client-secret=b"], "client_secret_basic"],
    [["client_secret_post"], ["--client-secret=b"], "client_secret_post"],
    [["client_secret_jwt"], [`--client-secret=${SECRET}`], "client_secret_jwt"],
    [["private_key_jwt"], ["--client-key=./key.pem"], "private_key_jwt"],
    [
      ["tls_client_auth", "private_key_jwt"],
      ["--client-assertion-file=./assertion.jwt"],
      "private_key_jwt",
    ],
  ] as const
) {
  const name = `the command finds the endpoint and ${check} with --issuer`;
  const signs = check.endsWith("_jwt");
  Deno.test(needs(name, signs && "npm:jose"), async () => {
    const more = methods ? { token_endpoint_auth_methods_supported: methods } : {};
    await withIssuer(more, async (issuer, sent) => {
      const outcome = await run([...BASE, `--issuer=${issuer}`, ...args]);
      assertEquals([outcome.code, outcome.stderr], [0, ""]);
      const [headers, form] = sent[0]!;
      assertEquals(headers.has("authorization"), check === "client_secret_basic");
      assertEquals(form.has("client_secret"), check === "client_secret_post");
      assertEquals(form.has("client_assertion"), /jwt$/.test(check));
      if (!/^--client-key|^--client-secret=.{9}/.test(args[0])) return;
      const assertion = form.get("client_assertion")!;
      assertEquals(decodeJwt(assertion).aud, issuer);
      assertEquals(decodeProtectedHeader(assertion).typ, "client-authentication+jwt");
    });
  });
}

Deno.test("the command warns if the server does not list --auth-method, and uses it", async () => {
  await withIssuer(
    { token_endpoint_auth_methods_supported: ["private_key_jwt"] },
    async (issuer, sent) => {
      const env = { ISSUER: issuer, CLIENT_ID: "id", CLIENT_SECRET: "b" };
      const outcome = await run(["--auth-method=client_secret_post"], env);
      assertEquals(outcome.stdout, "abc.DEF-123\n");
      assertEquals(
        outcome.stderr,
        "warning: The server does not say that it takes client_secret_post\n",
      );
      const refused = await run([], env);
      assertFails(
        refused,
        2,
        "takes none of client_secret_basic, client_secret_post, client_secret_jwt",
      );
      assertEquals(sent.length, 1);
    },
  );
});

for (
  const [args, message] of [
    [["--client-assertion-file=./missing.jwt"], "The file of --client-assertion-file cannot be"],
    [["--client-assertion-file=./key.pem"], "The client assertion is not a JWT"],
    [["--client-key=./key.pem", "--signing-alg=RS256"], "it can sign ES256"],
    [["--client-key=./old.pem"], "The private key is not valid"],
  ] as [string[], string][]
) {
  const name = `the command asks no issuer with ${args.join(" ")}`;
  const signs = args.some((arg) => arg.startsWith("--client-key"));
  Deno.test(needs(name, signs && "npm:jose"), async () => {
    assertFails(await run([...BASE, "--issuer=http://127.0.0.1:1", ...args]), 2, message);
  });
}

Deno.test("the command takes the address from the place that comes first", async () => {
  await withIssuer({}, async (issuer, sent) => {
    const rest = [...BASE, "--client-secret=b"];
    const other = "http://127.0.0.1:1/";
    assertEquals((await run([...rest, `--issuer=${issuer}`], { TOKEN_URL: other })).code, 0);
    assertEquals((await run([...rest, `--token-url=${issuer}/token`], { ISSUER: other })).code, 0);
    assertEquals(sent.length, 2);
    const both = await run([...rest, `--issuer=${issuer}`, `--token-url=${other}`]);
    assertFails(both, 2, "--issuer and --token-url exclude each other; so do ISSUER and TOKEN_URL");
  });
});

Deno.test("the command explains what an issuer's answer means", async () => {
  const answer = (issuer: string) =>
    withIssuer({ issuer }, async (own) => {
      const outcome = await run([...BASE, "--client-secret=b", `--issuer=${own}`]);
      assertFails(outcome, 4, "another issuer");
      hint = outcome.stderr.match(/hint: (.*)/)![1]!;
    });
  let hint = "";
  await answer("https://login.microsoftonline.com/{tenantid}/v2.0");
  assertStringIncludes(hint, "give your tenant's id instead");
  await answer("https://sts.windows.net/1/");
  assertStringIncludes(hint, "add /v2.0 to --issuer");
  await answer("https://a.example");
  assertStringIncludes(
    hint,
    "If you trust it, give exactly https://a.example as --issuer; if that ",
  );
});

Deno.test("the command gives an issuer that leads to its token by following its hints", async () => {
  const seen: (string | null)[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (req) => {
    const { origin, pathname } = new URL(req.url);
    seen.push(`${pathname} ${req.headers.get("x-pass")}`);
    if (pathname === "/token") return Response.json({ access_token: "abc", token_type: "Bearer" });
    const metadata = { issuer: `${origin}/`, token_endpoint: `${origin}/token` };
    return pathname.endsWith("/openid-configuration")
      ? Response.json(metadata)
      : new Response(null, { status: 404 });
  });
  let issuer = `http://127.0.0.1:${server.addr.port}/.well-known/openid-configuration`;
  const args = ["--client-id=a", "--client-secret=b", "--header=x-pass: p"];
  for (const code of [2, 4]) {
    const outcome = await run([...args, `--issuer=${issuer}`]);
    assertEquals(outcome.code, code);
    [, issuer = ""] = outcome.stderr.match(/hint: .*give (?:exactly )?(\S+) as --issuer/i)!;
  }
  const { stdout } = await run([...args, `--issuer=${issuer}`]);
  assertEquals(stdout, "abc\n");
  // What a firewall before the server wants is sent to both of its addresses.
  assertEquals(seen.slice(-2), ["/.well-known/openid-configuration p", "/token p"]);
});

Deno.test(
  needs("the command asks the issuer for the endpoint for clients with a certificate", "npm:jose"),
  async () => {
    await using server = await startMtlsServer(false);
    await withFiles(FILES, async (cwd) => {
      const permissions = ["--allow-net", "--allow-read", "--allow-env", CERT];
      const env = { ISSUER: server.origin, CLIENT_ID: "id", CLIENT_CERT_FILE: "client.pem" };
      const all = { ...env, CLIENT_KEY_FILE: "client.key" };
      const { code, stdout, stderr } = await runCommand([], { permissions, cwd, env: all });
      assertEquals([code, stdout], [0, "abc\n"], stderr);
      const [{ path, thumbprint }] = server.requests as [typeof server.requests[0]];
      assertEquals([path, thumbprint !== undefined], ["/mtls", true]);

      const secret = { ...all, ISSUER: "", TOKEN_URL: `${server.origin}/`, CLIENT_SECRET: "b" };
      assertEquals((await runCommand([], { permissions, cwd, env: secret })).code, 0);
      const { form, ...rest } = server.requests[1]!;
      assertEquals([form.get("client_secret"), rest.thumbprint], ["b", thumbprint]);
    });
  },
);

Deno.test(
  needs(
    "the command names the default of a server that does not say how to authenticate",
    "npm:jose",
  ),
  async () => {
    await withIssuer({}, async (issuer, sent) => {
      const args = [...BASE, `--issuer=${issuer}`, "--client-key=./key.pem"];
      const message =
        "The server lists no authentication methods, which means client_secret_basic; " +
        "to use another one, such as private_key_jwt, give it as --auth-method";
      assertFails(await run(args), 2, message);
      assertEquals((await run([...args, "--auth-method=private_key_jwt"])).code, 0);
      assertEquals(sent.length, 1);
    });
  },
);
