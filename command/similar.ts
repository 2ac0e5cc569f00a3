// How much two names resemble each other: for what was probably meant.

/** Whether two names differ only in case and punctuation, or in one or two letters. */
export function isSimilar(a: string, b: string): boolean {
  const isShort = Math.min(a.length, b.length) <= 4;
  return lettersOf(a) === lettersOf(b) || distance(a, b) <= (isShort ? 1 : 2);
}

function lettersOf(name: string): string {
  return name.replace(/[^a-z0-9]/gi, "").toLowerCase();
}

/** How many letters to change, add or remove to get from one text to the other (Levenshtein). */
export function distance(a: string, b: string): number {
  // From the beginning of `a` so far to each beginning of `b`.
  let distances = [0, ...Array.from(b, (_, i) => i + 1)];
  for (const letter of a) {
    const before = distances;
    distances = [before[0]! + 1];
    for (const [i, other] of [...b].entries()) {
      const changed = before[i]! + Number(letter !== other);
      const removed = before[i + 1]! + 1;
      const added = distances[i]! + 1;
      distances.push(Math.min(changed, removed, added));
    }
  }
  return distances.at(-1)!;
}
