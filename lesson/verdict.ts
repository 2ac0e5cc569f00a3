// What the checker says about a program.

/** Why a step does not hold. */
export interface Finding {
  /** What is wrong, in one line. */
  what: string;
  /** What was expected. */
  expected?: string;
  /** What was found. */
  found?: string;
  /** Where to look. */
  line?: number;
  /** What to do about it. */
  advice: string;
  /** Whether something is missing, perhaps because the program ended too early. */
  isMissing?: boolean;
}

/** What a run showed. */
export interface Verdict {
  /** How many steps hold, from the first one on. */
  held: number;
  /** Why the next does not hold. */
  finding?: Finding;
}
