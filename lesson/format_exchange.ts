// A request and its answer as text for the page. Secrets are shown if they are the demo's, which
// everybody knows; the values of fields and headers that are named like secrets are masked.

import { isSecretField } from "../command/secret_names.ts";
import { printable } from "../token.ts";
import { checkRequest } from "./check_request.ts";
import type { Exchange } from "./exchange.ts";
import type { Run } from "./run_record.ts";
import { STEPS } from "./steps.ts";
import { EXERCISE_VALUES } from "./values.ts";

const MASK = "***";
const MAX_LINE = 300;
// A value without a name may be anything, and a code may stand for a token.
const OTHER_SECRET = /^$|^code$/i;
const { client_id, client_secret } = EXERCISE_VALUES;
const SHOWN = [client_secret, `Basic ${btoa(`${client_id}:${client_secret}`)}`];

// The step to look at because of an error; any other belongs to the request itself.
const STEP_OF = new Map([
  ["invalid_client", 1],
  ["invalid_scope", 2],
  ["unsupported_grant_type", 2],
]);

/** A run of which no more is known than its requests. */
const NO_PROGRAM: Run = {
  language: "javascript",
  source: "",
  values: new Map(),
  unset: [],
  visible: "all",
  exchanges: [],
  stdout: "",
  stderr: "",
};

/** Formats a request, its answer, and the step that they belong to. */
export function formatExchange(exchange: Exchange) {
  const { method, path, headers, body, status, answer } = exchange;
  const [, error = ""] = answer.match(/"error":"(\w+)"/) ?? [];
  const step = STEP_OF.get(error) ?? 3;
  const finding = checkRequest({ ...NO_PROGRAM, exchanges: [exchange] });
  const what = finding?.what ?? "correct; only step 4 is left: print access_token";
  const [pathname = "", query] = path.split("?");
  const target = pathname + (query === undefined ? "" : `?${formatForm(query)}`);
  return {
    title: `${method} ${printable(pathname, 60)}: ${status} (step ${step})`,
    step: `Step ${step}, ${STEPS[step - 1]!.title}: ${printable(what, 60)}.`,
    request: [
      `${method} ${printable(target)}`,
      ...headers.map(([name, value]) => `${name}: ${shownValue(name, value)}`),
      "",
      formatBody(body),
    ].join("\n").trim(),
    // The token is from here, and opens nothing.
    answer: `${status}\n${answer}`.trim(),
  };
}

function isSecretName(name: string): boolean {
  return OTHER_SECRET.test(name) || isSecretField(name);
}

function shownValue(name: string, value: string): string {
  const isSecret = isSecretName(name) && !SHOWN.includes(value);
  return isSecret ? MASK : printable(value, MAX_LINE);
}

/** A body that is a form or JSON, field by field; of any other, only the length. */
function formatBody(body: string): string {
  if (/^[\w.%+-]+=/.test(body)) return formatForm(body);
  const shown = (name: string, value: unknown) =>
    typeof value === "object" && !(name && isSecretName(name))
      ? value
      : shownValue(name, `${value}`);
  try {
    return JSON.stringify(JSON.parse(body, shown), null, 2);
  } catch {
    return body && `(${body.length} characters that are neither a form nor JSON)`;
  }
}

function formatForm(text: string): string {
  return text.split("&").map((field) => {
    const [[name, value] = ["", ""]] = new URLSearchParams(field);
    const shown = shownValue(name, value);
    return shown === MASK
      ? `${new URLSearchParams([[name, ""]])}${MASK}`
      : printable(field, MAX_LINE);
  }).join("&");
}
