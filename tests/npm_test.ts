// deno-lint-ignore-file no-import-prefix
// The npm package: made, installed in an empty project, checked by TypeScript, and run.

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { JOSE_VERSION } from "../runtime/jose.ts";
import { PROJECT, withFiles } from "./support/command.ts";
import { findNode, findRegistry, needs, npm } from "./support/needs.ts";

const EXAMPLE = `
import { requestToken, TokenError, type TokenResponse } from "@client-credentials/token";
import { privateKeyJwt } from "@client-credentials/token/assertion";
import { authorizedFetch } from "@client-credentials/token/authorized-fetch";
import { main } from "@client-credentials/token/cli";
import { chooseAuthMethod, discover } from "@client-credentials/token/discovery";
import { dpopFetch, dpopKey } from "@client-credentials/token/dpop";
import { mutualTlsFetch, type TlsFetch } from "@client-credentials/token/mutual-tls";
import { type TokenSource, tokenSource } from "@client-credentials/token/token-source";

const functions = [authorizedFetch, chooseAuthMethod, discover, dpopFetch, main, tokenSource];
if (!functions.every((value) => typeof value === "function")) throw new Error();
export const show: (options: { certificate: string; key: string }) => TlsFetch = mutualTlsFetch;

const { privateKey } = await crypto.subtle.generateKey(
  { name: "ECDSA", namedCurve: "P-256" },
  false,
  ["sign", "verify"],
);
const dpop = dpopFetch(await dpopKey(), {
  fetch: async (_, init) =>
    Response.json({ access_token: new Headers(init.headers).has("dpop") ? "abc" : "no proof" }),
});
const source: TokenSource = tokenSource({
  token_url: "https://login.example.com/token",
  client_id: "id",
  auth_method: privateKeyJwt(privateKey),
}, { fetch: dpop });
const token: TokenResponse = await source.get();
const error: unknown = await requestToken({ token_url: "", client_id: "id" }).catch((e) => e);
console.log(token.access_token, error instanceof TokenError && error.kind);
// @ts-expect-error: The URL is a text.
requestToken({ token_url: 1, client_id: "id" }).catch(() => {});
`;

const node = await findNode();
await findRegistry();
// It is in Deno's cache then.
await npm(
  "typescript",
  () => import("npm:typescript@5.9.3/package.json", { with: { type: "json" } }),
);

/** Runs a command and returns its output. */
async function run(cwd: string | URL, command: string, ...args: string[]): Promise<string> {
  const env = {
    PATH: `${node.replace(/[^/]*$/, "")}:${Deno.env.get("PATH")}`,
    GITHUB_SERVER_URL: "https://git.example",
    GITHUB_REPOSITORY: "a/token",
  };
  const options = { args, cwd, env, signal: AbortSignal.timeout(60_000) };
  const { success, stdout, stderr } = await new Deno.Command(command, options).output();
  const decoder = new TextDecoder();
  assert(success, `${command} ${args}: ${decoder.decode(stdout)}${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

const INSTALLS = needs(
  "the npm package installs, type-checks and runs",
  "a system other than Windows",
  "tar",
  "Node.js 24",
  "the npm registry",
  "npm:typescript",
);
Deno.test(INSTALLS, async () => {
  const files = { "package.json": '{"type":"module"}', "example.ts": EXAMPLE };
  await withFiles(files, async (cwd) => {
    await run(PROJECT, Deno.execPath(), "run", "--no-lock", "--allow-all", ".ci/pack.ts", cwd);
    const tarball = `client-credentials-token-${config.version}.tgz`;
    const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
    await run(cwd, "npm", "install", ...quiet, tarball);

    const folder = `${cwd}/node_modules/@client-credentials/token`;
    const made = JSON.parse(Deno.readTextFileSync(`${folder}/package.json`));
    const { exports, bin, dependencies, license, version } = made;
    assertEquals(Object.keys(exports), Object.keys(config.exports));
    const commands = ["token", "token-learn", "token-practice-server"];
    assertEquals(bin, Object.fromEntries(commands.map((name) => [name, `./${name}.bin.js`])));
    assertEquals(dependencies, { jose: `^${JOSE_VERSION}` });
    assertEquals([license, version], [config.license, config.version]);
    assertEquals([made.repository.url, made.homepage], [
      "git+https://git.example/a/token.git",
      "https://git.example/a/token#readme",
    ]);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    const folders = ["command", "explain", "extensions", "lesson", "runtime", "token_source"];
    const own = ["LICENSE", "README.md", "deno.json", "main.d.ts", "main.js"];
    const rest = [
      ...commands.map((name) => `${name}.bin.js`),
      "package.json",
      "token.d.ts",
      "token.js",
    ];
    assertEquals(names, [...own, ...folders, ...rest].sort());

    const jose = Deno.readTextFileSync(`${folder}/runtime/jose.js`);
    assertEquals(
      jose.match(/import\(.*?\$/g),
      Array(2).fill("import(/* webpackIgnore: true */ `jose/$"),
    );

    const flags = ["--strict", "--target", "ES2022", "--module", "NodeNext", "--outDir", "out"];
    const tsc = ["run", "-q", "--no-lock", "-A", "npm:typescript@5.9.3/tsc"];
    const [demo, missing, shown, help, learn] = await Promise.all([
      run(cwd, "npx", "token", "--demo"),
      run(cwd, "sh", "-c", "node_modules/.bin/token --env-file=missing 2>&1 || echo $?"),
      run(cwd, "node_modules/.bin/token", "--version"),
      run(cwd, "node_modules/.bin/token", "--help"),
      run(cwd, "node_modules/.bin/token-learn", "--help"),
      run(cwd, Deno.execPath(), ...tsc, ...flags, "example.ts"),
    ]);
    assertMatch(demo, /^practice-[\w-]+\n$/);
    assertMatch(missing, /^error: missing cannot be read: .+\n2\n$/);
    assertEquals(shown, `${config.version}\n`);
    assertMatch(help, /^Usage: token \[flags\]$/m);
    assertMatch(learn, /^Usage: npx token-learn \[flags\]/m);
    assertEquals(await run(cwd, node, "out/example.js"), "abc usage\n");
  });
});
