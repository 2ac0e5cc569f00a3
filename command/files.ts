/**
 * What the command reads from files and standard input, within bounds and with the permissions it
 * was granted.
 *
 * @module
 */

import { granted } from "./settings.ts";
import { loadDotenv, loadPromptSecret } from "../runtime/std.ts";
import { printable, readText, TokenError } from "../token.ts";

// Stands for "$" while .env is parsed, because expanding it would alter a secret.
const DOLLAR = "\ufdd0";
const MAX_BLANK_LINES = 100;
// A quoted value that goes on after its last quote, or has none: what that means is anybody's guess.
const MISQUOTED =
  /^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*(?:(?:'[^']*'|"(?:[^"\\]|\\[^])*")[ \t]*[^\s#]|(?:'[^']*|"(?:[^"\\]|\\[^])*)(?![^]))/m;

/**
 * Reads a secret from a file, or from standard input for `-`, without one newline at its end.
 *
 * @throws {TokenError} `usage`, if it cannot be read or is empty.
 */
export async function readSecret(path: string): Promise<string> {
  // The path is not repeated: the secret itself may have been given in its place.
  const name = path === "-" ? "Standard input" : "The file of --client-secret-file";
  const text = path === "-" ? await readStream(name, () => Deno.stdin) : await readFile(path, name);
  const secret = text.replace(/\r?\n$/, "");
  if (!secret) throw new TokenError("usage", `${name} holds no secret`);
  return secret;
}

/**
 * Reads the variables of a `.env` file. Nothing in them is expanded.
 *
 * @throws {TokenError} `usage`, if it cannot be read, or its quotes can be read in several ways.
 */
export async function readEnvFile(path: string): Promise<Record<string, string>> {
  const text = await readFile(path, printable(path));
  const [, misquoted] = text.match(MISQUOTED) ?? [];
  if (misquoted) {
    throw new TokenError(
      "usage",
      `${printable(path)}: ${
        printable(misquoted)
      } has a quote too many or too few; a value that holds ` +
        "' goes between \"",
    );
  }
  const { parse } = await loadDotenv();
  const { warn } = console;
  // It would repeat text from the file, which may be a secret.
  console.warn = () => {};
  try {
    const variables = Object.entries(parse(withoutBlankRuns(text).replaceAll("$", DOLLAR)));
    return Object.fromEntries(variables.map(([name, value]) => [
      name,
      value.replaceAll(DOLLAR, "$"),
    ]));
  } finally {
    console.warn = warn;
  }
}

/** Shortens long runs of blank lines: @std/dotenv takes the square of their number in time. */
function withoutBlankRuns(text: string): string {
  let blank = 0;
  return text.split(/\r\n|[\n\r\u2028\u2029]/).filter((line) => {
    blank = line.trim() ? 0 : blank + 1;
    return blank <= MAX_BLANK_LINES;
  }).join("\n");
}

async function readFile(path: string, name: string): Promise<string> {
  if (!granted({ name: "read", path })) throw new TokenError("usage", `${name} may not be read`);
  return await readStream(name, () => Deno.open(path));
}

async function readStream(
  name: string,
  open: () => Promise<Deno.FsFile> | typeof Deno.stdin,
): Promise<string> {
  try {
    const { readable } = await open();
    const text = await readText(new Response(readable));
    if (text === undefined) throw new Error("it is longer than 1 MiB");
    if (text.includes("\ufffd")) throw new Error("it is not UTF-8 text");
    return text;
  } catch (error) {
    throw unreadable(name, error);
  }
}

function unreadable(name: string, error: unknown): TokenError {
  const reason = `${(error as Error).message}`.replace(/:? open '.*/s, "");
  return new TokenError("usage", `${name} cannot be read: ${printable(reason)}`);
}

/**
 * Asks for the client's secret and hides it as it is typed. Asks nothing unless stdin and stdout are
 * both terminals: the question goes to stdout, which otherwise is for the token.
 */
export async function askSecret(client_id: string): Promise<string | undefined> {
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) return undefined;
  const { promptSecret } = await loadPromptSecret();
  return promptSecret(`client_secret of ${printable(client_id)}:`, { mask: "" })!;
}
