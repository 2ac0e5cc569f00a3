import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertFails } from "../tests/support/command.ts";
import { runMain } from "../tests/support/run_main.ts";
import { makePracticeKey } from "./practice_key.ts";
import { PRACTICE_CLIENT, startPracticeServer } from "./start_practice_server.ts";
import { SignJWT } from "../tests/support/jose.ts";
import { needs } from "../tests/support/needs.ts";

const AUDIENCE = "https://api.example.com/oauth2/token";
const key = await makePracticeKey("id", AUDIENCE);

function sign(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  signer = key.privateKey,
): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 60;
  const jti = crypto.randomUUID();
  return new SignJWT({ iss: "id", sub: "id", aud: AUDIENCE, jti, exp, ...claims })
    .setProtectedHeader({ alg: "ES256", typ: "JWT", ...header }).sign(signer);
}

/** A genuine signature, and a header that names another algorithm. */
async function signAs(alg: string): Promise<string> {
  const encode = (bytes: Uint8Array) =>
    bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  const [, claims] = (await sign()).split(".");
  const head = encode(new TextEncoder().encode(JSON.stringify({ alg, typ: "JWT" })));
  const signed = new TextEncoder().encode(`${head}.${claims}`);
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  const signature = await crypto.subtle.sign(algorithm, key.privateKey, signed);
  return `${head}.${claims}.${encode(new Uint8Array(signature))}`;
}

Deno.test(needs("the practice server accepts an assertion once", "npm:jose"), async () => {
  for (const typ of ["JWT", "client-authentication+jwt"]) {
    const assertion = await sign({}, { typ });
    assertEquals(await key.refuse(assertion), undefined);
    assertEquals(await key.refuse(assertion), "jti must be new");
  }
});

for (
  const [what, makeAssertion, reason] of [
    [
      "another key",
      async () => await sign({}, {}, (await makePracticeKey("id", "")).privateKey),
      "signature",
    ],
    ["another algorithm", () => signAs("ES384"), "signature"],
    ["another type", () => sign({}, { typ: "at+jwt" }), "typ must be JWT or client-auth"],
    ["another issuer", () => sign({ iss: "x" }), "iss and sub must be the client id"],
    ["another subject", () => sign({ sub: "x" }), "iss and sub must be the client id"],
    ["another audience", () => sign({ aud: "x" }), `aud must be ${AUDIENCE}`],
    ["an end in the past", () => sign({ exp: 1 }), "exp must be in the next 5 minutes"],
    ["an end far ahead", () => sign({ exp: 1e11 }), "exp must be in the next 5 minutes"],
    ["no jti", () => sign({ jti: undefined }), "jti must be new"],
    [
      "no signature",
      async () => (await sign()).replace(/[^.]*$/, ""),
      "The signature of the assertion is wrong",
    ],
  ] as const
) {
  const name = `the practice server refuses an assertion with ${what}`;
  Deno.test(needs(name, "npm:jose"), async () => {
    assertStringIncludes((await key.refuse(await makeAssertion()))!, reason);
  });
}

for (
  const [what, assertion] of [
    ["nothing in it", ""],
    ["other text", "a.b.c.d"],
    ["text that is not base64", "a.$.c"],
  ] as const
) {
  Deno.test(`the practice server refuses an assertion with ${what}`, async () => {
    assertEquals(await key.refuse(assertion), "client_assertion is not a JWT");
  });
}

Deno.test(
  needs("the practice server with a key takes an assertion, and no secret", "npm:jose"),
  async () => {
    await using server = await startPracticeServer(0, { key });
    const post = (form: Record<string, string>) =>
      fetch(server.token_url, {
        method: "POST",
        body: new URLSearchParams({ grant_type: "client_credentials", ...form }),
      });
    const refused = await post(PRACTICE_CLIENT);
    assertEquals([refused.status, (await refused.json()).error], [401, "invalid_client"]);
    const wrong = await post({ client_assertion: await sign({ aud: "x" }) });
    assertEquals((await wrong.json()).error_description, `aud must be ${AUDIENCE}`);
    const accepted = await post({ client_assertion: await sign() });
    assertEquals([accepted.status, (await accepted.json()).token_type], [200, "Bearer"]);
  },
);

Deno.test(needs("the demo shows private_key_jwt", "npm:jose"), async () => {
  const args = ["--demo", "--auth-method=private_key_jwt", "--explain", "--scope=read"];
  const { code, stdout, stderr } = await runMain(args);
  assertEquals([code, stdout.startsWith("practice-")], [0, true], stderr);
  for (
    const text of [
      "client_key     signs ES256  (from the demo)",
      "client_assertion is a JWT; its header and claims, decoded:",
      `aud            ${AUDIENCE}`,
    ]
  ) assertStringIncludes(stderr, text);
  assertEquals(/client_secret|my_secret/.test(stderr), false);
  assertFails(await runMain([...args, "--scope=x"]), 1, "invalid_scope");
});

for (
  const [args, message] of [
    [["--dpop-key=x"], "--demo takes no --dpop-key"],
    [["--signing-alg=x"], "--demo takes no --signing-alg"],
    [["--assertion-audience=x"], "--demo takes no --assertion-audience"],
    [["--client-key=x"], "--demo takes no --client-key"],
    [["--issuer=x"], "--demo takes no --issuer"],
    [["--auth-method=tls_client_auth"], "--demo does not know the --auth-method tls_client_auth"],
    [
      ["--auth-method=client_secret_jwt"],
      "--demo does not know the --auth-method client_secret_jwt",
    ],
  ] as const
) {
  Deno.test(`the demo refuses ${args}`, async () => {
    assertFails(await runMain(["--demo", ...args]), 2, message);
  });
}
