// What the command reads from files, standard input and the terminal.

import { isGranted, isTerminal, kindOf, openStdin, readBytes } from "../runtime/runtime.ts";
import { loadDotenv } from "../runtime/std.ts";
import { printable, readText, TokenError } from "../token.ts";
import { readOnce } from "./answers.ts";
import { giverOf, type Option, OPTIONS, variableOf } from "./flags.ts";
import { promptSecret } from "./prompt_secret.ts";

const MAX_BYTES = 64 * 1024;
// Enough to unlock a password manager that writes to the pipe.
const PIPE_TIME_LIMIT_MS = 60_000;

// Stand for characters while .env is parsed. @std/dotenv would expand "$", and so change a secret.
const DOLLAR = "\ufdd0";
const HASH = "\ufdd1";
// One that begins no comment.
const INNER_HASH = /(?<=\S)#/g;

// A quoted value with something else after its quotes, or without the second quote: it would be cut.
const MISQUOTED =
  /^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*(?:(?:'[^']*'|"(?:[^"\\]|\\[^])*")[ \t]*[^\s#]|(?:'[^']*|"(?:[^"\\]|\\[^])*)(?![^]))/m;

// How UTF-16 begins when it is read as UTF-8, with or without a byte order mark.
const UTF_16 = /^(\ufffd\ufffd)?(\0[^]|[^]\0)/;

/**
 * Reads the secret of an option from a file, or from standard input for `-`, without one newline at its
 * end. A message names the flag, or the variable if `found` is from one.
 *
 * @throws {TokenError} `usage`, if it cannot be read or is empty.
 */
export async function readSecret(
  path: string,
  option: Option = "client_secret_file",
  found = { rank: 0 },
): Promise<string> {
  // The path is not repeated, because the secret itself may have been given in its place.
  const name = path === "-" ? "Standard input" : `The file of ${giverOf(option, found)}`;
  const wanted = option.replace(/_file$/, "");
  const secret = path === "-" && isTerminal("stdin")
    ? await promptSecret(`${wanted}: `)
    : (await (path === "-" ? readOnce("-", () => readStdin(name)) : readFile(path, name)))
      .replace(/\r?\n$/, "");
  if (secret) return secret;
  const what = wanted.split("_").at(-1);
  throw new TokenError("usage", "file_empty", `${name} contains no ${what}`);
}

/**
 * Reads the variables of a `.env` file. Nothing in them is expanded.
 *
 * @throws {TokenError} `usage`, if it cannot be read, a value has a quote too many or too few, or a `#` in a
 * value of ours would cut it.
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
  const variables = await parseEnv(text);
  const cut = await findCut(text, variables);
  if (cut === undefined) return variables;
  const what = `${printable(path)}: ${cut} has a # in it`;
  const message = `${what}; put its value between ', or a space before a comment`;
  throw new TokenError("usage", "env_file_hash", message);
}

/** The name of a variable of ours whose value has no quotes, so that a `#` in it cuts it. */
async function findCut(
  text: string,
  variables: Record<string, string>,
): Promise<string | undefined> {
  const hidden = text.replace(INNER_HASH, HASH);
  if (hidden === text) return undefined;
  const uncut = await parseEnv(hidden);
  const isCut = (name: string) => uncut[name] !== undefined && uncut[name] !== variables[name];
  return OPTIONS.map(variableOf).find(isCut);
}

async function parseEnv(text: string): Promise<Record<string, string>> {
  const { parse } = await loadDotenv();
  const { warn } = console;
  // A warning would repeat text of the file, which may be a secret.
  console.warn = () => {};
  try {
    const variables = Object.entries(parse(text.replaceAll("$", DOLLAR)));
    return Object.fromEntries(
      variables.map(([name, value]) => [name, value.replaceAll(DOLLAR, "$").replaceAll(HASH, "#")]),
    );
  } finally {
    console.warn = warn;
  }
}

/** Asks for the client's secret; `undefined` if there is no terminal to ask in. */
export async function askSecret(client_id: string): Promise<string | undefined> {
  return await promptSecret(`client_secret of ${printable(client_id)}: `);
}

// What was read from named pipes: nobody may write to them again.
const pipes = new Map<string, string>();

/**
 * Reads a text file, or once a named pipe; messages call it by the name, and advice shows the path if it is
 * given once more.
 *
 * @throws {TokenError} `usage`, if it cannot be read.
 */
export async function readFile(path: string, name: string, shown?: string): Promise<string> {
  const known = pipes.get(path);
  if (known !== undefined) return known;
  if (!isGranted({ name: "read", path })) {
    const message = `${name}: read access was not granted`;
    throw new TokenError("usage", "read_permission", message, { path: shown });
  }
  // Empty, as a file to read nothing from, and no other device ends for sure.
  if (path === "/dev/null") return "";
  try {
    const kind = kindOf(path);
    if (kind === "folder" || kind === "device") {
      throw unreadable("file_not_plain", name, `it is a ${kind}`);
    }
    const text = await textOf(await readSome(path, name, kind === "pipe"), name);
    if (kind === "pipe") pipes.set(path, text);
    return text;
  } catch (error) {
    throw error instanceof TokenError ? error : failed(name, error);
  }
}

/** Reads what a file may have, and one byte more. */
async function readSome(path: string, name: string, isPipe: boolean): Promise<Uint8Array> {
  const { signal } = new AbortController();
  if (!isPipe) return await readBytes(path, MAX_BYTES + 1, signal);

  const limit = AbortSignal.timeout(PIPE_TIME_LIMIT_MS);
  try {
    return await readBytes(path, MAX_BYTES + 1, limit);
  } catch (error) {
    if (!limit.aborted) throw error;
    const seconds = PIPE_TIME_LIMIT_MS / 1000;
    throw unreadable("pipe_silent", name, `it is a pipe, and nothing came within ${seconds} s`);
  }
}

async function readStdin(name: string): Promise<string> {
  let text: string | undefined;
  try {
    text = await readText(new Response(openStdin()));
  } catch (error) {
    throw failed(name, error);
  }
  if (text === undefined || text.length > MAX_BYTES) throw tooLong(name);
  checkText(text, name);
  return text;
}

async function textOf(bytes: Uint8Array, name: string): Promise<string> {
  if (bytes.length > MAX_BYTES) throw tooLong(name);
  const text = new TextDecoder().decode(bytes);
  if (text.includes("\ufffd")) {
    const { binaryFormatOf } = await import("./binary_format.ts");
    const format = binaryFormatOf(bytes);
    if (format) throw unreadable(format.code, name, format.reason);
  }
  checkText(text, name);
  return text;
}

function checkText(text: string, name: string): void {
  if (UTF_16.test(text)) {
    throw unreadable("file_utf_16", name, "it is UTF-16 text, as PowerShell may write it");
  }
  if (text.includes("\ufffd")) throw unreadable("file_unreadable", name, "it is not UTF-8 text");
}

/** The error for what the runtime says, without the path. */
function failed(name: string, error: unknown): TokenError {
  const reason = error instanceof Error ? error.message.replace(/[:,]? (open|stat) '.*/s, "") : "";
  return unreadable("file_unreadable", name, printable(reason));
}

function tooLong(name: string): TokenError {
  return unreadable("file_too_long", name, `it is longer than ${MAX_BYTES / 1024} KiB`);
}

function unreadable(code: string, name: string, reason: string): TokenError {
  return new TokenError("usage", code, `${name} cannot be read: ${reason}`);
}
