// The library's own files, which use nothing but the web's own, in Deno, Node.js, Bun and a browser's bundle.

import { assert, assertEquals } from "@std/assert";
import vm from "node:vm";
import { PROJECT, withFiles } from "./support/command.ts";
import { findBun, findBundler, findNode, needs } from "./support/needs.ts";

const PROGRAM = `
import { discover } from "${PROJECT}extensions/discovery.ts";
import { authorizedFetch } from "${PROJECT}token_source/authorized_fetch.ts";
import { tokenSource } from "${PROJECT}token_source/token_source.ts";
import { requestToken, TokenError } from "${PROJECT}token.ts";

const origin = "https://login.example.com";
const sent: string[] = [];
const fetch = (url: string | Request, init: RequestInit) => {
  sent.push([init.method ?? "GET", url, init.body, new Headers(init.headers).get("authorization")].join(" "));
  const { pathname } = new URL(String(url));
  if (pathname === "/token") {
    return Promise.resolve(Response.json({ access_token: "abc", expires_in: 60 }));
  }
  if (pathname === "/api") return Promise.resolve(new Response("data"));
  if (pathname === "/no") {
    const error = { error: "invalid_client", error_description: "not s%C3%A9cr%C3%A9t" };
    return Promise.resolve(Response.json(error, { status: 401 }));
  }
  return Promise.resolve(Response.json({ issuer: origin, token_endpoint: origin + "/token" }));
};
const { token_endpoint: token_url } = await discover(origin, { fetch });
const request = { token_url, client_id: "id", client_secret: "sécrét", auth_method: "client_secret_basic" as const };
const call = authorizedFetch(tokenSource(request, { fetch }), { fetch });
const text = await (await call("https://api.example.com/api")).text();
const failure = await requestToken({ ...request, token_url: origin + "/no" }, { fetch })
  .catch((error) => error);
const slow = new Promise<never>((_, reject) => setTimeout(reject, 60));
const timeout = await requestToken(request, {
  fetch: () => slow,
  timeout: 20,
  retries: 0,
}).catch((error) => error.message);
await slow.catch(() => {});
const shown = [text, failure instanceof TokenError, failure.kind, failure.message, timeout, sent];
globalThis.console.log(JSON.stringify(shown));
`;

const BASIC = `Basic ${btoa("id:s%C3%A9cr%C3%A9t")}`;
const FORM = "grant_type=client_credentials";
const EXPECTED = [
  "data",
  true,
  "refused",
  "login.example.com answered 401: invalid_client: not ***",
  "No answer from login.example.com within 20 ms",
  [
    "GET https://login.example.com/.well-known/oauth-authorization-server  ",
    `POST https://login.example.com/token ${FORM} ${BASIC}`,
    "GET https://api.example.com/api  Bearer abc",
    `POST https://login.example.com/no ${FORM} ${BASIC}`,
  ],
];

/** Runs the program and compares what it prints. */
async function run(command: string, ...args: string[]): Promise<void> {
  await withFiles({ "program.ts": PROGRAM }, async (cwd) => {
    const options = { args: [...args, "program.ts"], cwd, signal: AbortSignal.timeout(20_000) };
    const { success, stdout, stderr } = await new Deno.Command(command, options).output();
    const decoder = new TextDecoder();
    assert(success, decoder.decode(stderr));
    assertEquals(JSON.parse(decoder.decode(stdout)), EXPECTED);
  });
}

Deno.test("the library runs in Deno", () => run(Deno.execPath(), "run", "--no-config", "--quiet"));

const node = await findNode();
Deno.test(needs("the library runs in Node.js", "Node.js 24"), () => run(node));

const bun = await findBun();
Deno.test(needs("the library runs in Bun", "Bun"), () => run(bun));

// What a browser has and the library may use.
const WEB = {
  ...{
    AbortController,
    AbortSignal,
    DOMException,
    Error,
    Headers,
    Request,
    Response,
    ReadableStream,
  },
  ...{ TextDecoder, TextEncoder, URL, URLSearchParams, atob, btoa, crypto },
  ...{ clearTimeout, performance, setTimeout },
};

await findBundler();
const BUNDLED = "the library, bundled for a browser, needs nothing else than a browser has";
Deno.test(needs(BUNDLED, "esbuild"), async () => {
  await withFiles({ "program.ts": PROGRAM }, async (cwd) => {
    const args = ["bundle", "--quiet", "--no-config", "--platform=browser", "program.ts"];
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd })
      .output();
    const decoder = new TextDecoder();
    assert(success, decoder.decode(stderr));
    const printed = await new Promise<string>((resolve, reject) => {
      const world: Record<string, unknown> = { ...WEB, console: { log: resolve } };
      world.globalThis = world;
      // A script has no await of its own.
      const script = `(async () => {${decoder.decode(stdout)}})()`;
      vm.runInNewContext(script, world).catch(reject);
    });
    assertEquals(JSON.parse(printed), EXPECTED);
  });
});
