/**
 * `--watch` in trouble: the command keeps a token file fresh, in Deno and in Node.js, while the endpoint
 * is killed and started again ten times, and a reader looks at the files all the time. The first argument
 * is for how many seconds, the second the path of Node.js, and the others are flags for Deno.
 *
 * @module
 */

import { findFreePort } from "./redis.ts";
import { expiryOf } from "./watch_endpoint.ts";

/** What is tried, and for how long. Times are in seconds. */
export interface Trial {
  /** How long a token lives. */
  lifetime: number;
  /** How long it all takes. */
  duration: number;
  /** How often the endpoint is killed. */
  outages: number;
  /** How long it is away, at least and at most. */
  away: [least: number, most: number];
  /** What runs the command in each runtime, with its arguments. */
  commands: Record<string, string[]>;
}

/** What a reader saw in one file. */
export interface Seen {
  reads: number;
  /** Reads that found no file, and that found a part of a token. */
  absent: number;
  halfWritten: number;
  /** How many tokens it found. */
  tokens: number;
  /** Reads that found an expired token while the endpoint was away, as none could be had. */
  expiredWhileAway: number;
  /** Reads that found one while the endpoint was there. */
  expired: number;
  /** The milliseconds, at most, that the endpoint had been there at such a read. */
  longestExpired: number;
  /** The lines on stderr, and the exit code. */
  lines: number;
  code: number;
}

// In milliseconds.
const READ_EVERY = 2;
const START_TIME_LIMIT = 20_000;

/** Runs the commands and reads their files; resolves to what was seen, by the name of the command. */
export async function runTrial(trial: Trial): Promise<Record<string, Seen>> {
  const folder = await Deno.makeTempDir();
  await using endpoint = new Endpoint(trial.lifetime);
  await endpoint.start();
  const watched = Object.entries(trial.commands).map(([name, command]) =>
    new WatchedFile(name, command, folder, endpoint)
  );
  try {
    await Promise.all(watched.map((file) => file.appears()));
    const timer = setInterval(() => watched.forEach((file) => file.read()), READ_EVERY);
    const every = trial.duration / trial.outages;
    for (let i = 0; i < trial.outages; i++) {
      const [least, most] = trial.away;
      const away = least + (most - least) * Math.random();
      // Not always at the same time in the life of a token.
      const before = (every - away) * Math.random();
      await sleep(before);
      await endpoint.kill();
      await sleep(away);
      await endpoint.start();
      await sleep(every - away - before);
    }
    clearInterval(timer);
  } finally {
    await Promise.all(watched.map((file) => file.end()));
  }
  await Deno.remove(folder, { recursive: true });
  return Object.fromEntries(watched.map(({ name, seen }) => [name, seen]));
}

/** The endpoint, as a process. */
class Endpoint {
  /** Since when it listens; `undefined`, if it is away. */
  upSince?: number;
  readonly #port = findFreePort();
  readonly #lifetime: number;
  #child?: Deno.ChildProcess;

  constructor(lifetime: number) {
    this.#lifetime = lifetime;
  }

  get token_url(): string {
    return `http://127.0.0.1:${this.#port}/token`;
  }

  async start(): Promise<void> {
    const file = new URL("watch_endpoint.ts", import.meta.url).pathname;
    const args = ["run", "-q", "--no-lock", "-N", file, `${this.#port}`, `${this.#lifetime}`];
    this.#child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
    const reader = this.#child.stdout.getReader();
    const { done } = await reader.read();
    if (done) throw new Error("the endpoint did not start");
    this.upSince = Date.now();
    reader.cancel();
  }

  async kill(): Promise<void> {
    this.upSince = undefined;
    this.#child?.kill("SIGKILL");
    await this.#child?.status;
    this.#child = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** A file that a command keeps fresh. */
class WatchedFile {
  readonly name: string;
  readonly seen: Seen = {
    reads: 0,
    absent: 0,
    halfWritten: 0,
    tokens: 0,
    expiredWhileAway: 0,
    expired: 0,
    longestExpired: 0,
    lines: 0,
    code: -1,
  };
  readonly #path: string;
  readonly #endpoint: Endpoint;
  readonly #child: Deno.ChildProcess;
  readonly #stderr: Promise<string>;
  #latest = "";

  constructor(name: string, [program, ...args]: string[], folder: string, endpoint: Endpoint) {
    this.name = name;
    this.#path = `${folder}/${name}`;
    this.#endpoint = endpoint;
    this.#child = new Deno.Command(program!, {
      args: [...args, "--watch", this.#path],
      cwd: folder,
      env: { TOKEN_URL: endpoint.token_url, CLIENT_ID: "id", CLIENT_SECRET: "secret" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#stderr = new Response(this.#child.stderr).text();
  }

  /** Resolves when the file is there for the first time. */
  async appears(): Promise<void> {
    for (const start = Date.now(); Date.now() - start < START_TIME_LIMIT;) {
      if (this.#readText() !== undefined) return;
      await sleep(0.02);
    }
    this.#child.kill("SIGKILL");
    throw new Error(`${this.name} wrote no file: ${await this.#stderr}`);
  }

  /** Reads the file, and notes what is wrong with it. */
  read(): void {
    const { seen } = this;
    // Before the file is read, as the time that passes is not the command's.
    const now = Date.now();
    const { upSince } = this.#endpoint;
    const text = this.#readText();
    seen.reads++;
    if (text === undefined) {
      seen.absent++;
      return;
    }
    const expires = expiryOf(text);
    if (expires === undefined) {
      seen.halfWritten++;
      return;
    }
    if (text !== this.#latest) seen.tokens++;
    this.#latest = text;
    if (expires > now) return;
    if (upSince === undefined) {
      seen.expiredWhileAway++;
      return;
    }
    seen.expired++;
    seen.longestExpired = Math.max(seen.longestExpired, now - upSince);
  }

  #readText(): string | undefined {
    try {
      return Deno.readTextFileSync(this.#path);
    } catch {
      return undefined;
    }
  }

  async end(): Promise<void> {
    this.#child.kill("SIGTERM");
    const { code } = await this.#child.status;
    const lines = (await this.#stderr).split("\n").length - 1;
    Object.assign(this.seen, { code, lines });
  }
}

function sleep(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, 1000 * seconds));
}

if (import.meta.main) {
  const [duration = "600", node, ...flags] = Deno.args;
  const main = new URL("../main.ts", import.meta.url).pathname;
  const commands: Record<string, string[]> = {
    Deno: [Deno.execPath(), "run", "-q", "--no-lock", ...flags, "-N", "-E", "-R", "-W", main],
  };
  if (node) commands["Node.js"] = [node, main];
  console.log(
    await runTrial({
      lifetime: 5,
      duration: Number(duration),
      outages: 10,
      away: [Number(duration) / 300, Number(duration) / 50],
      commands,
    }),
  );
}
