// The sandbox of Node.js, as far as it goes: the program can start no other program, write no file, and read
// none outside its folder. Node.js allows the whole network or none of it, so it is only the probe that
// directs requests to the practice server, and `NODE_LIMITS` says so before the first run.

import { takesAllowNet } from "../runtime/learn_runtime.ts";
import { pathOfUrl } from "../runtime/file_path.ts";
import type { Recording } from "./record_run.ts";
import type { Failure } from "./run_record.ts";
import { environment, PROBE, type Sandbox, withProbe } from "./sandbox.ts";

/** What to say before a program runs in Node.js. */
export const NODE_LIMITS =
  "The program can start no other program, write no file, and read only those of its folder. But\n" +
  "Node.js cannot limit which hosts it reaches: check only what you would run yourself.";

const FLAGS = [
  // It runs in the folder.
  ...["--permission", "--allow-fs-read=."],
  // Of Node.js's warnings, only that a promise was never resolved is of use.
  ...["--disable-warning=ExperimentalWarning", "--disable-warning=SecurityWarning"],
  "--max-old-space-size=128",
];
const NEVER_RESOLVED = 13;
// What Node.js calls a program from standard input, in a stack and above the line that it shows.
const PLACE = /\[eval1?\]:(\d+)/;
const TYPESCRIPT = /ts$/;

/** The sandbox where the checker runs in Node.js. */
export const NODE_SANDBOX: Sandbox = {
  dropsTypeImports: false,
  // There, a program that nests too deep is no more than an error.
  canStrip: () => Promise.resolve(true),
  childFor(prepared, places) {
    const type = TYPESCRIPT.test(prepared.extension) ? "module-typescript" : "module";
    const ownFlags = [`--allow-fs-read=${pathOfUrl(PROBE)}`, `--input-type=${type}`];
    const net = takesAllowNet ? ["--allow-net"] : [];
    return {
      args: [...FLAGS, ...net, ...ownFlags, "-"],
      input: withProbe(prepared, places),
      env: environment(places),
    };
  },
  readFailure,
  withName: (text, name) =>
    text.replace(/(?:file:\S{0,999}?)?\[eval1?\]:(\d+)(?::\d+)?/g, (_, line) => `${name}:${line}`),
};

/** What the probe reported, or else what Node.js says about a program that could not begin. */
function readFailure(
  { code, stderr, failure, hasReport }: Recording,
  source: string,
): { failure?: Failure; before: string } {
  if (/JavaScript heap out of memory/.test(stderr)) {
    return { failure: { kind: "memory", message: "" }, before: "" };
  }
  if (failure) return { failure, before: stderr };
  const warning = stderr.match(/^Warning: (Detected unsettled top-level await) at \S*$/m);
  if (code === NEVER_RESOLVED && warning) {
    const message = warning[1]!;
    const before = stderr.slice(0, warning.index);
    return { failure: { kind: "exception", message, line: lineIn(warning[0]) }, before };
  }
  const error = stderr.match(/^(\w*Error)(?: \[(\w+)\])?: (.*)$/m);
  if (hasReport || !error) return { before: stderr };
  return { failure: failureBeforeStart(stderr, source, error), before: "" };
}

function failureBeforeStart(
  stderr: string,
  source: string,
  [, name, code = "", message = ""]: RegExpMatchArray,
): Failure {
  const isImport =
    /^ERR_(MODULE_NOT_FOUND|UNSUPPORTED_ESM_URL_SCHEME|UNKNOWN_BUILTIN)/.test(code) ||
    /does not provide an export/.test(message);
  const specifier = message.match(/'(?:.*[/\\])?([^'/\\]+)'/)?.[1];
  // Node.js does not say in which line an import stands.
  const line = isImport && specifier ? lineOfImport(source, specifier) : undefined;
  const isSyntax = name === "SyntaxError" && !isImport;
  return {
    kind: isImport ? "import" : isSyntax ? "syntax" : "exception",
    // Nobody needs to know in which folder the file is.
    message: (isSyntax ? message : `${name}: ${message}`)
      .replace(/ imported from .*/, "")
      .replace(/module '.*[/\\]([^'/\\]+)'/, "module './$1'"),
    line: line ?? lineIn(stderr),
  };
}

function lineIn(text: string): number | undefined {
  const [, line] = text.match(PLACE) ?? [];
  return line ? Number(line) : undefined;
}

function lineOfImport(source: string, specifier: string): number | undefined {
  const lines = source.split("\n");
  const line = lines.findIndex((text) =>
    /\b(import|from)\b/.test(text) && text.includes(specifier)
  );
  return line < 0 ? undefined : line + 1;
}
