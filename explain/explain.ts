// Explains on stderr what happens, in the four steps, with every secret masked.

import { checkToken, say, title } from "../command/output.ts";
import { DEMO_PLACE, type Settings } from "../command/settings.ts";
import {
  type Answer,
  buildRequest,
  type BuiltRequest,
  printable,
  readResponse,
  sendRequest,
  type TokenResponse,
} from "../token.ts";
import { curlCommand } from "./curl.ts";
import { decodeJwt } from "./jwt.ts";
import {
  hidden,
  isSecretField,
  maskedFields,
  maskedUrl,
  shownName,
  shownValue,
} from "./masking.ts";

type Mask = BuiltRequest["mask"];

const WIDTH = 96;
const MAX_VALUE = WIDTH - 20;
const MAX_LINES = 100;
const ANSWER_HEADERS = ["content-type", "cache-control", "www-authenticate", "retry-after"];

/** A request as it is sent. */
interface Sent {
  headers: Record<string, string>;
  data: URLSearchParams;
}

/**
 * Requests a token as `requestToken` does, and explains each step.
 *
 * @throws {TokenError} As `requestToken`, after the step that failed has been named.
 */
export async function explainToken(settings: Settings): Promise<TokenResponse> {
  const { request, options, connect, places, proof, needs } = settings;
  // Before anything is shown: a value that is wrong may be the secret in the wrong place.
  const built = buildRequest(request, options);
  const mask: Mask = (text) => (proof?.mask ?? same)(built.mask(text));
  let sent: Sent | undefined;

  explainStep1(settings, mask);
  const fetch = connect((init) => {
    const { headers, data } = readSent(init);
    if (sent) {
      // A retry sends the same, with a new proof.
      showJwt("It is sent again; the header dpop", headers.dpop, mask);
      return;
    }
    sent = { headers, data };
    explainStep2(sent, mask);
    explainStep3(sent, built.token_url, mask);
  });
  try {
    const started = performance.now();
    const answer = await sendRequest(built, { ...options, fetch });
    const tries = answer.tries === 1 ? "1 try" : `${answer.tries} tries`;
    say(`\n  ${answer.status} after ${Math.round(performance.now() - started)} ms, ${tries}`);
    showAnswer(answer, mask);
    const token = readResponse(answer, built);
    showScopes(token, request.scope, mask);
    await checkToken(token, { ...needs, scope: request.scope });
    showClaims(token.access_token, mask);

    const destination = printable(settings.destination ?? "");
    title(
      `Step 4  access_token is ${destination ? `written to ${destination}` : "printed to stdout"}`,
    );
    return token;
  } catch (error) {
    say(sent ? "\nStep 3 failed." : "\nStep 2 failed, so nothing was sent.");
    throw error;
  } finally {
    if (sent) showCurl({ ...built, ...sent, mask }, settings);
    if (places.token_url === DEMO_PLACE) {
      say("(For a URL that answers: deno run --allow-net=127.0.0.1 lesson/practice_server.ts)\n");
    }
  }
}

function same(text: string): string {
  return text;
}

function readSent({ headers, body }: RequestInit): Sent {
  return {
    headers: Object.fromEntries(new Headers(headers)),
    data: new URLSearchParams(`${body}`),
  };
}

function explainStep1({ request, places, proof }: Settings, mask: Mask): void {
  title("Step 1  who asks, and where");
  for (const name of ["client_id", "client_secret", "token_url"] as const) {
    const value = request[name];
    if (!value) continue;
    const text = name === "token_url" ? maskedUrl(value) : value;
    row(name, `${shown(name, text, mask)}  (${printable(places[name] ?? "")})`);
  }
  if (proof?.certificate) {
    const { subject, validUntil } = proof.certificate;
    row("certificate", printable(`${subject}, valid until ${validUntil}`, MAX_VALUE));
  }
  if (proof?.signing_alg) {
    row("client_key", `signs ${proof.signing_alg}  (${printable(places.client_key ?? "")})`);
  }
}

function explainStep2({ data }: Sent, mask: Mask): void {
  title("Step 2  data, the form that asks");
  for (const [name, value] of data) row(name, shown(name, value, mask), mask);
  say("  as it is sent:");
  const form = maskedFields(data, mask).join("&");
  for (const line of form.match(new RegExp(`.{1,${WIDTH}}`, "gu")) ?? []) say(`    ${line}`);
  showJwt("client_assertion", data.get("client_assertion"), mask);
}

function explainStep3({ headers }: Sent, token_url: string, mask: Mask): void {
  title("Step 3  POST data to token_url; the answer is response_json");
  say(`  POST ${printable(mask(maskedUrl(token_url)))}`);
  const { dpop, ...others } = headers;
  for (const [name, value] of Object.entries(others)) {
    const scheme = name === "authorization" ? "Basic " : "";
    say(`  ${mask(name)}: ${scheme}${shown(name, value.slice(scheme.length), mask)}`);
  }
  showJwt("The header dpop", dpop, mask);
}

/** Shows a JWT that proves something, but not its signature, without which it proves nothing. */
function showJwt(what: string, jwt: string | null | undefined, mask: Mask): void {
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

/** Compares the scopes that were asked for with those that were granted. */
function showScopes({ scope }: TokenResponse, asked: string | undefined, mask: Mask): void {
  if (!asked && scope === undefined) return;
  const granted = scope === undefined ? "what was asked for, as the answer does not say" : scope;
  say("");
  row("asked for", asked ? shown("scope", asked, mask) : "no scope", mask);
  row("granted", shown("scope", granted, mask) || "no scope", mask);
}

function showClaims(access_token: string, mask: Mask): void {
  const claims = decodeJwt(access_token)?.claims ?? [];
  if (claims.length > 0) say("\n  access_token is a JWT; its claims, decoded, not verified:");
  for (const [name, value] of claims.slice(0, MAX_LINES)) {
    row(name, shown(name, value, mask), mask);
  }
}

function showCurl(built: BuiltRequest, { request, proof }: Settings): void {
  const { dpop, ...headers } = built.headers;
  const proofs: string[] = [];
  if (!built.authenticate) proofs.push("the secret in $CLIENT_SECRET");
  if (built.data.has("client_assertion")) proofs.push("the assertion in $CLIENT_ASSERTION");
  title(["The same request with curl", ...proofs].join(", with "));

  const more: string[] = [];
  if (proof?.certificate) more.push('--cert "$CLIENT_CERT_FILE"', '--key "$CLIENT_KEY_FILE"');
  if (dpop) more.push('-H "DPoP: $DPOP_PROOF"');
  say(`${curlCommand({ ...built, headers }, request.client_secret, more)}\n`);
}

/** Writes a name and its value. */
export function row(name: string, value: string, mask: Mask = (text) => text): void {
  say(`  ${printable(shownName(name, mask), 40).padEnd(14)} ${value}`);
}

/** A value as it may be shown. */
function shown(name: string, value: string, mask: Mask): string {
  return isSecretField(name) ? hidden(value) : printable(shownValue(name, value, mask), MAX_VALUE);
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
