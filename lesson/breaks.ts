// Five faults, and what the program of the four steps makes of them.

import type { Fault } from "./start_practice_server.ts";
import { EXERCISE_VALUES } from "./values.ts";

/** A fault to predict. */
export interface Break {
  title: string;
  /** The step whose code is replaced; 5 stands for code in place of step 4. */
  step: number;
  code: string[];
  question: string;
  options: [string, string, string];
  /** Which option is right. */
  right: 0 | 1 | 2;
  explanation: string;
  /** What the server does. */
  answer?: Fault;
  /** Whether to show what was sent, beside the server's log. */
  showsBodies?: boolean;
  lifetimeSeconds?: number;
  timeLimit?: number;
}

const { pathname: TOKEN_PATH, origin } = new URL(EXERCISE_VALUES.token_url);
const ELSEWHERE = "/elsewhere";
const WAIT_LIMIT_MS = 2000;
/** Stands for the status of an answer that never came. */
export const NO_ANSWER = 503;

/** Sends each token request on to another address. */
function redirect(request: Request): Response | undefined {
  const { pathname } = new URL(request.url);
  if (pathname === ELSEWHERE) return Response.json({ thanks: "for the secret" });
  if (pathname !== TOKEN_PATH) return undefined;
  return new Response(null, { status: 307, headers: { location: ELSEWHERE } });
}

/** Answers when the program has been stopped, which is never for the program. */
function wait(): Promise<Response> {
  const answer = new Response(null, { status: NO_ANSWER });
  return new Promise((resolve) => setTimeout(resolve, WAIT_LIMIT_MS + 200, answer));
}

/** The faults, in the order in which they are shown. */
export const BREAKS: readonly Break[] = [
  {
    title: "a wrong secret",
    step: 1,
    code: [
      `const client_id = "${EXERCISE_VALUES.client_id}";`,
      'const client_secret = "my_secret_457";',
      `const token_url = "${EXERCISE_VALUES.token_url}";`,
    ],
    question: "The last digit of the secret is wrong; steps 2 to 4 are as they were. What happens?",
    options: [
      "fetch throws an error, and the program stops",
      "the server answers 401, and the program prints undefined",
      "the server issues a token that opens nothing",
    ],
    right: 1,
    explanation:
      "fetch throws only if there is no answer. This one is 401 with the error invalid_client (RFC " +
      "6749, section 5.2), and it has no access_token. A program has to look at response.ok before " +
      "it goes on.",
  },
  {
    title: "credentials in the URL",
    step: 3,
    code: [
      'const response = await fetch(`${token_url}?${data}`, { method: "POST" });',
      "const response_json = await response.json();",
      "const access_token = response_json.access_token;",
    ],
    question: "The form stands in the URL, over https:. Where can the secret be read later?",
    options: [
      "nowhere: https: encrypts the URL",
      "on the way to the server",
      "in the log of the server",
    ],
    right: 2,
    explanation:
      "https: hides the URL on the way. At its end, servers write URLs to their logs, and " +
      "so do proxies and browsers. RFC 6749, section 2.3.1, forbids a secret in the URL; bodies are " +
      "rarely logged.",
  },
  {
    title: "a redirect",
    step: 3,
    code: [
      'const response = await fetch(token_url, { method: "POST", body: data });',
      "const response_json = await response.json();",
      "const access_token = response_json.access_token;",
    ],
    question: "The server answers 307, with another address. What does fetch do?",
    options: [
      "it returns that answer, and the program decides",
      "it sends data to the other address, too, with the secret in it",
      "it asks the other address with GET, without data",
    ],
    right: 1,
    explanation:
      "fetch follows a redirect, and 307 keeps method and body (RFC 9110, section 15.4.8). " +
      'An address that the program has never heard of now has the secret. redirect: "manual" leaves ' +
      "the decision to the program.",
    answer: redirect,
    showsBodies: true,
  },
  {
    title: "a server that does not answer",
    step: 3,
    code: [
      'const response = await fetch(token_url, { method: "POST", body: data });',
      "const response_json = await response.json();",
      "const access_token = response_json.access_token;",
    ],
    question:
      "The server takes the request, and then nothing comes. How long does the program wait?",
    options: [
      "10 seconds; then fetch throws an error",
      "a minute; then the program prints undefined",
      "as long as the connection is open",
    ],
    right: 2,
    explanation:
      "In Deno, fetch has no time limit of its own. { signal: AbortSignal.timeout(10_000) } gives it " +
      "one, and then it throws a TimeoutError.",
    answer: wait,
    timeLimit: WAIT_LIMIT_MS,
  },
  {
    title: "a token that expired",
    step: 5,
    code: [
      "await new Promise((done) => setTimeout(done, 1500));",
      "const headers = { Authorization: `Bearer ${access_token}` };",
      `const things = await fetch("${origin}/v1/things", { headers });`,
      'console.log(things.status, things.headers.get("www-authenticate"));',
    ],
    question:
      "This server's tokens live for 1 second. After 1.5 seconds, the program calls the API. " +
      "What does the API answer?",
    options: [
      "200: the token was issued by the right server",
      "302, to token_url, for a new token",
      "401: the token is no longer valid",
    ],
    right: 2,
    explanation: "The API says 401 and invalid_token (RFC 6750, section 3.1). expires_in of " +
      "response_json says how long a token lives: request a new one shortly before, and once more " +
      "after a 401.",
    lifetimeSeconds: 1,
  },
];
