import { assertEquals, assertThrows } from "@std/assert";
import { TokenError } from "../token.ts";
import { certificateDers, derOf, pemBlocksOf, tidyPem } from "./pem.ts";

const block = (label: string, body: string) =>
  `-----BEGIN ${label}-----\r\n${body}\r\n-----END ${label}-----`;
const withLf = (text: string) => text.replaceAll("\r", "");

Deno.test("pemBlocksOf finds the blocks of a text, and leaves out the rest", () => {
  const [key, certificate] = [block("PRIVATE KEY", "AA=="), block("CERTIFICATE", "AQ==")];
  const legacy = block("RSA PRIVATE KEY", "DEK-Info: AES-128-CBC,00\r\n\r\nAg==");
  const text =
    `# a note\n${key}\nCN = x\n${certificate}${legacy}\n-----BEGIN CERTIFICATE-----\nAw==`;
  assertEquals(pemBlocksOf(text), [
    { label: "PRIVATE KEY", text: withLf(key) },
    { label: "CERTIFICATE", text: withLf(certificate) },
    { label: "RSA PRIVATE KEY", text: withLf(legacy) },
  ]);
  assertEquals(pemBlocksOf("no PEM"), []);
});

Deno.test("derOf reads the bytes of a block", () => {
  assertEquals([...derOf({ label: "X", text: block("X", "AA\r\nEC") })], [0, 1, 2]);
  assertThrows(() => derOf({ label: "X", text: block("X", "*") }), DOMException);
});

const BODY = "A".repeat(64);
const WANTED = `-----BEGIN X-----\n${BODY}\n${BODY}\nAAAA\n-----END X-----`;
for (
  const [what, text] of [
    ["as files have them", `${WANTED}\n`],
    ["of Windows", WANTED.replaceAll("\n", "\r\n")],
    ["of old Macs", WANTED.replaceAll("\n", "\r")],
    ["written as in JSON", `"${WANTED.replaceAll("\n", "\\n")}\\n"`],
    ["of Windows, written as in JSON", WANTED.replaceAll("\n", "\\r\\n")],
    ["as spaces", WANTED.replaceAll("\n", " ")],
    ["left out", WANTED.replaceAll("\n", "")],
    ["of an indented block", WANTED.replaceAll("\n", "\n    ")],
  ] as const
) {
  Deno.test(`pemBlocksOf and tidyPem read line ends ${what}`, () => {
    assertEquals(pemBlocksOf(text), [{ label: "X", text: WANTED }]);
    assertEquals(tidyPem(text), `${WANTED}\n`);
  });
}

Deno.test("pemBlocksOf keeps the header of a key, also with written line ends", () => {
  const legacy =
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----";
  assertEquals(pemBlocksOf(legacy.replaceAll("\n", "\\n"))[0]?.text, legacy);
});

Deno.test("tidyPem leaves what is no PEM as it is", () => {
  assertEquals(tidyPem('{"a":"\\n"}'), '{"a":"\\n"}');
});

Deno.test("certificateDers takes all certificates", () => {
  const chain = block("PRIVATE KEY", "AA==") + block("CERTIFICATE", "AQ==") +
    block("CERTIFICATE", "Ag==");
  assertEquals(certificateDers(chain).map((der) => [...der]), [[1], [2]]);
});

Deno.test("certificateDers refuses a text without a certificate", () => {
  for (const text of ["", block("PRIVATE KEY", "AA=="), block("CERTIFICATE", "*")]) {
    const { kind, code, message } = assertThrows(() => certificateDers(text), TokenError);
    assertEquals([kind, code], ["usage", "certificate_not_pem"]);
    assertEquals(message, "The certificate is not PEM");
  }
});
