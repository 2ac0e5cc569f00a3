import { assert, assertEquals, assertThrows } from "@std/assert";
import { assertFails, withEndpoint } from "../tests/support/command.ts";
import { json, TOKEN } from "../tests/support/stub_fetch.ts";
import { TokenError } from "../token.ts";
import { possibleMethods, withoutOverridden } from "./choose_method.ts";
import type { Values } from "./values.ts";
import type { Flags } from "./flags.ts";
import { BASE, EC_CLIENT, NOWHERE, PEM, RSA, run } from "../tests/support/keys.ts";
import { needs } from "../tests/support/needs.ts";

const TLS_AUTH = ["--auth-method=tls_client_auth", "--client-cert=./client.pem"];
for (
  const [args, message] of [
    [["--client-cert=./client.pem"], "--client-cert needs --client-key, its private key"],
    [
      ["--client-key=./key.pem", "--client-assertion-file=./assertion.jwt"],
      "--client-key and --client-assertion-file exclude each other",
    ],
    [
      ["--auth-method=private_key_jwt"],
      "--auth-method private_key_jwt needs --client-key or --client-assertion-file",
    ],
    [
      ["--auth-method=tls_client_auth", "--client-key=./key.pem"],
      "--auth-method tls_client_auth needs --client-cert and --client-key",
    ],
    [
      ["--client-key=./client.key", "--client-cert=./client.pem"],
      "With --client-cert, name the --auth-method: private_key_jwt, tls_client_auth, self_signed",
    ],
    [
      ["--client-key=./key.pem", "--client-secret=b"],
      "--client-secret does not go with --auth-method private_key_jwt\n",
    ],
    [
      ["--client-secret=b", "--auth-method=client_secret_basic", "--client-key=./key.pem"],
      "--client-key does not go with --auth-method client_secret_basic\n",
    ],
    [
      ["--client-secret=b", "--auth-method=client_secret_post", "--client-assertion-file=x"],
      "--client-assertion-file does not go with --auth-method client_secret_post\n",
    ],
    [
      ["--client-secret=b", "--key-id=k"],
      "--key-id does not go with --auth-method client_secret_post, the default",
    ],
    [
      ["--client-secret=b", "--signing-alg=RS256"],
      "--signing-alg does not go with --auth-method client_secret_post, the default",
    ],
    [
      ["--client-assertion-file=./assertion.jwt", "--assertion-audience=x"],
      "--assertion-audience does not go with --client-assertion-file",
    ],
    [
      ["--client-key=./client.key", "--client-cert=./client.pem", "--auth-method=private_key_jwt"],
      "--client-cert needs a token URL with https:",
    ],
    [
      ["--client-secret=b", "--assertion-audience=x"],
      "--assertion-audience does not go with --auth-method client_secret_post, the default",
    ],
    [
      ["--client-key=./client.key", "--client-cert=./none", "--auth-method=private_key_jwt"],
      "The file of --client-cert cannot be read: ",
    ],
    [
      [
        "--client-key=./client.key",
        "--client-cert=./client.pem",
        "--auth-method=client_secret_basic",
      ],
      "Missing CLIENT_SECRET\n",
    ],
    [["--client-key=./missing.pem"], "The file of --client-key cannot be read: "],
    [["--client-key=./old.pem"], "The private key is not valid"],
    [["--client-key=./rsa.pem", "--signing-alg=ES256"], "it can sign RS256, RS384, RS512, PS256"],
    [
      [
        "--client-key=./client.key",
        "--client-cert=./stranger.pem",
        "--auth-method=private_key_jwt",
      ],
      "The certificate does not match the private key",
    ],
    [
      [
        "--client-key=./client.key",
        "--client-cert=./assertion.jwt",
        "--auth-method=tls_client_auth",
      ],
      "The certificate is not PEM",
    ],
    [
      [
        "--client-key=./assertion.jwt",
        "--client-cert=./client.pem",
        "--auth-method=tls_client_auth",
      ],
      "The private key of the certificate must be PEM",
    ],
    [
      ["--client-secret=b", "--dpop-key=./client.pem"],
      "There is no private key, but a certificate",
    ],
    [["--client-secret=b", "--dpop-key=./empty.pem"], "The file of --dpop-key is empty"],
    [["--client-key=./empty.pem"], "The file of --client-key is empty"],
    [[...TLS_AUTH, "--client-key=./client.pem"], "There is no private key, but a certificate"],
    [
      [...TLS_AUTH, "--client-key=./encrypted.pem"],
      "The private key is encrypted; decrypt it: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW",
    ],
    [["--client-assertion-file=./key.pem"], "The client assertion is not a JWT"],
    [
      ["--client-secret=b", "--auth-method=client_secret_jwt", "--signing-alg=RS256"],
      "A secret can sign HS256, HS384, HS512, and nothing else",
    ],
  ] as [string[], string][]
) {
  const name = `the command refuses ${args.join(" ").slice(0, 90)}`;
  const signs = args.some((arg) => arg.endsWith("_jwt") || arg.startsWith("--signing-alg"));
  Deno.test(needs(name, signs && "npm:jose"), async () => {
    const outcome = await run([...BASE, NOWHERE, ...args]);
    assertFails(outcome, 2, message);
    const lines = [PEM, RSA, EC_CLIENT].flatMap((key) => key.split("\n"));
    for (const line of lines) assert(line.length < 30 || !outcome.stderr.includes(line));
    assertEquals(/czNj|s3cr3t/.test(outcome.stderr), false);
  });
}

Deno.test("the command passes over values in the environment that the method does not need", async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    const env = { CLIENT_KEY_FILE: "./missing.pem", KEY_ID: "k", CLIENT_ASSERTION_FILE: "" };
    const args = [...flags, "--auth-method=client_secret_post"];
    assertEquals((await run(args, env)).code, 0);
    assertEquals(forms[0]!.get("client_secret"), "secret");
  });
});

const SECRET_FIELD = "client_secret";
const ASSERTION_FIELD = "client_assertion";
for (
  const [args, env, field] of [
    [["--client-secret=b"], { CLIENT_KEY_FILE: "./missing.pem" }, SECRET_FIELD],
    [["--client-secret=b"], { CLIENT_ASSERTION_FILE: "./missing.jwt" }, SECRET_FIELD],
    [["--client-secret-file=./assertion.jwt"], { CLIENT_KEY_FILE: "./missing.pem" }, SECRET_FIELD],
    [
      ["--client-secret=b"],
      { CLIENT_KEY_FILE: "./missing.pem", CLIENT_CERT_FILE: "./missing.pem" },
      SECRET_FIELD,
    ],
    [
      ["--client-secret=b", "--auth-method=client_secret_post"],
      { CLIENT_KEY_FILE: "./missing.pem", CLIENT_CERT_FILE: "./missing.pem" },
      SECRET_FIELD,
    ],
    [["--client-key=./key.pem"], { CLIENT_ASSERTION_FILE: "./missing.jwt" }, ASSERTION_FIELD],
    [["--client-key=./key.pem"], { CLIENT_CERT_FILE: "./missing.pem" }, ASSERTION_FIELD],
    [
      ["--client-assertion-file=./assertion.jwt", "--auth-method=private_key_jwt"],
      { CLIENT_KEY_FILE: "./missing.pem", CLIENT_SECRET: "b" },
      ASSERTION_FIELD,
    ],
    [
      ["--auth-method=private_key_jwt"],
      { CLIENT_KEY_FILE: "./key.pem", CLIENT_SECRET: "b" },
      ASSERTION_FIELD,
    ],
  ] as [string[], Record<string, string>, string][]
) {
  const names = Object.keys(env).join(", ");
  const name = `the command prefers ${args.join(" ")} to ${names} of the environment`;
  const signs = field === ASSERTION_FIELD;
  Deno.test(needs(name, signs && "npm:jose"), async () => {
    await withEndpoint(json(TOKEN), async (_, forms, token_url) => {
      const outcome = await run([...BASE, `--token-url=${token_url}`, ...args], env);
      assertEquals([outcome.code, outcome.stderr.replace(/^warning: The client secret.*\n/, "")], [
        0,
        "",
      ]);
      assertEquals(
        [SECRET_FIELD, ASSERTION_FIELD].filter((name) => forms[0]!.has(name)),
        [field],
      );
    });
  });
}

for (
  const [args, AUTH_METHOD, message] of [
    [["--client-key=./key.pem"], "client_secret_post", "--client-key does not go with AUTH_METHOD"],
    [
      ["--client-assertion-file=./assertion.jwt"],
      "client_secret_basic",
      "--client-assertion-file does not go with AUTH_METHOD client_secret_basic",
    ],
    [["--client-secret=b"], "tls_client_auth", "needs --client-cert and --client-key"],
  ] as const
) {
  Deno.test(`the command names the conflict of ${args} with AUTH_METHOD ${AUTH_METHOD}`, async () => {
    assertFails(await run([...BASE, NOWHERE, ...args], { AUTH_METHOD }), 2, message);
  });
}

Deno.test("the command needs the client's id beside a key", async () => {
  assertFails(await run([NOWHERE, "--client-key=./key.pem"]), 2, "Missing CLIENT_ID\n");
});

Deno.test(
  needs(
    "the command needs no secret where the environment names an assertion or a key",
    "npm:jose",
  ),
  async () => {
    for (
      const env of [
        { CLIENT_ASSERTION_FILE: "./assertion.jwt" },
        { CLIENT_KEY_FILE: "./key.pem" },
      ] as Record<string, string>[]
    ) {
      await withEndpoint(json(TOKEN), async (_, forms, token_url) => {
        const outcome = await run([...BASE, `--token-url=${token_url}`], env);
        assertEquals([outcome.code, outcome.stderr], [0, ""]);
        assertEquals(forms[0]!.has(ASSERTION_FIELD), true);
      });
    }
  },
);

Deno.test("the command keeps the key of the environment that --client-cert needs", async () => {
  const args = [...BASE, "--token-url=https://127.0.0.1:1/", "--client-cert=./stranger.pem"];
  const outcome = await run([...args, "--client-secret=b"], { CLIENT_KEY_FILE: "./client.key" });
  assertFails(outcome, 2, "The certificate does not match the private key");
});

const FLAG = 0;
const ENV = 1;
const FILE = 2;

/** Values from these places. */
function valuesFrom(ranks: Record<string, number>, auth_method: string): Values {
  const names = Object.entries(ranks);
  const found = names.map(([name, rank]) => [name, { value: "x", place: "", rank }] as const);
  const values: Values = Object.fromEntries(found);
  if (values.auth_method) values.auth_method.value = auth_method;
  return values;
}

/** The methods that these values allow, and the names of those that count. */
function checked(
  ranks: Record<string, number>,
  auth_method: string,
  flags: Flags = {},
): [methods: string[], names: string[]] {
  const values = withoutOverridden(valuesFrom(ranks, auth_method));
  return [possibleMethods(values, flags), Object.keys(values)];
}

for (
  const [sources, method, names] of [
    [{ issuer: FLAG, client_secret: ENV }, "client_secret_post", ["issuer", "client_secret"]],
    [{ issuer: ENV, client_secret: ENV }, "client_secret_post", ["issuer", "client_secret"]],
    [{ issuer: FILE, client_secret: ENV }, "client_secret_post", ["issuer", "client_secret"]],
    [
      { issuer: ENV, token_url: FILE, client_secret: ENV },
      "client_secret_post",
      ["issuer", "token_url", "client_secret"],
    ],
    [
      { issuer: FILE, token_url: ENV, client_secret: ENV },
      "client_secret_post",
      ["token_url", "client_secret"],
    ],
    // The certificate is for TLS, whatever place the secret is from.
    [
      { client_secret: ENV, client_key: FILE, client_cert: FILE },
      "tls_client_auth",
      ["client_secret", "client_key", "client_cert"],
    ],
    [
      { client_secret: FILE, client_key: ENV, client_cert: FILE },
      "client_secret_post",
      ["client_secret", "client_key", "client_cert"],
    ],
  ] as [Record<string, number>, string, string[]][]
) {
  Deno.test(`possibleMethods lets count ${names} of ${JSON.stringify(sources)}`, () => {
    const found = checked({ ...sources, auth_method: ENV }, method);
    assertEquals(found, [[method], [...names, "auth_method"]]);
  });
}

const KEY_AND_CERT = { client_key: FLAG, client_cert: FLAG };
for (
  const [sources, method, flags, message] of [
    [KEY_AND_CERT, "tls_client_auth", { "signing-alg": "ES256" }, "--signing-alg does not go with"],
    [{ ...KEY_AND_CERT, key_id: FLAG }, "tls_client_auth", {}, "--key-id does not go with"],
    [
      KEY_AND_CERT,
      "tls_client_auth",
      { "client-secret": "b" },
      "--client-secret does not go with",
    ],
    [
      { client_key: FLAG },
      "private_key_jwt",
      { "client-secret-file": "b" },
      "--client-secret does not go with",
    ],
    [
      { client_assertion_file: FLAG, key_id: FLAG },
      "private_key_jwt",
      {},
      "--key-id does not go with --client-assertion-file",
    ],
  ] as [Record<string, number>, string, Flags, string][]
) {
  const given = [...Object.keys(sources), ...Object.keys(flags)];
  Deno.test(`possibleMethods refuses ${given} with ${method}`, () => {
    assertThrows(
      () => checked({ ...sources, auth_method: FLAG }, method, flags),
      TokenError,
      message,
    );
  });
}
