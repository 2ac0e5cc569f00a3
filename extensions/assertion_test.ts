import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto";
import { type Call, json, REQUEST, stubFetch, text, TOKEN } from "../tests/support/stub_fetch.ts";
import { buildRequest, requestToken, TokenError } from "../token.ts";
import {
  type Authenticate,
  clientAssertion,
  clientSecretJwt,
  privateKeyJwt,
  type PrivateKeyJwtOptions,
} from "./assertion.ts";
import { decodeProtectedHeader, jwtVerify } from "../tests/support/jose.ts";
import { needs } from "../tests/support/needs.ts";

const { token_url, client_id } = REQUEST;
const ISSUER = "https://login.example.com";
const EC = { name: "ECDSA", namedCurve: "P-256" };
const SECRET = "my_secret_456_that_is_32_bytes_long";
const { privateKey, publicKey } = await crypto.subtle.generateKey(EC, false, ["sign", "verify"]);
const CERTIFICATE = Deno.readTextFileSync(
  new URL("../tests/data/tls/valid.pem", import.meta.url),
);

const rsaKeys = await Promise.all([1, 2].map(async () => {
  const kind = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048 };
  const publicExponent = new Uint8Array([1, 0, 1]);
  const pair = await crypto.subtle.generateKey({ ...kind, publicExponent }, true, ["sign"]);
  return await crypto.subtle.exportKey("jwk", (pair as CryptoKeyPair).privateKey);
}));

/** What is sent with this method: the form without the assertion, and the assertion. */
async function send(auth_method: Authenticate): Promise<[Record<string, string>, string, Call[]]> {
  const { calls, fetch } = stubFetch(json(TOKEN));
  await requestToken({ token_url, client_id, auth_method, scope: "a" }, { fetch });
  const form = new URLSearchParams(calls[0]!.init.body as string);
  const assertion = form.get("client_assertion")!;
  form.delete("client_assertion");
  return [Object.fromEntries(form), assertion, calls];
}

async function headerOf(options: PrivateKeyJwtOptions) {
  const [, assertion] = await send(privateKeyJwt(privateKey, options));
  return decodeProtectedHeader(assertion);
}

Deno.test(
  needs("privateKeyJwt sends the client id and a signed assertion, and no secret", "npm:jose"),
  async () => {
    const before = Math.floor(Date.now() / 1000);
    const [form, assertion, calls] = await send(privateKeyJwt(privateKey));
    assertEquals(form, {
      grant_type: "client_credentials",
      client_id,
      scope: "a",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
    assertEquals("authorization" in (calls[0]!.init.headers as object), false);
    const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, {
      audience: token_url,
      issuer: client_id,
      subject: client_id,
      maxTokenAge: 60,
    });
    assertEquals(protectedHeader, { alg: "ES256", typ: "JWT" });
    const { jti, iat = 0, exp, ...claims } = payload;
    assertEquals(claims, { iss: client_id, sub: client_id, aud: token_url });
    assert(iat >= before && iat <= Date.now() / 1000);
    assertEquals([exp, typeof jti], [iat + 60, "string"]);
  },
);

Deno.test(
  needs(
    "privateKeyJwt addresses the issuer if it is known, and types that as RFC 10070 does",
    "npm:jose",
  ),
  async () => {
    for (
      const [options, aud, typ] of [
        [{}, token_url, "JWT"],
        [{ issuer: ISSUER }, ISSUER, "client-authentication+jwt"],
        [{ issuer: ISSUER, audience: token_url }, token_url, "JWT"],
        [{ issuer: ISSUER, typ: "JWT" }, ISSUER, "JWT"],
        [{ audience: "x", typ: "y" }, "x", "y"],
      ] as [PrivateKeyJwtOptions, string, string][]
    ) {
      const [, assertion] = await send(privateKeyJwt(privateKey, { ...options, lifetime: 300 }));
      const { payload, protectedHeader } = await jwtVerify(assertion, publicKey);
      assertEquals([payload.aud, protectedHeader.typ], [aud, typ]);
      assertEquals(payload.exp! - payload.iat!, 300);
    }
  },
);

for (const lifetime of [0, -5, NaN, Infinity, "60", null] as number[]) {
  Deno.test(`privateKeyJwt and clientSecretJwt refuse a lifetime of ${JSON.stringify(lifetime)}`, () => {
    const make = [
      () => privateKeyJwt(privateKey, { lifetime }),
      () => clientSecretJwt(SECRET, { lifetime }),
    ];
    for (const { kind, code, message, option } of make.map((f) => assertThrows(f, TokenError))) {
      assertEquals([kind, code, option], ["usage", "lifetime_invalid", "lifetime"]);
      assertEquals(message, "lifetime must be a number of seconds, more than 0");
    }
  });
}

Deno.test(needs("privateKeyJwt names the key and the certificate", "npm:jose"), async () => {
  assertEquals((await headerOf({ kid: "k1" })).kid, "k1");
  const { fingerprint256, raw } = new X509Certificate(CERTIFICATE);
  const sha256 = btoa(
    String.fromCharCode(...fingerprint256.split(":").map((hex) => parseInt(hex, 16))),
  ).replaceAll("+", "-").replaceAll("/", "_").replace("=", "");
  const chain = `${CERTIFICATE}\n${CERTIFICATE.replace("MII", "MIJ")}`;
  assertEquals((await headerOf({ certificate: chain }))["x5t#S256"], sha256);
  assertEquals("x5t" in await headerOf({ certificate: CERTIFICATE }), false);
  const sha1 = createHash("sha1").update(raw).digest("base64url");
  assertEquals((await headerOf({ certificate: CERTIFICATE, x5t: true })).x5t, sha1);
  const wrong = CERTIFICATE.replace("MII", "*II");
  for (const certificate of ["x", wrong, CERTIFICATE.replaceAll("CERTIFICATE", "certificate")]) {
    const error = await assertRejects(() => headerOf({ certificate }), TokenError);
    assertEquals([error.kind, error.message], ["usage", "The certificate is not PEM"]);
  }
});

Deno.test(needs("privateKeyJwt signs anew for each attempt", "npm:jose"), async () => {
  const { calls, fetch } = stubFetch(text("", { status: 503, headers: { "retry-after": "0" } }));
  const request = { token_url, client_id, auth_method: privateKeyJwt(privateKey) };
  await assertRejects(() => requestToken(request, { fetch, retries: 2 }), TokenError);
  const ids = await Promise.all(calls.map(async ({ init }) => {
    const assertion = new URLSearchParams(init.body as string).getAll("client_assertion");
    assertEquals(assertion.length, 1);
    return (await jwtVerify(assertion[0]!, publicKey)).payload.jti;
  }));
  assertEquals([ids.length, new Set(ids).size], [3, 3]);
});

Deno.test("privateKeyJwt ends the request with a key that is wrong, before anything is sent", async () => {
  const { calls, fetch } = stubFetch(json(TOKEN));
  const auth_method = privateKeyJwt("-----BEGIN RSA PRIVATE KEY-----\ns3cr3t");
  const request = { token_url, client_id, auth_method };
  for (let times = 0; times < 2; times++) {
    const error = await assertRejects(() => requestToken(request, { fetch }), TokenError);
    assertEquals([error.kind, calls.length], ["usage", 0]);
    assertEquals(
      JSON.stringify(error).includes("s3cr3t") || error.stack!.includes("s3cr3t"),
      false,
    );
  }
});

for (const member of ["n", "d", "p", "q"] as const) {
  Deno.test(
    needs(`privateKeyJwt refuses an RSA key whose ${member} is another key's`, "npm:jose"),
    async () => {
      const [own, other] = rsaKeys;
      const { calls, fetch } = stubFetch(json(TOKEN));
      const auth_method = privateKeyJwt({ ...own, [member]: other![member] });
      const request = { token_url, client_id, auth_method };
      const error = await assertRejects(() => requestToken(request, { fetch }), TokenError);
      assertEquals([error.kind, error.code, error.cause], ["usage", "key_invalid", undefined]);
      assertEquals(error.message, "The private key is not valid; it cannot sign");
      assertEquals(calls.length, 0);
    },
  );
}

Deno.test(needs("privateKeyJwt opens a key with its passphrase", "npm:jose"), async () => {
  const { privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const encryption = { cipher: "aes-256-cbc", passphrase: "secret" };
  const text = key.export({ type: "pkcs8", format: "pem", ...encryption });
  const [, assertion] = await send(privateKeyJwt(`${text}`, { passphrase: "secret" }));
  assertEquals(decodeProtectedHeader(assertion).alg, "ES256");
});

Deno.test(needs("privateKeyJwt reads the key again if that failed", "npm:jose"), async () => {
  const pair = await crypto.subtle.generateKey(EC, true, ["sign", "verify"]);
  const { d, ...jwk }: JsonWebKey = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const auth_method = privateKeyJwt(jwk);
  await assertRejects(() => send(auth_method), TokenError, "not a private key");
  Object.assign(jwk, { d });
  assertEquals((await send(auth_method))[1].split(".").length, 3);
});

for (const [alg, bytes] of [["HS256", 32], ["HS384", 48], ["HS512", 64]] as const) {
  Deno.test(needs(`clientSecretJwt signs with the secret and ${alg}`, "npm:jose"), async () => {
    const secret = "é".repeat(bytes / 2);
    const [form, assertion] = await send(clientSecretJwt(secret, { alg, issuer: ISSUER }));
    assertEquals("client_secret" in form, false);
    const key = new TextEncoder().encode(secret);
    const { protectedHeader, payload } = await jwtVerify(assertion, key, { audience: ISSUER });
    assertEquals(protectedHeader, { alg, typ: "client-authentication+jwt" });
    assertEquals([payload.iss, payload.sub], [client_id, client_id]);
    const { message } = assertThrows(
      () => clientSecretJwt(`${secret.slice(1)}e`, { alg }),
      TokenError,
    );
    assertEquals(message, `${alg} needs a client secret of at least ${bytes} bytes`);
  });
}

Deno.test(
  needs(
    "clientSecretJwt uses HS256, refuses what is not HMAC, and the secret stays masked",
    "npm:jose",
  ),
  async () => {
    const [, assertion] = await send(clientSecretJwt(SECRET));
    assertEquals(decodeProtectedHeader(assertion), { alg: "HS256", typ: "JWT" });
    const { message } = assertThrows(() => clientSecretJwt(SECRET, { alg: "none" }), TokenError);
    assertEquals(message, "A secret can sign HS256, HS384, HS512, and nothing else");
    const built = buildRequest({
      token_url,
      client_id,
      client_secret: SECRET,
      auth_method: clientSecretJwt(SECRET),
    });
    assertEquals(built.mask(`not ${SECRET}`), "not ***");
  },
);

Deno.test("clientAssertion sends what it is given, asked anew for each attempt", async () => {
  let times = 0;
  const auth_method = clientAssertion(() => `head.body.${++times}\n`);
  const { calls, fetch } = stubFetch(text("", { status: 503 }), json(TOKEN));
  await requestToken({ token_url, client_id, auth_method }, { fetch });
  const sent = calls.map(({ init }) => new URLSearchParams(init.body as string));
  assertEquals(sent.map((form) => form.get("client_assertion")), ["head.body.1", "head.body.2"]);
  assertEquals(sent[1]!.get("client_id"), client_id);
});

Deno.test("clientAssertion refuses what is not a JWT, and repeats none of it", async () => {
  const { calls, fetch } = stubFetch(json(TOKEN));
  for (const odd of ["", "s3cr3t", "a.b", "a.b.c d", "a.b.c.d.e.f"]) {
    const auth_method = clientAssertion(() => Promise.resolve(odd));
    const request = { token_url, client_id, auth_method };
    const { kind, message } = await assertRejects(
      () => requestToken(request, { fetch }),
      TokenError,
    );
    assertEquals([kind, message], ["usage", "The client assertion is not a JWT"]);
  }
  assertEquals(calls.length, 0);
});

Deno.test(
  needs("privateKeyJwt asks for the key before each attempt, and signs with that", "npm:jose"),
  async () => {
    const next = await crypto.subtle.generateKey(EC, false, ["sign", "verify"]);
    const given = [
      privateKey,
      Promise.resolve({ key: next.privateKey, kid: "next", certificate: CERTIFICATE }),
      await crypto.subtle.exportKey(
        "jwk",
        (await crypto.subtle.generateKey(EC, true, ["sign"])).privateKey,
      ),
    ];
    const auth_method = privateKeyJwt(() => given.shift()!, { kid: "first" });
    const [, first] = await send(auth_method);
    const { protectedHeader } = await jwtVerify(first, publicKey);
    assertEquals(protectedHeader, { alg: "ES256", typ: "JWT", kid: "first" });

    const [, second] = await send(auth_method);
    const { protectedHeader: header } = await jwtVerify(second, next.publicKey);
    assertEquals(header.kid, "next");
    const thumbprint = new X509Certificate(CERTIFICATE).raw;
    assertEquals(header["x5t#S256"], createHash("sha256").update(thumbprint).digest("base64url"));

    const [, third] = await send(auth_method);
    await assertRejects(() => jwtVerify(third, next.publicKey), Error);
    assertEquals(decodeProtectedHeader(third).kid, "first");
  },
);

Deno.test("privateKeyJwt ends the request with what the function for the key throws", async () => {
  const { calls, fetch } = stubFetch(json(TOKEN));
  const request = (get: () => never | string) =>
    requestToken({ token_url, client_id, auth_method: privateKeyJwt(get) }, { fetch });
  await assertRejects(
    () =>
      request(() => {
        throw new RangeError("no vault");
      }),
    RangeError,
    "no vault",
  );
  const { code } = await assertRejects(() => request(() => "no key"), TokenError);
  assertEquals([code, calls.length], ["key_unknown_format", 0]);
});

Deno.test(
  needs("clientSecretJwt asks for the secret before each attempt", "npm:jose"),
  async () => {
    const secrets = [SECRET, `${SECRET}_next`, "short"];
    const left = [...secrets];
    const auth_method = clientSecretJwt(() => Promise.resolve(left.shift()!));
    for (const secret of secrets.slice(0, 2)) {
      const [, assertion] = await send(auth_method);
      await jwtVerify(assertion, new TextEncoder().encode(secret));
    }
    const { code } = await assertRejects(() => send(auth_method), TokenError);
    assertEquals(code, "secret_too_short");
  },
);
