// Everything that can go wrong, by its code: of what kind it is, and what the command advises. Exit codes,
// hints and the sections of docs/errors.md follow from this table.

import { MAX_DELAY_MS, type TokenError } from "../token.ts";
import {
  adviseForAuthority,
  adviseForClient,
  adviseForDpop,
  adviseForFolder,
  adviseForIssuer,
  adviseForMissing,
  adviseForOwnAuthority,
  adviseForRead,
  adviseForTrust,
  GIVE_TOKEN_URL,
  grant,
  quoteForShell,
  type Situation,
  unlessClockDiffers,
} from "./advice.ts";

type Kind = TokenError["kind"];

/** What each kind of error means for a script, and which section of docs/errors.md explains it. */
export const KINDS: Record<Kind, { exitCode: number; section: string }> = {
  refused: { exitCode: 1, section: "Refused" },
  usage: { exitCode: 2, section: "Wrong use" },
  unreachable: { exitCode: 3, section: "No answer" },
  unusable: { exitCode: 4, section: "No usable token" },
};

/** A sentence on what to do; a function, if that depends on the error or on the situation. */
export type Advice = string | ((error: TokenError, situation: Situation) => string | undefined);

/** What is known about a code: what to do, or why there is no advice. */
export type ErrorEntry =
  | { kind: Kind; advice: Advice }
  | { kind: Kind; noAdvice: string };

const SAYS_IT = "the message says what to do";
const ASK_PROVIDER = "only the provider's documentation helps";
const WAIT = "nothing helps but to wait";
const LIBRARY = "only a program that uses the library meets it";

const USE_HTTPS = "Use https:, or add --allow-http to send the secret unencrypted";
const CHECK_ENDPOINT = "Check --token-url; what answered seems to be no token endpoint";
const CHECK_HOST = "Check the host name and the network";
const CHECK_CLOCK = "Check this machine's clock, then the certificate";
const CHECK_ISSUER = "Check --issuer, or give --token-url instead";
const LEAVE_OUT_RESOURCE =
  "Leave out --resource; give --issuer or --token-url, and --param resource=URL";
const NEEDS_CERTIFICATE =
  "The server accepts no connection without a certificate that it knows; check --client-cert";

/** The errors, those of each kind together, in the order in which users meet them. */
export const ERRORS = new Map<string, ErrorEntry>(Object.entries(
  {
    invalid_client: { kind: "refused", advice: adviseForClient },
    client_refused: { kind: "refused", advice: adviseForClient },
    invalid_grant: { kind: "refused", advice: adviseForClient },
    invalid_scope: {
      kind: "refused",
      advice: "Compare --scope with what the provider allows this client",
    },
    // Some servers refuse an assertion with this code, or with invalid_request.
    unauthorized_client: {
      kind: "refused",
      advice: unlessClockDiffers("Allow this client the client credentials grant at the provider"),
    },
    unsupported_grant_type: {
      kind: "refused",
      advice: "Check --token-url; the server there does not know the client credentials grant",
    },
    no_token_endpoint: {
      kind: "refused",
      advice: "Check --token-url; there seems to be no token endpoint at that path",
    },
    invalid_request: {
      kind: "refused",
      advice: unlessClockDiffers(
        "Give what the provider's documentation asks for, such as --param audience=VALUE",
      ),
    },
    invalid_target: {
      kind: "refused",
      advice: (_, { isFoundByResource }) =>
        isFoundByResource
          ? "Add --no-resource-param; some servers take no resource, or only a scope"
          : undefined,
    },
    too_many_requests: {
      kind: "refused",
      advice: "Wait, and keep the token until it expires: --cache FOLDER",
    },
    server_failed: {
      kind: "refused",
      advice: ({ retry_after = 0 }) =>
        1000 * retry_after > MAX_DELAY_MS
          ? "Wait, and then try again"
          : "Try again later, or allow more attempts with --retries",
    },
    proxy_refused: {
      kind: "refused",
      advice: "Give the proxy's user and password: HTTP_PROXY=http://USER:PASSWORD@HOST:PORT",
    },
    form_refused: {
      kind: "refused",
      advice: "Check --token-url; a token endpoint takes a form (RFC 6749 §4.4.2)",
    },
    web_page: {
      kind: "refused",
      advice: "A web page answered, perhaps that of a firewall or proxy before the server: check " +
        "from where you send, and whether it wants a --header such as user-agent",
    },
    refused: { kind: "refused", noAdvice: ASK_PROVIDER },
    invalid_dpop_proof: { kind: "refused", advice: adviseForDpop },
    use_dpop_nonce: { kind: "refused", advice: adviseForDpop },
    github_token_refused: {
      kind: "refused",
      advice: ({ status = 0 }) =>
        status < 500
          ? "Give the job the permission id-token: write"
          : "Run the job again later; the service of GitHub Actions failed",
    },
    metadata_refused: { kind: "refused", advice: CHECK_ISSUER },
    metadata_unavailable: { kind: "refused", noAdvice: WAIT },

    missing_credentials: { kind: "usage", advice: adviseForMissing },
    token_url_invalid: { kind: "usage", noAdvice: SAYS_IT },
    token_url_not_https: { kind: "usage", advice: USE_HTTPS },
    token_url_not_plain: { kind: "usage", noAdvice: SAYS_IT },
    issuer_invalid: { kind: "usage", noAdvice: SAYS_IT },
    issuer_not_https: { kind: "usage", advice: USE_HTTPS },
    issuer_not_plain: { kind: "usage", noAdvice: SAYS_IT },
    issuer_is_metadata: {
      kind: "usage",
      advice: ({ issuer = "" }) => `Give ${quoteForShell(issuer)} as --issuer`,
    },
    resource_invalid: { kind: "usage", noAdvice: SAYS_IT },
    resource_not_https: { kind: "usage", advice: USE_HTTPS },
    resource_not_plain: { kind: "usage", noAdvice: SAYS_IT },
    resource_issuer_untrusted: { kind: "usage", advice: adviseForTrust },
    resource_issuer_differs: {
      kind: "usage",
      advice: "Compare both names; if you trust the one that the API gives, give it as --issuer",
    },
    resource_issuer_ambiguous: {
      kind: "usage",
      advice: "Choose one that you trust, and give it as --issuer",
    },
    network_permission: {
      kind: "usage",
      advice: ({ host }, { isSource }) => grant(`--allow-net=${host}`, isSource),
    },
    read_permission: { kind: "usage", advice: adviseForRead },
    cache_permission: { kind: "usage", advice: adviseForFolder },
    watch_permission: { kind: "usage", advice: adviseForFolder },
    unknown_flag: { kind: "usage", noAdvice: SAYS_IT },
    deno_flag: {
      kind: "usage",
      advice: (_, { runtime }) =>
        runtime === "node"
          ? "Leave it out; Node.js has no such permissions"
          : "Put it before main.ts",
    },
    not_a_flag: { kind: "usage", noAdvice: SAYS_IT },
    flag_needs_value: { kind: "usage", noAdvice: SAYS_IT },
    flag_takes_no_value: { kind: "usage", noAdvice: SAYS_IT },
    flag_repeated: { kind: "usage", noAdvice: SAYS_IT },
    flags_conflict: { kind: "usage", noAdvice: SAYS_IT },
    flag_incomplete: { kind: "usage", noAdvice: SAYS_IT },
    value_not_allowed: { kind: "usage", noAdvice: SAYS_IT },
    demo_takes_no_flag: { kind: "usage", noAdvice: SAYS_IT },
    params_invalid: { kind: "usage", noAdvice: SAYS_IT },
    params_reserved: { kind: "usage", advice: "Use --client-id, --client-secret-file and --scope" },
    client_id_with_colon: {
      kind: "usage",
      advice: "Use --auth-method client_secret_basic, which encodes it, or client_secret_post",
    },
    headers_invalid: { kind: "usage", noAdvice: SAYS_IT },
    headers_reserved: { kind: "usage", noAdvice: SAYS_IT },
    timeout_invalid: { kind: "usage", noAdvice: SAYS_IT },
    retries_invalid: { kind: "usage", noAdvice: SAYS_IT },
    proxy_invalid: { kind: "usage", noAdvice: SAYS_IT },
    variable_not_text: { kind: "usage", noAdvice: SAYS_IT },
    file_unreadable: { kind: "usage", noAdvice: SAYS_IT },
    file_utf_16: {
      kind: "usage",
      advice: "Save it as UTF-8; in PowerShell: Set-Content -Encoding utf8 FILE",
    },
    file_too_long: { kind: "usage", noAdvice: SAYS_IT },
    file_not_plain: { kind: "usage", advice: "Give the path of a file, or of a named pipe" },
    pipe_silent: { kind: "usage", advice: "Start what writes to the pipe, or unlock it" },
    file_pkcs12: {
      kind: "usage",
      advice:
        "Take the key and the certificate out of it: openssl pkcs12 -in FILE -nodes -nocerts " +
        "-out key.pem; openssl pkcs12 -in FILE -nokeys -clcerts -out cert.pem",
    },
    file_der: {
      kind: "usage",
      advice: "Convert it: openssl pkey -inform DER -in FILE -out key.pem, or for a certificate " +
        "openssl x509 -inform DER -in FILE -out cert.pem",
    },
    file_java_keystore: {
      kind: "usage",
      advice: "Convert it: keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 " +
        "-deststoretype PKCS12; openssl pkcs12 -in NEW.p12 -nodes -out key.pem",
    },
    file_unwritable: { kind: "usage", noAdvice: SAYS_IT },
    file_empty: { kind: "usage", noAdvice: SAYS_IT },
    env_file_misquoted: { kind: "usage", noAdvice: SAYS_IT },
    env_file_hash: { kind: "usage", noAdvice: SAYS_IT },
    secret_too_short: { kind: "usage", noAdvice: SAYS_IT },
    assertion_not_jwt: { kind: "usage", noAdvice: SAYS_IT },
    signing_alg_mismatch: { kind: "usage", noAdvice: SAYS_IT },
    key_unknown_format: { kind: "usage", noAdvice: SAYS_IT },
    key_not_pem: { kind: "usage", noAdvice: SAYS_IT },
    key_encrypted: {
      kind: "usage",
      advice:
        "Or give the passphrase of --client-key, in a file with --client-key-passphrase-file " +
        "or as CLIENT_KEY_PASSPHRASE; in a terminal, it is asked for",
    },
    key_openssh: {
      kind: "usage",
      advice: "Convert a copy: ssh-keygen -p -m PKCS8 -f COPY; it does not convert Ed25519, so " +
        "make a new key: openssl genpkey -algorithm ed25519 -out NEW",
    },
    passphrase_wrong: {
      kind: "usage",
      advice: (_, { runtime }) =>
        runtime === "node"
          ? "Check the passphrase"
          : "Check the passphrase; if it is right, encrypt the key anew, in a way that Deno reads: " +
            "openssl pkcs8 -topk8 -in OLD -out NEW",
    },
    key_invalid: { kind: "usage", noAdvice: SAYS_IT },
    key_rsa_pss: { kind: "usage", noAdvice: SAYS_IT },
    key_explicit_curve: { kind: "usage", noAdvice: SAYS_IT },
    key_unsupported: { kind: "usage", noAdvice: SAYS_IT },
    key_too_short: { kind: "usage", noAdvice: SAYS_IT },
    key_not_private: { kind: "usage", noAdvice: SAYS_IT },
    key_not_for_signing: { kind: "usage", noAdvice: SAYS_IT },
    key_not_in_set: { kind: "usage", noAdvice: SAYS_IT },
    key_ambiguous: { kind: "usage", advice: "Give --key-id, or a file with one key" },
    dpop_key_ambiguous: { kind: "usage", noAdvice: SAYS_IT },
    certificate_not_pem: { kind: "usage", noAdvice: SAYS_IT },
    certificate_key_mismatch: { kind: "usage", noAdvice: SAYS_IT },
    certificate_too_old: { kind: "usage", noAdvice: SAYS_IT },
    client_cert_needs_https: { kind: "usage", noAdvice: SAYS_IT },
    auth_method_unsupported: { kind: "usage", noAdvice: SAYS_IT },
    cache_without_key: {
      kind: "usage",
      advice: "Leave out --cache and TOKEN_CACHE, or bind the token with --dpop-key",
    },
    jose_missing: {
      kind: "usage",
      advice: (_, { runtime }) =>
        runtime === "node"
          ? "Install it: npm install --no-save --no-package-lock jose"
          : "npm must be reachable once; or run the binary, which contains the package",
    },
    no_github_job: {
      kind: "usage",
      advice:
        "Run in a job of GitHub Actions with the permission id-token: write, and allow the two " +
        "variables with --allow-env",
    },
    trusted_issuers_invalid: { kind: "usage", noAdvice: LIBRARY },
    missing_client_id: { kind: "usage", noAdvice: LIBRARY },
    missing_client_secret: { kind: "usage", noAdvice: LIBRARY },
    auth_method_invalid: { kind: "usage", noAdvice: LIBRARY },
    dpop_key_hidden: { kind: "usage", noAdvice: LIBRARY },
    key_not_pkcs8: { kind: "usage", noAdvice: LIBRARY },
    lifetime_invalid: { kind: "usage", noAdvice: LIBRARY },
    seal_key_missing: { kind: "usage", noAdvice: LIBRARY },
    default_lifetime_invalid: { kind: "usage", noAdvice: SAYS_IT },
    margin_invalid: { kind: "usage", noAdvice: LIBRARY },
    url_invalid: { kind: "usage", noAdvice: LIBRARY },
    url_not_https: { kind: "usage", noAdvice: LIBRARY },
    url_not_plain: { kind: "usage", noAdvice: LIBRARY },

    timeout: { kind: "unreachable", advice: "Allow more seconds with --timeout" },
    dns: { kind: "unreachable", advice: CHECK_HOST },
    connection_refused: {
      kind: "unreachable",
      advice: "Nothing listens there; check the host and the port, and HTTPS_PROXY if it is set",
    },
    no_route: {
      kind: "unreachable",
      advice: "Check the network, a VPN, and whether IPv6 works if the host has such an address",
    },
    connection_failed: { kind: "unreachable", noAdvice: WAIT },
    proxy: { kind: "unreachable", advice: "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY" },
    certificate_unknown_authority: { kind: "unreachable", advice: adviseForAuthority },
    certificate_is_authority: { kind: "unreachable", advice: adviseForOwnAuthority },
    certificate_expired: { kind: "unreachable", advice: CHECK_CLOCK },
    certificate_name: {
      kind: "unreachable",
      advice: "Check the host name; it must stand in the certificate's subjectAltName",
    },
    certificate_invalid: { kind: "unreachable", noAdvice: ASK_PROVIDER },
    ca_file: { kind: "unreachable", advice: "Check the file that DENO_CERT or --cert names" },
    not_tls: {
      kind: "unreachable",
      advice: "The server does not use TLS on this port; check the port",
    },
    tls_protocol: { kind: "unreachable", noAdvice: ASK_PROVIDER },
    tls_handshake: {
      kind: "unreachable",
      advice: (_, { runtime }) =>
        "They agree on no TLS version or cipher, or the server wants a certificate; check the port, " +
        "and --client-cert if the server needs one" +
        (runtime === "deno" ? "; Node.js knows older ciphers than Deno" : ""),
    },
    client_certificate_refused: { kind: "unreachable", advice: NEEDS_CERTIFICATE },
    port_blocked: {
      kind: "unreachable",
      advice: "fetch does not connect to this port; ask the provider for another one",
    },
    aborted: { kind: "unreachable", noAdvice: LIBRARY },

    redirect: {
      kind: "unusable",
      advice: "If you trust that address, give it as --token-url",
    },
    not_json: { kind: "unusable", advice: CHECK_ENDPOINT },
    no_access_token: { kind: "unusable", advice: CHECK_ENDPOINT },
    answer_too_long: { kind: "unusable", advice: CHECK_ENDPOINT },
    empty_answer: {
      kind: "unusable",
      advice: "Try again later; the server, or a gateway before it, answered with nothing",
    },
    unexpected_status: { kind: "unusable", noAdvice: ASK_PROVIDER },
    token_not_printable: { kind: "unusable", noAdvice: ASK_PROVIDER },
    token_bound: {
      kind: "unusable",
      advice:
        "Give --dpop-key, and call the API with dpopFetch, which proves that you have the key",
    },
    token_type_unknown: { kind: "unusable", noAdvice: ASK_PROVIDER },
    github_token_missing: { kind: "unusable", noAdvice: ASK_PROVIDER },
    scope_narrowed: {
      kind: "unusable",
      advice: "Allow the client these scopes at the provider, or leave out --strict-scope",
    },
    answer_too_deep: { kind: "unusable", noAdvice: ASK_PROVIDER },
    issuer_mismatch: { kind: "unusable", advice: adviseForIssuer },
    no_metadata: { kind: "unusable", advice: CHECK_ISSUER },
    metadata_without_issuer: { kind: "unusable", advice: CHECK_ISSUER },
    metadata_without_token_endpoint: { kind: "unusable", advice: GIVE_TOKEN_URL },
    token_endpoint_wrong: { kind: "unusable", advice: GIVE_TOKEN_URL },
    resource_without_metadata: { kind: "unusable", advice: LEAVE_OUT_RESOURCE },
    resource_mismatch: {
      kind: "unusable",
      advice: "Compare it with --resource, down to the last slash; or give --issuer instead",
    },
    resource_without_issuer: { kind: "unusable", advice: LEAVE_OUT_RESOURCE },
    resource_issuer_wrong: { kind: "unusable", advice: LEAVE_OUT_RESOURCE },
  } satisfies Record<string, ErrorEntry>,
));
