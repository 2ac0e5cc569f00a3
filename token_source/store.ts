/**
 * Stores: where processes and machines share a token. A store gets sealed values only.
 *
 * @module
 */

/**
 * A place for tokens outside the process. A [Keyv](https://keyv.org) with any of its adapters is one.
 * Its methods may fail or hang: a token is then requested as if there were no store.
 */
export interface TokenStore {
  /** Resolves to the value under a key; to `undefined` if there is none. */
  get(key: string): Promise<unknown>;
  /** Stores a value for so many milliseconds. */
  set(key: string, value: string, milliseconds: number): Promise<unknown>;
  /** Removes the value, if there is one. */
  delete(key: string): Promise<unknown>;
  /**
   * Waits until no other holds the lock of a key, and takes it. Resolves to the function that gives it
   * back; rejects if the signal aborts before. The lock of a process that ended must be free.
   * Without this method, `get` and `set` have to do; now and then, two processes then request a token at
   * the same time.
   */
  lock?(key: string, signal: AbortSignal): Promise<() => void | Promise<void>>;
}

/** How a token is shared. */
export interface SharingOptions {
  /** Where the token is shared with other processes; without it, each process has its own. */
  store?: TokenStore;
  /**
   * What the values in the store are sealed with, the same for all who share it; the client secret by
   * default. Needed if `auth_method` is a function: give the bytes of the private key, for example, and
   * other bytes for another way to authenticate. A text that people choose is too easy to guess.
   */
  sealKey?: string | Uint8Array;
  /** The thumbprint (RFC 9449 §6.1) of the key that the token is bound to, if it is bound to one. */
  dpop_jkt?: string;
}
