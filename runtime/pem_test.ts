import { assertEquals, assertThrows } from "@std/assert";
import { TokenError } from "../token.ts";
import { certificateDer, derOf, pemBlocksOf } from "./pem.ts";

const block = (label: string, body: string) =>
  `-----BEGIN ${label}-----\r\n${body}\r\n-----END ${label}-----`;

Deno.test("pemBlocksOf finds the blocks of a text, and leaves out the rest", () => {
  const [key, certificate] = [block("PRIVATE KEY", "AA=="), block("CERTIFICATE", "AQ==")];
  const legacy = block("RSA PRIVATE KEY", "DEK-Info: AES-128-CBC,00\r\n\r\nAg==");
  const text =
    `# a note\n${key}\nCN = x\n${certificate}${legacy}\n-----BEGIN CERTIFICATE-----\nAw==`;
  assertEquals(pemBlocksOf(text), [
    { label: "PRIVATE KEY", text: key },
    { label: "CERTIFICATE", text: certificate },
    { label: "RSA PRIVATE KEY", text: legacy },
  ]);
  assertEquals(pemBlocksOf("no PEM"), []);
});

Deno.test("derOf reads the bytes of a block", () => {
  assertEquals([...derOf({ label: "X", text: block("X", "AA\r\nEC") })], [0, 1, 2]);
  assertThrows(() => derOf({ label: "X", text: block("X", "*") }), DOMException);
});

Deno.test("certificateDer takes the first certificate", () => {
  const chain = block("PRIVATE KEY", "AA==") + block("CERTIFICATE", "AQ==") +
    block("CERTIFICATE", "Ag==");
  assertEquals([...certificateDer(chain)], [1]);
});

Deno.test("certificateDer refuses a text without a certificate", () => {
  for (const text of ["", block("PRIVATE KEY", "AA=="), block("CERTIFICATE", "*")]) {
    const { kind, code, message } = assertThrows(() => certificateDer(text), TokenError);
    assertEquals([kind, code], ["usage", "certificate_not_pem"]);
    assertEquals(message, "The certificate is not PEM");
  }
});
