import { assert, assertEquals } from "@std/assert";
import { pemBlocksOf } from "../runtime/pem.ts";
import { withFiles } from "../tests/support/command.ts";
import { pem } from "../tests/support/mtls_server.ts";
import { needs } from "../tests/support/needs.ts";
import { binaryFormatOf } from "./binary_format.ts";
import { ERRORS } from "./error_table.ts";

const FILES = { "client.key": pem("client.key"), "client.pem": pem("client.pem") };
const EXPORT =
  "pkcs12 -export -inkey client.key -in client.pem -passout pass:my-pass -out client.p12";

/** Runs a program; passes if it succeeds. */
async function runProgram(command: string, cwd: string): Promise<void> {
  const [program = "", ...args] = command.split(" ");
  const { success, stderr } = await new Deno.Command(program, { args, cwd, stdin: "null" })
    .output();
  assert(success, `${command}: ${new TextDecoder().decode(stderr)}`);
}

/** The commands that the hint for a file shows, which ask for no password. */
async function commandsFor(path: string): Promise<string[]> {
  const { code = "" } = binaryFormatOf(await Deno.readFile(path)) ?? {};
  const entry = ERRORS.get(code);
  const advice = entry && "advice" in entry ? `${entry.advice}` : "";
  const commands = advice.match(/(openssl|keytool) [^;,]+?(?=;|,| or |$)/g) ?? [];
  assert(commands.length > 0, `${path}: ${code}`);
  return commands.map((command) =>
    command.replace(/\bFILE\b/, path).replace(/pkcs12 .*/, "$& -passin pass:my-pass")
      .replace(/^keytool .*/, "$& -srcstorepass my-pass -deststorepass my-pass")
  );
}

/** The labels of what is in a file. */
async function labelsIn(path: string): Promise<string[]> {
  return pemBlocksOf(await Deno.readTextFile(path)).map(({ label }) => label);
}

Deno.test(
  needs("the hint for PKCS#12 makes a key and a certificate in PEM", "openssl"),
  async () => {
    await withFiles(FILES, async (cwd) => {
      await runProgram(`openssl ${EXPORT}`, cwd);
      for (const command of await commandsFor(`${cwd}/client.p12`)) await runProgram(command, cwd);
      assertEquals(await labelsIn(`${cwd}/key.pem`), ["PRIVATE KEY"]);
      assertEquals(await labelsIn(`${cwd}/cert.pem`), ["CERTIFICATE"]);
    });
  },
);

Deno.test(needs("the hint for DER makes a key or a certificate in PEM", "openssl"), async () => {
  await withFiles(FILES, async (cwd) => {
    await runProgram("openssl pkey -in client.key -outform DER -out key.der", cwd);
    await runProgram("openssl x509 -in client.pem -outform DER -out cert.der", cwd);
    const [forKey = ""] = await commandsFor(`${cwd}/key.der`);
    const [, forCertificate = ""] = await commandsFor(`${cwd}/cert.der`);
    for (const command of [forKey, forCertificate]) await runProgram(command, cwd);
    assertEquals(await labelsIn(`${cwd}/key.pem`), ["PRIVATE KEY"]);
    assertEquals(await labelsIn(`${cwd}/cert.pem`), ["CERTIFICATE"]);
  });
});

Deno.test(
  needs("the hint for a Java keystore makes a key in PEM", "keytool", "openssl"),
  async () => {
    await withFiles(FILES, async (cwd) => {
      await runProgram(`openssl ${EXPORT}`, cwd);
      await runProgram(
        "keytool -importkeystore -srckeystore client.p12 -srcstoretype PKCS12 -srcstorepass my-pass " +
          "-destkeystore client.jks -deststoretype JKS -deststorepass my-pass",
        cwd,
      );
      for (const command of await commandsFor(`${cwd}/client.jks`)) await runProgram(command, cwd);
      const labels = await labelsIn(`${cwd}/key.pem`);
      assertEquals(labels.sort(), ["CERTIFICATE", "PRIVATE KEY"]);
    });
  },
);
