// What is noted: the requests that reach the practice server, and what a learner's program did.

/** A request as it arrived, and what was answered. */
export interface Exchange {
  method: string;
  /** Path and query. */
  path: string;
  /** The names are in lower case. */
  headers: [name: string, value: string][];
  /** At most a few thousand characters. */
  body: string;
  status: number;
  answer: string;
}

/** What sees the requests; see `page.ts`. */
export interface Observer {
  /** Called after each answer. */
  onExchange: (exchange: Exchange) => void;
  /** Answers what is not for the token endpoint. */
  answer?: (request: Request) => Response | Promise<Response> | undefined;
}

/** What a variable was at the end. */
export interface Value {
  /** `string`, `undefined`, `Promise`, `URLSearchParams`, … */
  type: string;
  /** The beginning of it as text. */
  text: string;
  /** The keys and values of a form, a map or an object. */
  entries?: [key: string, type: string, text: string][];
}

/** Why the program did not end well. */
export interface Failure {
  kind: "syntax" | "import" | "exception" | "time" | "output" | "memory";
  /** The first line of the error. */
  message: string;
  line?: number;
}

/** What the program did. */
export interface Run {
  source: string;
  /** What its variables were at the end. */
  values: Record<string, Value>;
  /** The requests that reached the practice server, and the answers. */
  exchanges: Exchange[];
  /** What it printed with `console.log`. */
  stdout: string;
  /** What it printed with `console.error`. */
  stderr: string;
  /** What `fetch` threw last, even if the program caught it. */
  thrown?: string;
  /** Why it did not end well. */
  failure?: Failure;
}

const MAX_NOTED = 4000;

/** Notes a request and its answer. */
export async function note(request: Request, body = "", response: Response): Promise<Exchange> {
  const { pathname, search } = new URL(request.url);
  return {
    method: request.method,
    path: (pathname + search).slice(0, MAX_NOTED),
    headers: [...request.headers],
    body: body.slice(0, MAX_NOTED),
    status: response.status,
    answer: await response.clone().text(),
  };
}
