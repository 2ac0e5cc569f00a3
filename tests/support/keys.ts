// The command with keys, certificates and assertions in files.

import { fileURLToPath } from "node:url";
// Whoever uses a key to sign needs it.
import "./jose.ts";
import { type Outcome, withFiles } from "./command.ts";
import { TOKEN } from "./stub_fetch.ts";
import { runMain } from "./run_main.ts";
import { pem, TLS } from "./mtls_server.ts";

export const isWindows = Deno.build.os === "windows";
export const SECRET = "my_secret_456_that_is_32_bytes_long";
export const pair = await crypto.subtle.generateKey(
  { name: "ECDSA", namedCurve: "P-256" },
  true,
  ["sign", "verify"],
);
export const PEM = await toPem(pair.privateKey);
const rsaPair = await crypto.subtle.generateKey(
  {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  true,
  ["sign", "verify"],
);
export const RSA = await toPem(rsaPair.privateKey);
export const EC_CLIENT = pem("client.key");
export const granted: Deno.PermissionDescriptor["name"][] = ["net", "read", "env", "write"];
export const FILES = {
  "key.pem": PEM,
  "rsa.pem": RSA,
  "old.pem": "-----BEGIN RSA PRIVATE KEY-----\nczNjcjN0\n-----END RSA PRIVATE KEY-----\n",
  "empty.pem": "\n",
  "encrypted.pem":
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nczNj\n-----END ENCRYPTED PRIVATE KEY-----\n",
  "client.key": EC_CLIENT,
  "client.pem": pem("client.pem"),
  "expired.pem": pem("client-expired.pem"),
  "stranger.pem": pem("stranger.pem"),
  "v1.pem": pem("client-v1.pem"),
  "assertion.jwt": "head.body.signature\n",
};
export const CERT = `--cert=${fileURLToPath(new URL("ca.pem", TLS))}`;
export const BASE = ["--client-id=id"];

/** A private key as PKCS #8, in lines of 64 characters. */
export async function toPem(key: CryptoKey): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
  const lines = btoa(String.fromCharCode(...bytes)).replace(/.{64}/g, "$&\n").trim();
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

/** Runs the command in a folder with these files, which only its owner can read. */
export async function run(
  args: string[],
  env: Record<string, string> = {},
  files: Record<string, string> = FILES,
): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await withFiles(files, async (cwd) => {
    if (!isWindows) {
      for (const name of Object.keys(files)) await Deno.chmod(`${cwd}/${name}`, 0o600);
    }
    const inFolder = (text: string) => text.replace("=./", `=${cwd}/`);
    const variables = Object.entries(env).map((
      [name, value],
    ) => [name, inFolder(`=${value}`).slice(1)]);
    outcome = await runMain(args.map(inFolder), { granted, env: Object.fromEntries(variables) });
  });
  return outcome!;
}

/** Runs `work` with a server that has metadata and issues tokens. */
export async function withIssuer(
  more: Record<string, unknown>,
  work: (issuer: string, sent: [Headers, URLSearchParams][]) => Promise<void>,
): Promise<void> {
  const sent: [Headers, URLSearchParams][] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { origin, pathname } = new URL(request.url);
      if (pathname === "/.well-known/openid-configuration") {
        return Response.json({ issuer: origin, token_endpoint: `${origin}/token`, ...more });
      }
      if (pathname !== "/token") return new Response(null, { status: 404 });
      sent.push([request.headers, new URLSearchParams(await request.text())]);
      return Response.json(TOKEN);
    },
  );
  await work(`http://127.0.0.1:${server.addr.port}`, sent);
}

export const NOWHERE = "--token-url=http://127.0.0.1:1/";
