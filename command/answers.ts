// What standard input and the terminal give once. `--watch` reads its settings again and again.

let answers: Map<string, string> | undefined;

/** Remembers from now on what is read once, until it is disposed of. */
export function rememberAnswers(): Disposable {
  answers = new Map();
  return {
    [Symbol.dispose]() {
      answers = undefined;
    },
  };
}

/** Reads something; gives what was read before, if that is remembered. */
export async function readOnce<Answer extends string | undefined>(
  name: string,
  read: () => Promise<Answer>,
): Promise<Answer | string> {
  const known = answers?.get(name);
  if (known !== undefined) return known;
  const answer = await read();
  if (answer) answers?.set(name, answer);
  return answer;
}
