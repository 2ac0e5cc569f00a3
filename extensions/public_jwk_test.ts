import { assertEquals, assertRejects } from "@std/assert";
import { toBase64 } from "../runtime/base64.ts";
import { needs } from "../tests/support/needs.ts";
import "../tests/support/jose.ts";
import { TokenError } from "../token.ts";
import { dpopKey } from "./dpop.ts";
import { readPrivateKey } from "./private_key.ts";
import { publicJwkOf } from "./public_jwk.ts";

/** A key whose public point, which is at its end, is not on the curve. */
async function damagedKey(): Promise<string> {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey } = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const bytes = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  bytes[bytes.length - 1]! ^= 1;
  return `-----BEGIN PRIVATE KEY-----\n${toBase64(bytes)}\n-----END PRIVATE KEY-----\n`;
}

const USES = {
  publicJwkOf: async (pem: string) => {
    const { key } = await readPrivateKey(pem, { extractable: true });
    return await publicJwkOf(key);
  },
  dpopKey: (pem: string) => dpopKey(pem),
};

for (const [name, use] of Object.entries(USES)) {
  Deno.test(needs(`${name} refuses a damaged key`, "npm:jose"), async () => {
    const pem = await damagedKey();
    const { code } = await assertRejects(() => use(pem), TokenError);
    assertEquals(code, "key_invalid");
  });
}
