// Notes the assertions and DPoP proofs that were sent, and masks them in what a server repeats, as token.ts
// masks the client secret: someone who reads the log could use them while they are valid.

import { masking, type RequestOptions } from "../token.ts";

type Fetch = NonNullable<RequestOptions["fetch"]>;

/** A `fetch` that notes the proofs it sends, and a function that replaces them in a text by `***`. */
export function noteProofs(
  fetch: Fetch = globalThis.fetch,
): { fetch: Fetch; mask: (text: string) => string } {
  const sent = new Set<string>();
  return {
    fetch(url, init) {
      const { body, headers } = init;
      const form = new URLSearchParams(`${body}`);
      for (const proof of [form.get("client_assertion"), new Headers(headers).get("dpop")]) {
        if (proof) sent.add(proof);
      }
      return fetch(url, init);
    },
    mask: (text) => masking(() => [...sent])(text),
  };
}
