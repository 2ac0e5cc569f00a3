// The bounds of a child process, whatever runtime started it.

import process from "node:process";
import type { ChildOptions, ChildResult } from "./types.ts";

// How long the output of a process that was killed is waited for.
const LATE_OUTPUT_MS = 1000;
/** The signals that end this process, and the exit codes that go with them. */
const ENDING_SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** A child process that has just been started. */
interface Child {
  stdout: AsyncIterable<Uint8Array>;
  stderr: AsyncIterable<Uint8Array>;
  /** Its exit code, at its end. */
  code: Promise<number>;
  /** Settles when all of its input was written, or cannot be. */
  written: Promise<void>;
  kill(): void;
  /** Ends its streams, whose own ends may never come. */
  giveUp(): void;
}

/** Waits for the end of a child process, which is killed if it crosses a bound. */
export async function keepWithin(
  { timeLimit, maxOutput, signal }: ChildOptions,
  child: Child,
): Promise<ChildResult> {
  let killedFor: ChildResult["killedFor"];
  let lateTimer: ReturnType<typeof setTimeout> | undefined;
  const kill = (bound: ChildResult["killedFor"]) => {
    killedFor ??= bound;
    // A process that it started may have its streams, too, and live on.
    lateTimer ??= setTimeout(child.giveUp, LATE_OUTPUT_MS);
    try {
      child.kill();
    } catch {
      // It has ended by itself.
    }
  };
  const read = async (stream: "stdout" | "stderr") => {
    let text = "";
    let rest = maxOutput[stream];
    const decoder = new TextDecoder();
    try {
      for await (const bytes of child[stream]) {
        text += decoder.decode(bytes.subarray(0, Math.max(0, rest)), { stream: true });
        rest -= bytes.length;
        if (rest < 0) kill("output");
      }
    } catch {
      // It was given up.
    }
    return text;
  };
  using _ = whenEnding(() => kill("signal"));
  const timer = setTimeout(kill, timeLimit, "time");
  if (signal?.aborted) kill("signal");
  signal?.addEventListener("abort", () => kill("signal"), { once: true });
  const [stdout, stderr, code] = await Promise.all([
    read("stdout"),
    read("stderr"),
    child.code,
    // A program that ends early does not read all of it.
    child.written.catch(() => {}),
  ]).finally(() => {
    clearTimeout(timer);
    clearTimeout(lateTimer);
  });
  return { code, stdout, stderr, killedFor };
}

/** Calls the listener if this process ends, until what it returns is disposed of. */
function whenEnding(listener: () => void): Disposable {
  process.on("exit", listener);
  return { [Symbol.dispose]: () => void process.off("exit", listener) };
}

/** Has a signal end this process as `exit` does, so that its child processes end with it. */
export function exitOnSignals(): void {
  for (const [signal, code] of Object.entries(ENDING_SIGNALS)) {
    // Not at once: who else listens may have to put the terminal right before.
    process.on(signal, () => setTimeout(() => process.exit(code)));
  }
}
