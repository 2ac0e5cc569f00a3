// The commands in the part of docs/providers.md that is written by hand: each is run, with keys made here
// and with a stand-in for the provider.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { PROJECT, withFiles } from "./support/command.ts";
import { RSA } from "./support/keys.ts";
import { decodeJwt, decodeProtectedHeader } from "./support/jose.ts";
import { needs } from "./support/needs.ts";
import { TOKEN } from "./support/stub_fetch.ts";
import { replace, runMain } from "./support/run_main.ts";
import { pem } from "./support/mtls_server.ts";
const PAGE = Deno.readTextFileSync(new URL("docs/providers.md", PROJECT));
const [, byHand = ""] = PAGE.split("## With a key, a certificate or DPoP\n");
const recipes = byHand.split("\n### ").slice(1).filter((text) => text.includes("main.ts"));
const isRsa = /^[RP]S/;

/** What each recipe sends: the assertion's algorithm, type and audience, and whether there is a proof. */
const EXPECTED: Record<string, [alg?: string, typ?: string, aud?: string, dpop?: boolean]> = {
  "Entra ID with a certificate": ["PS256", "JWT", "token_url"],
  "Entra ID with a federated credential": [],
  "Okta (org server, service app)": ["RS256", "JWT", "token_url", true],
  "Epic on FHIR, and other SMART backend services": ["RS384", "JWT", "token_url"],
  "Auth0 with private key JWT": ["RS256", "JWT", "https://yourDomain/"],
  "Keycloak with a signed JWT": ["RS256", "JWT", "https://host/realms/realm"],
  "Keycloak with an X.509 certificate": [],
  "PingOne with a private key": ["RS256", "JWT", "token_url"],
  "PingAM (ForgeRock AM)": ["RS256", "JWT", "token_url"],
  "SAP BTP with a certificate": [],
  "Open banking and other FAPI 2.0 servers": [
    "PS256",
    "client-authentication+jwt",
    "https://issuerHost",
    true,
  ],
};

Deno.test("docs/providers.md has a recipe for each that is expected", () => {
  assertEquals(recipes.map((text) => text.split("\n")[0]), Object.keys(EXPECTED));
});

for (const recipe of recipes) {
  const name = recipe.split("\n")[0]!;
  const [alg, typ, aud, dpop = false] = EXPECTED[name] ?? [];
  const signs = Boolean(alg || dpop);
  const title = `the recipe for ${name} sends what it says`;
  Deno.test(needs(title, signs && "npm:jose"), async () => {
    const [, command = ""] = recipe.match(/```sh\n(.*?)\n```/s) ?? [];
    assert(/\[Documentation\]\(https:\/\//.test(recipe));
    const words = command.replaceAll("\\\n", " ").replace(/[{}']/g, "").split(/\s+/);
    const main = words.indexOf("main.ts");
    const flags = words.slice(main + 1);
    const value = (flag: string) => flags[flags.indexOf(flag) + 1]!;
    const token_url = flags.includes("--token-url")
      ? value("--token-url")
      : `${value("--issuer")}/token`;

    // What is granted is what is needed.
    assert(words.includes(`--allow-net=${token_url.split("/")[2]}`));
    const files = ["--client-key", "--client-cert", "--client-assertion-file", "--dpop-key"]
      .filter((flag) => flags.includes(flag)).map(value);
    assertEquals(words.find((word) => word.startsWith("--allow-read=")), `--allow-read=${files}`);

    const sent: [string, RequestInit][] = [];
    const fetch = (url: string, init: RequestInit) => {
      if (init.method === "POST") sent.push([url, init]);
      const issuer = `https://${new URL(url).hostname === "issuerhost" ? "issuerHost" : ""}`;
      const methods = { token_endpoint_auth_methods_supported: ["private_key_jwt"] };
      const metadata = { issuer, token_endpoint: `${issuer}/token`, ...methods };
      const token = { ...TOKEN, token_type: dpop ? "DPoP" : "Bearer" };
      return Promise.resolve(Response.json(init.method === "POST" ? token : metadata));
    };
    // The command leaves its client to the end of the process.
    using clients = new DisposableStack();
    const { createHttpClient } = Deno;
    const noted = (options: Deno.CreateHttpClientOptions) => clients.use(createHttpClient(options));
    using _client = replace(Deno, { createHttpClient: noted as typeof createHttpClient });
    using _fetch = replace(globalThis, { fetch: fetch as typeof globalThis.fetch });
    const hasCertificate = flags.includes("--client-cert");
    const texts = {
      "key.pem": hasCertificate ? pem("client.key") : RSA,
      "cert.pem": pem("client.pem"),
      "dpop.pem": pem("stranger.key"),
      "azure-identity-token": "head.body.signature",
    };
    await withFiles(texts, async (cwd) => {
      if (Deno.build.os !== "windows") {
        for (const file of Object.keys(texts)) await Deno.chmod(`${cwd}/${file}`, 0o600);
      }
      const args = flags.map((word) =>
        files.includes(word) ? `${cwd}/${word.split("/").at(-1)}` : word
      );
      // The certificate that is at hand is for an EC key.
      const own = args.flatMap((word) =>
        hasCertificate && (word === "--signing-alg" || isRsa.test(word)) ? [] : [word]
      );
      const outcome = await runMain(own, { granted: ["net", "read"] });
      assertEquals(outcome, { code: 0, stdout: `${TOKEN.access_token}\n`, stderr: "" });
    });
    const [[url, { headers, body }]] = sent as [[string, RequestInit]];
    const form = new URLSearchParams(body as string);
    assertEquals([url, sent.length], [new URL(token_url).href, 1]);
    assertEquals([form.get("client_id"), form.has("client_secret")], ["clientId", false]);
    assertEquals("dpop" in headers!, dpop);
    const assertion = form.get("client_assertion");
    assertEquals(Boolean(assertion), flags.join(" ").includes("assertion") || Boolean(alg));
    if (!alg || !assertion) return;
    const header = decodeProtectedHeader(assertion);
    assertEquals([header.alg, header.typ], [hasCertificate ? "ES256" : alg, typ]);
    assertEquals("x5t#S256" in header, hasCertificate);
    assertEquals(decodeJwt(assertion).aud, aud === "token_url" ? url : aud);
    const kid = flags.includes("--key-id") ? /^keyId$/ : /^[\w-]{43}$/;
    if (hasCertificate) assertEquals(header.kid, undefined);
    else assertMatch(`${header.kid}`, kid);
  });
}
