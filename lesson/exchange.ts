// A request as it reached the practice server, with its answer.

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

const MAX_NOTED = 4000;

/** Notes a request and its answer, at most a few thousand characters of each part. */
export async function noteExchange(
  request: Request,
  body = "",
  response: Response,
): Promise<Exchange> {
  const { pathname, search } = new URL(request.url);
  return {
    method: request.method,
    path: (pathname + search).slice(0, MAX_NOTED),
    headers: notedHeaders(request.headers),
    body: body.slice(0, MAX_NOTED),
    status: response.status,
    answer: await response.clone().text(),
  };
}

function notedHeaders(headers: Headers): Exchange["headers"] {
  const noted: Exchange["headers"] = [];
  let rest = MAX_NOTED;
  for (const [name, value] of headers) {
    rest -= name.length + value.length;
    if (rest < 0) break;
    noted.push([name, value]);
  }
  return noted;
}
