// What RFC 10070 demands of clients that authenticate with a JWT, as docs/providers.md lists it. It updates
// RFC 7523 §3 and §3.2.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { decodeJwt, decodeProtectedHeader } from "./support/jose.ts";
import { BASE, run, SECRET, withIssuer } from "./support/keys.ts";
import { needs } from "./support/needs.ts";

const TYPE = "client-authentication+jwt";
const KEY = "--client-key=./key.pem";
const SECRET_JWT = [`--client-secret=${SECRET}`, "--auth-method=client_secret_jwt"];
const METHODS = { token_endpoint_auth_methods_supported: ["private_key_jwt", "client_secret_jwt"] };

/** Header and claims of the assertion in the only request. */
function onlyAssertion(sent: [Headers, URLSearchParams][]) {
  assertEquals(sent.length, 1);
  const assertion = sent[0]?.[1].get("client_assertion") ?? "";
  return { header: decodeProtectedHeader(assertion), claims: decodeJwt(assertion) };
}

for (
  const [name, args] of [
    ["a key", [KEY]],
    ["a key and an id", [KEY, "--key-id=k1"]],
    ["a key for DPoP", [KEY, "--dpop-key=./key.pem"]],
    ["a secret that signs", SECRET_JWT],
  ] as const
) {
  const title =
    `RFC 10070: with --issuer and ${name}, the issuer is the sole audience, and the type is explicit`;
  Deno.test(needs(title, "npm:jose"), async () => {
    await withIssuer(METHODS, async (issuer, sent) => {
      assertEquals((await run([...BASE, `--issuer=${issuer}`, ...args])).code, 0);
      const { header, claims } = onlyAssertion(sent);
      // One text, not a list, and not the token URL.
      assertEquals([header.typ, claims.aud], [TYPE, issuer]);
      assertEquals([claims.iss, claims.sub], ["id", "id"]);
    });
  });
}

Deno.test(
  needs("RFC 10070: the issuer is the audience wherever its token endpoint is", "npm:jose"),
  async () => {
    await withIssuer({}, async (elsewhere, sent) => {
      const metadata = { ...METHODS, token_endpoint: `${elsewhere}/token` };
      await withIssuer(metadata, async (issuer) => {
        assertEquals((await run([...BASE, `--issuer=${issuer}`, KEY])).code, 0);
        assertEquals(onlyAssertion(sent).claims.aud, issuer);
      });
    });
  },
);

Deno.test(
  needs(
    "RFC 10070: metadata that name another issuer, be it by a slash, bring no assertion",
    "npm:jose",
  ),
  async () => {
    await withIssuer(METHODS, async (issuer, sent) => {
      const { code, stderr } = await run([...BASE, `--issuer=${issuer}/`, KEY]);
      assertEquals([code, sent.length], [4, 0]);
      assertStringIncludes(stderr, `the metadata of another issuer: ${issuer}`);
    });
  },
);

Deno.test(
  needs(
    "RFC 10070: with --token-url alone, that is the audience, and no type claims otherwise",
    "npm:jose",
  ),
  async () => {
    await withIssuer(METHODS, async (issuer, sent) => {
      const token_url = `${issuer}/token`;
      assertEquals((await run([...BASE, `--token-url=${token_url}`, KEY])).code, 0);
      const { header, claims } = onlyAssertion(sent);
      assertEquals([header.typ, claims.aud], ["JWT", token_url]);
    });
  },
);

Deno.test(
  needs(
    "RFC 10070: an audience that is given counts, and has the type if it is the issuer",
    "npm:jose",
  ),
  async () => {
    await withIssuer(METHODS, async (issuer, sent) => {
      const args = [...BASE, `--issuer=${issuer}`, KEY];
      for (
        const [audience, typ] of [[issuer, TYPE], [`${issuer}/token`, "JWT"]] as const
      ) {
        assertEquals((await run([...args, `--assertion-audience=${audience}`])).code, 0);
        const { header, claims } = onlyAssertion(sent.splice(0));
        assertEquals([header.typ, claims.aud], [typ, audience]);
      }
    });
  },
);
