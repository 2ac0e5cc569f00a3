// Makes the variables of the learner's program visible to the checker, wherever they are declared: at
// top level, in a function, as the parameter of a callback.
//
// Nothing outside a module can read its variables, so the program is changed a little before it runs:
// each declaration gets one more variable in front,
//
//   const $w1 = $w(1, { data: () => data }), data = new URLSearchParams(…);
//
// and each list of parameters one more parameter. It only has to be found where a declaration begins, not
// where it ends; a name too many does no harm, and no line moves. Types are blanked before anything is
// looked for, so nothing is inserted in them. Where they cannot be blanked, as in a program with an enum,
// the lists of parameters are left alone; and a program with a syntax error is not changed at all.

import { stripTypes } from "../runtime/strip_types.ts";
import { NAMES } from "./names.ts";
import type { Visible } from "./run_record.ts";
import { scan } from "./scan.ts";

/** A program that is ready to run, with its variables made visible so far as that works. */
export interface Watched {
  program: string;
  visible: Visible;
  /** Whether its types were left out, so that it is JavaScript now. */
  isStripped: boolean;
  /** Whether it had types, which were left out. */
  hadTypes: boolean;
}

/** Of a program whose types stay. */
const UNCHANGED = { isStripped: false, hadTypes: false };
const NAME = "[A-Za-z_$][\\w$]*";
const DECLARATION = new RegExp(
  String.raw`(?<![.\w$])(?:const|let|var)(?=\s*[{[]|\s+(?!enum\b)${NAME})`,
  "g",
);
const NO_DECLARATION = /(?:[(<]|\b(?:as|declare))\s*$/;
const ONE_PARAMETER = new RegExp(
  String.raw`(?<![.\w$])(${NAME})(?=\s*=>)(?<=(?:[(,=;:{}[?&|]|\basync|\breturn)\s*\1)`,
  "g",
);
// An arrow follows a list of parameters, or a body follows one of a function.
const PARAMETERS_END = /\)(?=\s*(=>|\{))/g;
const FUNCTION = new RegExp(String.raw`\bfunction\b\s*\*?\s*(?:${NAME})?\s*$`);
const CATCH = new RegExp(String.raw`\bcatch\s*\(\s*(${NAME})\s*\)\s*\{`, "g");
const STATEMENT = /^(?:class|const|function|if|let|return|try|var|while)$/;
// A directive such as "use strict" goes only with a list of parameters as it is.
const DIRECTIVE_BODY = /^\)\s*(?:=>\s*)?\{\s*["']/;
const RESERVED = new Set(
  ("await break case catch class const continue debugger default delete do else enum export extends " +
    "false finally for function if import in instanceof let new null return static super switch this " +
    "throw true try typeof var void while with yield async of").split(" "),
);

interface Insertion {
  at: number;
  /** What to insert: `watcher` declares a variable, `watch` is a function. */
  text: (watcher: string, watch: string) => string;
  names: string[];
}

/**
 * Adds to a program what makes its variables visible to the function called `watch`, and leaves out its
 * types, so far as they are not to be kept.
 */
export function watchNames(source: string, watch: string, keepsTypes = false): Watched {
  const stripped = stripTypes(source);
  if ("code" in stripped) {
    const { code, withoutComments } = scan(stripped.code, "javascript");
    const insertions = [
      ...declarations(code),
      ...catches(code),
      ...parameters(code, withoutComments),
    ];
    const hadTypes = stripped.code !== source;
    const program = insertInto(keepsTypes ? source : stripped.code, insertions, watch);
    return { program, visible: "all", isStripped: !keepsTypes, hadTypes };
  }
  if (stripped.problem === "syntax error") return watchTopLevel(source, watch);
  const { code } = scan(source, "javascript");
  const insertions = [...declarations(code), ...catches(code)];
  const program = insertInto(source, insertions, watch);
  return { program, visible: "declared", ...UNCHANGED };
}

/** The program as it is, with only the variables at top level made visible. */
export function watchTopLevel(source: string, watch: string): Watched {
  return { program: insertInto(source, [], watch), visible: "top level", ...UNCHANGED };
}

function insertInto(program: string, insertions: Insertion[], watch: string): string {
  // Only the first line of a file can name what runs it.
  const source = program.replace(/^#!/, "//");
  let changed = `${watchCall(watch, 0, NAMES)};`;
  let end = 0;
  for (const { at, text, names } of insertions.toSorted((a, b) => a.at - b.at)) {
    changed += source.slice(end, at) + text(`${watch}${at}=${watchCall(watch, at, names)}`, watch);
    end = at;
  }
  return changed + source.slice(end);
}

/** A call that shows these names, so far as they are variables of that place. */
function watchCall(watch: string, site: number, names: readonly string[]): string {
  return `${watch}(${site},{${names.map((name) => `${name}:()=>${name}`)}})`;
}

function* declarations(code: string): Generator<Insertion> {
  for (const { index, 0: keyword } of code.matchAll(DECLARATION)) {
    if (NO_DECLARATION.test(code.slice(0, index).slice(-100))) continue;
    const at = index + keyword.length;
    const names = namesIn(code.slice(at, at + 2000));
    yield { at, names, text: (watcher) => ` ${watcher},` };
  }
}

function* catches(code: string): Generator<Insertion> {
  for (const { index, 0: start, 1: name } of code.matchAll(CATCH)) {
    yield { at: index + start.length, names: [], text: (_, watch) => `${watch}c(${name});` };
  }
}

function* parameters(code: string, withoutComments: string): Generator<Insertion> {
  for (const { index, 1: name = "" } of code.matchAll(ONE_PARAMETER)) {
    const end = index + name.length;
    const rest = withoutComments.slice(end, end + 200).replace(/^\s*/, ")");
    if (RESERVED.has(name) || DIRECTIVE_BODY.test(rest)) continue;
    yield { at: index, names: [], text: () => "(" };
    yield { at: end, names: [name], text: (watcher) => `,${watcher})` };
  }
  for (const { index, 1: next } of code.matchAll(PARAMETERS_END)) {
    const start = openingOf(code, index);
    const list = code.slice(start + 1, index);
    if (start < 0 || next === "{" && !FUNCTION.test(code.slice(0, start).slice(-100))) continue;
    // Nothing can follow `...rest`.
    if (!list.trim() || list.includes("...")) continue;
    if (DIRECTIVE_BODY.test(withoutComments.slice(index, index + 200))) continue;
    const comma = list.trim().endsWith(",") ? "" : ",";
    yield { at: index, names: namesIn(list), text: (watcher) => `${comma}${watcher}` };
  }
}

/**
 * The names that a declaration or a list of parameters declares: those before `=` or `:`, and after a
 * comma. Among them are some that it does not declare, which are no variables or others.
 */
function namesIn(text: string): string[] {
  const names = new Set<string>();
  let depth = 0;
  let isTarget = true;
  for (const [token] of text.matchAll(new RegExp(`${NAME}|\\S`, "g"))) {
    if ("{[(".includes(token)) depth++;
    else if ("}])".includes(token)) depth--;
    else if (depth === 0 && token === ",") isTarget = true;
    else if (depth === 0 && "=:".includes(token)) isTarget = false;
    else if (isTarget && /^[A-Za-z_$]/.test(token) && !RESERVED.has(token)) names.add(token);
    if (depth < 0 || depth === 0 && (token === ";" || STATEMENT.test(token))) break;
  }
  return [...names];
}

function openingOf(code: string, end: number): number {
  let depth = 0;
  for (let i = end; i >= 0; i--) {
    if (code[i] === ")") depth++;
    if (code[i] === "(" && --depth === 0) return i;
  }
  return -1;
}
