/**
 * Stands in for `@std/cli/prompt-secret`, as far as `files.ts` uses it: nothing is shown of what is
 * typed.
 *
 * @module
 */

/** Shows the message and reads a line from the terminal; `null` if there is none. */
export function promptSecret(message: string, _options: { mask: "" }): string | null {
  if (!Deno.stdin.isTerminal()) return null;
  const write = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text));
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(1024);
  let typed = "";
  Deno.stdin.setRaw(true);
  try {
    write(`${message} `);
    while (true) {
      const length = Deno.stdin.readSync(bytes);
      if (!length) return typed;
      for (const key of decoder.decode(bytes.subarray(0, length), { stream: true })) {
        if ("\r\n\x04".includes(key)) return typed;
        else if (key === "\x03") return null;
        else if (key === "\x15") typed = "";
        else if ("\b\x7f".includes(key)) typed = [...typed].slice(0, -1).join("");
        else typed += key;
      }
    }
  } finally {
    Deno.stdin.setRaw(false);
    write("\n");
  }
}
