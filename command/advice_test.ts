import { assert, assertEquals } from "@std/assert";
import { REQUEST } from "../tests/support/stub_fetch.ts";
import { replaceWorld } from "../tests/support/run_main.ts";
import { type ErrorDetails, TokenError, type TokenRequest } from "../token.ts";
import { grant, type Situation } from "./advice.ts";
import { ERRORS } from "./error_table.ts";
import { adviceFor } from "./report.ts";

/** The advice for an error with this code. */
function advice(
  code: string,
  details: ErrorDetails = {},
  situation: Partial<Situation> = {},
): string | undefined {
  const entry = ERRORS.get(code);
  assert(entry, code);
  const error = new TokenError(entry.kind, code, "The message does not matter", details);
  return adviceFor(error, { runtime: "deno", isSource: true, ...situation });
}

for (
  const [code, details, expected] of [
    ["network_permission", { host: "a.example:99" }, "Add --allow-net=a.example:99 before main.ts"],
    ["read_permission", { path: "$& 1" }, "Add --allow-read='$& 1' before main.ts"],
    ["read_permission", { path: "a,b/c" }, "Choose a path without a comma"],
    ["cache_permission", { path: "a,b" }, "Choose a path without a comma"],
    ["read_permission", {}, "Add --allow-read=PATH before main.ts"],
    [
      "cache_permission",
      { path: "/it's mine" },
      "Add --allow-read='/it'\\''s mine' --allow-write='/it'\\''s mine' before main.ts",
    ],
    [
      "issuer_mismatch",
      { issuer: "https://a.example/" },
      "give exactly https://a.example/ as --issuer; if that names another one again, give --token",
    ],
    ["issuer_mismatch", { issuer: "https://a.example/{tenant}" }, "Give --token-url instead"],
    ["issuer_mismatch", { issuer: "https://a.example/?b" }, "Give --token-url instead"],
    ["issuer_mismatch", { issuer: "a.example" }, "Give --token-url instead"],
    // What a server behind a proxy calls itself; with http:, the secret would go unencrypted.
    ["issuer_mismatch", { issuer: "http://a.example" }, "Give --token-url instead"],
    ["issuer_mismatch", { issuer: "http://127.0.0.1:1" }, "give exactly http://127.0.0.1:1 as"],
    ["certificate_is_authority", { host: "a.example:99" }, "subjectAltName=DNS:a.example …"],
    ["certificate_is_authority", { host: "127.0.0.1:99" }, "subjectAltName=IP:127.0.0.1 …"],
    ["certificate_is_authority", { host: "[::1]" }, "subjectAltName=IP:::1 …"],
    ["issuer_is_metadata", { issuer: "https://a.example/t" }, "Give https://a.example/t as --iss"],
    [
      "issuer_mismatch",
      { issuer: "https://login.microsoftonline.com/1/v2.0" },
      "give exactly https://login.microsoftonline.com/1/v2.0 as --issuer",
    ],
    [
      "issuer_mismatch",
      { issuer: "https://login.microsoftonline.com/{tenantid}/v2.0" },
      "Entra's common and organizations are no issuers",
    ],
    ["issuer_mismatch", { issuer: "https://sts.windows.net/x/" }, "add /v2.0 to --issuer"],
  ] as [string, ErrorDetails, string][]
) {
  Deno.test(`the advice for ${code} contains what its error says: ${expected}`, () => {
    assert(advice(code, details)?.includes(expected), advice(code, details));
  });
}

Deno.test("the advice for a refused assertion names --issuer, if only the token URL is known", () => {
  const request = { ...REQUEST, auth_method: () => {} };
  for (const code of ["invalid_client", "client_refused", "invalid_grant"]) {
    assert(advice(code, {}, { request, isForTokenUrl: true })?.includes("give --issuer"));
    assert(!advice(code, {}, { request })?.includes("--issuer"));
  }
});

Deno.test("the advice for a refused assertion names the ways to agree on the id of the key", () => {
  const request = { ...REQUEST, auth_method: () => {} };
  for (const code of ["invalid_client", "client_refused", "invalid_grant"]) {
    const named = { request, isNamedByThumbprint: true };
    assertEquals(
      advice(code, {}, { ...named, isForTokenUrl: true }),
      "Check the id and the key, which the assertion names by its thumbprint: register what " +
        "--print-jwks prints, or give the id that the provider has for the key as --key-id; " +
        "if they are right, give --issuer (RFC 10070)",
    );
    const aboutAudience = advice(code, { error_description: "wrong aud" }, named);
    assert(!aboutAudience?.includes("thumbprint"), aboutAudience);
    assert(!advice(code, {}, { request })?.includes("thumbprint"));
  }
});

for (
  const [code, inDeno, inNode] of [
    ["deno_flag", "Put it before main.ts", "Leave it out; Node.js has no such permissions"],
    ["jose_missing", "npm must be reachable once", "npm install --no-save --no-package-lock jose"],
    ["certificate_unknown_authority", "DENO_CERT=FILE", "NODE_EXTRA_CA_CERTS=FILE"],
    [
      "tls_handshake",
      "if the server needs one; Node.js knows",
      "--client-cert if the server needs one",
    ],
  ] as const
) {
  Deno.test(`the advice for ${code} is for the runtime`, () => {
    assert(advice(code)?.includes(inDeno), advice(code));
    assert(advice(code, {}, { runtime: "node" })?.includes(inNode));
  });
}

Deno.test("advice on permissions speaks of the program as it was started", () => {
  assertEquals(grant("--allow-x", true), "Add --allow-x before main.ts");
  assertEquals(grant("--allow-x", false), "Add --allow-x when you install or compile token");
  const compiled = { isSource: false };
  assert(!advice("certificate_unknown_authority", {}, compiled)?.includes("main.ts"));
});

Deno.test("the advice for a DPoP error depends on whether there is a key", () => {
  for (const code of ["invalid_dpop_proof", "use_dpop_nonce"]) {
    assert(advice(code)?.includes("give --dpop-key"));
    assert(advice(code, {}, { hasDpopKey: true })?.startsWith("Check this machine's clock"));
  }
});

for (const code of ["invalid_client", "client_refused", "invalid_grant"]) {
  Deno.test(`the advice for ${code} is to check id, secret and method`, () => {
    assertEquals(
      advice(code, { error_uri: "https://a.example/" }, { request: REQUEST }),
      "Check id and secret; some servers want --auth-method client_secret_basic",
    );
    assertEquals(advice(code), advice(code, {}, { request: REQUEST }));
    // Without encoding, an id with a colon cannot be told from the secret.
    const withColon = advice(code, {}, { request: { ...REQUEST, client_id: "urn:app" } });
    assertEquals(
      withColon,
      "Check id and secret; some servers want --auth-method client_secret_basic",
    );
  });

  Deno.test(`the advice for ${code} depends on what proves the client`, () => {
    const request: TokenRequest = { ...REQUEST, auth_method: () => {} };
    assert(advice(code, {}, { request })?.startsWith("Check the id and the key"));
    for (const error_description of ["the aud is wrong", "Invalid Audience"]) {
      const said = advice(code, { error_description }, { request });
      assert(said?.includes("--assertion-audience"), said);
      const foreign = advice(code, { error_description }, { request, isForeignAssertion: true });
      assert(foreign?.startsWith("Has the assertion expired"), foreign);
    }
    assert(!advice(code, { error_description: "audible" }, { request })?.includes("audience"));
  });
}

for (
  const code of [
    ...["invalid_client", "client_refused", "invalid_grant", "unauthorized_client"],
    ...["invalid_request", "invalid_dpop_proof", "use_dpop_nonce"],
  ]
) {
  Deno.test(`the advice for ${code} says by how much the clocks differ, if something was signed`, () => {
    const request: TokenRequest = { ...REQUEST, auth_method: () => {} };
    for (const signed of [{ signsAssertion: true }, { hasDpopKey: true }]) {
      const said = (clock_skew: number) => advice(code, { clock_skew }, { request, ...signed });
      assert(said(42)?.startsWith("Set this machine's clock, which is 42 s behind the server's;"));
      assert(said(-6)?.startsWith("Set this machine's clock, which is 6 s ahead of the server's;"));
      for (const skew of [5, -5, 0]) {
        assertEquals(said(skew), advice(code, {}, { request, ...signed }));
      }
    }
    const unsigned = advice(code, { clock_skew: 42 }, { request });
    assertEquals(unsigned, advice(code, {}, { request }));
  });
}

const PLAIN = {};
const CHANGED = { client_secret: "a b" };
for (
  const [auth_method, change, methods] of [
    [undefined, PLAIN, "client_secret_basic"],
    ["client_secret_post", PLAIN, "client_secret_basic"],
    ["client_secret_basic", PLAIN, "client_secret_post"],
    ["client_secret_basic_raw", PLAIN, "client_secret_basic or client_secret_post"],
    ["client_secret_post", CHANGED, "client_secret_basic or client_secret_basic_raw"],
    ["client_secret_basic", CHANGED, "client_secret_basic_raw or client_secret_post"],
    ["client_secret_basic", { client_id: "a/b" }, "client_secret_basic_raw or client_secret_post"],
    [
      "client_secret_basic",
      { client_secret: "é" },
      "client_secret_basic_raw or client_secret_post",
    ],
    ["client_secret_basic", { client_secret: "aZ0-._*" }, "client_secret_post"],
    ["client_secret_basic_raw", CHANGED, "client_secret_basic or client_secret_post"],
  ] as [TokenRequest["auth_method"], Partial<TokenRequest>, string][]
) {
  Deno.test(`the advice names ${methods} after ${auth_method} with ${JSON.stringify(change)}`, () => {
    assertEquals(
      advice("client_refused", {}, { request: { ...REQUEST, auth_method, ...change } }),
      `Check id and secret; some servers want --auth-method ${methods}`,
    );
  });
}

Deno.test("adviceFor passes on the page that the server names, if there is no better advice", () => {
  assertEquals(
    advice("refused", { error_uri: "https://a.example/why" }),
    "See https://a.example/why",
  );
  assertEquals(advice("refused", { error_uri: "(not shown)" }), undefined);
  assert(!advice("invalid_scope", { error_uri: "https://a.example/why" })?.includes("See"));
});

Deno.test("the advice on what is missing names no permission that was granted", () => {
  const missing = ["client_id", "client_secret"];
  const ways = ["Give --client-id, --client-secret-file", "set CLIENT_ID, CLIENT_SECRET"];
  assertEquals(
    advice("missing_credentials", { missing }),
    `${ways[0]}; or ${ways[1]}; or put them in .env`,
  );
  using _world = replaceWorld();
  assertEquals(
    advice("missing_credentials", { missing }),
    `${ways[0]}; or ${ways[1]} and add --allow-env=CLIENT_ID,CLIENT_SECRET before main.ts; ` +
      "or put them in .env and add --allow-read=.env",
  );
  const all = advice("missing_credentials", { missing: ["token_url", ...missing] });
  assert(all?.endsWith("; or try it with --demo"), all);
  const one = advice("missing_credentials", { missing: ["client_id"] });
  assert(one?.includes("; or put it in .env"), one);
});
