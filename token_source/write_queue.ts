// What is written to a store while nobody waits for it.

/** Writes one after the other. */
export class WriteQueue {
  #settled = Promise.resolve();
  readonly #latest = new Map<string, symbol>();

  /**
   * Writes when it is its turn, unless a later write of the same kind waits by then, which makes this one
   * pointless. It must not reject.
   */
  add(kind: string, write: () => Promise<unknown>): void {
    const own = Symbol();
    this.#latest.set(kind, own);
    this.addLast(async () => {
      if (this.#latest.get(kind) === own) await write();
    });
  }

  /** Does something after all that is to be written now. It must not reject. */
  addLast(work: () => Promise<unknown>): void {
    this.#settled = this.#settled.then(work).then(() => {});
  }

  /** Resolves when all is written. */
  settled(): Promise<void> {
    return this.#settled;
  }
}
