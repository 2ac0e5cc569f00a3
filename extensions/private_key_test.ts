import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { createPrivateKey } from "node:crypto";
import { withFiles } from "../tests/support/command.ts";
import "../tests/support/jose.ts";
import { needs } from "../tests/support/needs.ts";
import { TokenError } from "../token.ts";
import { type KeyOptions, openPem, type PrivateKeyInput, readPrivateKey } from "./private_key.ts";

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

const KEYS = new URL("../tests/data/keys/", import.meta.url);
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

for (const [kind, alg, type] of [["RSA", "RS256", "pkcs1"], ["P-384", "ES384", "sec1"]] as const) {
  Deno.test(
    needs(`readPrivateKey reads a key of the kind ${kind} in ${type}, and encrypted`, "npm:jose"),
    async () => {
      const { pem } = keys[kind]!;
      const key = createPrivateKey(pem);
      const write = (type: "pkcs1" | "sec1" | "pkcs8", encryption = {}) =>
        `${key.export({ type, format: "pem", ...encryption } as never)}`;
      const plain = write(type);
      assert(/BEGIN (RSA|EC) PRIVATE KEY/.test(plain));
      assertEquals((await readPrivateKey(`${CERTIFICATE}\n${plain}`)).alg, alg);

      const passphrase = "pass phrase é";
      const encrypted = write("pkcs8", { cipher: "aes-256-cbc", passphrase });
      assert(encrypted.includes("BEGIN ENCRYPTED PRIVATE KEY"));
      const read = await readPrivateKey(encrypted, { passphrase, kid: "k" });
      assertEquals([read.alg, read.kid, read.key.extractable], [alg, "k", false]);
      const jwk = (key: CryptoKey) => crypto.subtle.exportKey("jwk", key);
      const { key: same } = await readPrivateKey(encrypted, { passphrase, extractable: true });
      assertEquals((await jwk(same)).d, keys[kind]!.jwk.d);

      for (
        const [passphrase, code] of [["s3cr3t", "passphrase_wrong"], [undefined, "key_encrypted"]]
      ) {
        const error = await failure(encrypted, { passphrase });
        assertEquals([error.code, error.message.includes("s3cr3t")], [code, false]);
      }
    },
  );
}

Deno.test(
  needs("readPrivateKey reads a key that is encrypted in the old way", "npm:jose"),
  async () => {
    const text = Deno.readTextFileSync(new URL("encrypted_pkcs1.pem", KEYS));
    assertMatch(text, /^Proc-Type: 4,ENCRYPTED$/m);
    assertEquals((await readPrivateKey(text, { passphrase: "secret" })).alg, "RS256");
    assertEquals((await failure(text, { passphrase: "other" })).code, "passphrase_wrong");
    assertEquals((await failure(text)).code, "key_encrypted");
  },
);

for (
  const [file, code, openssl] of [
    ["rsa_pss.pem", "key_rsa_pss", "openssl genpkey -algorithm RSA -out NEW"],
    [
      "explicit.pem",
      "key_explicit_curve",
      "openssl ec -in OLD -param_enc named_curve -out NEW",
    ],
    [
      "explicit_sec1.pem",
      "key_explicit_curve",
      "openssl ec -in OLD -param_enc named_curve -out NEW",
    ],
    ["encrypted_pkcs1.pem", "key_encrypted", "openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW"],
  ] as const
) {
  const text = Deno.readTextFileSync(new URL(file, KEYS));
  Deno.test(needs(`readPrivateKey says what ${file} is, and what helps`, "npm:jose"), async () => {
    const error = await failure(text);
    assertEquals(error.code, code);
    assert(error.message.endsWith(`: ${openssl}`), error.message);
  });

  Deno.test(needs(`${openssl} makes a key of ${file}`, "openssl", "npm:jose"), async () => {
    await withFiles({ OLD: text }, async (cwd) => {
      const [command = "", ...args] = openssl.split(" ");
      const stdin = new Blob(["secret\n"]).stream();
      const more = code === "key_encrypted" ? ["-passin", "stdin"] : [];
      const child = new Deno.Command(command, {
        args: [...args, ...more],
        cwd,
        stdin: "piped",
        stdout: "null",
        stderr: "null",
      }).spawn();
      await stdin.pipeTo(child.stdin).catch(() => {});
      assertEquals((await child.status).success, true);
      assertMatch((await readPrivateKey(Deno.readTextFileSync(`${cwd}/NEW`))).alg, /^[RE]S256$/);
    });
  });
}

Deno.test(
  needs("readPrivateKey says what helps where node:crypto is missing", "npm:jose"),
  async () => {
    const { process } = globalThis as unknown as { process: Record<string, unknown> };
    const { getBuiltinModule } = process;
    process.getBuiltinModule = undefined;
    try {
      const error = await failure(pem("EC PRIVATE KEY"));
      assertEquals(error.code, "key_not_pkcs8");
      assertMatch(error.message, /; convert it: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW$/);
      assertEquals((await readPrivateKey(keys["P-256"]!.pem)).alg, "ES256");
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
  },
);

Deno.test("openPem opens what is encrypted, and asks for nothing else", async () => {
  const { pem: plain } = keys["P-256"]!;
  const key = createPrivateKey(plain);
  const options = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "s3cr3t" };
  const encrypted = `${key.export(options as never)}`;
  const opened = await openPem(`${CERTIFICATE}\n${encrypted}`, () => Promise.resolve("s3cr3t"));
  assertEquals(createPrivateKey(opened).equals(key), true);
  const wrong = await assertRejects(
    () => openPem(encrypted, () => Promise.resolve("wr0ng")),
    TokenError,
  );
  assertEquals([wrong.code, /s3cr3t|wr0ng/.test(wrong.message)], ["passphrase_wrong", false]);

  const old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nczNj\n-----END";
  for (
    const [text, code] of [
      [pem("ENCRYPTED PRIVATE KEY"), "key_encrypted"],
      [`${old} RSA PRIVATE KEY-----`, "key_encrypted"],
      [pem("CERTIFICATE"), "key_not_private"],
      [pem("RSA PUBLIC KEY"), "key_not_private"],
      [pem("OPENSSH PRIVATE KEY"), "key_openssh"],
    ] as const
  ) {
    const nobody = () => Promise.resolve(undefined);
    assertEquals((await assertRejects(() => openPem(text, nobody), TokenError)).code, code);
  }
  const never = () => Promise.reject(new Error("asked"));
  for (const text of [plain, `${CERTIFICATE}${pem("EC PRIVATE KEY")}`, "{}", ""]) {
    assertEquals(await openPem(text, never), text);
  }
});

for (const [kind, alg] of [["RSA", "RS256"], ["P-256", "ES256"]] as const) {
  const name = `readPrivateKey reads a key of the kind ${kind} out of JSON or a variable`;
  Deno.test(needs(name, "npm:jose"), async () => {
    const { pem } = keys[kind]!;
    for (const lineEnd of ["\\n", "\\r\\n", " ", ""]) {
      const key = createPrivateKey(pem);
      const type = kind === "RSA" ? "pkcs1" : "sec1";
      for (const text of [pem, `${key.export({ type, format: "pem" } as never)}`]) {
        const written = `"${text.replaceAll("\n", lineEnd)}"`;
        assertEquals((await readPrivateKey(written)).alg, alg, JSON.stringify(lineEnd));
      }
    }
  });
}

Deno.test(
  needs("readPrivateKey finds the key in the JSON of a service account", "npm:jose"),
  async () => {
    const private_key = keys["P-256"]!.pem;
    const text = JSON.stringify({ type: "service_account", private_key, client_email: "a" });
    assertEquals((await readPrivateKey(text)).alg, "ES256");
  },
);

Deno.test(
  needs("the hint for a key of OpenSSH makes one that can be read", "ssh-keygen", "npm:jose"),
  async () => {
    await withFiles({}, async (cwd) => {
      const run = async (...args: string[]) => {
        const command = new Deno.Command("ssh-keygen", { args, cwd, stdout: "null" });
        assert((await command.output()).success);
      };
      await run("-q", "-t", "ecdsa", "-N", "", "-f", "COPY");
      const text = () => Deno.readTextFile(`${cwd}/COPY`);
      assertEquals((await failure(await text())).code, "key_openssh");
      await run("-p", "-N", "", "-m", "PKCS8", "-f", "COPY");
      assertEquals((await readPrivateKey(await text())).alg, "ES256");
    });
  },
);

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

Deno.test(needs("readPrivateKey imports an RSA key for its algorithm", "npm:jose"), async () => {
  const { pem, jwk } = keys.RSA!;
  for (
    const [alg, name, hash] of [
      ["RS256", "RSASSA-PKCS1-v1_5", "SHA-256"],
      ["RS512", "RSASSA-PKCS1-v1_5", "SHA-512"],
      ["PS384", "RSA-PSS", "SHA-384"],
    ] as const
  ) {
    for (const input of [pem, jwk]) {
      const { key } = await readPrivateKey(input, { alg });
      const algorithm = key.algorithm as RsaHashedKeyAlgorithm;
      assertEquals([algorithm.name, algorithm.hash.name], [name, hash]);
    }
  }
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

for (
  const [what, text, code, message] of [
    ["a PKCS#1 key that is none", pem("RSA PRIVATE KEY"), "key_invalid", "is not valid"],
    ["a SEC 1 key that is none", pem("EC PRIVATE KEY"), "key_unsupported", "must be RSA, P-256"],
    ["a public key", pem("PUBLIC KEY"), "key_not_private", "no private key, but a public key"],
    ["a certificate", pem("CERTIFICATE"), "key_not_private", "no private key, but a certificate"],
    [
      "a key of SSH",
      pem("OPENSSH PRIVATE KEY"),
      "key_openssh",
      "The private key is in OpenSSH's own format, and PKCS#8 is needed",
    ],
    ["other text", "s3cr3t", "key_unknown_format", "There is no private key; it must be PEM"],
    ["nothing", " \n", "key_unknown_format", "There is no private key; it must be PEM"],
    ["an empty text", "", "key_unknown_format", "There is no private key; it must be PEM"],
    ["an empty object", {}, "key_not_private", "The JSON Web Key is not a private key"],
    [
      "broken base64",
      pem("PRIVATE KEY").replace("czNj", "s3cr3t=="),
      "key_invalid",
      "The private key is not valid",
    ],
    ["a key of another kind", pem("PRIVATE KEY"), "key_unsupported", "The key must be RSA, P-256"],
    ["broken JSON", '{"d":"s3cr3t"', "key_unknown_format", "is neither PEM nor JSON"],
    [
      "a public JSON Web Key",
      '{"kty":"EC","crv":"P-256","x":"s3cr3t"}',
      "key_not_private",
      "is not a private key",
    ],
    [
      "a symmetric JSON Web Key",
      '{"kty":"oct","k":"s3cr3t"}',
      "key_not_private",
      "is not a private key",
    ],
    ...["secp256k1", "constructor", "__proto__", "toString"].map((crv) =>
      [
        `the curve ${crv}`,
        JSON.stringify({ kty: "EC", crv, d: "s3cr3t" }),
        "key_unsupported",
        "The key must be RSA",
      ] as const
    ),
    [
      "an invalid JSON Web Key",
      '{"kty":"EC","crv":"P-256","d":"s3cr3t"}',
      "key_invalid",
      "The JSON Web Key is not valid",
    ],
  ] as const
) {
  Deno.test(
    needs(`readPrivateKey refuses ${what}, and repeats none of it`, "npm:jose"),
    async () => {
      const error = await failure(text);
      assertEquals(error.code, code);
      assertStringIncludes(error.message, message);
      assertEquals(/s3cr3t|czNj/.test(error.message), false);
    },
  );
}

Deno.test(
  needs(
    "readPrivateKey refuses a key that is cut off, and an RSA key that is too short",
    "npm:jose",
  ),
  async () => {
    const cut = keys.RSA!.pem.split("\n").toSpliced(5, 1).join("\n");
    assertEquals(await refusal(cut), "The private key is not valid");
    const pkcs1 = `${createPrivateKey(keys.RSA!.pem).export({ type: "pkcs1", format: "pem" })}`;
    const cutToo = pkcs1.split("\n").toSpliced(5, 1).join("\n");
    assertEquals(await refusal(cutToo), "The private key is not valid");
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

async function failure(input: PrivateKeyInput, options?: KeyOptions): Promise<TokenError> {
  const error = await assertRejects(() => readPrivateKey(input, options), TokenError);
  assertEquals([error.kind, error.cause], ["usage", undefined]);
  return error;
}

async function refusal(input: PrivateKeyInput, options?: KeyOptions): Promise<string> {
  return (await failure(input, options)).message;
}
