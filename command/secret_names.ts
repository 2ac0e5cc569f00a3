// Which fields, headers and members have a secret or a token as their value.

const SECRET_WORD = new RegExp(
  "(?<![a-z])(client|access|refresh|auth|private|api|j)?" +
    "(secret|pass(word|wd|phrase|code)?|pwd|token|key|auth(orization)?|bearer|credentials?|session(id)?|jwt|" +
    "proof|dpop|signature|assertion|cookie)(?![a-z])",
  "i",
);
// Such as token_type: what is known about a secret or a token. The id of a session is one.
const ABOUT = /(?<!session)[-_](type|use|time|url|id)$/i;

/** Whether what has this name may be a secret or a token, such as the header `x-api-key`. */
export function isSecretField(name: string): boolean {
  const words = name.replace(/(?<=[a-z])(?=[A-Z])/g, "_");
  return SECRET_WORD.test(words) && !ABOUT.test(words);
}
