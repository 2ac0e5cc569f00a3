// Where in the learner's program something stands.

import { type Language, scan } from "./scan.ts";

/** A program, and its language. */
export interface Program {
  language: Language;
  source: string;
}

/** The number of the first line of code that matches; comments are no code. */
export function lineOf(program: Program, pattern: RegExp): number | undefined {
  const lines = scan(program.source, program.language).withoutComments.split("\n");
  const line = lines.findIndex((text) => pattern.test(text));
  return line < 0 ? undefined : line + 1;
}

/** The line in which a variable is declared or gets its value. */
export function lineOfName(program: Program, name: string): number | undefined {
  const escaped = RegExp.escape(name);
  return lineOf(program, new RegExp(`(?<![.\\w$"'])${escaped}\\b\\s*(:[^=]*)?=(?!=|>)`)) ??
    lineOf(program, new RegExp(`(?<![.\\w$])${escaped}\\b`));
}

/** The line in which a variable is declared. */
export function lineOfDeclaration(program: Program, name: string): number | undefined {
  return lineOf(
    program,
    program.language === "python"
      ? new RegExp(`^\\s*${name}\\s*(:[^=]*)?=(?!=)`)
      : new RegExp(`\\b(const|let|var)\\b(\\s+|\\s*[{[][^=;]*[\\s,:{[])${name}\\b`),
  );
}

/** Whether the name of a variable is in the code, and not only that of a member or a key. */
export function isNameInCode({ language, source }: Program, name: string): boolean {
  const pattern = new RegExp(`(?<![.\\w$]\\s*)${name}\\b(?!\\s*:)`);
  return pattern.test(scan(source, language).code);
}

/** The name of the innermost function that a line belongs to; `undefined` if it has none. */
export function functionAround(program: Program, line: number): string | undefined {
  const { code } = scan(program.source, program.language);
  const lines = code.split("\n");
  return program.language === "python"
    ? pythonFunctionAround(lines, line)
    : blockAround(lines.slice(0, line - 1).join("\n"));
}

const FUNCTIONS = [
  /\bfunction\b\s*\*?\s*([\w$]+)\s*\([^{}]*$/,
  /([\w$]+)\s*=\s*(?:async\s*)?(?:function\b|\([^{}]*\)|[\w$]+\s*=>)[^{}]*$/,
  /(?:^|[\s;{}])([\w$]+)\s*\([^{}()]*\)\s*(?::[^{}=]*)?$/,
];
const NO_FUNCTION = /^(if|for|while|switch|catch|with|function)$/;

/** The function whose block is open at the end of this code. */
function blockAround(code: string): string | undefined {
  const open: (string | undefined)[] = [];
  let start = 0;
  for (const { 0: brace, index } of code.matchAll(/[{}]/g)) {
    if (brace === "{") open.push(functionBefore(code.slice(start, index)) ?? open.at(-1));
    else open.pop();
    start = index + 1;
  }
  return open.at(-1);
}

function functionBefore(code: string): string | undefined {
  for (const pattern of FUNCTIONS) {
    const [, name] = code.slice(-300).match(pattern) ?? [];
    if (name) return NO_FUNCTION.test(name) ? undefined : name;
  }
  return undefined;
}

function pythonFunctionAround(lines: string[], line: number): string | undefined {
  const indentOf = (text = "") => text.match(/^\s*/)![0].length;
  const indent = indentOf(lines[line - 1]);
  for (let i = line - 2; i >= 0; i--) {
    const [, name] = lines[i]!.match(/^\s*(?:async\s+)?def\s+(\w+)/) ?? [];
    if (name && indentOf(lines[i]) < indent) return name;
  }
  return undefined;
}
