/**
 * Compares the program with what providers document (tests/data/providers.json), and docs/providers.md
 * with both. After a change of the data, write the page anew:
 *
 * ```sh
 * deno run --allow-read --allow-write=docs tests/providers_test.ts && deno fmt docs/providers.md
 * ```
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseFlags } from "../command/parse_flags.ts";
import data from "./data/providers.json" with { type: "json" };
import { PROJECT } from "./support/command.ts";
import { json, REQUEST, stubFetch, text, TOKEN } from "./support/stub_fetch.ts";
import { buildRequest, requestToken, TokenError, type TokenRequest } from "../token.ts";

type Texts = Record<string, string>;

/** An answer as documented: a string is a body that is not JSON, `null` one that is not known. */
interface DocumentedAnswer {
  status: number;
  body: Record<string, unknown> | string | null;
  /** What was filled in or mended. */
  note?: string;
  /** Why no token can be taken from it. */
  unusable?: string;
  /** What its error is, when not `refused`. */
  kind?: TokenError["kind"];
}

interface Provider {
  id: string;
  name: string;
  documentation: string;
  token_url: string;
  /** Which of the answers were not at hand when this was written. */
  missing?: string;
  answers?: DocumentedAnswer[];
  errors?: DocumentedAnswer[];
  /** What the provider needs and the program does not do; then there is nothing of what follows. */
  cannot?: string;
}

/** A provider the program can ask, and how: these are its settings, in the names of the flags. */
interface Recipe extends Provider {
  client_id?: string;
  auth_method: Extract<TokenRequest["auth_method"], string>;
  scope?: string;
  params?: Texts;
  headers?: Texts;
  quirk: string;
  /** The fields in which the program's request is not the documented one, and why that is so. */
  differs?: { fields: string[]; why: string };
  /** The request as documented. */
  request: { method: string; headers: Texts; fields: Texts };
}

const providers = data as (Provider | Recipe)[];
const recipes = providers.filter((provider) => !provider.cannot) as Recipe[];
const PAGE = new URL("docs/providers.md", PROJECT);

const INTRODUCTION = `# Provider recipes

<!-- Written by providers_test.ts from tests/data/providers.json, except the last part -->

How to get a token from each of these providers. The tests compare what the program sends with the
request that the provider documents, and give it the documented answers; no provider was contacted.

Put the secret in the environment, where every command below finds it:

\`\`\`sh
read -rs CLIENT_SECRET && export CLIENT_SECRET
\`\`\`

Replace everything in braces, including the braces, and the sample hosts, scopes and ids. With
\`client_secret_basic\`, id and secret are form-encoded before base64, as RFC 6749 §2.3.1 requires.
Most providers only show \`base64(id:secret)\`, which is the same for letters, digits and \`-._*\`. If
yours contain other characters and the answer is \`invalid_client\`, try \`client_secret_basic_raw\`.`;

const NOT_WANTED = `None of the providers above needs the following. If yours does, ask it for an
endpoint that follows RFC 6749, or use curl; with \`-d @-\` or \`--json @-\`, the secret is not in the list
of processes:

- **A request body in JSON** (the answer to a form is 400 or 415): RFC 6749 §4.4.2 wants a form.
  \`printf '{"client_id":"…","client_secret":"%s"}' "$CLIENT_SECRET" | curl --json @- URL\`
- **An empty secret**: a client without one proves nothing, so anyone who knows its id gets its tokens. Give
  it a secret, a key or a certificate at the provider.
- **A token inside another member** of the answer, such as \`{"data":{"access_token":"…"}}\`: RFC 6749 §5.1
  has it at the top. \`curl … | jq -r .data.access_token\``;

/** Where the part of the page begins that is written by hand, and tested in providers_more_test.ts. */
const BY_HAND = "## With a key, a certificate or DPoP\n";

/** The page up to the part that is written by hand, and that part. */
function readPage(): [string, string] {
  const text = Deno.readTextFileSync(PAGE);
  const start = text.indexOf(BY_HAND);
  return [text.slice(0, start), text.slice(start)];
}

/** The text of docs/providers.md up to the part that is written by hand, but for its line breaks. */
function page(): string {
  const others = providers.filter(({ cannot }) => cannot).map(
    ({ name, documentation, cannot }) => `- [${name}](${documentation}): ${cannot}`,
  );
  return [
    INTRODUCTION,
    ...recipes.map(section),
    "## What the program does not do",
    "It sends what the standards of OAuth name. These need something else:",
    others.join("\n"),
    NOT_WANTED,
  ].join("\n\n") + "\n";
}

function section(recipe: Recipe): string {
  const { name, documentation, token_url, auth_method, params, headers, quirk, differs } = recipe;
  const fields = Object.keys(params ?? {}).map((name) => `, field \`${name}\``);
  const others = Object.keys(headers ?? {}).map((name) => `, header \`${name}\``);
  const extra = [...fields, ...others].join("");
  const remarks = [quirk, differs?.why].filter(Boolean).join(" ");
  return `## ${name}\n\n[Documentation](${documentation}). Token URL \`${token_url}\`, ` +
    `\`${auth_method}\`${extra}.\n\n${remarks}\n\n\`\`\`sh\n${command(recipe)}\n\`\`\``;
}

function command(recipe: Recipe): string {
  const { token_url, client_id = "{clientId}", auth_method, scope } = recipe;
  const [, host = ""] = token_url.match(/^https:\/\/([^/]+)/) ?? [];
  return [
    `deno run --allow-net=${quoted(host)} --allow-env=CLIENT_SECRET main.ts`,
    `--token-url ${quoted(token_url)}`,
    `--client-id ${quoted(client_id)}`,
    `--auth-method ${auth_method}`,
    ...scope ? [`--scope ${quoted(scope)}`] : [],
    ...joined(recipe.params, "=").map((param) => `--param ${quoted(param)}`),
    ...joined(recipe.headers, ": ").map((header) => `--header ${quoted(header)}`),
  ].join(" \\\n  ");
}

function joined(texts: Texts = {}, separator: string): string[] {
  return Object.entries(texts).map(([name, value]) => name + separator + value);
}

function quoted(word: string): string {
  return /^[\w:/.=-]+$/.test(word) ? word : `'${word}'`;
}

/** Splits a command as a shell does, as far as the page needs it. */
function words(command: string): string[] {
  const found = command.replaceAll("\\\n", " ").matchAll(/(?:[^\s']|'[^']*')+/g);
  return Array.from(found, ([word]) => word.replaceAll("'", ""));
}

/** What the recipe requests, with the id and the secret of the documented example. */
function requestOf(recipe: Recipe): TokenRequest {
  const { token_url, auth_method, scope, params, request: { fields, headers } } = recipe;
  const { client_id = REQUEST.client_id, client_secret = "s+cr/t=" } = fields;
  const [, id, secret] = basic(headers.authorization)?.match(/^(.*?):(.*)$/) ?? [];
  const client = { client_id: id ?? client_id, client_secret: secret ?? client_secret };
  return { token_url, ...client, auth_method, scope, params };
}

/** What a Basic header holds, sent or documented; a documented one may tell only how it is made. */
function basic(header = "", { client_id, client_secret }: Partial<TokenRequest> = {}) {
  if (client_secret && header.includes("urlencode(")) {
    return `${client_id}:${encodeURIComponent(client_secret)}`;
  }
  const [, encoded] = header.match(/^Basic ([A-Za-z0-9+/]+=*)$/) ?? [];
  return encoded && atob(encoded);
}

function ask(provider: Provider | Recipe, { body: documented, status }: DocumentedAnswer) {
  const body = withoutGaps(documented);
  const answer = typeof body === "object" && body ? json(body, { status }) : text(body, { status });
  const request = "request" in provider ? requestOf(provider) : REQUEST;
  return requestToken(request, { fetch: stubFetch(answer).fetch, retries: 0 });
}

/** An answer whose token is whole: some documents leave out the middle, and write " ... " there. */
function withoutGaps(body: DocumentedAnswer["body"]): DocumentedAnswer["body"] {
  if (typeof body !== "object" || !body || typeof body.access_token !== "string") return body;
  return { ...body, access_token: body.access_token.replaceAll(/\s*\.\.\.\s*/g, "") };
}

/** A member that is text; the program makes one line of several. */
function line(body: DocumentedAnswer["body"], name: string): string | undefined {
  const value = body && typeof body === "object" ? body[name] : undefined;
  return typeof value === "string" ? value.replace(/\s+/g, " ") : undefined;
}

if (import.meta.main) Deno.writeTextFileSync(PAGE, `${page()}\n${readPage()[1]}`);

Deno.test("providers.json names each provider once, and gives or explains all of it", () => {
  for (const key of ["id", "name"] as const) {
    assertEquals(new Set(providers.map((provider) => provider[key])).size, providers.length);
  }
  for (const provider of providers) {
    const { name, documentation, answers, errors, missing, cannot = "" } = provider;
    assert(URL.canParse(documentation), name);
    const lacking = [!answers && "answers", !errors && "errors"].filter(Boolean).join(" and ");
    assertEquals(missing ?? "", lacking, name);
    const sentence = "request" in provider ? provider.quirk : cannot;
    assertEquals([sentence.endsWith("."), "request" in provider], [true, cannot === ""], name);
  }
});

Deno.test("docs/providers.md says what providers.json says", () => {
  assertEquals(readPage()[0].trim().split(/\s+/), page().trim().split(/\s+/));
});

Deno.test("each command in docs/providers.md is the recipe, and holds no secret", async () => {
  const commands = readPage()[0].match(/(?<=```sh\n)deno run .*?(?=\n```)/gs) ?? [];
  assertEquals(commands.length, recipes.length);
  for (const [i, recipe] of recipes.entries()) {
    const all = words(commands[i]!);
    const main = all.indexOf("main.ts");
    const { host } = new URL(recipe.token_url);
    const start = ["deno", "run", `--allow-net=${host}`, "--allow-env=CLIENT_SECRET"];
    assertEquals(all.slice(0, main).join(" ").toLowerCase(), start.join(" ").toLowerCase());
    const flags = await parseFlags(all.slice(main + 1));
    const { "client-id": client_id, scope = [], param = [], header = [] } = flags;
    const given = [flags["token-url"], client_id, flags["auth-method"], scope, param, header];
    assertEquals(given, [
      recipe.token_url,
      recipe.client_id ?? "{clientId}",
      recipe.auth_method,
      recipe.scope ? [recipe.scope] : [],
      joined(recipe.params, "="),
      joined(recipe.headers, ": "),
    ]);
    assert(!commands[i]!.includes("--client-secret"));
  }
});

for (const recipe of recipes) {
  Deno.test(`the recipe for ${recipe.name} makes the documented request`, async () => {
    const { method, headers, fields } = recipe.request;
    const request = requestOf(recipe);
    const built = buildRequest(request, { headers: recipe.headers });

    const different = recipe.differs?.fields ?? [];
    const alike = ([name]: string[]) => !different.includes(name!);
    assertEquals([...built.data].filter(alike).sort(), Object.entries(fields).filter(alike).sort());
    for (const name of different) assertEquals(built.data.has(name), !(name in fields), name);

    assertEquals("authorization" in built.headers, "authorization" in headers);
    assertEquals(built.headers["content-type"], "application/x-www-form-urlencoded");
    for (const [name, value] of Object.entries(headers)) {
      const sent = built.headers[name]!;
      if (name !== "authorization") assertEquals(sent, value.split(";")[0]);
      else assertEquals(basic(sent), basic(value, request) ?? basic(sent));
    }

    const { calls, fetch } = stubFetch(json(TOKEN));
    await requestToken(request, { fetch, headers: recipe.headers });
    const { url, init } = calls[0]!;
    assertEquals([url, init.method], [new URL(recipe.token_url).href, method]);
    assertEquals([init.headers, init.body], [built.headers, built.data.toString()]);
  });
}

for (const provider of providers) {
  for (const answer of provider.answers ?? []) {
    const { status, body, note, unusable } = answer;
    const remark = note || unusable ? ` (${note ?? unusable})` : "";
    Deno.test(`an answer of ${provider.name} is read as documented${remark}`, async () => {
      if (unusable) {
        const { kind, status: seen } = await assertRejects(() => ask(provider, answer), TokenError);
        return assertEquals([kind, seen], ["unusable", status]);
      }
      const { expires_in, ...members } = withoutGaps(body) as Record<string, unknown>;
      const token = await ask(provider, answer);
      const life = typeof expires_in === "string" ? Number(expires_in) : expires_in ?? undefined;
      assertEquals(token.expires_in, life);
      delete token.expires_in;
      assertEquals(token, { token_type: "Bearer", ...members } as typeof token);
    });
  }

  for (const answer of provider.errors ?? []) {
    const { status, body, note, kind = "refused" } = answer;
    const remark = [status, line(body, "error"), note].filter(Boolean).join(", ");
    Deno.test(`an error of ${provider.name} is told as documented (${remark})`, async () => {
      const error = await assertRejects(() => ask(provider, answer), TokenError);
      assertEquals([error.kind, error.status], [kind, status]);
      assertEquals(error.error, line(body, "error"));
      assertEquals(error.error_description, line(body, "error_description"));
    });
  }
}
