import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertFails, withEndpoint } from "../tests/support/command.ts";
import { json, TOKEN } from "../tests/support/stub_fetch.ts";
import { BASE, pair, PEM, run, SECRET } from "../tests/support/keys.ts";
import { decodeJwt, decodeProtectedHeader, jwtVerify } from "../tests/support/jose.ts";
import { needs } from "../tests/support/needs.ts";
import { replace } from "../tests/support/run_main.ts";

const FOREIGN = "--client-assertion-file=./assertion.jwt";
const JWT_AUTH = "--auth-method=client_secret_jwt";

Deno.test(needs("the command signs an assertion with --client-key", "npm:jose"), async () => {
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

Deno.test(
  needs("the command takes key, certificate, key id and algorithm for an assertion", "npm:jose"),
  async () => {
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
  },
);

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

Deno.test(
  needs("the command signs with the secret for client_secret_jwt", "npm:jose"),
  async () => {
    await withEndpoint(json(TOKEN), async (_, forms, token_url) => {
      const args = [...BASE, `--token-url=${token_url}`, "--auth-method=client_secret_jwt"];
      assertEquals((await run([...args, `--client-secret=${SECRET}`])).stderr, "");
      const key = new TextEncoder().encode(SECRET);
      await jwtVerify(forms[0]!.get("client_assertion")!, key, { audience: token_url });
      const outcome = await run([...args, "--client-secret=short"]);
      assertFails(outcome, 2, "HS256 needs a client secret of at least 32 bytes");
    });
  },
);

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
  const name = `the command signs by ${alg} for ${aud} with ${args.join(" ")}`;
  Deno.test(needs(name, "npm:jose"), async () => {
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

Deno.test(
  needs("the command explains the assertion, without its signature", "npm:jose"),
  async () => {
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
          "client_key     signs ES256  (from a file)",
          "client_assertion is a JWT; its header and claims, decoded:",
          "client_assertion *** (",
          "alg            ES256",
          `aud            ${token_url}`,
          "The same request with curl, with the assertion in $CLIENT_ASSERTION",
          '--data-urlencode "client_assertion=$CLIENT_ASSERTION"',
        ]
      ) assertStringIncludes(stderr, text);
      for (const hidden of [assertions[0]!.split(".")[2]!, "left over", "client_secret"]) {
        assertEquals(stderr.includes(hidden), false, hidden);
      }
      const keyLines = PEM.split("\n").filter((line) => line && !line.startsWith("-"));
      for (const line of keyLines) assert(!stderr.includes(line));
    });
  },
);

for (
  const [answer, hint, flag = "--scope=a"] of [
    [{ error: "invalid_client", error_description: "wrong aud" }, "--assertion-audience"],
    [{ error: "invalid_client" }, "the key, which the assertion names by its thumbprint: register"],
    [{ error: "invalid_client" }, "Check the id and the key or certificate", "--key-id=k"],
    [{ error: "invalid_dpop_proof" }, "give --dpop-key"],
    [{ error: "invalid_dpop_proof" }, "Check this machine's clock", "--dpop-key=./key.pem"],
    [{ error: "use_dpop_nonce" }, "another nonce", "--dpop-key=./key.pem"],
    [{ error: "invalid_client" }, "Has the assertion expired", FOREIGN],
    [{ error: "invalid_client", error_description: "wrong aud" }, "issuer, subject and", FOREIGN],
    [{ error: "invalid_scope" }, "Compare --scope", FOREIGN],
  ] as [answer: { error: string }, hint: string, flag?: string][]
) {
  const name = `the command hints at what to do about ${JSON.stringify(answer)} with ${flag}`;
  const signs = flag !== FOREIGN;
  Deno.test(needs(name, signs && "npm:jose"), async () => {
    await withEndpoint(json(answer, { status: 401 }), async (_, _forms, token_url) => {
      const key = flag === FOREIGN ? [] : ["--client-key=./key.pem"];
      const outcome = await run([...BASE, `--token-url=${token_url}`, ...key, flag]);
      assertFails(outcome, 1, answer.error);
      assertStringIncludes(outcome.stderr, hint);
    });
  });
}

Deno.test(
  needs("the command masks assertions and DPoP proofs that the server repeats", "npm:jose"),
  async () => {
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
      for (const more of [[], ["--explain"], ["--errors=json"]]) {
        sent.length = 0;
        const args = [...BASE, `--token-url=${origin}${path}`, "--dpop-key=./key.pem", ...more];
        const { code, stderr } = await run([...args, "--client-key=./rsa.pem"]);
        assertEquals([code, new Set(sent).size], [path === "/ok" ? 0 : 1, 4]);
        for (const proof of sent) assertEquals(stderr.includes(proof.slice(0, 60)), false, stderr);
        if (path === "/no") assertStringIncludes(stderr, "x ***");
      }
    }
  },
);

for (
  const [what, flags] of [
    ["an assertion", ["--client-key=./key.pem"]],
    ["an assertion with the secret", [JWT_AUTH, `--client-secret=${SECRET}`]],
    ["a DPoP proof", ["--dpop-key=./key.pem", "--client-secret=a"]],
  ] as const
) {
  const name = `the command says by how much the clock is wrong if ${what} is refused`;
  Deno.test(needs(name, "npm:jose"), async () => {
    const date = new Date(Date.now() + 600_000).toUTCString();
    const answer = json({ error: "invalid_client" }, { status: 401, headers: { date } });
    await withEndpoint(answer, async (_, __, token_url) => {
      const outcome = await run([...BASE, `--token-url=${token_url}`, ...flags]);
      assertFails(outcome, 1, "answered 401: invalid_client");
      const [, seconds] = outcome.stderr.match(/clock, which is (\d+) s behind the server's/)!;
      assert(Number(seconds) > 500 && Number(seconds) <= 601, seconds);
    });
  });
}
