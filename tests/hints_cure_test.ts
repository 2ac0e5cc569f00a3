// What hints tell users to do: each is followed, against a server that needs just that, and there is a token.
// Those about files of keys and certificates are followed beside what reads these, those about issuers in
// command/issuer_test.ts, those about quotes in command/quotes_test.ts, those about authorities in
// tests/runtimes_test.ts.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeJwt } from "./support/jose.ts";
import { FILES, run } from "./support/keys.ts";
import { needs } from "./support/needs.ts";
import { json, text, TOKEN } from "./support/stub_fetch.ts";

/** A request, and how many there were before it in the same run of the command. */
interface Sent {
  origin: string;
  path: string;
  headers: Headers;
  form: URLSearchParams;
  before: number;
}

type Answer = (sent: Sent) => Response | Promise<Response>;

/** A fault, and what cures it. In arguments, ORIGIN stands for that of the server. */
interface Cure {
  /** The code of the error. */
  code: string;
  answer: Answer;
  /** The arguments that lead to the error. */
  faulty: string[];
  /** What is in the hint, or in the message if there is none. */
  hint: string;
  /** The arguments, when the hint was followed. */
  cured: string[];
  /** Whether something is signed. */
  signs?: true;
}

const ID = "--client-id=id";
const ENDPOINT = "--token-url=ORIGIN/token";
const CLIENT = [ID, "--client-secret=s3cr3t", "--retries=0"];
const PLAIN = [...CLIENT, ENDPOINT];
const KEY = [ID, "--retries=0", "--client-key=./key.pem"];
const DPOP = "--dpop-key=./key.pem";

const token = json(TOKEN);
const bound = json({ ...TOKEN, token_type: "DPoP" });
const refuse = (error: string, more = {}) => json({ error, ...more }, { status: 400 })();
const basic = (credentials: string) => `Basic ${btoa(credentials)}`;

/** A token if the condition holds, or else a refusal. */
function tokenIf(condition: (sent: Sent) => boolean, error: string): Answer {
  return (sent) => condition(sent) ? token() : refuse(error);
}

/** A token at the endpoint, and something else at other addresses. */
function onlyAtEndpoint(answer: () => Response): Answer {
  return ({ path }) => path === "/token" ? token() : answer();
}

const hasAudience = ({ origin, form }: Sent) =>
  decodeJwt(form.get("client_assertion") ?? "").aud === origin;

/** An issuer that is the audience of assertions. */
const wantsItself: Answer = (sent) => {
  const { origin, path } = sent;
  if (path.startsWith("/.well-known/")) {
    const token_endpoint_auth_methods_supported = ["private_key_jwt"];
    const token_endpoint = `${origin}/token`;
    return Response.json({ issuer: origin, token_endpoint, token_endpoint_auth_methods_supported });
  }
  if (hasAudience(sent)) return token();
  return refuse("invalid_client", { error_description: "the audience is wrong" });
};

/** An API at /api that says this of itself, and its issuer. */
function api(document: (origin: string) => Record<string, unknown>, atEndpoint: Answer): Answer {
  return (sent) => {
    const { origin, path } = sent;
    if (path.includes("oauth-protected-resource")) return Response.json(document(origin));
    if (path.startsWith("/.well-known/")) {
      return Response.json({ issuer: origin, token_endpoint: `${origin}/token` });
    }
    return path === "/token" ? atEndpoint(sent) : new Response(null, { status: 401 });
  };
}

const wantsResource = tokenIf(
  ({ origin, form }) => form.get("resource") === `${origin}/api`,
  "invalid_target",
);
const RESOURCE = [...CLIENT, "--resource=ORIGIN/api"];
const PARAM = [...PLAIN, "--param=resource=ORIGIN/api"];
const TRUSTED = [...RESOURCE, "--issuer=ORIGIN"];

const CURES: Cure[] = [
  {
    code: "invalid_client",
    answer: tokenIf(({ headers }) => headers.has("authorization"), "invalid_client"),
    faulty: PLAIN,
    hint: "some servers want --auth-method client_secret_basic",
    cured: [...PLAIN, "--auth-method=client_secret_basic"],
  },
  {
    code: "invalid_client",
    answer: tokenIf(({ form }) => form.has("client_secret"), "invalid_client"),
    faulty: [...PLAIN, "--auth-method=client_secret_basic"],
    hint: "some servers want --auth-method client_secret_post",
    cured: [...PLAIN, "--auth-method=client_secret_post"],
  },
  {
    code: "client_refused",
    answer: ({ headers }) =>
      headers.get("authorization") === basic("id:a b") ? token() : text("", { status: 401 })(),
    faulty: [ID, ENDPOINT, "--client-secret=a b", "--auth-method=client_secret_basic"],
    hint: "some servers want --auth-method client_secret_basic_raw or",
    cured: [ID, ENDPOINT, "--client-secret=a b", "--auth-method=client_secret_basic_raw"],
  },
  {
    code: "invalid_client",
    answer: wantsItself,
    faulty: [...KEY, ENDPOINT],
    hint: "Give --issuer, which servers want as the audience",
    cured: [...KEY, "--issuer=ORIGIN"],
    signs: true,
  },
  {
    code: "invalid_client",
    answer: wantsItself,
    faulty: [...KEY, ENDPOINT, "--assertion-audience=ORIGIN/token"],
    hint: "Some servers want their issuer as --assertion-audience",
    cured: [...KEY, ENDPOINT, "--assertion-audience=ORIGIN"],
    signs: true,
  },
  {
    code: "invalid_scope",
    answer: tokenIf(({ form }) => form.get("scope") === "read", "invalid_scope"),
    faulty: [...PLAIN, "--scope=read", "--scope=admin"],
    hint: "Compare --scope",
    cured: [...PLAIN, "--scope=read"],
  },
  {
    code: "invalid_request",
    answer: tokenIf(({ form }) => form.get("audience") === "api", "invalid_request"),
    faulty: PLAIN,
    hint: "--param audience=VALUE",
    cured: [...PLAIN, "--param=audience=api"],
  },
  ...([
    ["no_token_endpoint", text("no", { status: 404 })],
    ["form_refused", text("no", { status: 415 })],
    ["unsupported_grant_type", () => refuse("unsupported_grant_type")],
    ["not_json", text("<p>hello")],
    ["no_access_token", json({})],
  ] as const).map(([code, answer]) => ({
    code,
    answer: onlyAtEndpoint(answer),
    faulty: [...CLIENT, "--token-url=ORIGIN/other"],
    hint: "Check --token-url",
    cured: PLAIN,
  })),
  {
    code: "redirect",
    answer: onlyAtEndpoint(text(null, { status: 302, headers: { location: "/token" } })),
    faulty: [...CLIENT, "--token-url=ORIGIN/old"],
    hint: "If you trust that address, give it as --token-url",
    cured: PLAIN,
  },
  {
    code: "server_failed",
    answer: ({ before }) =>
      before < 2 ? text("", { status: 503, headers: { "retry-after": "0" } })() : token(),
    faulty: [...PLAIN.filter((arg) => !arg.startsWith("--retries")), "--retries=1"],
    hint: "allow more attempts with --retries",
    cured: [...PLAIN.filter((arg) => !arg.startsWith("--retries")), "--retries=2"],
  },
  {
    code: "web_page",
    answer: ({ headers }) =>
      headers.get("user-agent") === "browser" ? token() : text("<html>", { status: 403 })(),
    faulty: PLAIN,
    hint: "a --header such as user-agent",
    cured: [...PLAIN, "--header=user-agent: browser"],
  },
  ...["invalid_dpop_proof", "use_dpop_nonce"].map((code): Cure => ({
    code,
    answer: ({ headers }) => headers.has("dpop") ? bound() : refuse(code),
    faulty: PLAIN,
    hint: "give --dpop-key",
    cured: [...PLAIN, DPOP],
    signs: true,
  })),
  {
    code: "token_bound",
    answer: bound,
    faulty: PLAIN,
    hint: "Give --dpop-key",
    cured: [...PLAIN, DPOP],
    signs: true,
  },
  {
    code: "scope_narrowed",
    answer: json({ ...TOKEN, scope: "read" }),
    faulty: [...PLAIN, "--scope=read", "--scope=admin", "--strict-scope"],
    hint: "Allow the client these scopes at the provider, or leave out --strict-scope",
    cured: [...PLAIN, "--scope=read", "--scope=admin"],
  },
  ...([
    ["metadata_refused", text("no", { status: 404 })],
    ["no_metadata", text("<p>hello")],
    ["metadata_without_issuer", json({})],
  ] as const).map(([code, answer]) => ({
    code,
    answer: onlyAtEndpoint(answer),
    faulty: [...CLIENT, "--issuer=ORIGIN"],
    hint: "or give --token-url instead",
    cured: PLAIN,
  })),
  ...([
    ["metadata_without_token_endpoint", undefined],
    ["token_endpoint_wrong", "http://a.example/"],
  ] as const).map(([code, token_endpoint]): Cure => ({
    code,
    answer: ({ origin, path }) =>
      path === "/token" ? token() : Response.json({ issuer: origin, token_endpoint }),
    faulty: [...CLIENT, "--issuer=ORIGIN"],
    hint: "Give --token-url instead of --issuer",
    cured: PLAIN,
  })),
  ...([
    ["resource_without_metadata", () => new Response(null, { status: 404 })],
    ["resource_without_issuer", ({ origin }) => Response.json({ resource: `${origin}/api` })],
    [
      "resource_issuer_wrong",
      ({ origin }) =>
        Response.json({ resource: `${origin}/api`, authorization_servers: ["http://a.example"] }),
    ],
  ] as [string, Answer][]).map(([code, answer]): Cure => ({
    code,
    answer: (sent) => sent.path === "/token" ? wantsResource(sent) : answer(sent),
    faulty: RESOURCE,
    hint: "Leave out --resource; give --issuer or --token-url, and --param resource=URL",
    cured: PARAM,
  })),
  {
    code: "resource_mismatch",
    answer: api(
      (origin) => ({ resource: `${origin}/api`, authorization_servers: [origin] }),
      wantsResource,
    ),
    faulty: [...CLIENT, "--issuer=ORIGIN", "--resource=ORIGIN/api/"],
    hint: "Compare it with --resource, down to the last slash",
    cured: TRUSTED,
  },
  {
    code: "resource_issuer_untrusted",
    answer: api(
      (origin) => ({ resource: `${origin}/api`, authorization_servers: [origin] }),
      wantsResource,
    ),
    faulty: RESOURCE,
    hint: "If you trust it, add --issuer ORIGIN",
    cured: TRUSTED,
  },
  {
    code: "resource_issuer_differs",
    answer: api(
      (origin) => ({ resource: `${origin}/api`, authorization_servers: [origin] }),
      wantsResource,
    ),
    faulty: [...RESOURCE, "--issuer=http://127.0.0.1:1"],
    hint: "if you trust the one that the API gives, give it as --issuer",
    cured: TRUSTED,
  },
  {
    code: "resource_issuer_ambiguous",
    answer: api((origin) => ({
      resource: `${origin}/api`,
      authorization_servers: ["https://a.example", origin],
    }), wantsResource),
    faulty: RESOURCE,
    hint: "Choose one that you trust, and give it as --issuer",
    cured: TRUSTED,
  },
  {
    code: "invalid_target",
    answer: api(
      (origin) => ({ resource: `${origin}/api`, authorization_servers: [origin] }),
      tokenIf(({ form }) => !form.has("resource"), "invalid_target"),
    ),
    faulty: TRUSTED,
    hint: "Add --no-resource-param",
    cured: [...TRUSTED, "--no-resource-param"],
  },
  {
    code: "timeout",
    answer: () => new Promise((resolve) => setTimeout(() => resolve(token()), 500)),
    faulty: [...PLAIN, "--timeout=0.1"],
    hint: "Allow more seconds with --timeout",
    cured: [...PLAIN, "--timeout=60"],
  },
  {
    code: "params_reserved",
    answer: tokenIf(({ form }) => form.get("scope") === "read", "invalid_scope"),
    faulty: [...PLAIN, "--param=scope=read"],
    hint: "Use --client-id, --client-secret-file and --scope",
    cured: [...PLAIN, "--scope=read"],
  },
  ...["client_secret_basic", "client_secret_post"].map((method) => ({
    code: "client_id_with_colon",
    answer: token,
    faulty: [...PLAIN, "--client-id=urn:app", "--auth-method=client_secret_basic_raw"].slice(1),
    hint: "Use --auth-method client_secret_basic, which encodes it, or client_secret_post",
    cured: [...PLAIN, "--client-id=urn:app", `--auth-method=${method}`].slice(1),
  })),
  {
    code: "file_utf_16",
    answer: token,
    faulty: [ID, ENDPOINT, "--client-secret-file=./utf-16"],
    hint: "Save it as UTF-8",
    cured: [ID, ENDPOINT, "--client-secret-file=./utf-8"],
  },
  {
    code: "file_not_plain",
    answer: token,
    faulty: [ID, ENDPOINT, "--client-secret-file=./."],
    hint: "Give the path of a file",
    cured: [ID, ENDPOINT, "--client-secret-file=./utf-8"],
  },
  ...[["--client-assertion-file=./assertion.jwt"], [
    "--client-assertion-file=./assertion.jwt",
    "--cache=./cache",
    DPOP,
  ]].map((cured): Cure => ({
    code: "cache_without_key",
    answer: ({ headers }) => headers.has("dpop") ? bound() : token(),
    faulty: [ID, ENDPOINT, "--client-assertion-file=./assertion.jwt", "--cache=./cache"],
    hint: "Leave out --cache and TOKEN_CACHE, or bind the token with --dpop-key",
    cured: [ID, ENDPOINT, ...cured],
    signs: true,
  })),
  ...([
    ["--audience=api", "write --param audience=…", ["--param", "audience=api"]],
    ["--json", "write --output json", ["--output", "json"]],
    ["-ojson", "write -o json", ["-o", "json"]],
    ["--retry=1", "write --retries", ["--retries=1"]],
    ["--verbose", "write --explain", ["--explain"]],
    ["--scopes=a", "the nearest is --scope", ["--scope=a"]],
  ] as const).map(([flag, hint, cured]): Cure => ({
    code: "unknown_flag",
    answer: token,
    faulty: [...PLAIN.filter((arg) => !arg.startsWith("--retries")), flag],
    hint,
    cured: [...PLAIN.filter((arg) => !arg.startsWith("--retries")), ...cured],
  })),
  {
    code: "unknown_flag",
    answer: token,
    faulty: [...CLIENT, "--token-endpoint=ORIGIN/token"],
    hint: "write --token-url",
    cured: PLAIN,
  },
];

const TEXTS = { ...FILES, "utf-16": "s\0e\0c\0r\0e\0t\0", "utf-8": "secret\n" };

for (const { code, answer, faulty, hint, cured, signs } of CURES) {
  const name = `the hint for ${code} cures it: ${hint}, with ${cured.at(-1)}`;
  Deno.test(needs(name, signs === true && "npm:jose"), async () => {
    let count = 0;
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const { origin, pathname: path } = new URL(request.url);
        const form = new URLSearchParams(await request.text());
        return answer({ origin, path, headers: request.headers, form, before: count++ });
      },
    );
    const origin = `http://127.0.0.1:${server.addr.port}`;
    const play = async (args: string[]) => {
      count = 0;
      return await run(args.map((arg) => arg.replaceAll("ORIGIN", origin)), {}, TEXTS);
    };
    const failed = await play([...faulty, "--errors=json"]);
    assert(failed.code > 0, failed.stdout);
    const said = JSON.parse(failed.stderr.trimEnd().split("\n").at(-1)!);
    assertEquals(said.code, code);
    assertStringIncludes(said.hint ?? said.message, hint.replaceAll("ORIGIN", origin));
    const outcome = await play(cured);
    assertEquals(outcome.code, 0, outcome.stderr);
    assertStringIncludes(outcome.stdout, TOKEN.access_token);
  });
}
