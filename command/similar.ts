// How much two names resemble each other: for what was probably meant.

/** Whether two names differ only in case and punctuation, or in one or two letters. */
export function isSimilar(a: string, b: string): boolean {
  const isShort = Math.min(a.length, b.length) <= 4;
  return lettersOf(a) === lettersOf(b) || distance(a, b) <= (isShort ? 1 : 2);
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** How many letters to change, add or remove to get from one text to the other (Levenshtein). */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + Number(a[i - 1] !== b[j - 1]);
      const removed = row[j]! + 1;
      const added = next[j - 1]! + 1;
      next.push(Math.min(changed, removed, added));
    }
    row = next;
  }
  return row[b.length]!;
}
