import { assertEquals } from "@std/assert";
import { assertFails, withEndpoint } from "../tests/support/command.ts";
import {
  calculateJwkThumbprint,
  decodeProtectedHeader,
  importJWK,
  jwtVerify,
} from "../tests/support/jose.ts";
import { BASE, FILES, pair, run } from "../tests/support/keys.ts";
import { needs } from "../tests/support/needs.ts";
import { json, TOKEN } from "../tests/support/stub_fetch.ts";

const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

async function jwkFile(kind: string | EcKeyGenParams): Promise<string> {
  const { privateKey } = await crypto.subtle.generateKey(kind, true, ["sign", "verify"]) as {
    privateKey: CryptoKey;
  };
  return JSON.stringify(await crypto.subtle.exportKey("jwk", privateKey));
}

/** The keys that the command prints. */
async function printed(args: string[], files = FILES): Promise<Record<string, string>[]> {
  const { code, stdout, stderr } = await run(["--print-jwks", ...args], {}, files);
  assertEquals([code, stderr], [0, ""]);
  const { keys, ...more } = JSON.parse(stdout);
  assertEquals([keys.length, more], [1, {}]);
  return keys;
}

for (
  const [name, text, alg, members] of [
    ["P-256 in PEM", FILES["key.pem"], "ES256", ["crv", "x", "y"]],
    ["RSA in PEM", FILES["rsa.pem"], "RS256", ["e", "n"]],
    ["P-521", await jwkFile({ name: "ECDSA", namedCurve: "P-521" }), "ES512", ["crv", "x", "y"]],
    ["Ed25519", await jwkFile("Ed25519"), "EdDSA", ["crv", "x"]],
  ] as const
) {
  const title = `the command prints the public half of a key: ${name}`;
  Deno.test(needs(title, "npm:jose"), async () => {
    const files = { ...FILES, "own.key": text };
    const [jwk] = await printed(["--client-key=./own.key"], files);
    assertEquals([jwk?.use, jwk?.alg, jwk?.kid], [
      "sig",
      alg,
      await calculateJwkThumbprint(jwk!),
    ]);
    assertEquals(Object.keys(jwk!).sort(), [...members, "alg", "kid", "kty", "use"].sort());
    assertEquals(PRIVATE.filter((member) => member in jwk!), []);
  });
}

Deno.test(
  needs("the command prints the id that the key has, or --key-id", "npm:jose"),
  async () => {
    const jwk = {
      ...await crypto.subtle.exportKey("jwk", pair.privateKey),
      kid: "own",
      use: "sig",
    };
    const files = { ...FILES, "own.key": JSON.stringify({ keys: [jwk, { ...jwk, kid: "b" }] }) };
    assertEquals((await printed(["--client-key=./own.key", "--key-id=own"], files))[0]?.kid, "own");
    assertEquals((await printed(["--client-key=./key.pem", "--key-id=x"]))[0]?.kid, "x");
    const { code, stderr } = await run(["--print-jwks", "--client-key=./own.key"], {}, files);
    assertEquals([code, stderr.includes("name one by its key id")], [2, true]);
  },
);

Deno.test(
  needs("the key that the command prints verifies its assertions", "npm:jose"),
  async () => {
    await withEndpoint(json(TOKEN), async ([, token_url], forms) => {
      for (const more of [[], ["--key-id=mine"]]) {
        const [jwk] = await printed(["--client-key=./rsa.pem", "--signing-alg=PS256", ...more]);
        const args = [...BASE, `--token-url=${token_url}`, "--client-key=./rsa.pem", ...more];
        assertEquals((await run([...args, "--signing-alg=PS256"])).code, 0);
        const assertion = forms.at(-1)!.get("client_assertion")!;
        const { kid, alg } = decodeProtectedHeader(assertion);
        assertEquals([kid, alg], [jwk?.kid, "PS256"]);
        await jwtVerify(assertion, await importJWK(jwk!, "PS256"));
      }
    });
  },
);

Deno.test("the command prints no key set without a key", async () => {
  assertFails(await run(["--print-jwks"]), 2, "--print-jwks needs --client-key");
  assertFails(await run(["--print-jwks", "--client-key=./client.pem"]), 2, "no private key");
});

Deno.test("the command says what type an assertion of others has", async () => {
  await withEndpoint(json(TOKEN), async ([, token_url], forms) => {
    const args = [...BASE, `--token-url=${token_url}`, "--client-assertion-file=./assertion.jwt"];
    assertEquals((await run(args)).code, 0);
    assertEquals((await run([...args, "--client-assertion-type=jwt-spiffe"])).code, 0);
    const prefix = "urn:ietf:params:oauth:client-assertion-type:";
    const types = forms.map((form) => form.get("client_assertion_type"));
    assertEquals(types, [`${prefix}jwt-bearer`, `${prefix}jwt-spiffe`]);
  });
});

Deno.test("the command takes the type of an assertion only with one that others issued", async () => {
  const type = "--client-assertion-type=jwt-spiffe";
  const base = [...BASE, "--token-url=http://127.0.0.1:1/", type];
  for (const args of [["--client-secret=a"], ["--client-key=./key.pem"]]) {
    assertFails(await run([...base, ...args]), 2, "--client-assertion-type does not go with");
  }
});
