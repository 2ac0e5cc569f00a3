/**
 * Tells on stderr what happens, in the lesson's four steps, with every secret masked.
 *
 * @module
 */

import { curlCommand } from "./curl.ts";
import { jwtClaims } from "./jwt.ts";
import { masked, maskedFields, shownName, tokensIn } from "./masking.ts";
import { say } from "../command/output.ts";
import { LESSON_SOURCE, type Settings } from "../command/settings.ts";
import {
  asciiField,
  buildRequest,
  printable,
  type Quote,
  quoting,
  readResponse,
  sendRequest,
  type TokenResponse,
} from "../token.ts";

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
    const quoteRequest = quoting([request.client_secret]);
    for (const name of ["client_id", "client_secret", "token_url"] as const) {
      const value = masked(name, request[name], quoteRequest, VALUE);
      row(name, `${value}  (${printable(sources[name] ?? "")})`);
    }
    buildRequest({ ...request, params: [] }, { allowHttp: options.allowHttp });

    begin(2, "data, the form that asks");
    const built = buildRequest(request, options);
    const { token_url, headers, data } = built;
    const quote = quoting(built.secrets());
    for (const [name, value] of data) {
      row(shownName(name, quote), masked(name, value, quote, VALUE));
    }
    say("  as it is sent:");
    for (const line of wrap(maskedFields(data, quote).join("&"))) say(`    ${line}`);

    begin(3, "POST data to token_url; the answer is response_json");
    say(`  POST ${quote(token_url)}`);
    for (const [name, value] of Object.entries(headers)) {
      const scheme = name === "authorization" ? "Basic " : "";
      say(
        `  ${shownName(name, quote)}: ${scheme}${
          masked(name, value.slice(scheme.length), quote, VALUE)
        }`,
      );
    }
    const started = performance.now();
    const answer = await sendRequest(built, options);
    const tries = answer.tries === 1 ? "1 try" : `${answer.tries} tries`;
    say(`\n  ${answer.status} after ${Math.round(performance.now() - started)} ms, ${tries}`);
    const response_json = parseJson(answer.body);
    const tokens = tokensIn(response_json);
    const quoteAnswer = quoting(tokens && [...built.secrets(), ...tokens]);
    for (const name of ANSWER_HEADERS) {
      const value = asciiField(answer, name);
      if (value) say(`  ${name}: ${quoteAnswer(value, VALUE)}`);
    }
    const token = readResponse(answer, built);
    const lines = tokens ? jsonLines(response_json, quoteAnswer) : [quoteAnswer("")];
    for (const line of lines) say(`  ${line}`);
    const claims = tokens && jwtClaims(token.access_token);
    if (claims?.length) say("\n  access_token is a JWT; its claims, decoded, not verified:");
    for (const [name, value] of claims?.slice(0, MAX_LINES) ?? []) {
      row(quoteAnswer(name, 14), masked(name, value, quoteAnswer, VALUE));
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

function parseJson(text = ""): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function jsonLines(response_json: unknown, quote: Quote): string[] {
  let values = 0;
  const show = (name: string, value: unknown) => {
    if (typeof value !== "string" && typeof value !== "number") return value;
    // Each has a line of its own, so that no more than these can be shown.
    if (++values > MAX_LINES) return "…";
    const shown = masked(name, `${value}`, quote, VALUE);
    return shown === `${value}` ? value : shown;
  };
  const lines = JSON.stringify(response_json, show, 2).split("\n");
  const shown = lines.slice(0, MAX_LINES).map((line) => {
    const [, indent, name = "", value] = line.match(/^( *)("(?:[^"\\]|\\.)*": )?(.*)$/)!;
    return `${indent}${name && `${quote(name, VALUE)} `}${printable(value!, WIDTH)}`;
  });
  return lines.length > MAX_LINES
    ? [...shown, `… and ${lines.length - MAX_LINES} more lines`]
    : shown;
}

function wrap(text: string): string[] {
  return text.match(new RegExp(`.{1,${WIDTH}}`, "gu"))!;
}
