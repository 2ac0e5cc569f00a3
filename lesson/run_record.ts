// What is recorded of a run of a learner's program.

import type { Exchange } from "./exchange.ts";
import type { Language } from "./scan.ts";

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
  kind: "syntax" | "import" | "exception" | "time" | "output" | "memory" | "requests";
  /** The first line of the error. */
  message: string;
  line?: number;
}

/** What the program did. */
export interface Run {
  language: Language;
  source: string;
  /** What its variables were at the end. */
  values: Map<string, Value>;
  /** What those at top level were whose name was declared once more, in a function or block that ran. */
  outer?: Map<string, Value>;
  /** Variables whose line began, but did not give them a value. */
  unset: string[];
  /** Which of its variables could be seen. */
  visible: Visible;
  /** The requests that reached the practice server, and the answers. */
  exchanges: Exchange[];
  /** What it printed with `console.log`. */
  stdout: string;
  /** What it printed with `console.error`. */
  stderr: string;
  /** What `fetch` threw last, even if the program caught it. */
  thrown?: string;
  /** What the program caught last. */
  caught?: string;
  /** Why it did not end well. */
  failure?: Failure;
}

/** All variables, or only those that are not parameters, or only those at top level. */
export type Visible = "all" | "declared" | "top level";
