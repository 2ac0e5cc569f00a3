// Types of TypeScript, left out of a program. The module that does it is slow to load, so it is not in
// deno.ts, which every command loads.

import { stripTypeScriptTypes } from "node:module";
import process from "node:process";

/** A program without its types, or why they cannot be left out. */
export type Stripped =
  | { code: string }
  | { problem: "syntax error" | "more than types" };

/** Replaces the types in a program by spaces. An enum, for one, is more than a type. */
export function stripTypes(source: string): Stripped {
  try {
    return { code: withoutWarning(() => stripTypeScriptTypes(source)) };
  } catch (error) {
    const isSyntax = `${error}`.includes("InvalidSyntax");
    return { problem: isSyntax ? "syntax error" : "more than types" };
  }
}

/** Node.js warns once that the function may change, which is no concern of who reads the output. */
function withoutWarning<Result>(work: () => Result): Result {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
