import { assertEquals } from "@std/assert";
import { asStarted, hintFor } from "./hints.ts";
import { REQUEST } from "../tests/support/stub_fetch.ts";
import { replaceWorld } from "../tests/support/run_main.ts";
import { TokenError } from "../token.ts";

const ALLOW_HTTP = "Use https:, or add --allow-http to send the secret unencrypted";
const TRUST = "To trust a private authority, add --cert=FILE before main.ts, or set DENO_CERT=FILE";
const HOST = "No answer from a.example";
const CHECK_ENDPOINT = "Check --token-url; what answered seems to be no token endpoint";
const CHECK_PROXY = "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY";
const CHECK_CERTIFICATE =
  "The server accepts no connection without a certificate that it knows; check --client-cert";
const CHECK_ISSUER = "Check --issuer, or give --token-url in its place";

for (
  const [kind, message, hint] of [
    [
      "usage",
      "Access to a.example:99 over the network was not granted",
      "Add --allow-net=a.example:99 before main.ts",
    ],
    ["usage", "$&: read access was not granted", "Add --allow-read='$&' before main.ts"],
    [
      "usage",
      "The file of --client-secret-file: read access was not granted",
      "Add --allow-read=PATH before main.ts",
    ],
    ["usage", "token_url must be https:, or http: to this machine", ALLOW_HTTP],
    [
      "usage",
      'params must not set "scope"',
      "Use --client-id, --client-secret-file and --scope",
    ],
    ["usage", "--allow-net is a flag of Deno", "Put it before main.ts"],
    ["usage", "issuer must be https:, or http: to this machine", ALLOW_HTTP],
    ["usage", "2 keys of the set can sign; name one by its key id", "Give --key-id"],
    [
      "usage",
      "/my cache: read and write access was not granted",
      "Add --allow-read='/my cache' --allow-write='/my cache' before main.ts",
    ],
    [
      "usage",
      "--cache needs a secret or a key to seal the token with; an assertion changes",
      "Leave out --cache and TOKEN_CACHE, or bind the token with --dpop-key",
    ],
    ["usage", "timeout must be 1 to 2147483647 ms", undefined],
    [
      "refused",
      "a.example answered 400: invalid_scope: no",
      "Compare --scope with what the provider allows this client",
    ],
    [
      "refused",
      "a.example answered 400: unauthorized_client",
      "Allow this client the client credentials grant at the provider",
    ],
    [
      "refused",
      "a.example answered 400: unsupported_grant_type",
      "Check --token-url; the server there does not know the client credentials grant",
    ],
    ...["invalid_dpop_proof", "use_dpop_nonce"].map((code) =>
      [
        "refused",
        `a.example answered 400: ${code}: no`,
        "The server binds tokens to a key; give --dpop-key",
      ] as const
    ),
    [
      "refused",
      "a.example answered 405: Method Not Allowed",
      "Check --token-url; there seems to be no token endpoint at that path",
    ],
    [
      "refused",
      "a.example answered 404: Not Found",
      "Check --token-url; there seems to be no token endpoint at that path",
    ],
    ["refused", "a.example answered 400: invalid_request", undefined],
    ["refused", "No metadata: a.example answered 503: no (after 3 tries)", undefined],
    ["refused", "No metadata: a.example answered 429: no; it asks to wait 100 s", undefined],
    ["refused", "No metadata: a.example answered 401: no", CHECK_ISSUER],
    ["refused", "a.example answered 404: no metadata of that issuer", CHECK_ISSUER],
    ["unusable", "No metadata: a.example answered 302 with a redirect to x", CHECK_ISSUER],
    [
      "unusable",
      "a.example answered 200 with metadata whose token_endpoint is wrong: it must be https:",
      "Give --token-url in place of --issuer",
    ],
    ["unreachable", `${HOST}: invalid peer certificate: UnknownIssuer`, TRUST],
    [
      "unreachable",
      `${HOST}: invalid peer certificate: certificate expired: now 1`,
      "Check this machine's clock, then the certificate",
    ],
    [
      "unreachable",
      `${HOST}: invalid peer certificate: certificate not valid for name "a.example"`,
      "Check the host name",
    ],
    [
      "unreachable",
      `${HOST}: received corrupt message of type InvalidContentType`,
      "The server does not use TLS on this port; check the port",
    ],
    [
      "unreachable",
      `${HOST}: dns error: failed`,
      "Check the host name and the network",
    ],
    [
      "unreachable",
      `${HOST}: tunnel error: unsuccessful`,
      "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
    ],
    [
      "unreachable",
      `${HOST}: tcp connect error: Connection refused (os error 111)`,
      "Nothing listens there; check the host and the port, and HTTPS_PROXY if it is set",
    ],
    [
      "unreachable",
      `${HOST}: connect ECONNREFUSED 127.0.0.1:1`,
      "Nothing listens there; check the host and the port, and HTTPS_PROXY if it is set",
    ],
    [
      "unreachable",
      `${HOST}: Failed opening CA file: No such file or directory (os error 2)`,
      "Check the file that DENO_CERT or --cert names",
    ],
    ["unreachable", `${HOST} within 10 ms`, "Allow more seconds with --timeout"],
    ["unreachable", `${HOST}: connection closed before message completed`, undefined],
    [
      "unusable",
      "a.example answered 302 with a redirect to https://b.example/, which is not followed",
      "If you trust that address, give it as --token-url",
    ],
    [
      "unusable",
      "a.example answered 200 with text/html, not a JSON object",
      "Check --token-url; what answered seems to be no token endpoint",
    ],
    [
      "unusable",
      "a.example answered 200 with no access_token that is a string and not empty",
      "Check --token-url; what answered seems to be no token endpoint",
    ],
    ["unusable", "a.example answered 200 with more than 1 MiB", CHECK_ENDPOINT],
    [
      "unusable",
      "The answer has a DPoP token, but the request had no proof",
      "Give --dpop-key, and use dpopFetch to call the API",
    ],
    ["unusable", "a.example answered 200 with metadata that names no issuer", CHECK_ISSUER],
    ["unusable", "a.example answered 200 with an access_token that no header can carry", undefined],
    ["unreachable", `${HOST}: proxy authentication required`, CHECK_PROXY],
    ["unreachable", `${HOST}: unexpected answer of the Proxy`, CHECK_PROXY],
    [
      "unreachable",
      `${HOST}: invalid peer certificate: certificate not valid yet: verification time 1`,
      "Check this machine's clock, then the certificate",
    ],
    [
      "unreachable",
      `${HOST}: tcp connect error: the target machine actively refused it. (os error 10061)`,
      "Nothing listens there; check the host and the port, and HTTPS_PROXY if it is set",
    ],
    ["unreachable", `${HOST}: the server refused items`, undefined],
    ["unreachable", `${HOST}: received fatal alert: CertificateRequired`, CHECK_CERTIFICATE],
    ["unreachable", `${HOST}: received fatal alert: HandshakeFailure`, CHECK_CERTIFICATE],
    ["unreachable", `${HOST}: received fatal alert: unknown CA`, CHECK_CERTIFICATE],
    ["unreachable", `${HOST}: invalid peer certificate: Other(CaUsedAsEndEntity)`, TRUST],
    ["unreachable", `${HOST}: received fatal alert: AccessDenied`, CHECK_CERTIFICATE],
    ["unreachable", `${HOST}: received fatal alert: UnknownCA`, CHECK_CERTIFICATE],
    [
      "usage",
      "The npm package jose@1.2.3, which signs, cannot be loaded",
      "npm must be reachable once; or run the binary, which contains the package",
    ],
    [
      "usage",
      ".env cannot be read: it is UTF-16 text, as PowerShell may write it",
      "Save it as UTF-8; in PowerShell: Set-Content -Encoding utf8 FILE",
    ],
  ] as const
) {
  Deno.test(`hintFor knows ${hint ? "what to do" : "nothing"} about "${message}"`, () => {
    assertEquals(hintFor(new TokenError(kind, message)), hint);
  });
}

Deno.test("hintFor speaks of the proof only if that is what the server refused", () => {
  const refused = (error: string) =>
    hintFor(new TokenError("refused", `a.example answered 400: ${error}`), REQUEST, {
      dpop_jkt: "jkt",
    });
  assertEquals(refused("invalid_dpop_proof")?.startsWith("Check this machine's clock"), true);
  assertEquals(refused("invalid_scope")?.startsWith("Compare --scope"), true);
});

Deno.test("asStarted speaks of the program as it was started", () => {
  const hint = "Add --allow-net=a.example before main.ts; and more";
  assertEquals(asStarted(hint), hint);
  assertEquals(
    asStarted(hint, false),
    "Add --allow-net=a.example when you install or compile token; and more",
  );
});

Deno.test("hintFor passes on the page that the server names", () => {
  const details = { error_uri: "https://a.example/why" };
  const error = new TokenError("refused", "a.example answered 400: odd", details);
  assertEquals(hintFor(error), "See https://a.example/why");
  assertEquals(hintFor(new TokenError("refused", "odd", { error_uri: "(not shown)" })), undefined);
});

Deno.test("hintFor names no permission that was granted", () => {
  const error = new TokenError("usage", "Missing CLIENT_ID, CLIENT_SECRET");
  const ways = ["Give --client-id, --client-secret-file", "set CLIENT_ID,CLIENT_SECRET"];
  assertEquals(hintFor(error), `${ways[0]}; or ${ways[1]}; or put them in .env`);
  using _world = replaceWorld();
  assertEquals(
    hintFor(error),
    `${ways[0]}; or ${ways[1]} and add --allow-env=CLIENT_ID,CLIENT_SECRET before main.ts; ` +
      "or put them in .env and add --allow-read=.env",
  );
});
