// Reads a program far enough to tell its code from comments, texts and regular expressions. Offsets and
// lines stay as they are, because what is left out is replaced by spaces.

/** The languages in which a learner may write. */
export type Language = "javascript" | "python";

/** A program, and what is in it. */
export interface Scan {
  /** The code alone. */
  code: string;
  /** The code with its texts, but without comments. */
  withoutComments: string;
  /** What begins, but does not end. */
  unclosed?: { what: "comment" | "text" | "template"; line: number };
}

interface Piece {
  kind: "comment" | "text" | "template" | "regex";
  end: number;
  isClosed: boolean;
}

/** Scans a program. */
export function scan(source: string, language: Language): Scan {
  return language === "python" ? scanPython(source) : scanJavaScript(source);
}

class Blanker {
  #source: string;
  #code: string[] = [];
  #withoutComments: string[] = [];
  #end = 0;
  #unclosed: Scan["unclosed"];

  constructor(source: string) {
    this.#source = source;
  }

  /** Leaves out a piece that begins here; returns where it ends. */
  leaveOut(start: number, { kind, end, isClosed }: Piece): number {
    const before = this.#source.slice(this.#end, start);
    const piece = this.#source.slice(start, end);
    this.#code.push(before, blank(piece));
    this.#withoutComments.push(before, kind === "comment" ? blank(piece) : piece);
    this.#end = end;
    if (!isClosed && kind !== "regex") {
      const line = this.#source.slice(0, start).split("\n").length;
      this.#unclosed ??= { what: kind, line };
    }
    return end;
  }

  finish(): Scan {
    const rest = this.#source.slice(this.#end);
    return {
      code: this.#code.join("") + rest,
      withoutComments: this.#withoutComments.join("") + rest,
      unclosed: this.#unclosed,
    };
  }
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

// Before a slash that divides there is a value; a keyword is none.
const ENDS_VALUE = /[\w$)\]}"'`]$/;
const KEYWORD =
  /(?<![.\w$])(?:await|case|delete|do|else|in|instanceof|new|of|return|throw|typeof|void|yield)$/;

function scanJavaScript(source: string): Scan {
  const blanker = new Blanker(source);
  // For each template that is open, how many braces its code has opened.
  const templates: number[] = [];
  for (let i = 0; i < source.length;) {
    const depth = templates.at(-1);
    if (depth !== undefined) {
      if (source[i] === "{") templates[templates.length - 1] = depth + 1;
      if (source[i] === "}" && depth > 0) templates[templates.length - 1] = depth - 1;
      if (source[i] === "}" && depth === 0) {
        i = readTemplate(i);
        continue;
      }
    }
    if (source[i] === "`") {
      templates.push(0);
      i = readTemplate(i);
      continue;
    }
    const piece = pieceAt(source, i);
    i = piece ? blanker.leaveOut(i, piece) : i + 1;
  }
  return blanker.finish();

  /** Leaves out the text of a template, up to its end or to its next code. */
  function readTemplate(start: number): number {
    const [text, end] = match(source, /(?:\\[^]|(?!\$\{)[^\\`])*(\$\{|`)?/y, start + 1);
    if (end !== "${") templates.pop();
    else templates[templates.length - 1] = 0;
    const piece = { kind: "template", end: start + 1 + text.length, isClosed: !!end } as const;
    return blanker.leaveOut(start, piece);
  }
}

function pieceAt(source: string, start: number): Piece | undefined {
  const character = source[start];
  if (character === '"' || character === "'") return quoted(source, start, character);
  if (character !== "/") return undefined;
  if (source[start + 1] === "/") return toLineEnd(source, start);
  if (source[start + 1] === "*") {
    const end = source.indexOf("*/", start + 2);
    const isClosed = end >= 0;
    return { kind: "comment", end: isClosed ? end + 2 : source.length, isClosed };
  }
  const before = source.slice(Math.max(0, start - 100), start).trimEnd();
  if (ENDS_VALUE.test(before) && !KEYWORD.test(before)) return undefined;
  const [text = ""] = match(source, /\/(?:\\.|\[(?:\\.|[^\]\n\\])*\]|[^/\\\n[])+\/|/y, start);
  return text ? { kind: "regex", end: start + text.length, isClosed: true } : undefined;
}

function toLineEnd(source: string, start: number): Piece {
  const end = source.indexOf("\n", start);
  return { kind: "comment", end: end < 0 ? source.length : end, isClosed: true };
}

/** A text that ends on its line, or where it should have ended. */
function quoted(source: string, start: number, quote: string): Piece {
  const pattern = quote === '"' ? /"(?:\\[^]|[^"\\\n])*("?)/y : /'(?:\\[^]|[^'\\\n])*('?)/y;
  const [text, end] = match(source, pattern, start);
  return { kind: "text", end: start + text.length, isClosed: !!end };
}

/** The match of a sticky pattern that matches in any case. */
function match(source: string, pattern: RegExp, start: number): RegExpExecArray {
  pattern.lastIndex = start;
  return pattern.exec(source)!;
}

function scanPython(source: string): Scan {
  const blanker = new Blanker(source);
  for (let i = 0; i < source.length;) {
    const piece = pythonPieceAt(source, i);
    i = piece ? blanker.leaveOut(i, piece) : i + 1;
  }
  return blanker.finish();
}

function pythonPieceAt(source: string, start: number): Piece | undefined {
  const character = source[start]!;
  if (character === "#") return toLineEnd(source, start);
  if (character !== '"' && character !== "'") return undefined;
  const long = character.repeat(3);
  if (!source.startsWith(long, start)) return quoted(source, start, character);
  const end = source.indexOf(long, start + 3);
  const isClosed = end >= 0;
  return { kind: "text", end: isClosed ? end + 3 : source.length, isClosed };
}
