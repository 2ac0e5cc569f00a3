// What is known of the client's proof when it is more than a secret.

/** What `--explain` and `--cache` need of the client's proof. */
export interface Proof {
  /** Names and values for step 1, such as the certificate's subject. */
  rows: [name: string, value: string][];
  /** What curl needs besides. */
  curl: string[];
  /** Called with each DPoP proof before it is sent. */
  onProof?: (proof: string) => void;
  /** Replaces the assertions and DPoP proofs that were sent by `***`. */
  mask?: (text: string) => string;
  /** What a token is sealed with in a cache; the client secret by default. */
  sealKey?: string;
  /** Whether the client sends an assertion that others issued. */
  isForeign?: boolean;
  /** The thumbprint of the key that the token is bound to (DPoP). */
  dpop_jkt?: string;
}
