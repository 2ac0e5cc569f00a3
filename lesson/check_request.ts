// Step 3, the request: how it arrived at the practice server.

import { findingOfError } from "./check_failure.ts";
import type { Exchange } from "./exchange.ts";
import type { Run } from "./run_record.ts";
import { functionAround, lineOf } from "./source_lines.ts";
import { EXERCISE_VALUES } from "./values.ts";
import { type Finding, finding } from "./verdict.ts";

const FORM = "application/x-www-form-urlencoded";
const PATH = new URL(EXERCISE_VALUES.token_url).pathname;
// The probe reports so much of a text.
const MAX_TEXT = 200;
const SENT = /\bfetch\s*\(|\burlopen\s*\(|\.(post|get|request)\s*\(/;

/** The request that counts: the first that was granted, or else the last. */
export function requestOf({ exchanges }: Run): Exchange | undefined {
  const granted = exchanges.find(({ status, path }) => status === 200 && path === PATH);
  return granted ?? exchanges.at(-1);
}

/** Step 3: the request is a POST to token_url with data as a form. */
export function checkRequest(run: Run): Finding | undefined {
  const exchange = requestOf(run);
  if (!exchange) return run.thrown ? caughtError(run, run.thrown) : noRequest(run);
  const isTooLong = exchange.status === 413;
  return wrongTarget(run, exchange) ?? (isTooLong ? undefined : wrongBody(run, exchange)) ??
    refusal(run, exchange);
}

function caughtError(run: Run, thrown: string): Finding {
  const line = lineOf(run, SENT);
  const caught = finding(run, "fetch_caught", {}, { found: thrown, line, isMissing: true });
  const cause = findingOfError(run, thrown, line);
  return {
    ...caught,
    codes: [...caught.codes, ...cause.codes],
    advice: `${cause.advice} ${caught.advice}`,
  };
}

function noRequest(run: Run): Finding {
  const line = lineOf(run, SENT);
  const expected = `POST ${EXERCISE_VALUES.token_url}`;
  if (!line) return finding(run, "request_none", {}, { expected, isMissing: true });
  const facts = { expected, line, isMissing: true };
  const place = functionAround(run, line);
  return place
    ? finding(run, "request_not_called", { place }, facts)
    : finding(run, "request_not_reached", {}, facts);
}

function wrongTarget(run: Run, { method, path }: Exchange): Finding | undefined {
  const [pathname = "", query = ""] = path.split("?");
  if (/client_|grant_type/.test(query)) {
    return finding(run, "target_query", {}, {
      expected: `POST ${PATH}, with data as body`,
      found: path,
      line: lineOf(run, /\?|searchParams|\bparams\b/),
    });
  }
  if (pathname !== PATH) {
    const facts = { expected: PATH, found: pathname, line: lineOf(run, SENT) };
    return finding(run, "target_path", { path: pathname.slice(0, 40) }, facts);
  }
  if (method === "POST") return undefined;
  const line = lineOf(run, /\bmethod\b/) ?? lineOf(run, SENT);
  return finding(run, "target_method", { method }, { expected: "POST", found: method, line });
}

function wrongBody(run: Run, { body, headers }: Exchange): Finding | undefined {
  const line = lineOf(run, /JSON\.stringify|\bbody\b/) ?? lineOf(run, SENT);
  const code = codeOfBody(run, body);
  if (code) {
    const expected = "grant_type=client_credentials&client_id=…";
    return finding(run, code, { body }, { expected, found: body || "nothing", line });
  }
  const type = headers.find(([name]) => name === "content-type")?.[1] ?? "none";
  if (type.toLowerCase().startsWith(FORM)) return undefined;
  const isOfText = run.language === "javascript" && type.startsWith("text/plain");
  return finding(run, isOfText ? "type_of_text" : "type_wrong", {}, {
    expected: `Content-Type: ${FORM}`,
    found: `Content-Type: ${type}`,
    line: lineOf(run, /content-?type/i) ?? line,
  });
}

/** The message about a body that is no form. */
function codeOfBody({ source }: Run, body: string): string | undefined {
  if (body === "") return "body_missing";
  if (body === "data") return "body_name";
  if (/^\[object \w+\]$/.test(body)) {
    return /\bbody\s*:\s*\{\s*data\s*\}/.test(source) ? "body_braces" : "body_object";
  }
  if (/^-+.*\r\ncontent-disposition:/i.test(body)) return "body_multipart";
  return /^\s*[{[]/.test(body) ? "body_json" : undefined;
}

/** Explains the answer of a server that refuses, or that data was not all that was sent. */
function refusal(run: Run, exchange: Exchange): Finding | undefined {
  const { status, answer, body, headers } = exchange;
  const authorization = headers.find(([name]) => name === "authorization")?.[1];
  if (status !== 200) {
    const { error, error_description: description } = JSON.parse(answer);
    const words = { status, error, description };
    const expected = "200, with an access_token";
    if (status === 413) return finding(run, "refused", words, { expected, found: "over 64 KiB" });
    if (!isData(run, exchange)) {
      return finding(run, "refused_other_data", words, { expected, found: body });
    }
    if (!authorization) return finding(run, "refused", words, { expected, found: body });
    const found = `Authorization: ${authorization}`;
    const line = lineOf(run, /authorization/i);
    return finding(run, "refused_two_ways", words, { expected, found, line });
  }
  if (new URLSearchParams(body).has("client_secret")) return undefined;
  return finding(run, "secret_in_header", {}, {
    expected: "client_id and client_secret in data",
    found: `Authorization: ${authorization}`,
  });
}

/** Whether what was sent is data, of which the beginning is known. */
function isData(run: Run, { body }: Exchange): boolean {
  const { text = "", entries } = run.values.get("data") ?? {};
  const fields = entries?.map(([key, , value]): [string, string] => [key, value]);
  const data = fields ? `${new URLSearchParams(fields)}` : text;
  return data.length < MAX_TEXT ? body === data : body.startsWith(data.slice(0, MAX_TEXT));
}
