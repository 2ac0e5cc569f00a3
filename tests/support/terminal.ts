// A terminal for the tests, made by `script` of util-linux.

import { assert, assertEquals } from "@std/assert";

import type { Thing } from "./needs.ts";

/** What makes a terminal, and shows its mode. */
export const TERMINAL: Thing[] = ["Linux", "script of util-linux", "stty"];

const TIME_LIMIT = 20_000;
/** What the terminal gets for a question; the control sequences make it mark pastes meanwhile. */
export const asked = (question: string) => `\x1b[?2004h${question}\x1b[?2004l\n`;

/** Runs shell commands in a terminal of their own, types this once they ask, and returns what is shown. */
export async function runInTerminal(
  commands: string,
  [question, ...typed]: [question?: string, ...typed: (string | Uint8Array)[]] = [],
  env: Record<string, string> = {},
): Promise<string> {
  const signal = AbortSignal.timeout(TIME_LIMIT);
  const child = new Deno.Command("script", {
    env: { NO_COLOR: "", SHELL: "/bin/sh", ...env },
    args: ["-qec", commands, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    signal,
  }).spawn();
  const writer = child.stdin.getWriter();
  let output = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += chunk.replaceAll("\r", "");
    if (!question || !output.includes(question)) continue;
    for (const keys of typed.splice(0)) {
      await writer.write(typeof keys === "string" ? new TextEncoder().encode(keys) : keys);
      // Gives the program time to read each part on its own.
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  await writer.close().catch(() => {});
  await child.status;
  assert(!signal.aborted, `took too long: ${output}`);
  assertEquals(typed, [], `never asked: ${output}`);
  return output;
}

/** The shell command with these words. */
export function quote(words: string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
