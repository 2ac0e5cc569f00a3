// `--output kubernetes`: what kubectl reads from a credential plugin. Loaded only then.

import { readVariable } from "../runtime/runtime.ts";
import { bearer } from "../token_source/authorization.ts";
import { lifetimeOf } from "../token_source/token_lifetime.ts";
import { parseObject, type TokenResponse } from "../token.ts";

const API = "client.authentication.k8s.io/v1";
// Those that have the same members.
const API_VERSIONS = [API, `${API}beta1`, `${API}alpha1`];

// The last moment that RFC 3339 can write.
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * Formats a token as an `ExecCredential` of the version that kubectl asks for. `now` is the time in
 * milliseconds at which the token has `expires_in` seconds left; without that, its claim `exp` counts.
 *
 * @throws {TokenError} `unusable`, if the token is bound to a key (DPoP, RFC 9449).
 */
export function execCredential(token: TokenResponse, now: number = Date.now()): string {
  bearer(token);
  const asked = { date: now, uptime: 0 };
  const expiresAt = now + lifetimeOf({ token, asked }, Infinity) * 1000;
  // In whole seconds, and never later than the token expires.
  const expirationTimestamp = expiresAt <= LAST_MS
    ? `${new Date(expiresAt).toISOString().slice(0, 19)}Z`
    : undefined;
  return JSON.stringify(
    {
      apiVersion: askedVersion(),
      kind: "ExecCredential",
      status: { expirationTimestamp, token: token.access_token },
    },
    null,
    2,
  );
}

/** The version in the kubeconfig; kubectl takes no other. */
function askedVersion(): string {
  const asked = parseObject(readVariable("KUBERNETES_EXEC_INFO") ?? "")?.apiVersion;
  return API_VERSIONS.find((version) => version === asked) ?? API;
}
