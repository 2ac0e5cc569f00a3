// What a sandbox for the learner's program is, and what the sandboxes of both runtimes have in common.

import { readVariables } from "../runtime/runtime.ts";
import type { Child, Places, Recording } from "./record_run.ts";
import type { Failure } from "./run_record.ts";
import { EXERCISE_VALUES } from "./values.ts";

/** A program that is ready to run. */
export interface Prepared {
  program: string;
  /** The name of the function that its variables are shown to. */
  watch: string;
  /** Whether it may import anything. */
  usesImports: boolean;
  /** Its language: that of files that end so. */
  extension: string;
  /** The folder that its imports are relative to. */
  folder: string;
}

/** How a runtime runs a program that is not trusted, and what it says about it. */
export interface Sandbox {
  /** Whether an import of nothing but types disappears with them. */
  dropsTypeImports: boolean;
  /** Whether the types of a program can be left out of it in this process, which that could end. */
  canStrip(source: string): Promise<boolean>;
  /** How to start it. */
  childFor(prepared: Prepared, places: Places): Child;
  /** Why the program did not end well, and what it wrote itself. */
  readFailure(recording: Recording, source: string): { failure?: Failure; before: string };
  /** A text of the runtime's with the name of the learner's file in it. */
  withName(text: string, name: string): string;
}

/** The file of the probe. */
export const PROBE = new URL("probe.js", import.meta.url);

// Not even the environment is passed on, with its proxies and settings, but for what Windows needs to find
// its network.
const KEPT_VARIABLES = ["SystemRoot"];

/** The environment of the program. */
export function environment({ mark }: Places): Record<string, string> {
  return { NO_COLOR: "1", EXERCISE_MARK: mark, ...keptEnvironment() };
}

/** What a child process cannot do without. */
export function keptEnvironment(): Record<string, string> {
  return Object.fromEntries(readVariables(KEPT_VARIABLES));
}

/** The program, with the probe in front of it on the same line. */
export function withProbe({ program, watch, usesImports }: Prepared, { port }: Places): string {
  const url = new URL(PROBE);
  const { origin } = new URL(EXERCISE_VALUES.token_url);
  url.search = `${new URLSearchParams({ port, origin })}`;
  if (usesImports) url.searchParams.set("imports", "");
  return `import{watch as ${watch},caught as ${watch}c}from "${url}";${program}`;
}
