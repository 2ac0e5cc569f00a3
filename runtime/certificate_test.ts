import { createPrivateKey } from "node:crypto";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { pem } from "../tests/support/mtls_server.ts";
import { TokenError } from "../token.ts";
import { readCertificate } from "./certificate.ts";

const [KEY, CERTIFICATE] = [pem("client.key"), pem("client.pem")];
const SUBJECT = "CN=my-client, O=My company";

Deno.test("readCertificate shows whose a certificate is, or that it does not say", () => {
  assertEquals(readCertificate(CERTIFICATE, KEY).subject, SUBJECT);
  assertEquals(readCertificate(pem("client-nobody.pem"), KEY).subject, "(no subject)");
});

Deno.test("readCertificate finds certificate and key in one file, in either order", () => {
  const sec1 = `${createPrivateKey(KEY).export({ type: "sec1", format: "pem" })}`;
  assertStringIncludes(sec1, "BEGIN EC PRIVATE KEY");
  for (
    const text of [`${KEY}${CERTIFICATE}`, `${CERTIFICATE}${KEY}`, `${sec1}${CERTIFICATE}`]
  ) {
    assertEquals(readCertificate(text, text).subject, SUBJECT);
  }
});

Deno.test("readCertificate refuses what is not a certificate and its key", () => {
  for (
    const [certificate, key, message] of [
      [KEY, KEY, "The certificate is not PEM"],
      [CERTIFICATE, CERTIFICATE, "The private key of the certificate must be PEM"],
      [CERTIFICATE, pem("stranger.key"), "The certificate does not match the private key"],
    ] as const
  ) {
    assertThrows(() => readCertificate(certificate, key), TokenError, message);
  }
});
