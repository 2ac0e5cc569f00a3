// Runs a program in a child process beside a practice server, and records what both see.

import { memoryBytes, runChild } from "../runtime/learn_runtime.ts";
import type { Exchange } from "./exchange.ts";
import { type Fault, startPracticeServer } from "./start_practice_server.ts";
import { RequestBounds } from "./request_bounds.ts";
import { type Report, takeReport } from "./run_report.ts";

/** How long a program may run, unless told otherwise. */
export const TIME_LIMIT_MS = 10_000;

const MAX_STDOUT = 64 * 1024;
// The reports of the probe are in it, too.
const MAX_STDERR = 1024 * 1024;
const REQUEST_BOUNDS = { maxCount: 200, maxOpen: 20 };
const MEMORY_POLL_MS = 50;

/** How to start the child process. */
export interface Child {
  /** Unless given, this Deno. */
  program?: string;
  args: string[];
  input: string;
  env: Record<string, string>;
}

/** Where the child process finds what, for `childAt`. */
export interface Places {
  /** The port of the practice server. */
  port: string;
  /** What each report of the probe begins with. */
  mark: string;
}

/** What a program may use, besides what is the same for all. */
export interface Limits {
  /** Milliseconds. */
  timeLimit?: number;
  /**
   * Bytes by which this process may grow. What a program sends without a request, such as endless
   * headers, is only seen in this; it says nothing where the process does something else, too.
   */
  maxGrowth?: number;
}

/** How to run a program. */
export interface RunOptions extends Limits {
  /** The folder that its imports are relative to. */
  folder: string;
  /** What messages call it. */
  name: string;
  /** Answers in place of the practice server. */
  fault?: Fault;
  /** How long the practice server's tokens live. */
  lifetimeSeconds?: number;
}

/** What was seen of a run. */
export interface Recording extends Report {
  exchanges: Exchange[];
  code: number;
  stdout: string;
  /** Without the reports of the probe. */
  stderr: string;
  /** Whether the probe reported anything, so that the program began. */
  hasReport: boolean;
  /** The bound that the program crossed. */
  killedFor?: "time" | "output" | "requests";
}

/** Runs a child process and records what it does. */
export async function recordRun(
  childAt: (places: Places) => Child,
  { folder, timeLimit = TIME_LIMIT_MS, maxGrowth, fault, lifetimeSeconds }: RunOptions,
): Promise<Recording> {
  const exchanges: Exchange[] = [];
  const onExchange = (exchange: Exchange) => void exchanges.push(exchange);
  const tooMany = new AbortController();
  await using server = await startPracticeServer(0, {
    observer: { onExchange },
    bounds: new RequestBounds(REQUEST_BOUNDS, () => tooMany.abort()),
    lifetimeSeconds,
    fault,
  });
  const { port } = new URL(server.token_url);
  const mark = crypto.randomUUID();
  const { args, ...child } = childAt({ port, mark });
  using _growth = maxGrowth ? watchGrowth(maxGrowth, () => tooMany.abort()) : undefined;
  const { code, stdout, stderr, killedFor } = await runChild(args, {
    ...child,
    cwd: folder,
    timeLimit,
    maxOutput: { stdout: MAX_STDOUT, stderr: MAX_STDERR },
    signal: tooMany.signal,
  });
  const { report, rest, hasReport } = takeReport(stderr, mark);
  return {
    ...report,
    exchanges,
    code,
    stdout,
    stderr: rest,
    hasReport,
    killedFor: killedFor === "signal" ? "requests" : killedFor,
  };
}

/** Calls `onExceeded` if this process grows by more bytes than this, until it is disposed of. */
function watchGrowth(maxGrowth: number, onExceeded: () => void): Disposable {
  const before = memoryBytes();
  const timer = setInterval(() => {
    if (memoryBytes() - before > maxGrowth) onExceeded();
  }, MEMORY_POLL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
