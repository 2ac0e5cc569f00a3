// What the command reads from files, standard input and the terminal.

import { isGranted, isTerminal, openFile, openStdin } from "../runtime/runtime.ts";
import { loadDotenv } from "../runtime/std.ts";
import { printable, readText, TokenError } from "../token.ts";
import { promptSecret } from "./prompt_secret.ts";

// Stands for "$" while .env is parsed: @std/dotenv would expand it, and so change a secret.
const DOLLAR = "\ufdd0";

// A quoted value with something else after its quotes, or without the second quote: it would be cut.
const MISQUOTED =
  /^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*(?:(?:'[^']*'|"(?:[^"\\]|\\[^])*")[ \t]*[^\s#]|(?:'[^']*|"(?:[^"\\]|\\[^])*)(?![^]))/m;

// How UTF-16 begins when it is read as UTF-8, with or without a byte order mark.
const UTF_16 = /^(\ufffd\ufffd)?(\0[^]|[^]\0)/;

/**
 * Reads a secret from a file, or from standard input for `-`, without one newline at its end.
 *
 * @throws {TokenError} `usage`, if it cannot be read or is empty.
 */
export async function readSecret(path: string): Promise<string> {
  // The path is not repeated, because the secret itself may have been given in its place.
  const name = path === "-" ? "Standard input" : "The file of --client-secret-file";
  const secret = path === "-" && isTerminal("stdin")
    ? await promptSecret("client_secret: ")
    : (await (path === "-" ? readAll(name, openStdin) : readFile(path, name))).replace(
      /\r?\n$/,
      "",
    );
  if (!secret) throw new TokenError("usage", "file_empty", `${name} contains no secret`);
  return secret;
}

/**
 * Reads the variables of a `.env` file. Nothing in them is expanded.
 *
 * @throws {TokenError} `usage`, if it cannot be read, or a value has a quote too many or too few.
 */
export async function readEnvFile(path: string): Promise<Record<string, string>> {
  const text = await readFile(path, printable(path), path);
  const [, misquoted] = text.match(MISQUOTED) ?? [];
  if (misquoted) {
    const what = `${printable(path)}: ${printable(misquoted)} has a quote too many or too few`;
    throw new TokenError(
      "usage",
      "env_file_misquoted",
      `${what}; put a value that contains ' between "`,
    );
  }
  const { parse } = await loadDotenv();
  const { warn } = console;
  // A warning would repeat text of the file, which may be a secret.
  console.warn = () => {};
  try {
    const variables = Object.entries(parse(text.replaceAll("$", DOLLAR)));
    return Object.fromEntries(
      variables.map(([name, value]) => [name, value.replaceAll(DOLLAR, "$")]),
    );
  } finally {
    console.warn = warn;
  }
}

/** Asks for the client's secret; `undefined` if there is no terminal to ask in. */
export async function askSecret(client_id: string): Promise<string | undefined> {
  return await promptSecret(`client_secret of ${printable(client_id)}: `);
}

/**
 * Reads a text file; messages call it by the name, and advice shows the path if it is given once more.
 *
 * @throws {TokenError} `usage`, if it cannot be read.
 */
export async function readFile(path: string, name: string, shown?: string): Promise<string> {
  if (isGranted({ name: "read", path })) return await readAll(name, () => openFile(path));
  throw new TokenError("usage", "read_permission", `${name}: read access was not granted`, {
    path: shown,
  });
}

async function readAll(
  name: string,
  open: () => ReadableStream<Uint8Array<ArrayBuffer>> | ReturnType<typeof openFile>,
): Promise<string> {
  let text: string | undefined;
  try {
    text = await readText(new Response(await open()));
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/[:,]? open '.*/s, "") : "";
    throw unreadable("file_unreadable", name, printable(reason));
  }
  if (text === undefined) throw unreadable("file_unreadable", name, "it is longer than 1 MiB");
  if (UTF_16.test(text)) {
    throw unreadable("file_utf_16", name, "it is UTF-16 text, as PowerShell may write it");
  }
  if (text.includes("\ufffd")) throw unreadable("file_unreadable", name, "it is not UTF-8 text");
  return text;
}

function unreadable(code: string, name: string, reason: string): TokenError {
  return new TokenError("usage", code, `${name} cannot be read: ${reason}`);
}
