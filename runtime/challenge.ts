// What a server demands in `WWW-Authenticate` (RFC 9110 §11.6.1). Here, because both `extensions/` and
// `token_source/` read it.

/** One way to authenticate that the server offers. */
export interface Challenge {
  /** The scheme in lower case, such as `dpop`. */
  scheme: string;
  /** The parameters by their names in lower case; of a name that repeats, the first. */
  params: Map<string, string>;
}

const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
const SEPARATOR = /[ \t,]*/y;
const SCHEME = new RegExp(`${TOKEN}(?=[ \\t,]|$)`, "y");
// Such as what Negotiate sends in place of parameters.
const TOKEN_68 = /[ \t]+[\w.~+/-]+=*[ \t]*(?=,|$)/y;
const PARAM = new RegExp(`(${TOKEN})[ \\t]*=[ \\t]*(?:(${TOKEN})|"((?:[^"\\\\]|\\\\[^])*)")`, "y");

/**
 * Reads the challenges of a `WWW-Authenticate` header, of which `fetch` makes one if there are several.
 * It ends where the text no longer follows the grammar, but takes parameters without a comma between
 * them, as some servers send them.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(header);
    if (match) position = pattern.lastIndex;
    return match;
  };

  for (;;) {
    const isFirst = position === 0;
    const hasComma = take(SEPARATOR)?.[0].includes(",");
    const current = challenges.at(-1);
    const param = current && take(PARAM);
    if (param) {
      addParam(current, param);
      continue;
    }

    const scheme = isFirst || hasComma ? take(SCHEME) : null;
    if (!scheme) return challenges;
    challenges.push({ scheme: scheme[0].toLowerCase(), params: new Map() });
    take(TOKEN_68);
  }
}

function addParam({ params }: Challenge, [, name = "", token, quoted = ""]: RegExpExecArray): void {
  const key = name.toLowerCase();
  if (!params.has(key)) params.set(key, token ?? quoted.replace(/\\([^])/g, "$1"));
}
