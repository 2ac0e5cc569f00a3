/**
 * Stands in for `@std/cli/prompt-secret`, as far as `prompt.ts` uses it: nothing is shown of what is
 * typed.
 *
 * @module
 */

const NEWLINES = [0x0a, 0x0d];
const ERASERS = [0x08, 0x7f];

/** Shows the message and reads a line from the terminal; `null` if there is none. */
export function promptSecret(message: string, _options: { mask: "" }): string | null {
  if (!Deno.stdin.isTerminal()) return null;
  const write = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text));
  const typed: number[] = [];
  const byte = new Uint8Array(1);
  Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
  try {
    write(`${message} `);
    while (Deno.stdin.readSync(byte) && !NEWLINES.includes(byte[0]!)) {
      if (ERASERS.includes(byte[0]!)) typed.pop();
      else typed.push(byte[0]!);
    }
  } finally {
    Deno.stdin.setRaw(false);
    write("\n");
  }
  return new TextDecoder().decode(new Uint8Array(typed));
}
