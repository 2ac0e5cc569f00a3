// Types of TypeScript, left out of a program. The module that does it is slow to load, so it is not in
// deno.ts, which every command loads.

import { stripTypeScriptTypes } from "node:module";

/** A program without its types, or why they cannot be left out. */
export type Stripped =
  | { code: string }
  | { problem: "syntax error" | "more than types" };

/** Replaces the types in a program by spaces. An enum, for one, is more than a type. */
export function stripTypes(source: string): Stripped {
  try {
    return { code: stripTypeScriptTypes(source) };
  } catch (error) {
    const isSyntax = `${error}`.includes("InvalidSyntax");
    return { problem: isSyntax ? "syntax error" : "more than types" };
  }
}
