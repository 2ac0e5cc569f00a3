/**
 * Tells on stderr what happens, in the lesson's four steps, with every secret masked.
 *
 * @module
 */

import { checkRequest, checkUrl } from "./checks.ts";
import { curlCommand } from "./curl.ts";
import { hiddenIn, serverText } from "./failure.ts";
import { jwtClaims } from "./jwt.ts";
import { fieldText, isSecretName, masked, maskedFields, parseObject, printable } from "./limits.ts";
import { say } from "./output.ts";
import { LESSON_SOURCE, type Settings } from "./settings.ts";
import { buildRequest, readResponse, sendRequest, type TokenResponse } from "./token.ts";

const WIDTH = 96;
const MAX_LINES = 100;
const ANSWER_HEADERS = ["content-type", "cache-control", "www-authenticate", "retry-after"];
const VALUE = WIDTH - 20;

/**
 * Requests a token as `requestToken` does, and tells each step.
 *
 * @throws {TokenError} As `requestToken`, once the step at which it broke has been named.
 */
export async function explainToken(settings: Settings): Promise<TokenResponse> {
  const { request, options, sources } = settings;
  let step = 1;
  const begin = (number: number, text: string) => {
    step = number;
    title(`Step ${number}  ${text}`);
  };
  try {
    begin(1, "who asks, and where");
    for (const name of ["client_id", "client_secret", "token_url"] as const) {
      row(
        name,
        `${masked(name, request[name], [request.client_secret], VALUE)}  (${
          printable(sources[name] ?? "")
        })`,
      );
    }
    checkRequest(request);
    checkUrl(request.token_url, options.allowHttp);

    begin(2, "data, the form that asks");
    const built = buildRequest(request, options);
    const { token_url, headers, data } = built;
    const secrets = built.secrets();
    for (const [name, value] of data) row(printable(name), masked(name, value, secrets, VALUE));
    say("  as it is sent:");
    for (const line of wrap(maskedFields(data, secrets).join("&"))) say(`    ${line}`);

    begin(3, "POST data to token_url; the answer is response_json");
    say(`  POST ${printable(token_url, secrets)}`);
    for (const [name, value] of Object.entries(headers)) {
      const scheme = name === "authorization" ? "Basic " : "";
      say(`  ${name}: ${scheme}${masked(name, value.slice(scheme.length), secrets, VALUE)}`);
    }
    const started = performance.now();
    const answer = await sendRequest(built, options);
    const tries = answer.tries === 1 ? "1 try" : `${answer.tries} tries`;
    say(`\n  ${answer.status} after ${Math.round(performance.now() - started)} ms, ${tries}`);
    const response_json = parseObject(answer.body);
    const hidden = hiddenIn(built, answer);
    for (const name of ANSWER_HEADERS) {
      const value = answer.headers.get(name);
      if (value) say(`  ${name}: ${serverText(fieldText(value), hidden, VALUE)}`);
    }
    const token = readResponse(answer, built);
    for (const line of jsonLines(response_json, hidden)) say(`  ${line}`);
    const claims = hidden && jwtClaims(token.access_token);
    if (claims?.length) say("\n  access_token is a JWT; its claims, decoded, not verified:");
    for (const [name, value] of claims?.slice(0, MAX_LINES) ?? []) {
      row(printable(name, hidden, 14), answered(name, value, hidden));
    }

    begin(4, "access_token goes to stdout");
    title("The same with curl, the secret being in $CLIENT_SECRET");
    say(`${curlCommand(built)}\n`);
    if (sources.token_url === LESSON_SOURCE) {
      say("(For a URL that answers, start practice_server.ts.)\n");
    }
    return token;
  } catch (error) {
    say(`\nStep ${step} failed.`);
    throw error;
  }
}

function title(text: string): void {
  const coloured = Deno.stderr.isTerminal() && !Deno.noColor;
  say(coloured ? `\n\x1b[1m${text}\x1b[0m` : `\n${text}`);
}

function row(name: string, value: string): void {
  say(`  ${name.padEnd(14)} ${value}`);
}

function jsonLines(response_json: unknown, hidden: string[] | undefined): string[] {
  if (!hidden) return [serverText("", hidden)];
  let values = 0;
  const show = (name: string, value: unknown) => {
    if (typeof value !== "string" && typeof value !== "number") return value;
    // Each has a line of its own, so that no more than these can be shown.
    if (++values > MAX_LINES) return "…";
    return typeof value === "string" || isSecretName(name)
      ? answered(name, `${value}`, hidden)
      : value;
  };
  const lines = JSON.stringify(response_json, show, 2).split("\n");
  const shown = lines.slice(0, MAX_LINES)
    .map((line) => `${line.match(/^ */)}${printable(line, hidden, WIDTH)}`);
  return lines.length > MAX_LINES
    ? [...shown, `… and ${lines.length - MAX_LINES} more lines`]
    : shown;
}

/** A value of the answer, as it may be shown. */
function answered(name: string, value: string, hidden?: string[]): string {
  return isSecretName(name) ? masked(name, value, []) : serverText(value, hidden, VALUE);
}

function wrap(text: string): string[] {
  return text.match(new RegExp(`.{1,${WIDTH}}`, "gu"))!;
}
