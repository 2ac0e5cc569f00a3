// What a source reports that stops no token.

import { printable } from "../token.ts";

/** Reports one sentence. It never throws. */
export type Warn = (warning: string) => void;

/** Makes what reports warnings: each is one printable line, without the client secret. */
export function warnings(
  onWarning: ((warning: string) => void) | undefined,
  mask: (text: string) => string,
): Warn {
  return (warning) => {
    try {
      onWarning?.(printable(mask(warning)));
    } catch {
      // What a warning leads to must not stop the token.
    }
  };
}

/** Why something failed, as far as an error says so. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown reason";
}
