// What to do about an error, as far as it is known.

import { isGranted, isLocal, runtime } from "../runtime/host.ts";
import { type Hints, HINTS_IN_NODE } from "./hints_in_node.ts";
import { printable, type TokenError, type TokenRequest } from "../token.ts";
import type { Proof } from "./proof.ts";

const DPOP_ERROR = / (invalid_dpop_proof|use_dpop_nonce)/;
const HINTS: Hints = {
  usage: [
    [/^Access to (\S+) over the network was not granted/, "Add --allow-net=$1 before main.ts"],
    [/^The file of --\S+: read access was not granted/, "Add --allow-read=PATH before main.ts"],
    [/by its key id$/, "Give --key-id"],
    [
      /^The npm package /,
      "npm must be reachable once; or run the binary, which contains the package",
    ],
    [
      /^(.+): read and write access was not granted/,
      "Add --allow-read=$1 --allow-write=$1 before main.ts",
    ],
    [/^--cache needs /, "Leave out --cache and TOKEN_CACHE, or bind the token with --dpop-key"],
    [/ is UTF-16 text/, "Save it as UTF-8; in PowerShell: Set-Content -Encoding utf8 FILE"],
    [/^(.+): read access was not granted/, "Add --allow-read=$1 before main.ts"],
    [
      /^(token_url|issuer) must be https:/,
      "Use https:, or add --allow-http to send the secret unencrypted",
    ],
    [/ is a flag of Deno$/, "Put it before main.ts"],
    [/^params must not set/, "Use --client-id, --client-secret-file and --scope"],
  ],
  refused: [
    [DPOP_ERROR, "The server binds tokens to a key; give --dpop-key"],
    [
      /^No metadata: \S+ answered 4(?!29)|no metadata of that issuer/,
      "Check --issuer, or give --token-url in its place",
    ],
    [/ invalid_scope/, "Compare --scope with what the provider allows this client"],
    [/ unauthorized_client/, "Allow this client the client credentials grant at the provider"],
    [
      / unsupported_grant_type/,
      "Check --token-url; the server there does not know the client credentials grant",
    ],
    [/ answered 40[45]: /, "Check --token-url; there seems to be no token endpoint at that path"],
  ],
  unreachable: [
    [
      /: .*(UnknownIssuer|CaUsedAsEndEntity)/,
      "To trust a private authority, add --cert=FILE before main.ts, or set DENO_CERT=FILE",
    ],
    [/: Failed opening CA file/, "Check the file that DENO_CERT or --cert names"],
    [/: .*certificate (expired|not valid yet)/, "Check this machine's clock, then the certificate"],
    [/: .*not valid for name/, "Check the host name"],
    [/: .*InvalidContentType/, "The server does not use TLS on this port; check the port"],
    [/: dns error/, "Check the host name and the network"],
    [
      /: .*fatal alert: .*(Certificate|Unknown ?CA|HandshakeFailure|AccessDenied)/i,
      "The server accepts no connection without a certificate that it knows; check --client-cert",
    ],
    [/: .*(proxy|tunnel)/i, "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"],
    [
      /: .*(refused (\(os error|it\b)|ECONNREFUSED)/,
      "Nothing listens there; check the host and the port, and HTTPS_PROXY if it is set",
    ],
    [/ within \d+ ms/, "Allow more seconds with --timeout"],
  ],
  unusable: [
    [
      / another issuer: https:\/\/login\.microsoftonline\.com\//,
      "Entra's common and organizations are no issuers; put your tenant's id in their place",
    ],
    [
      / another issuer: https:\/\/sts\.windows\.net\//,
      "That is Entra's version 1; add /v2.0 to --issuer, or give --token-url",
    ],
    [/ another issuer: (\S+)$/, "If you trust it, give exactly $1 as --issuer"],
    [/^No metadata: |names no issuer/, "Check --issuer, or give --token-url in its place"],
    [/ a DPoP token, but /, "Give --dpop-key, and use dpopFetch to call the API"],
    [/ token_endpoint/, "Give --token-url in place of --issuer"],
    [/ a redirect to /, "If you trust that address, give it as --token-url"],
    [
      / (not a JSON object|no access_token|more than 1 MiB)/,
      "Check --token-url; what answered seems to be no token endpoint",
    ],
  ],
};

// What to try, the most likely first.
const OTHER_METHODS: Record<string, string[]> = {
  client_secret_post: ["client_secret_basic", "client_secret_basic_raw"],
  client_secret_basic: ["client_secret_basic_raw", "client_secret_post"],
  client_secret_basic_raw: ["client_secret_basic", "client_secret_post"],
};

/** A sentence on what to do, if there is one. */
export function hintFor(
  error: TokenError,
  request?: TokenRequest,
  { dpop_jkt, isForeign }: Partial<Proof> = {},
  host = runtime,
): string | undefined {
  const { kind, message, status, error_uri } = error;
  const isAssertion = typeof request?.auth_method === "function";
  if (message.startsWith("Missing ")) return hintForMissing(message);
  if (kind === "refused" && dpop_jkt && DPOP_ERROR.test(message)) {
    return "Check this machine's clock, and whether the server takes the algorithm of --dpop-key; " +
      "if it wants another nonce, try again";
  }
  if (kind === "refused" && isAssertion && !isForeign && /\baud(ience)?\b/i.test(message)) {
    return "Some servers want their issuer as --assertion-audience, others their token URL";
  }
  const own = host === "node" ? HINTS_IN_NODE[kind] : [];
  for (const [pattern, hint] of [...own, ...HINTS[kind]]) {
    const match = message.match(pattern);
    if (match) return asStarted(hint.replaceAll("$1", () => quoted(match[1]!)));
  }
  const isClientRefused = status === 401 || status === 403 ||
    ["invalid_client", "invalid_grant"].includes(`${error.error}`);
  if (kind === "refused" && isClientRefused && isForeign) {
    return "Has the assertion expired, or been used before? " +
      "Compare its issuer, subject and audience with what the provider expects";
  }
  if (kind === "refused" && isClientRefused) return hintForClient(request);
  return error_uri && URL.canParse(error_uri) ? `See ${printable(error_uri)}` : undefined;
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /[\s"'$`\\!*?;&|<>(){}#]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : text;
}

/** The hint for the program as it was started. */
export function asStarted(hint: string, isSource: boolean = isLocal): string {
  return isSource ? hint : hint.replace(" before main.ts", " when you install or compile token");
}

function hintForMissing(message: string): string {
  const variables = message.match(/[A-Z]+_[A-Z]+/g)!;
  const names = variables.join(",");
  const flags = variables.map((name) => `--${name.toLowerCase().replace("_", "-")}`)
    .map((flag) => flag === "--client-secret" ? "--client-secret-file" : flag);
  const isReadable = variables.every((variable) => isGranted({ name: "env", variable }));
  const env = isReadable ? "" : ` and add --allow-env=${names} before main.ts`;
  const read = isGranted({ name: "read", path: ".env" }) ? "" : " and add --allow-read=.env";
  const demo = variables.length === 3 ? "; or run the lesson with --demo" : "";
  const places = `or set ${names}${env}; or put them in .env${read}${demo}`;
  return asStarted(`Give ${flags.join(", ")}; ${places}`);
}

/** Servers disagree on where id and secret are sent, and on whether the header encodes them. */
function hintForClient(request: Partial<TokenRequest> = {}): string {
  const { client_id, client_secret, auth_method = "client_secret_post" } = request;
  if (typeof auth_method === "function") {
    return "Check the id and the key or certificate, and which the provider has for this client";
  }
  const isEncoded = /[^\w.*-]/.test(`${client_id}${client_secret}`);
  const others = OTHER_METHODS[auth_method]!
    .filter((method) => isEncoded || method !== "client_secret_basic_raw");
  return `Check id and secret; some servers want --auth-method ${others.join(" or ")}`;
}
