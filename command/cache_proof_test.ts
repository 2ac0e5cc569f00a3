import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  assertFails,
  type Outcome,
  pathOf,
  runCommand,
  withEndpoint,
  withFiles,
} from "../tests/support/command.ts";
import { PEM, toPem } from "../tests/support/keys.ts";
import { needs } from "../tests/support/needs.ts";
import { json, TOKEN } from "../tests/support/stub_fetch.ts";
import { runMain } from "../tests/support/run_main.ts";
import { pem, startMtlsServer } from "../tests/support/mtls_server.ts";
import { fileStore } from "../token_source/file_store.ts";
import { tokenSource } from "../token_source/token_source.ts";

const other = await crypto.subtle.generateKey(
  { name: "ECDSA", namedCurve: "P-256" },
  true,
  ["sign", "verify"],
);
const FILES = {
  "key.pem": PEM,
  "other.pem": await toPem(other.privateKey),
  "client.key": pem("client.key"),
  "client.pem": pem("client.pem"),
  "assertion.jwt": "head.body.signature\n",
};
const CHANGED = "the stored value was changed, or sealed with another secret";

async function keepFromOthers(cwd: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  for (const name of Object.keys(FILES)) await Deno.chmod(`${cwd}/${name}`, 0o600);
}

/** Runs `work` with the command in a folder of these files, and with a server that numbers its tokens. */
async function withKeys(
  work: (run: (...args: string[]) => Promise<Outcome>, at: {
    cwd: string;
    token_url: string;
    requests: () => number;
  }) => Promise<void>,
  token_type = "Bearer",
): Promise<void> {
  let issued = 0;
  const answer = () => json({ ...TOKEN, access_token: `t${++issued}`, token_type })();
  await withEndpoint(answer, (_, __, token_url) =>
    withFiles(FILES, async (cwd) => {
      await keepFromOthers(cwd);
      const base = [`--token-url=${token_url}`, "--client-id=id", `--cache=${cwd}/cache`];
      const run = (...args: string[]) =>
        runMain([...base, ...args.map((arg) => arg.replace("=./", `=${cwd}/`))], {
          granted: ["net", "read", "write"],
        });
      await work(run, { cwd, token_url, requests: () => issued });
    }));
}

Deno.test(
  needs("a cached token is sealed with the bytes of --client-key", "npm:jose"),
  () =>
    withKeys(async (run, { cwd, token_url, requests }) => {
      for (let i = 0; i < 2; i++) {
        assertEquals(await run("--client-key=./key.pem"), { code: 0, stdout: "t1\n", stderr: "" });
      }
      // The library finds it with the same bytes.
      const source = tokenSource({ token_url, client_id: "id", auth_method: () => {} }, {
        store: fileStore(`${cwd}/cache`),
        sealKey: new TextEncoder().encode(FILES["key.pem"]),
      });
      assertEquals((await source.get()).access_token, "t1");
      const other = await run("--client-key=./other.pem");
      assertEquals([other.stdout, requests()], ["t2\n", 2]);
      assertEquals(other.stderr, `warning: The token could not be opened: ${CHANGED}\n`);
    }),
);

Deno.test(
  needs("a cached token is sealed with the secret that signs", "npm:jose"),
  () =>
    withKeys(async (run, { requests }) => {
      const flags = ["--auth-method=client_secret_jwt", `--client-secret=${"s".repeat(32)}`];
      for (let i = 0; i < 2; i++) assertEquals((await run(...flags)).stdout, "t1\n");
      const other = await run(flags[0]!, `--client-secret=${"o".repeat(32)}`);
      assertEquals([other.stdout, requests()], ["t2\n", 2]);
      assertStringIncludes(other.stderr, CHANGED);
    }),
);

Deno.test(
  needs("a cached token that is bound to --dpop-key is found with that key alone", "npm:jose"),
  () =>
    withKeys(async (run, { requests }) => {
      const runWith = async (...args: string[]) => (await run("--client-secret=b", ...args)).stdout;
      assertEquals(await runWith("--dpop-key=./key.pem"), "t1\n");
      assertEquals(await runWith("--dpop-key=./other.pem"), "t2\n");
      assertEquals(await runWith("--dpop-key=./key.pem"), "t1\n");
      assertEquals(await runWith("--dpop-key=./other.pem"), "t2\n");
      assertEquals(requests(), 2);
    }, "DPoP"),
);

Deno.test(
  needs("with an assertion that others issued, a cache needs --dpop-key", "npm:jose"),
  () =>
    withKeys(async (run, { requests }) => {
      const message = "--cache needs a secret or a key to seal the token with; " +
        "--client-assertion-file is neither\nhint: Leave out --cache and TOKEN_CACHE, or bind";
      for (const more of [[], ["--explain"], ["--refresh"]]) {
        assertFails(await run("--client-assertion-file=./assertion.jwt", ...more), 2, message);
      }
      assertEquals(requests(), 0);
      const both = ["--client-assertion-file=./assertion.jwt", "--dpop-key=./key.pem"];
      for (let i = 0; i < 2; i++) assertEquals((await run(...both)).stdout, "t1\n");
    }, "DPoP"),
);

Deno.test(
  needs(
    "a cached token is sealed with the certificate, too, and with the way to authenticate",
    "npm:jose",
  ),
  async () => {
    await using server = await startMtlsServer();
    await withFiles(FILES, async (cwd) => {
      await keepFromOthers(cwd);
      const ca = pathOf("tests/data/tls/ca.pem");
      const permissions = ["--allow-net", "--allow-read", `--allow-write=${cwd}`, `--cert=${ca}`];
      const files = ["--client-key=client.key", "--client-cert=client.pem", "--cache=cache"];
      const base = [`--token-url=${server.origin}/`, "--client-id=id", ...files];
      const runWith = (method: string) =>
        runCommand([...base, `--auth-method=${method}`], { permissions, cwd });
      for (const count of [1, 1]) {
        const outcome = await runWith("tls_client_auth");
        assertEquals([outcome, server.requests.length], [
          { code: 0, stdout: "abc\n", stderr: "" },
          count,
        ]);
      }
      const other = await runWith("private_key_jwt");
      assertEquals([other.stdout, server.requests.length], ["abc\n", 2]);
      assert(other.stderr.includes(CHANGED), other.stderr);
    });
  },
);
