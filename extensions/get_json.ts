// How servers are asked about themselves: authorization servers (RFC 8414), and APIs (RFC 9728).

import {
  afterTries,
  type Answer,
  type BuiltRequest,
  checkHeaders,
  checkUrl,
  type ErrorDetails,
  locationOf,
  parseObject,
  printable,
  type RequestOptions,
  retryAfter,
  sendRequest,
  TokenError,
} from "../token.ts";

/** How to ask where nobody has named the server: as a token request is sent, but without further headers. */
export type GetOptions = Omit<RequestOptions, "headers">;

/**
 * Gets the JSON object at a URL, without anything of the client but `headers`. Time, size, retries and redirects are
 * limited as in a token request.
 *
 * @throws {TokenError} `usage`, if the URL or an option is wrong; `unreachable`, if no answer comes;
 * `refused`, with `metadata_unavailable` if the server is busy or broken, or else `metadata_refused`;
 * `unusable`, with `no_metadata`, if the answer is no JSON object.
 */
export async function getJson(
  url: string,
  options: RequestOptions = {},
): Promise<Record<string, unknown>> {
  const request: BuiltRequest = {
    method: "GET",
    token_url: checkUrl("url", url, options.allowHttp).href,
    client_id: "",
    headers: { accept: "application/json", ...options.headers && checkHeaders(options.headers) },
    data: new URLSearchParams(),
    // There is no secret.
    mask: (text) => text,
  };
  const answer = await sendRequest(request, options);
  const { status, body } = answer;
  if (status >= 400) throw refusal(answer, new URL(url));

  const object = status === 200 && body ? parseObject(body) : undefined;
  if (!object) throw unusable(answer, request, new URL(url));
  return object;
}

function refusal({ status, headers, body, tries }: Answer, { host }: URL): TokenError {
  const isUnavailable = status === 429 || status >= 500;
  const code = isUnavailable ? "metadata_unavailable" : "metadata_refused";
  const details: ErrorDetails = { host, status };
  let what = printable(body ?? "") || "no reason given";

  const delay = retryAfter({ status, headers }) ?? 0;
  if (delay > 0) {
    details.retry_after = Math.ceil(delay / 1000);
    what += `; it asks to wait ${details.retry_after} s`;
  }
  const message = `No metadata: ${host} answered ${status}: ${what}${afterTries(tries)}`;
  return new TokenError("refused", code, message, details);
}

function unusable(answer: Answer, request: BuiltRequest, { host }: URL): TokenError {
  const { status, headers, body } = answer;
  const details: ErrorDetails = { host, status };
  let what = "";
  if (status === 200) {
    const type = printable(headers.get("content-type") ?? "no Content-Type", 60);
    what = body === undefined ? " with more than 1 MiB" : ` with ${type}, not a JSON object`;
  }

  const location = status >= 300 ? locationOf(answer, request) : undefined;
  if (location) {
    details.location = location;
    what = ` with a redirect to ${location}, which is not followed`;
  }
  const message = `No metadata: ${host} answered ${status}${what}`;
  return new TokenError("unusable", "no_metadata", message, details);
}
