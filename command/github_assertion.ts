// --client-assertion-from github: the token that GitHub Actions issues to a job with `id-token: write`.
// Loaded only then.

import { readVariable } from "../runtime/runtime.ts";
import {
  type BuiltRequest,
  checkUrl,
  masking,
  parseObject,
  printable,
  type RequestOptions,
  sendRequest,
  TokenError,
} from "../token.ts";
import { fetchFor } from "./network.ts";

const URL_VARIABLE = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN_VARIABLE = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/**
 * Gets a new token of the job for an audience.
 *
 * @throws {TokenError} `usage`, if this is no such job; `refused` or `unusable`, if GitHub issues none;
 * `unreachable`, if no answer comes.
 */
export async function githubAssertion(audience: string, options: RequestOptions): Promise<string> {
  const { url, token } = jobOf();
  url.searchParams.set("audience", audience);
  const request: BuiltRequest = {
    method: "GET",
    token_url: url.href,
    client_id: "",
    headers: { accept: "application/json", authorization: `Bearer ${token}` },
    data: new URLSearchParams(),
    mask: masking(() => [token]),
  };
  const { timeout, retries } = options;
  const fetch = await fetchFor(url.href);
  const { status, body = "" } = await sendRequest(request, { timeout, retries, fetch });
  const { host } = url;
  const { value, message: said } = parseObject(body) ?? {};
  if (status >= 400) {
    // Nothing else is quoted: it could be a token.
    const reason = typeof said === "string" && printable(request.mask(said)) || "no reason given";
    const message = `${host} answered ${status}: ${reason}`;
    throw new TokenError("refused", "github_token_refused", message, { host, status });
  }
  if (typeof value === "string") return value;
  const message = `${host} answered ${status} without a token of the job`;
  throw new TokenError("unusable", "github_token_missing", message, { host, status });
}

/**
 * Where the job gets its tokens.
 *
 * @throws {TokenError} `usage`, if this is no job that may have one.
 */
function jobOf(): { url: URL; token: string } {
  const address = readVariable(URL_VARIABLE);
  const token = readVariable(TOKEN_VARIABLE);
  if (!address || !token) throw noJob(`${URL_VARIABLE} and ${TOKEN_VARIABLE} are not there`);
  if (!/^[\x21-\x7e]+$/.test(token)) throw noJob(`${TOKEN_VARIABLE} must be printable ASCII`);
  try {
    return { url: checkUrl(URL_VARIABLE, address), token };
  } catch (error) {
    // It is a variable, and no flag has its value.
    const { problem } = error as TokenError;
    throw noJob(`${URL_VARIABLE} ${problem}`);
  }
}

function noJob(message: string): TokenError {
  return new TokenError("usage", "no_github_job", message);
}
