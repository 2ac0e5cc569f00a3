// Explains on stderr what happens, in the four steps of the lesson, with every secret masked.

import { checkBinding, say } from "../command/output.ts";
import { LESSON_SOURCE, type Settings } from "../command/settings.ts";
import { isStyled } from "../runtime/host.ts";
import {
  type Answer,
  buildRequest,
  type BuiltRequest,
  printable,
  readResponse,
  sendRequest,
  type TokenRequest,
  type TokenResponse,
} from "../token.ts";
import { curlCommand } from "./curl.ts";
import { decodeJwt } from "./jwt.ts";
import { hidden, isSecretField, maskedFields, maskedUrl, shownName } from "./masking.ts";

type Mask = BuiltRequest["mask"];

const WIDTH = 96;
const MAX_VALUE = WIDTH - 20;
const MAX_LINES = 100;
const ANSWER_HEADERS = ["content-type", "cache-control", "www-authenticate", "retry-after"];

/**
 * Requests a token as `requestToken` does, and explains each step.
 *
 * @throws {TokenError} As `requestToken`, after the step that failed has been named.
 */
export async function explainToken(
  { request, options, sources, proof }: Settings,
): Promise<TokenResponse> {
  // Before anything is shown: a value that is wrong may be the secret in the wrong place.
  const built = await withProof(buildRequest(request, options), proof?.mask);

  title("Step 1  who asks, and where");
  for (const name of ["client_id", "client_secret", "token_url"] as const) {
    const value = name === "token_url" ? maskedUrl(request.token_url) : request[name];
    if (!value) continue;
    const text = shown(name, value, built.mask);
    row(name, `${text}  (${printable(sources[name]!)})`);
  }
  for (const [name, value] of proof?.rows ?? []) row(name, printable(value, MAX_VALUE));

  title("Step 2  data, the form that asks");
  for (const [name, value] of built.data) row(name, shown(name, value, built.mask), built.mask);
  say("  as it is sent:");
  const form = maskedFields(built.data, built.mask).join("&");
  for (const line of form.match(new RegExp(`.{1,${WIDTH}}`, "gu"))!) say(`    ${line}`);
  showJwt("client_assertion", built.data.get("client_assertion"), built.mask);

  title("Step 3  POST data to token_url; the answer is response_json");
  say(`  POST ${printable(built.mask(maskedUrl(built.token_url)))}`);
  for (const [name, value] of Object.entries(built.headers)) {
    const scheme = name === "authorization" ? "Basic " : "";
    say(`  ${built.mask(name)}: ${scheme}${shown(name, value.slice(scheme.length), built.mask)}`);
  }
  if (proof) proof.onProof = (jwt) => showJwt("The header dpop", jwt, built.mask);
  try {
    const started = performance.now();
    const answer = await sendRequest(built, options);
    const tries = answer.tries === 1 ? "1 try" : `${answer.tries} tries`;
    say(`\n  ${answer.status} after ${Math.round(performance.now() - started)} ms, ${tries}`);
    showAnswer(answer, built.mask);
    const token = checkBinding(readResponse(answer, built), proof?.dpop_jkt);
    showClaims(token.access_token, built.mask);

    title("Step 4  access_token is printed to stdout");
    return token;
  } catch (error) {
    say("\nStep 3 failed.");
    throw error;
  } finally {
    showCurl(built, request, sources.token_url === LESSON_SOURCE, proof?.curl);
  }
}

/** The request with what authenticates it. The first attempt sends what is shown; a later one, anew. */
async function withProof(
  request: BuiltRequest,
  maskProofs: Mask = (text) => text,
): Promise<BuiltRequest> {
  const built = { ...request, mask: (text: string) => maskProofs(request.mask(text)) };
  const { authenticate } = built;
  if (!authenticate) return built;
  const [headers, data] = [{ ...built.headers }, new URLSearchParams(built.data)];
  await authenticate({ ...built, headers, data });
  let isShown = true;
  return {
    ...built,
    headers,
    data,
    async authenticate(attempt) {
      if (!isShown) await authenticate(attempt);
      isShown = false;
    },
  };
}

/** Shows a JWT that proves something, but not its signature, without which it proves nothing. */
function showJwt(what: string, jwt: string | null, mask: Mask): void {
  const decoded = decodeJwt(jwt ?? "");
  if (!decoded) return;
  say(`\n  ${what} is a JWT; its header and claims, decoded:`);
  for (const [name, value] of [...decoded.header, ...decoded.claims].slice(0, MAX_LINES)) {
    row(name, printable(mask(value), MAX_VALUE), mask);
  }
}

function showAnswer({ headers, body }: Answer, mask: Mask): void {
  for (const name of ANSWER_HEADERS) {
    const value = headers.get(name);
    if (value) say(`  ${name}: ${printable(mask(value), MAX_VALUE)}`);
  }
  const lines = jsonLines(body, mask);
  for (const line of lines.slice(0, MAX_LINES)) {
    const [indent] = line.match(/^ */)!;
    say(`  ${indent}${printable(line, WIDTH)}`);
  }
  if (lines.length > MAX_LINES) say(`  … and ${lines.length - MAX_LINES} more lines`);
}

function showClaims(access_token: string, mask: Mask): void {
  const claims = decodeJwt(access_token)?.claims ?? [];
  if (claims.length > 0) say("\n  access_token is a JWT; its claims, decoded, not verified:");
  for (const [name, value] of claims.slice(0, MAX_LINES)) {
    row(name, shown(name, value, mask), mask);
  }
}

function showCurl(
  built: BuiltRequest,
  { client_secret }: TokenRequest,
  isLesson: boolean,
  more?: string[],
): void {
  const proofs = [
    ...built.authenticate ? [] : ["the secret in $CLIENT_SECRET"],
    ...built.data.has("client_assertion") ? ["the assertion in $CLIENT_ASSERTION"] : [],
  ];
  title(["The same request with curl", ...proofs].join(", with "));
  say(`${curlCommand(built, client_secret, more)}\n`);
  if (isLesson) {
    say("(For a URL that answers: deno run --allow-net=127.0.0.1 lesson/practice_server.ts)\n");
  }
}

/** Writes a heading. */
export function title(text: string): void {
  say(isStyled() ? `\n\x1b[1m${text}\x1b[0m` : `\n${text}`);
}

/** Writes a name and its value. */
export function row(name: string, value: string, mask: Mask = (text) => text): void {
  say(`  ${printable(shownName(name, mask), 40).padEnd(14)} ${value}`);
}

/** A value as it may be shown. */
function shown(name: string, value: string, mask: Mask): string {
  return isSecretField(name) ? hidden(value) : printable(mask(value), MAX_VALUE);
}

/** The lines of a JSON body, with the tokens in it masked; none if it is no JSON. */
function jsonLines(body: string | undefined, mask: Mask): string[] {
  try {
    const hide = (name: string, value: unknown) =>
      typeof value === "string" ? shown(name, value, mask) : value;
    return mask(JSON.stringify(JSON.parse(`${body}`), hide, 2)).split("\n");
  } catch {
    return [];
  }
}
