// What the command says when there is no token.

import { printable, TokenError, type TokenRequest } from "../token.ts";
import type { Proof } from "./proof.ts";
import { hintFor } from "./hints.ts";
import { EXIT_UNEXPECTED, say } from "./output.ts";

const EXIT_CODE = { refused: 1, usage: 2, unreachable: 3, unusable: 4 } as const;

/** Says why there is no token and what to do; returns the exit code. */
export function report(
  error: unknown,
  request?: TokenRequest,
  proof: Partial<Proof> = {},
): number {
  const { mask = (text: string) => text } = proof;
  if (error instanceof TokenError) {
    say(`error: ${mask(inFlags(error))}`);
    const hint = hintFor(error, request, proof);
    if (hint) say(`hint: ${mask(hint)}`);
    return EXIT_CODE[error.kind];
  }
  const { name, stack = "" } = error instanceof Error ? error : new Error();
  // The message is left out, because it may contain anything.
  const [, place] = stack.match(/([\w.]+:\d+:\d+)\)?$/m) ?? [];
  say(`error: Unexpected ${printable(name)}${place ? ` at ${place}` : ""}; please report it`);
  return EXIT_UNEXPECTED;
}

/** The message, with the name of a flag in the place of an option of the library. */
function inFlags({ kind, message }: TokenError): string {
  if (kind !== "usage") return message;
  return message.replace(/^[a-z_]+(?= must )/, (name) => {
    const flag = name === "params" || name === "headers" ? name.slice(0, -1) : name;
    return `--${flag.replaceAll("_", "-")}`;
  });
}
