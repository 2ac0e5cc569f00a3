// Stands in for `@std/dotenv/parse` where JSR cannot be reached. It reads every text as that does,
// except that it expands no `$NAME`: `command/files.ts` hides each `$` from both.

// `export`, the name and `=` may be on separate lines. Blank lines before them do not belong to the
// match: if they did, each of many blank lines would be a place from which to scan all the others.
const NAME = /^[^\S\n\r\u2028\u2029]*(?:export\s+)?([^\s#=]+)\s*=[ \t]*/gm;
const VALID_NAME = /^(?!\d)\w+$/;
// What follows a value on its line needs no pattern: a name is only found where a line begins.
const IN_DOUBLE_QUOTES = /"((?:\\[^]|[^\\"])*)"/y;
// With U+2028, U+2029, or a CR that has neither LF nor a quote beside it, the quotes quote nothing.
const IN_SINGLE_QUOTES = /'(\r?(?:\r\n|[^\r\u2028\u2029'])*\r?)'/y;
const UNQUOTED = /([^\n\r#]*)/y;

const OUTER_NEWLINE = /^(?:\r\n?|\n)|(?:\r\n?|\n)$/g;
// One pattern, because a newline after a backslash belongs to the backslash.
const OUTER_NEWLINE_OR_ESCAPE = /^(?:\r\n?|\n)|(?:\r\n?|\n)$|\\[^]/g;
const ESCAPES = new Map(
  Object.entries({ n: "\n", r: "\r", t: "\t", '"': '"', "'": "'", "\\": "\\" }),
);

/** Matches a pattern from where the match before it ended, and returns its group. */
type Scan = (pattern: RegExp) => string | undefined;

/** Parses the text of a `.env` file. */
export function parse(text: string): Record<string, string> {
  const variables: [name: string, value: string][] = [];
  const scan = scanner(text);
  for (let name = scan(NAME); name; name = scan(NAME)) {
    const value = scanValue(scan);
    if (VALID_NAME.test(name)) variables.push([name, value]);
    else console.warn(`Ignored ${name}, which is no name of a variable`);
  }
  return Object.fromEntries(variables);
}

function scanner(text: string): Scan {
  let at = 0;
  return (pattern) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match?.[1];
  };
}

function scanValue(scan: Scan): string {
  return scan(IN_DOUBLE_QUOTES)?.replace(OUTER_NEWLINE_OR_ESCAPE, unescaped) ??
    scan(IN_SINGLE_QUOTES)?.replace(OUTER_NEWLINE, "") ?? scan(UNQUOTED)!.trim();
}

function unescaped(part: string): string {
  return part.startsWith("\\") ? ESCAPES.get(part.slice(1)) ?? part : "";
}
