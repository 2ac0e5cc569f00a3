// The command with the files of keys and certificates.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertFails, NET, runCommand, withEndpoint, withFiles } from "../tests/support/command.ts";
import { json, TOKEN } from "../tests/support/stub_fetch.ts";
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
} from "../tests/support/keys.ts";
import { runMain } from "../tests/support/run_main.ts";
import { startMtlsServer } from "../tests/support/mtls_server.ts";
import { EmbeddedJWK, jwtVerify } from "../tests/support/jose.ts";
import { needs } from "../tests/support/needs.ts";

Deno.test(needs("the command binds the token to --dpop-key", "npm:jose"), async () => {
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
    const args = ["--token-url=HTTPS://localhost:1/", "--auth-method=tls_client_auth"];
    const files = ["--client-key=client.key", "--client-cert=client.pem"];
    const permissions = [NET, "--allow-read"];
    const outcome = await runCommand([...BASE, ...args, ...files], { permissions, cwd });
    assertFails(outcome, 2, "Access to localhost:1 over the network was not granted");
  });
});

Deno.test("the command refuses a token URL that is none, with a certificate too", async () => {
  const args = ["--token-url=nonsense", "--auth-method=tls_client_auth"];
  const files = ["--client-key=./client.key", "--client-cert=./client.pem"];
  const message = "--client-cert needs a token URL with https:";
  assertFails(await run([...BASE, ...args, ...files]), 2, message);
});

Deno.test(
  needs("the command takes one key of several by its id, and hints at that", "npm:jose"),
  async () => {
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
  },
);

const WARNS = needs(
  "the command warns of a private key that others can read",
  "a system other than Windows",
  "npm:jose",
);
Deno.test(WARNS, async () => {
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
});

Deno.test("the command reads no key that it may not read, and prompts for nothing", async () => {
  const outcome = await runCommand([...BASE, NOWHERE, "--client-key=x"], { permissions: [NET] });
  assertFails(outcome, 2, "The file of --client-key: read access was not granted");
  assertStringIncludes(outcome.stderr, "hint: Add --allow-read=PATH before main.ts");
});

const HTTPS = ["--token-url=https://127.0.0.1:1/", "--retries=0", "--client-key=./client.key"];

Deno.test(
  needs(
    "the command signs with a certificate of version 1, but shows it in no connection",
    "npm:jose",
  ),
  async () => {
    const args = [...BASE, ...HTTPS, "--client-cert=./v1.pem"];
    const message = "TLS needs a client certificate of X.509 version 3";
    assertFails(await run([...args, "--auth-method=tls_client_auth"]), 2, message);
    const outcome = await run([...args, "--auth-method=private_key_jwt"]);
    assertFails(outcome, 3, "No answer");
    assertStringIncludes(
      outcome.stderr,
      `warning: The server is shown no certificate: ${message}\n`,
    );
  },
);

Deno.test(
  needs("the command warns once if the token is not bound to --dpop-key", "npm:jose"),
  async () => {
    await withEndpoint(json(TOKEN), async (flags) => {
      for (const more of [[], ["--explain"], ["--cache=./cache"]]) {
        const { code, stdout, stderr } = await run([...flags, "--dpop-key=./key.pem", ...more]);
        assertEquals([code, stdout], [0, "abc.DEF-123\n"], stderr);
        assertEquals(stderr.match(/warning: .*/g), [
          "warning: The server did not bind the token to --dpop-key",
        ]);
      }
    });
  },
);
