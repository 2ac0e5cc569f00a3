// deno-lint-ignore-file no-import-prefix
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from "npm:jose@6.2.18";
import {
  assertFails,
  json,
  NET,
  runCommand,
  TOKEN,
  withEndpoint,
  withFiles,
} from "../tests/testing.ts";
import {
  BASE,
  CERT,
  FILES,
  granted,
  isWindows,
  NOWHERE,
  pair,
  PEM,
  run,
  SECRET,
  withIssuer,
} from "../tests/testing_keys.ts";
import { replace, runMain } from "../tests/testing_main.ts";
import { TokenError } from "../token.ts";
import { hintFor } from "./hints.ts";
import { startMtlsServer } from "../tests/testing_mtls.ts";

const FOREIGN = "--client-assertion-file=./assertion.jwt";
const JWT_AUTH = "--auth-method=client_secret_jwt";

Deno.test("the command signs an assertion with --client-key", async () => {
  await withEndpoint(json(TOKEN), async (_, forms, token_url) => {
    const flags = [...BASE, `--token-url=${token_url}`, "--scope=a"];
    const { code, stdout, stderr } = await run([...flags, "--client-key=./key.pem", "--key-id=k"]);
    assertEquals([code, stdout, stderr], [0, "abc.DEF-123\n", ""]);
    const { client_assertion = "", ...form } = Object.fromEntries(forms[0]!);
    assertEquals(form, {
      grant_type: "client_credentials",
      client_id: "id",
      scope: "a",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
    const { protectedHeader } = await jwtVerify(client_assertion, pair.publicKey, {
      audience: token_url,
      subject: "id",
    });
    assertEquals(protectedHeader, { alg: "ES256", typ: "JWT", kid: "k" });
  });
});

Deno.test("the command takes key, certificate, key id and algorithm for an assertion", async () => {
  await withEndpoint(json(TOKEN), async (_, forms, TOKEN_URL) => {
    const env = {
      TOKEN_URL,
      CLIENT_ID: "id",
      CLIENT_KEY_FILE: "./rsa.pem",
      KEY_ID: "k",
      AUTH_METHOD: "private_key_jwt",
      CLIENT_SECRET: "left over",
    };
    const args = ["--signing-alg=PS256", "--assertion-audience=https://a.example"];
    assertEquals((await run(args, env)).stderr, "");
    const assertion = forms[0]!.get("client_assertion")!;
    const { alg, kid } = decodeProtectedHeader(assertion);
    assertEquals([alg, kid, decodeJwt(assertion).aud], ["PS256", "k", "https://a.example"]);
    assertEquals(forms[0]!.has("client_secret"), false);
  });
});

Deno.test("the command sends an assertion from a file, read anew for each attempt", async () => {
  let answers = 0;
  const answer = () => answers++ ? json(TOKEN)() : new Response("", { status: 503 });
  const { open } = Deno;
  let reads = 0;
  using _deno = replace(Deno, { open: (...args) => (reads++, open(...args)) });
  await withEndpoint(answer, async (_, forms, token_url) => {
    const args = [...BASE, `--token-url=${token_url}`, "--client-assertion-file=./assertion.jwt"];
    assertEquals((await run(args)).stdout, "abc.DEF-123\n");
    // A pipe can be read only once.
    assertEquals(reads, 2);
    assertEquals(
      forms.map((form) => form.get("client_assertion")),
      Array(2).fill("head.body.signature"),
    );
  });
});

Deno.test("the command signs with the secret for client_secret_jwt", async () => {
  await withEndpoint(json(TOKEN), async (_, forms, token_url) => {
    const args = [...BASE, `--token-url=${token_url}`, "--auth-method=client_secret_jwt"];
    assertEquals((await run([...args, `--client-secret=${SECRET}`])).stderr, "");
    const key = new TextEncoder().encode(SECRET);
    await jwtVerify(forms[0]!.get("client_assertion")!, key, { audience: token_url });
    const outcome = await run([...args, "--client-secret=short"]);
    assertFails(outcome, 2, "HS256 needs a client secret of at least 32 bytes");
  });
});

const AUDIENCE = "--assertion-audience=x";
const BY_SECRET = [JWT_AUTH, `--client-secret=${SECRET}`];
for (
  const [args, alg, aud] of [
    [BY_SECRET, "HS256", "its URL"],
    [
      [JWT_AUTH, `--client-secret=${SECRET.repeat(2)}`, "--signing-alg=HS384", AUDIENCE],
      "HS384",
      "x",
    ],
    [[...BY_SECRET, "--signing-alg=", "--assertion-audience="], "HS256", "its URL"],
    [["--client-key=./key.pem", "--signing-alg=", "--assertion-audience="], "ES256", "its URL"],
  ] as [string[], string, string][]
) {
  Deno.test(`the command signs by ${alg} for ${aud} with ${args.join(" ")}`, async () => {
    await withEndpoint(json(TOKEN), async (_, forms, token_url) => {
      const outcome = await run([...BASE, `--token-url=${token_url}`, ...args]);
      assertEquals([outcome.code, outcome.stderr], [0, ""]);
      const assertion = forms[0]!.get("client_assertion")!;
      assertEquals(decodeProtectedHeader(assertion).alg, alg);
      assertEquals(decodeJwt(assertion).aud, aud === "its URL" ? token_url : aud);
    });
  });
}

Deno.test("the command hints at what may be wrong with an assertion only if it came from a file", async () => {
  const answer = () => Response.json({ error: "invalid_client" }, { status: 401 });
  await withEndpoint(answer, async (_, _forms, token_url) => {
    const args = [...BASE, `--token-url=${token_url}`];
    const own = await run([...args, ...BY_SECRET]);
    assertStringIncludes(own.stderr, "hint: ");
    assertEquals(/Has the assertion expired/.test(own.stderr), false, own.stderr);
    const foreign = await run([...args, FOREIGN]);
    assertStringIncludes(foreign.stderr, "Has the assertion expired");
  });
});

Deno.test("the command reads no key of the environment if AUTH_METHOD does not need it", async () => {
  await withEndpoint(json(TOKEN), async (_, _forms, TOKEN_URL) => {
    const env = { TOKEN_URL, CLIENT_ID: "id", CLIENT_SECRET: "b", CLIENT_KEY_FILE: "./missing" };
    const outcome = await run([], { ...env, AUTH_METHOD: "client_secret_post", KEY_ID: "k" });
    assertEquals([outcome.code, outcome.stderr], [0, ""]);
  });
});

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
  Deno.test(`the command finds the endpoint and ${check} with --issuer`, async () => {
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
    [[JWT_AUTH, "--client-secret=short"], "HS256 needs a client secret of at least 32 bytes"],
    [[JWT_AUTH, `--client-secret=${SECRET}`, "--signing-alg=RS256"], "A secret can sign HS256"],
    [["--client-assertion-file=./missing.jwt"], "The file of --client-assertion-file cannot be"],
    [["--client-assertion-file=./key.pem"], "The client assertion is not a JWT"],
    [["--client-secret=b", "--param=client_assertion=c"], 'must not set "client_assertion"'],
    [["--client-secret=b", "--header=authorization: c"], 'must not set "authorization"'],
  ] as [string[], string][]
) {
  Deno.test(`the command asks no issuer with ${args.join(" ")}`, async () => {
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
  assertStringIncludes(hint, "put your tenant's id in their place");
  await answer("https://sts.windows.net/1/");
  assertStringIncludes(hint, "add /v2.0 to --issuer");
  await answer("https://a.example");
  assertEquals(hint, "If you trust it, give exactly https://a.example as --issuer");
});

Deno.test("the command binds the token to --dpop-key", async () => {
  let demands = 0;
  const proofs: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      proofs.push(request.headers.get("dpop")!);
      return demands++
        ? Response.json({ ...TOKEN, token_type: "DPoP" })
        : Response.json({ error: "use_dpop_nonce" }, {
          status: 400,
          headers: { "dpop-nonce": "n" },
        });
    },
  );
  const token_url = `http://127.0.0.1:${server.addr.port}/token`;
  const args = [...BASE, `--token-url=${token_url}`, "--client-secret=b"];
  const outcome = await run([...args, "--dpop-key=./key.pem", "--explain"]);
  assertEquals([outcome.code, outcome.stdout], [0, "abc.DEF-123\n"]);
  const { payload } = await jwtVerify(proofs[1]!, EmbeddedJWK, { typ: "dpop+jwt" });
  assertEquals([payload.nonce, payload.htu], ["n", token_url]);
  for (
    const text of [
      "The header dpop is a JWT",
      "dpop+jwt",
      "htu            http",
      "nonce          n",
    ]
  ) {
    assertStringIncludes(outcome.stderr, text);
  }
  assertStringIncludes(outcome.stderr, '-H "DPoP: $DPOP_PROOF"');
  proofs.length = 0;
  assertEquals((await run(args, { DPOP_KEY_FILE: "./key.pem" })).stdout, "abc.DEF-123\n");
  assertMatch(proofs[0]!, /^ey/);
});

Deno.test("the command explains the assertion, without its signature", async () => {
  let answers = 0;
  const answer = () => answers++ ? json(TOKEN)() : new Response("", { status: 503 });
  await withEndpoint(answer, async (_, forms, token_url) => {
    const args = [...BASE, `--token-url=${token_url}`, "--client-key=./key.pem", "--explain"];
    const { code, stderr } = await run(args, { CLIENT_SECRET: "left over" });
    assertEquals(code, 0);
    const assertions = forms.map((form) => form.get("client_assertion")!);
    // What is shown is what the first attempt sent; the second sent another one.
    assertStringIncludes(stderr, `jti            ${decodeJwt(assertions[0]!).jti}`);
    assertEquals(new Set(assertions).size, 2);
    assertEquals(forms[1]!.getAll("client_id"), ["id"]);
    for (
      const text of [
        "client_key     signs ES256 (from a file)",
        "client_assertion is a JWT; its header and claims, decoded:",
        "client_assertion *** (",
        "alg            ES256",
        `aud            ${token_url}`,
        "The same with curl, the assertion being in $CLIENT_ASSERTION",
        '--data-urlencode "client_assertion=$CLIENT_ASSERTION"',
      ]
    ) assertStringIncludes(stderr, text);
    for (const hidden of [assertions[0]!.split(".")[2]!, "left over", "client_secret"]) {
      assertEquals(stderr.includes(hidden), false, hidden);
    }
    const keyLines = PEM.split("\n").filter((line) => line && !line.startsWith("-"));
    for (const line of keyLines) assert(!stderr.includes(line));
  });
});

Deno.test("the command shows a client certificate, and explains it", async () => {
  await using server = await startMtlsServer();
  await withFiles(FILES, async (cwd) => {
    for (const name of ["client.key"]) if (!isWindows) await Deno.chmod(`${cwd}/${name}`, 0o600);
    const permissions = [
      "--allow-net",
      "--allow-read",
      CERT,
    ];
    const args = [
      ...BASE,
      `--token-url=${server.origin}/`,
      "--auth-method=tls_client_auth",
      "--client-key=client.key",
    ];
    const good = [...args, "--client-cert=client.pem", "--explain"];
    const { code, stdout, stderr } = await runCommand(good, { permissions, cwd });
    assertEquals([code, stdout], [0, "abc\n"], stderr);
    assertEquals(Object.fromEntries(server.requests[0]!.form), {
      grant_type: "client_credentials",
      client_id: "id",
    });
    assertMatch(stderr, /certificate +CN=my-client, O=My company, valid until 2120-01-01\n/);
    assertEquals(/^ +client_key /m.test(stderr), false, stderr);
    assertStringIncludes(stderr, '--cert "$CLIENT_CERT_FILE" \\\n  --key "$CLIENT_KEY_FILE"');
    const old = [...args, "--client-cert=expired.pem", "--retries=0"];
    const outcome = await runCommand(old, { permissions, cwd });
    assertFails(outcome, 3, "No answer from localhost");
    assertStringIncludes(
      outcome.stderr,
      "warning: The certificate of --client-cert expired on 2020-01-02",
    );
  });
});

Deno.test("the command shows no certificate to a host that it may not reach", async () => {
  await withFiles(FILES, async (cwd) => {
    const args = ["--token-url=https://localhost:1/", "--auth-method=tls_client_auth"];
    const files = ["--client-key=client.key", "--client-cert=client.pem"];
    const permissions = [NET, "--allow-read"];
    const outcome = await runCommand([...BASE, ...args, ...files], { permissions, cwd });
    assertFails(outcome, 2, "Access to localhost:1 over the network was not granted");
  });
});

Deno.test("the command asks the issuer for the endpoint for clients with a certificate", async () => {
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
});

Deno.test("the command takes one key of several by its id, and hints at that", async () => {
  const jwk = (kid: string) => ({ ...JSON.parse(JWK), kid });
  const JWK = JSON.stringify(await crypto.subtle.exportKey("jwk", pair.privateKey));
  const files = { "keys.json": JSON.stringify({ keys: [jwk("a"), jwk("b")] }) };
  const args = [...BASE, NOWHERE, "--client-key=./keys.json", "--retries=0"];
  const outcome = await run(args, {}, files);
  assertFails(outcome, 2, "2 keys of the set can sign; name one by its key id");
  assertStringIncludes(outcome.stderr, "hint: Give --key-id");
  assertEquals((await run([...args, "--key-id=b"], {}, files)).code, 3);
  const dpop = await run(
    [...BASE, NOWHERE, "--client-secret=b", "--dpop-key=./keys.json"],
    {},
    files,
  );
  assertFails(dpop, 2, "2 keys of the set can sign; give a file with one key");
  assertEquals(dpop.stderr.includes("hint"), false);
});

Deno.test({
  name: "the command warns of a private key that others can read",
  ignore: isWindows,
  async fn() {
    await withEndpoint(json(TOKEN), async (_, _forms, token_url) => {
      await withFiles({ "key.pem": PEM }, async (cwd) => {
        await Deno.chmod(`${cwd}/key.pem`, 0o640);
        const args = [...BASE, `--token-url=${token_url}`, `--client-key=${cwd}/key.pem`];
        const { code, stderr } = await runMain(args, { granted });
        assertEquals([code, stderr], [
          0,
          "warning: Other users can read the file of --client-key; allow only yourself: chmod 600 FILE\n",
        ]);
      });
    });
  },
});

Deno.test("the command reads no key that it may not read, and prompts for nothing", async () => {
  const outcome = await runCommand([...BASE, NOWHERE, "--client-key=x"], { permissions: [NET] });
  assertFails(outcome, 2, "The file of --client-key may not be read");
  assertStringIncludes(outcome.stderr, "hint: Add --allow-read=PATH before main.ts");
});

for (
  const [answer, hint, flag = "--scope=a"] of [
    [{ error: "invalid_client", error_description: "wrong aud" }, "as --assertion-audience"],
    [{ error: "invalid_client" }, "Check the id and the key or certificate"],
    [{ error: "invalid_dpop_proof" }, "give --dpop-key"],
    [{ error: "invalid_dpop_proof" }, "Check this machine's clock", "--dpop-key=./key.pem"],
    [{ error: "use_dpop_nonce" }, "another nonce", "--dpop-key=./key.pem"],
    [{ error: "invalid_client" }, "Has the assertion expired", FOREIGN],
    [{ error: "invalid_client", error_description: "wrong aud" }, "issuer, subject and", FOREIGN],
    [{ error: "invalid_scope" }, "Compare --scope", FOREIGN],
  ] as [answer: { error: string }, hint: string, flag?: string][]
) {
  const what = `${JSON.stringify(answer)} with ${flag}`;
  Deno.test(`the command hints at what to do about ${what}`, async () => {
    await withEndpoint(json(answer, { status: 401 }), async (_, _forms, token_url) => {
      const key = flag === FOREIGN ? [] : ["--client-key=./key.pem"];
      const outcome = await run([...BASE, `--token-url=${token_url}`, ...key, flag]);
      assertFails(outcome, 1, answer.error);
      assertStringIncludes(outcome.stderr, hint);
    });
  });
}

Deno.test("the command hints at the certificate if the server refuses the connection for it", () => {
  for (
    const alert of ["CertificateRequired", "UnknownCA", "CertificateUnknown", "HandshakeFailure"]
  ) {
    const message = `No answer from a.example: received fatal alert: ${alert}`;
    const hint = hintFor(new TokenError("unreachable", message));
    assertMatch(hint!, /^The server accepts no connection without a certificate that it knows/);
  }
});

Deno.test("the command masks assertions and DPoP proofs that the server repeats", async () => {
  const sent: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const form = new URLSearchParams(await request.text());
      sent.push(form.get("client_assertion")!, request.headers.get("dpop")!);
      const headers = { "dpop-nonce": "n", "www-authenticate": `Bearer ${sent.at(-1)}` };
      if (sent.length === 2) {
        return Response.json({ error: "use_dpop_nonce" }, { status: 400, headers });
      }
      if (new URL(request.url).pathname === "/ok") return Response.json({ ...TOKEN, sent });
      const error_description = `${"x".repeat(50)} ${sent.join(" ")}`;
      return Response.json({ error: "invalid_client", error_description, sent }, {
        status: 401,
        headers,
      });
    },
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  for (const path of ["/no", "/ok"]) {
    for (const more of [[], ["--explain"]]) {
      sent.length = 0;
      const args = [...BASE, `--token-url=${origin}${path}`, "--dpop-key=./key.pem", ...more];
      const { code, stderr } = await run([...args, "--client-key=./rsa.pem"]);
      assertEquals([code, new Set(sent).size], [path === "/ok" ? 0 : 1, 4]);
      for (const proof of sent) assertEquals(stderr.includes(proof.slice(0, 60)), false, stderr);
      if (path === "/no") assertStringIncludes(stderr, "x ***");
    }
  }
});

const HTTPS = ["--token-url=https://127.0.0.1:1/", "--retries=0", "--client-key=./client.key"];

Deno.test("the command signs with a certificate of version 1, but shows it in no connection", async () => {
  const args = [...BASE, ...HTTPS, "--client-cert=./v1.pem"];
  const message = "TLS needs a client certificate of X.509 version 3";
  assertFails(await run([...args, "--auth-method=tls_client_auth"]), 2, message);
  const outcome = await run([...args, "--auth-method=private_key_jwt"]);
  assertFails(outcome, 3, "No answer");
  assertStringIncludes(
    outcome.stderr,
    `warning: The server is shown no certificate: ${message}\n`,
  );
});

Deno.test("the command warns once if the token is not bound to --dpop-key", async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    for (const more of [[], ["--explain"], ["--cache=./cache"]]) {
      const { code, stdout, stderr } = await run([...flags, "--dpop-key=./key.pem", ...more]);
      assertEquals([code, stdout], [0, "abc.DEF-123\n"], stderr);
      assertEquals(stderr.match(/warning: .*/g), [
        "warning: The server did not bind the token to --dpop-key",
      ]);
    }
  });
});

Deno.test("the command names the default of a server that does not say how to authenticate", async () => {
  await withIssuer({}, async (issuer, sent) => {
    const args = [...BASE, `--issuer=${issuer}`, "--client-key=./key.pem"];
    const message = "The server does not say how clients authenticate, which stands for " +
      "client_secret_basic; --auth-method private_key_jwt is sent all the same";
    assertFails(await run(args), 2, message);
    assertEquals((await run([...args, "--auth-method=private_key_jwt"])).code, 0);
    assertEquals(sent.length, 1);
  });
});
