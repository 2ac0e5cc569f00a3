/**
 * Stands in for `@std/cli/prompt-secret`, as far as `files.ts` uses it: stdin is a terminal, and
 * nothing is shown of what is typed.
 *
 * @module
 */

// Lets Ctrl-C end the program; Windows has no such mode.
const MODE = Deno.build.os === "windows" ? undefined : { cbreak: true };

/** Shows the message and reads a line from the terminal. */
export function promptSecret(message: string, _options: { mask: "" }): string {
  const write = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text));
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(1024);
  let typed = "";
  write(`${message} `);
  Deno.stdin.setRaw(true, MODE);
  try {
    for (let length; (length = Deno.stdin.readSync(bytes));) {
      for (const key of decoder.decode(bytes.subarray(0, length), { stream: true })) {
        if ("\r\n".includes(key)) return typed;
        typed = "\b\x7f".includes(key) ? [...typed].slice(0, -1).join("") : typed + key;
      }
    }
    return typed;
  } finally {
    write("\n");
    Deno.stdin.setRaw(false);
  }
}
