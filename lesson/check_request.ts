// Step 3, the request: how it arrived at the practice server.

import { adviceFor } from "./check_failure.ts";
import type { Exchange } from "./exchange.ts";
import type { Run } from "./run_record.ts";
import { lineOf } from "./source_lines.ts";
import { EXERCISE_VALUES } from "./values.ts";
import type { Finding } from "./verdict.ts";

const FORM = "application/x-www-form-urlencoded";
const PATH = new URL(EXERCISE_VALUES.token_url).pathname;
const SENT = /\bfetch\s*\(|\.(post|get|request)\s*\(/;

/** The request that counts: the first that was granted, or else the last. */
export function requestOf({ exchanges }: Run): Exchange | undefined {
  return exchanges.find(({ status }) => status === 200) ?? exchanges.at(-1);
}

/** Step 3: the request is a POST to token_url with data as a form. */
export function checkRequest(run: Run): Finding | undefined {
  const exchange = requestOf(run);
  if (exchange) {
    return wrongTarget(run, exchange) ?? wrongBody(run, exchange) ?? refusal(run, exchange);
  }
  const line = lineOf(run, SENT);
  if (run.thrown) {
    return {
      what: "fetch failed, and the program caught the error",
      found: run.thrown,
      line,
      advice: `${adviceFor(run, run.thrown)} Print the error in catch to see such things.`,
      isMissing: true,
    };
  }
  return {
    what: "no request was sent",
    expected: `POST ${EXERCISE_VALUES.token_url}`,
    found: line ? "the request in the code was not reached" : "no call of fetch",
    line,
    advice: line
      ? "Is the function that sends it called? Declaring a function does not run it."
      : "Send data to token_url with fetch, which is built in.",
    isMissing: true,
  };
}

function wrongTarget(run: Run, { method, path }: Exchange): Finding | undefined {
  const [pathname = "", query = ""] = path.split("?");
  if (/client_|grant_type/.test(query)) {
    return {
      what: "the data is in the URL",
      expected: `POST ${PATH}, with data as body`,
      found: path,
      line: lineOf(run, /\?|searchParams|\bparams\b/),
      advice: "URLs are kept in logs and histories, and the secret with them. Send body: data.",
    };
  }
  if (pathname !== PATH) {
    return {
      what: `the request was for ${pathname}`,
      expected: PATH,
      found: pathname,
      line: lineOf(run, SENT),
      advice: "Use token_url as it is; the server has nothing at another path.",
    };
  }
  return method === "POST" ? undefined : {
    what: `the request was a ${method}, not a POST`,
    expected: "POST",
    found: method,
    line: lineOf(run, /\bmethod\b/) ?? lineOf(run, SENT),
    advice: 'fetch sends GET unless its second argument says { method: "POST" }.',
  };
}

// Bodies that are no form, and what to do.
const NO_FORM: [body: RegExp, what: string, advice: string][] = [
  [
    /^$/,
    "the request has no body",
    "The second argument of fetch also takes a body: write body: data.",
  ],
  [
    /^\[object \w+\]$/,
    "data was sent as the text [object …]",
    "fetch cannot send an object or a Map. Make a form of it: new URLSearchParams(data).",
  ],
  [
    /^-+.*\r\ncontent-disposition:/i,
    "data was sent as multipart, not as a form",
    "fetch sends a FormData as multipart/form-data, which is for files. Use a URLSearchParams in " +
    "its place, and set no Content-Type yourself.",
  ],
  [
    /^\s*[{[]/,
    "data was sent as JSON, not as a form",
    "OAuth requests are forms; the responses are JSON. new URLSearchParams(data) makes the form; " +
    "leave out JSON.stringify, which some libraries call by themselves.",
  ],
];

function wrongBody(run: Run, { body, headers }: Exchange): Finding | undefined {
  const line = lineOf(run, /JSON\.stringify|\bbody\b/) ?? lineOf(run, SENT);
  for (const [pattern, what, advice] of NO_FORM) {
    if (!pattern.test(body)) continue;
    const expected = "grant_type=client_credentials&client_id=…";
    const isWrapped = /\bbody\s*:\s*\{\s*data\s*\}/.test(run.source);
    return {
      what,
      expected,
      found: body || "nothing",
      line,
      advice: isWrapped ? "The braces make another object. Write body: data." : advice,
    };
  }
  const type = headers.find(([name]) => name === "content-type")?.[1] ?? "none";
  return type.toLowerCase().startsWith(FORM) ? undefined : {
    what: "the Content-Type is not that of a form",
    expected: `Content-Type: ${FORM}`,
    found: `Content-Type: ${type}`,
    line: lineOf(run, /content-type/i) ?? line,
    advice: "With a URLSearchParams as body, fetch sets the Content-Type itself: set none. " +
      "With a text as body, you have to set it.",
  };
}

/** Explains the answer of a server that refuses, or that data was not all that was sent. */
function refusal(run: Run, { status, answer, body, headers }: Exchange): Finding | undefined {
  const authorization = headers.find(([name]) => name === "authorization")?.[1];
  if (status !== 200) {
    const { error, error_description } = JSON.parse(answer);
    const isData = body === run.values.data?.text;
    return {
      what: `the server answered ${status} ${error}`,
      expected: "200, with an access_token",
      found: authorization && isData ? `Authorization: ${authorization}` : body,
      line: authorization && isData ? lineOf(run, /authorization/i) : undefined,
      advice: authorization && isData
        ? `It says: ${error_description}. data has id and secret: leave the header out.`
        : `It says: ${error_description}.${isData ? "" : " Send data as it is after step 2."}`,
    };
  }
  return new URLSearchParams(body).has("client_secret") ? undefined : {
    what: "id and secret are in a header, not in the form",
    expected: "client_id and client_secret in data",
    found: `Authorization: ${authorization}`,
    advice: "The server allows that, too. The exercise sends both in data: leave the header out.",
  };
}
