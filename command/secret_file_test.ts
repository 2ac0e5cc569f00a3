// The command with a secret in a file, and with PARAMS.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { generateKeyPairSync } from "node:crypto";
import { assertFails, NET, runCommand, withEndpoint, withFiles } from "../tests/support/command.ts";
import { json, TOKEN } from "../tests/support/stub_fetch.ts";
import { runMain, type World } from "../tests/support/run_main.ts";

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PEM = `${privateKey.export({ type: "pkcs8", format: "pem" })}`;
const encryption = { cipher: "aes-256-cbc", passphrase: "p" };
const ENCRYPTED = `${privateKey.export({ type: "pkcs8", format: "pem", ...encryption })}`;

Deno.test("the command reads the secret from a file or standard input, less one newline", async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    const args = [...flags.slice(0, 4), "--client-secret-file"];
    await withFiles({ secret: "a b\n\n" }, async (cwd) => {
      const permissions = [NET, "--allow-read=secret"];
      const { stderr } = await runCommand([...args, "secret"], { permissions, cwd });
      assertEquals(forms[0]!.get("client_secret"), "a b\n");
      assertEquals(
        stderr,
        "warning: The client secret ends in white space; remove it unless it is part of the " +
          "secret\n",
      );
    });
    const piped = { permissions: [NET], stdin: "c d\r\n" };
    const { stderr } = await runCommand([...args, "-", "--explain"], piped);
    assertEquals(forms[1]!.get("client_secret"), "c d");
    assertStringIncludes(stderr, "(from standard input)");
    const denied = await runMain([...args, "s3cr3t"]);
    assertFails(
      denied,
      2,
      "The file of --client-secret-file: read access was not granted\nhint: Add --allow-read=PATH before main.ts",
    );
  });
});

for (
  const [variable, others] of [
    ["CLIENT_SECRET_FILE", {}],
    ["CLIENT_KEY_FILE", {}],
    ["CLIENT_ASSERTION_FILE", {}],
    ["CLIENT_CERT_FILE", { CLIENT_KEY: PEM, AUTH_METHOD: "tls_client_auth" }],
    ["CLIENT_KEY_PASSPHRASE_FILE", { CLIENT_KEY: ENCRYPTED }],
    ["DPOP_KEY_FILE", { CLIENT_SECRET: "b" }],
  ] as [string, Record<string, string>][]
) {
  Deno.test(`the command names ${variable} if the file that it names is not there`, async () => {
    const env = { CLIENT_ID: "a", TOKEN_URL: "https://127.0.0.1:1/", ...others };
    const options: World = { granted: ["net", "env", "read"] };
    await withFiles({}, async (cwd) => {
      const missing = `${cwd}/s3cr3t`;
      const outcome = await runMain([], { ...options, env: { ...env, [variable]: missing } });
      assertFails(outcome, 2, `error: The file of ${variable} cannot be read: `);
      assert(!outcome.stderr.includes("s3cr3t"), outcome.stderr);
      const lines = Object.entries({ ...env, [variable]: missing });
      const file = lines.map(([name, value]) => `${name}='${value}'`).join("\n");
      await Deno.writeTextFile(`${cwd}/x.env`, file);
      const inFile = await runMain([`--env-file=${cwd}/x.env`], options);
      assertFails(inFile, 2, `error: The file of ${variable} cannot be read: `);
    });
  });
}

/** The form that is sent with these settings; what is not in the environment is in a file. */
async function formWith(
  env: Record<string, string>,
  args: string[] = [],
  files: Record<string, string> = {},
): Promise<string> {
  let form = "";
  await withEndpoint(json(TOKEN), async (_, forms, TOKEN_URL) => {
    await withFiles({ first: "from file\n", second: "s2", ".env": "", ...files }, async (cwd) => {
      const here = (text: string) => text.replace("./", `${cwd}/`);
      const variables = Object.entries(env).map(([name, value]) => [name, here(value)]);
      const { code, stderr } = await runMain([...args.map(here), here("--env-file=./.env")], {
        granted: ["net", "env", "read"],
        env: { TOKEN_URL, CLIENT_ID: "a", ...Object.fromEntries(variables) },
      });
      form = code === 0 ? `${forms[0]}`.replace(/^.*&client_id=a&client_secret=/, "") : stderr;
    });
  });
  return form;
}

for (
  const [what, env, args, form] of [
    ["the file of CLIENT_SECRET_FILE", { CLIENT_SECRET_FILE: "./first" }, [], "from+file"],
    ["a flag before CLIENT_SECRET_FILE", { CLIENT_SECRET_FILE: "./no" }, [
      "--client-secret=flag",
    ], "flag"],
    ["--client-secret-file before CLIENT_SECRET", { CLIENT_SECRET: "b" }, [
      "--client-secret-file=./second",
    ], "s2"],
    ["--client-secret-file before CLIENT_SECRET_FILE", { CLIENT_SECRET_FILE: "./first" }, [
      "--client-secret-file=./second",
    ], "s2"],
    ["no empty CLIENT_SECRET_FILE", { CLIENT_SECRET: "b", CLIENT_SECRET_FILE: "" }, [], "b"],
    [
      "the fields of PARAMS",
      { CLIENT_SECRET: "b", PARAMS: "a=1%262&a=%2B&x=https://a.example" },
      [],
      "b&a=1%262&a=%2B&x=https%3A%2F%2Fa.example",
    ],
    [
      "a question mark at the start of PARAMS",
      { CLIENT_SECRET: "b", PARAMS: "?a=1" },
      [],
      "b&%3Fa=1",
    ],
    ["--param in place of PARAMS", { CLIENT_SECRET: "b", PARAMS: "a=1" }, ["--param=c=2"], "b&c=2"],
  ] as [string, Record<string, string>, string[], string][]
) {
  Deno.test(`the command takes ${what}`, async () => {
    assertEquals(await formWith(env, args), form);
  });
}

Deno.test("the command takes a secret from the environment before a file named in .env", async () => {
  const files = { ".env": "CLIENT_SECRET_FILE=/none\nPARAMS=a=1" };
  assertEquals(await formWith({ CLIENT_SECRET: "b" }, [], files), "b&a=1");
});

for (
  const [what, env, message] of [
    [
      "CLIENT_SECRET beside CLIENT_SECRET_FILE",
      { CLIENT_SECRET: "b", CLIENT_SECRET_FILE: "./first" },
      "--client-secret and --client-secret-file exclude each other; so do CLIENT_SECRET and CLIENT_S",
    ],
    ["a CLIENT_SECRET_FILE that is not there", { CLIENT_SECRET_FILE: "./none" }, "The file of "],
    [
      "PARAMS without =",
      { CLIENT_SECRET: "b", PARAMS: "a=1&s3cr3t" },
      'PARAMS must have the form "n',
    ],
    ["PARAMS without a name", { CLIENT_SECRET: "b", PARAMS: "=1" }, "PARAMS must have the form "],
    ["PARAMS with = first", { CLIENT_SECRET: "b", PARAMS: "=a=1" }, "PARAMS must have the form "],
    [
      "PARAMS that set the client's id",
      { CLIENT_SECRET: "b", PARAMS: "client_id=1" },
      "PARAMS must ",
    ],
  ] as [string, Record<string, string>, string][]
) {
  Deno.test(`the command refuses ${what}`, async () => {
    const said = await formWith(env);
    assertStringIncludes(said, `error: ${message}`);
    assertEquals(said.includes("s3cr3t"), false);
  });
}
