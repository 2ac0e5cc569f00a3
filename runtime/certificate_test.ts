import { createPrivateKey } from "node:crypto";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { pem } from "../tests/support/mtls_server.ts";
import { TokenError } from "../token.ts";
import { checkCertificate, ownFirst } from "./certificate.ts";
import { tidyPem } from "./pem.ts";

const [KEY, CERTIFICATE] = [pem("client.key"), pem("client.pem")];
const SUBJECT = "CN=my-client, O=My company";
const NOT_X509 = "-----BEGIN CERTIFICATE-----\nczNj\n-----END CERTIFICATE-----";
const NOT_KEY = "-----BEGIN PRIVATE KEY-----\nczNj\n-----END PRIVATE KEY-----";

Deno.test("checkCertificate shows whose a certificate is, or that it does not say", () => {
  assertEquals(checkCertificate(CERTIFICATE, KEY).subject, SUBJECT);
  assertEquals(checkCertificate(pem("client-nobody.pem"), KEY).subject, "(no subject)");
});

Deno.test("checkCertificate finds certificate and key in one file, in either order", () => {
  const sec1 = `${createPrivateKey(KEY).export({ type: "sec1", format: "pem" })}`;
  assertStringIncludes(sec1, "BEGIN EC PRIVATE KEY");
  for (
    const text of [`${KEY}${CERTIFICATE}`, `${CERTIFICATE}${KEY}`, `${sec1}${CERTIFICATE}`]
  ) {
    assertEquals(checkCertificate(text, text).subject, SUBJECT);
  }
});

Deno.test("checkCertificate takes the certificate of the key, wherever it stands, and puts it first", () => {
  const own = tidyPem(CERTIFICATE);
  const [authority, other] = [tidyPem(pem("ca.pem")), tidyPem(pem("stranger.pem"))];
  for (
    const text of [own + authority + other, authority + own + other, own + KEY + authority + other]
  ) {
    const { subject, chain } = checkCertificate(text, KEY);
    assertEquals([subject, chain], [SUBJECT, `${own}${authority}${other}`]);
  }
  assertEquals(checkCertificate(NOT_X509 + own, KEY).subject, SUBJECT);
  const message = "The certificate does not match the private key";
  assertThrows(() => checkCertificate(`${authority}${other}`, KEY), TokenError, message);
  assertEquals(ownFirst("none", KEY), "none");
});

Deno.test("checkCertificate refuses what is not a certificate and its key", () => {
  for (
    const [certificate, key, message] of [
      [KEY, KEY, "The certificate is not PEM"],
      [NOT_X509, KEY, "The certificate is not PEM"],
      [CERTIFICATE, CERTIFICATE, "The private key of the certificate must be PEM"],
      [CERTIFICATE, NOT_KEY, "The private key of the certificate must be PEM"],
      [CERTIFICATE, pem("stranger.key"), "The certificate does not match the private key"],
    ] as const
  ) {
    assertThrows(() => checkCertificate(certificate, key), TokenError, message);
  }
});
