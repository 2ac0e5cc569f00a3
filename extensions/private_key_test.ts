import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { TokenError } from "../token.ts";
import { type KeyOptions, type PrivateKeyInput, readPrivateKey } from "./private_key.ts";
import "../tests/support/jose.ts";
import { needs } from "../tests/support/needs.ts";

const KINDS = {
  RSA: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: E() },
  PSS: { name: "RSA-PSS", hash: "SHA-384", modulusLength: 2048, publicExponent: E() },
  "P-256": { name: "ECDSA", namedCurve: "P-256" },
  "P-384": { name: "ECDSA", namedCurve: "P-384" },
  "P-521": { name: "ECDSA", namedCurve: "P-521" },
  Ed25519: { name: "Ed25519" },
};

function E() {
  return new Uint8Array([1, 0, 1]);
}

async function generate(kind: keyof typeof KINDS): Promise<CryptoKey> {
  const pair = await crypto.subtle.generateKey(KINDS[kind], true, ["sign", "verify"]);
  return (pair as CryptoKeyPair).privateKey;
}

async function toPem(key: CryptoKey): Promise<string> {
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
  const base64 = btoa(String.fromCharCode(...der)).match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;
}

// With the label alone: nothing in it is read.
const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----";

/** A key of each kind, made once. */
const keys = Object.fromEntries(
  await Promise.all(
    Object.keys(KINDS).map(async (kind) => {
      const key = await generate(kind as keyof typeof KINDS);
      const jwk = await crypto.subtle.exportKey("jwk", key);
      return [kind, { key, pem: await toPem(key), jwk: { ...jwk, alg: undefined } }] as const;
    }),
  ),
);

for (
  const [kind, alg, possible] of [
    ["RSA", "RS256", ["RS384", "RS512", "PS256", "PS384", "PS512"]],
    ["P-256", "ES256", []],
    ["P-384", "ES384", []],
    ["P-521", "ES512", []],
    ["Ed25519", "EdDSA", ["Ed25519"]],
  ] as [string, string, string[]][]
) {
  const name = `readPrivateKey reads a key of the kind ${kind} in PEM and JSON`;
  Deno.test(needs(name, "npm:jose"), async () => {
    const { pem, jwk } = keys[kind]!;
    const noted = `# a note\r\n${pem.replaceAll("\n", "\r\n")}`;
    for (const input of [pem, noted, `${CERTIFICATE}\n${pem}`, jwk]) {
      assertEquals((await readPrivateKey(input)).alg, alg);
    }
    for (const other of possible) {
      assertEquals((await readPrivateKey(pem, { alg: other })).alg, other);
    }
    const read = await readPrivateKey(JSON.stringify({ ...jwk, kid: "k" }));
    assertEquals([read.alg, read.kid, read.key.extractable], [alg, "k", false]);
    const message = await refusal(pem, { alg: "HS256" });
    assertEquals(
      message,
      `The key does not fit the signing algorithm; it can sign ${[alg, ...possible].join(", ")}`,
    );
  });
}

Deno.test("readPrivateKey takes a key of the runtime's own for what it was made for", async () => {
  const expected = { RSA: "RS256", PSS: "PS384", "P-256": "ES256", Ed25519: "EdDSA" };
  for (const [kind, alg] of Object.entries(expected)) {
    const { key } = keys[kind]!;
    assertEquals(await readPrivateKey(key, { kid: "k" }), { key, alg, kid: "k" });
  }
  assertMatch(await refusal(keys.RSA!.key, { alg: "PS256" }), /it can sign RS256$/);
  const hmac = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
  assertEquals(await refusal(hmac), "The key cannot sign");
  const ecdh = { name: "ECDH", namedCurve: "P-256" };
  const { privateKey } = await crypto.subtle.generateKey(ecdh, true, ["deriveBits"]);
  assertEquals(await refusal(privateKey), "The key cannot sign");
});

Deno.test(
  needs("readPrivateKey takes the algorithm and the id that a JSON Web Key names", "npm:jose"),
  async () => {
    const jwk = { ...keys.RSA!.jwk, alg: "PS384", kid: "own", key_ops: ["sign"], use: "sig" };
    assertEquals(pickOf(await readPrivateKey(jwk)), ["PS384", "own"]);
    assertEquals(pickOf(await readPrivateKey(jwk, { alg: "RS256", kid: "k" })), ["RS256", "k"]);
  },
);

Deno.test(needs("readPrivateKey takes the one key of a set that fits", "npm:jose"), async () => {
  const [a, b] = [{ ...keys["P-256"]!.jwk, kid: "a" }, { ...keys.RSA!.jwk, kid: "b" }];
  const encryption = { ...keys.RSA!.jwk, kid: "c", use: "enc" };
  const { d: _, ...verifying } = { ...keys["P-384"]!.jwk, kid: "d" };
  const others = [
    { ...keys.RSA!.jwk, kid: "e", key_ops: ["decrypt"] },
    { ...keys.RSA!.jwk, kid: "f", alg: "RSA-OAEP", key_ops: undefined },
    { ...keys["P-256"]!.jwk, kid: "g", alg: "ECDH-ES", key_ops: undefined },
  ];
  const set = { keys: [a, b, encryption, verifying, ...others] };
  assertEquals(pickOf(await readPrivateKey(set, { kid: "b" })), ["RS256", "b"]);
  assertEquals(pickOf(await readPrivateKey(set, { alg: "PS256" })), ["PS256", "b"]);
  assertEquals(pickOf(await readPrivateKey({ keys: [a, encryption] })), ["ES256", "a"]);
  assertEquals(await refusal(set), "2 keys of the set can sign; name one by its key id");
  for (const kid of ["c", "d", "e", "f", "g", "h"]) {
    assertEquals(await refusal(set, { kid }), "No private key of the set has that key id");
  }
  assertEquals(
    await refusal(JSON.stringify(set), { alg: "ES384" }),
    "No private key of the set can sign with that",
  );
  const bound = { keys: [{ ...b, alg: "RS384" }] };
  assertEquals(
    await refusal(bound, { alg: "PS256" }),
    "No private key of the set can sign with that",
  );
  for (const odd of ['{"keys":[]}', '{"keys":{}}', '{"keys":[null]}']) {
    assertEquals(await refusal(odd), "No private key of the set can sign with that");
  }
});

Deno.test(
  needs(
    "readPrivateKey refuses a JSON Web Key that is not for signing, or whose alg is not its own",
    "npm:jose",
  ),
  async () => {
    const { jwk } = keys.RSA!;
    const message = "The JSON Web Key is not for signing; see its use, key_ops and alg";
    const algorithms = ["RSA-OAEP-256", "ECDH-ES", "A128KW", "dir"].map((alg) => ({ alg }));
    for (const wrong of [{ use: "enc" }, { key_ops: ["decrypt"] }, ...algorithms]) {
      assertEquals(await refusal({ ...jwk, ...wrong }), message);
    }
    assertEquals(
      await refusal({ ...keys["P-256"]!.jwk, alg: "ES384" }),
      "The alg of the JSON Web Key does not fit its kind, which can sign ES256",
    );
    assertEquals(
      pickOf(await readPrivateKey({ ...jwk, alg: "ES256" }, { alg: "RS256" }))[0],
      "RS256",
    );
    assertEquals(
      await refusal(keys["P-256"]!.jwk, { alg: "ES384" }),
      "The key does not fit the signing algorithm; it can sign ES256",
    );
    assertMatch(
      await refusal({ kty: "OKP", crv: "X", d: "d", alg: "ES256" }),
      /^The key must be RSA/,
    );
  },
);

Deno.test("readPrivateKey refuses a key id that is no string", async () => {
  for (const kid of [1, null, {}]) {
    const text = JSON.stringify({ ...keys["P-256"]!.jwk, kid });
    assertEquals(await refusal(text), "The kid of the JSON Web Key must be a string");
  }
});

const CONVERT = "convert it: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW";
for (
  const [what, text, message] of [
    ["an encrypted key", pem("ENCRYPTED PRIVATE KEY"), `is encrypted; ${CONVERT}`],
    [
      "a key encrypted in the old way",
      "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nczNjcjN0\n-----END",
      `is encrypted; ${CONVERT}`,
    ],
    ["a PKCS#1 key", pem("RSA PRIVATE KEY"), `is not in PKCS#8; ${CONVERT}`],
    ["a SEC 1 key", pem("EC PRIVATE KEY"), `is not in PKCS#8; ${CONVERT}`],
    ["a public key", pem("PUBLIC KEY"), "There is no private key, but a public key"],
    ["a certificate", pem("CERTIFICATE"), "There is no private key, but a certificate"],
    ["other text", "s3cr3t", "There is no private key"],
    ["nothing", " \n", "There is no private key; it must be PKCS#8"],
    ["an empty text", "", "There is no private key; it must be PKCS#8"],
    ["an empty object", {}, "The JSON Web Key is not a private key"],
    ["broken base64", pem("PRIVATE KEY").replace("czNj", "s3cr3t=="), "not valid PKCS#8"],
    ["a key of another kind", pem("PRIVATE KEY"), "The key must be RSA, P-256"],
    ["broken JSON", '{"d":"s3cr3t"', "is neither PEM nor JSON"],
    ["a public JSON Web Key", '{"kty":"EC","crv":"P-256","x":"s3cr3t"}', "is not a private key"],
    ["a symmetric JSON Web Key", '{"kty":"oct","k":"s3cr3t"}', "is not a private key"],
    ["an unknown curve", '{"kty":"EC","crv":"secp256k1","d":"s3cr3t"}', "The key must be RSA"],
    ["an invalid JSON Web Key", '{"kty":"EC","crv":"P-256","d":"s3cr3t"}', "is not valid"],
  ] as const
) {
  const name = `readPrivateKey refuses ${what}, and repeats none of it`;
  Deno.test(needs(name, what === "an invalid JSON Web Key" && "npm:jose"), async () => {
    const said = await refusal(text);
    assertStringIncludes(said, message);
    assertEquals(/s3cr3t|czNj/.test(said), false);
  });
}

Deno.test(
  needs(
    "readPrivateKey refuses a key that is cut off, and an RSA key that is too short",
    "npm:jose",
  ),
  async () => {
    const cut = keys.RSA!.pem.split("\n").toSpliced(5, 1).join("\n");
    assertEquals(await refusal(cut), "The private key is not valid PKCS#8");
    const short = await crypto.subtle.generateKey(
      { ...KINDS.RSA, modulusLength: 1024 },
      true,
      ["sign", "verify"],
    ) as CryptoKeyPair;
    const message = "The RSA key must have at least 2048 bits (RFC 7518 §3.3)";
    assertEquals(await refusal(await toPem(short.privateKey)), message);
    assertEquals(await refusal(short.privateKey), message);
  },
);

function pem(label: string): string {
  return `-----BEGIN ${label}-----\nczNjcjN0\n-----END ${label}-----\n`;
}

function pickOf({ alg, kid }: { alg: string; kid?: string }) {
  return [alg, kid];
}

async function refusal(input: PrivateKeyInput, options?: KeyOptions): Promise<string> {
  const error = await assertRejects(() => readPrivateKey(input, options), TokenError);
  assertEquals(error.kind, "usage");
  assertEquals(error.cause, undefined);
  return error.message;
}
