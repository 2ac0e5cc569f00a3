// Makes the variables of the learner's program visible to the checker, wherever they are declared: at
// top level, in a function, as the parameter of a callback.
//
// Nothing outside a module can read its variables, so the program is changed a little before it runs:
// each declaration gets one more variable in front,
//
//   const $w1 = $watch(1, { data: () => data }), data = new URLSearchParams(…);
//
// and each list of parameters one more parameter. This needs no parser: it only has to find where a
// declaration begins, not where it ends; a name too many does no harm, and no line moves. If the changed
// program is no program any more, it runs unchanged, and only its variables at top level are seen.

import { EXERCISE_VALUES } from "./values.ts";

/** The names of the exercise. */
export const NAMES: string[] = [
  ...Object.keys(EXERCISE_VALUES),
  "data",
  "response_json",
  "access_token",
];

const NAME = "[A-Za-z_$][\\w$]*";
const COMMENT = String.raw`\/\/.*|\/\*[^]*?(?:\*\/|$)`;
const STRING = String
  .raw`"(?:\\[^]|[^"\\\n])*"?|'(?:\\[^]|[^'\\\n])*'?|${"`(?:\\\\[^]|[^`\\\\])*`?"}`;
// A slash begins a regular expression only where a value can begin.
const REGEX = String
  .raw`\/(?<=(?:[=(,:;!&|?{}[\n+*%<>~^-]|return|^)[ \t]*\/)(?![/*])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n])+\/`;
const NOT_CODE = new RegExp([COMMENT, STRING, REGEX].join("|"), "g");
const DECLARATION = new RegExp(
  String.raw`(?<![.\w$])(?:const|let|var)(?=\s*[{[]|\s+(?!enum\b)${NAME})`,
  "g",
);
const NO_DECLARATION = /(?:[(<]|\b(?:as|declare))\s*$/;
const ONE_PARAMETER = new RegExp(
  String.raw`(?<![.\w$])(${NAME})(?=\s*=>)(?<=(?:[(,=;{}[?&]|\basync|\breturn)\s*\1)`,
  "g",
);
// An arrow follows a list of parameters, or a body follows one of a function.
const PARAMETERS_END = /\)(?=\s*(?::[^=(){};]*)?(=>|\{))/g;
const FUNCTION = new RegExp(String.raw`\bfunction\b\s*\*?\s*(?:${NAME})?\s*$`);
const STATEMENT = /^(?:class|const|function|if|let|return|try|var|while)$/;
const RESERVED = new Set(
  ("await break case catch class const continue debugger default delete do else enum export extends " +
    "false finally for function if import in instanceof let new null return static super switch this " +
    "throw true try typeof var void while with yield async of").split(" "),
);

/** The program without its comments; the offsets and lines stay as they are. */
export function withoutComments(source: string): string {
  return source.replace(NOT_CODE, (text) => /^\/[/*]/.test(text) ? blank(text) : text);
}

/** The program without its comments, strings and regular expressions. */
export function codeOnly(source: string): string {
  return source.replace(NOT_CODE, blank);
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

interface Insertion {
  at: number;
  text: (watcher: string) => string;
  names: string[];
}

/** Adds to the program what makes its variables visible. */
export function watchNames(source: string): string {
  const code = codeOnly(source);
  const insertions = [...declarations(code), ...parameters(code)];
  let changed = "";
  let end = 0;
  for (const { at, text, names } of insertions.toSorted((a, b) => a.at - b.at)) {
    changed += source.slice(end, at) + text(`$w${at}=${watchCall(at, names)}`);
    end = at;
  }
  return changed + source.slice(end);
}

/** A call that shows these names, so far as they are variables of that place. */
export function watchCall(site: number, names: string[]): string {
  return `$watch(${site},{${names.map((name) => `${name}:()=>${name}`)}})`;
}

function* declarations(code: string): Generator<Insertion> {
  for (const { index, 0: keyword } of code.matchAll(DECLARATION)) {
    if (NO_DECLARATION.test(code.slice(0, index).slice(-100))) continue;
    const at = index + keyword.length;
    const names = namesIn(code.slice(at, at + 2000));
    yield { at, names, text: (watcher) => ` ${watcher},` };
  }
}

function* parameters(code: string): Generator<Insertion> {
  for (const { index, 1: name = "" } of code.matchAll(ONE_PARAMETER)) {
    if (RESERVED.has(name)) continue;
    yield { at: index, names: [], text: () => "(" };
    yield { at: index + name.length, names: [name], text: (watcher) => `,${watcher})` };
  }
  for (const { index, 1: next } of code.matchAll(PARAMETERS_END)) {
    const start = openingOf(code, index);
    const list = code.slice(start + 1, index);
    if (start < 0 || next === "{" && !FUNCTION.test(code.slice(0, start).slice(-100))) continue;
    // Nothing can follow `...rest`.
    if (!list.trim() || list.includes("...")) continue;
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
