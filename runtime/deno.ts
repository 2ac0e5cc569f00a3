// All that the program uses of Deno: arguments, environment, files, standard streams, terminal,
// permissions, HTTP; `deno_child.ts` has what only `learn` uses. `node.ts` has the same for Node.js;
// `runtime.ts` chooses, and loads this file in Node.js, too, so that nothing here uses `Deno` before it
// is called.
//
// Permissions are used only where they were granted, so nothing here ever prompts for one.

import { TokenError } from "../token.ts";
import type { FileInfo, FileKind, LockFile, Permission, Server, TlsFetch } from "./types.ts";
import { writeAll } from "./write.ts";

/** The arguments of the program. */
export function programArgs(): string[] {
  return Deno.args;
}

/** What runs the program. */
export const runtime: "deno" | "node" = "deno";

/** Whether `@std` is loaded. A binary has the stand-ins in it and should download nothing. */
export function usesStd(): boolean {
  return !Deno.build.standalone;
}

/**
 * Whether it was started from its source, as in a clone of the repository. A command that
 * `deno install --global` made of a clone has no `deno.json`, and so does not know `@std`.
 */
export function isLocal(): boolean {
  return !Deno.build.standalone && Deno.mainModule.startsWith("file:") && isStdKnown();
}

function isStdKnown(): boolean {
  try {
    import.meta.resolve("@std/cli/parse-args");
    return true;
  } catch {
    return false;
  }
}

/** Ends the program. */
export function exit(code: number): never {
  Deno.exit(code);
}

/** Calls the listener when the program is told to end, until what it returns is disposed of. */
export function whenToldToEnd(listener: () => void): Disposable {
  // Windows knows no SIGTERM.
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, listener);
    },
  };
}

/** Whether a permission was granted. */
export function isGranted(permission: Permission): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/**
 * The value of an environment variable; `undefined` if it is not set or access was not granted.
 *
 * @throws {TokenError} `usage`, if it is not UTF-8 text.
 */
export function readVariable(variable: string): string | undefined {
  return isGranted({ name: "env", variable }) ? getVariable(variable) : undefined;
}

/**
 * The values of environment variables that are set and may be read.
 *
 * @throws {TokenError} `usage`, if one is not UTF-8 text.
 */
export function readVariables(variables: string[]): Map<string, string> {
  // One question in place of some twenty, which take a millisecond.
  const read = isGranted({ name: "env" }) ? getVariable : readVariable;
  const found = new Map<string, string>();
  for (const variable of variables) {
    const value = read(variable);
    if (value !== undefined) found.set(variable, value);
  }
  return found;
}

function getVariable(variable: string): string | undefined {
  try {
    return Deno.env.get(variable);
  } catch {
    throw new TokenError("usage", "variable_not_text", `${variable} is not UTF-8 text`);
  }
}

/** Whether there is such a file, or a named pipe, that may be read. */
export function isFile(path: string): boolean {
  try {
    return isGranted({ name: "read", path }) && ["file", "pipe"].includes(kindOf(path));
  } catch {
    return false;
  }
}

/**
 * What a path leads to.
 *
 * @throws {Error} If there is nothing.
 */
export function kindOf(path: string): FileKind {
  return kindIn(Deno.statSync(path));
}

function kindIn({ isFile, isDirectory, isFifo }: Deno.FileInfo): FileKind {
  if (isFile) return "file";
  if (isDirectory) return "folder";
  return isFifo ? "pipe" : "device";
}

/**
 * Reads no more than so many bytes of a file, or of a pipe as soon as somebody writes to it; rejects with
 * the signal's reason if it aborts.
 */
export async function readBytes(
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { withSignal } = await import("./time_limit.ts");
  const opening = Deno.open(path);
  const file = await withSignal(opening, signal).catch((error) => {
    // It opens when there is a writer, after all.
    opening.then((late) => late.close(), () => {});
    throw error;
  });
  try {
    const bytes = new Uint8Array(maxBytes);
    let length = 0;
    while (length < maxBytes) {
      const count = await withSignal(file.read(bytes.subarray(length)), signal);
      if (count === null) break;
      length += count;
    }
    return bytes.subarray(0, length);
  } finally {
    file.close();
  }
}

/** Whether other users of the machine can read or change a file. */
export function isOpenToOthers(path: string): boolean {
  // Windows has no such bits.
  return Deno.build.os !== "windows" && (Deno.statSync(path).mode! & 0o077) !== 0;
}

/** Makes a folder, and those above it, for this user alone, unless it exists. */
export async function makeFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
}

/** The names in a folder. */
export async function listFolder(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
}

/** What is known about a file or folder; `undefined` if it is not there. */
export async function infoOf(path: string): Promise<FileInfo | undefined> {
  try {
    const info = await Deno.stat(path);
    const { mode, size, mtime } = info;
    return { kind: kindIn(info), mode: Number(mode) & 0o777, size, modified: Number(mtime) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Reads a small file, faster than a stream does. */
export async function readSmallFile(path: string): Promise<string> {
  return await Deno.readTextFile(path);
}

/** Writes a new file, for this user alone, and puts it in the place of another at once. */
export async function replaceFile(path: string, text: string, beside: string): Promise<void> {
  try {
    await Deno.writeTextFile(beside, text, { createNew: true, mode: 0o600 });
    await Deno.rename(beside, path);
  } catch (error) {
    await removeFile(beside).catch(() => {});
    throw error;
  }
}

/** Removes a file, if it is there. */
export async function removeFile(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** Opens a file to be locked, and makes it, for this user alone, unless it exists. */
export async function openLockFile(path: string): Promise<LockFile> {
  const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  return { tryLock: () => file.tryLock(true), close: () => file.close() };
}

/** Standard input. */
export function openStdin(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return Deno.stdin.readable;
}

/** Writes text to a standard stream. Returns `false` if nobody reads the stream any more. */
export function writeText(stream: "stdout" | "stderr", text: string): boolean {
  return writeAll(text, (bytes) => Deno[stream].writeSync(bytes));
}

/** Whether a standard stream is a terminal. */
export function isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean {
  return Deno[stream].isTerminal();
}

/**
 * Whether nobody gets what goes to stdout. To find out takes 40 ms in Deno, so it is done only where someone
 * at the terminal reads what stderr says.
 */
export async function isOutputLost(): Promise<boolean> {
  if (isTerminal("stdout") || !isTerminal("stderr")) return false;
  return await (await import("./lost_output.ts")).isNowhere();
}

/** Whether text on stderr may have colours and bold letters. */
export function isStyled(): boolean {
  return isTerminal("stderr") && !Deno.noColor;
}

/**
 * Hides what is typed in the terminal, calls `onHidden` and yields what is typed, read by read. At the end,
 * also if a signal ends the program, it shows again what is typed and calls `onShown`.
 */
export async function* readKeys(
  onHidden: () => void,
  onShown: () => void = () => {},
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  // As much as Linux holds for a terminal, so that a short paste comes in one read.
  const bytes = new Uint8Array(4096);
  using _hidden = hideKeys(onShown);
  onHidden();
  // Not `readSync`: no signal could be handled meanwhile.
  for (let length; (length = await Deno.stdin.read(bytes));) {
    yield decoder.decode(bytes.subarray(0, length), { stream: true });
  }
}

/** The signals that would leave a terminal as it is, and their exit codes. */
const ENDING_SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

/** Puts the terminal into raw mode, until what it returns is disposed of or a signal ends the program. */
export function hideKeys(onShown: () => void = () => {}): Disposable {
  const stack = new DisposableStack();
  for (const [name, exitCode] of Object.entries(ENDING_SIGNALS)) {
    const signal = name as Deno.Signal;
    // Windows knows few of them.
    if (Deno.build.os === "windows" && signal !== "SIGINT" && signal !== "SIGHUP") continue;
    const end = () => {
      try {
        stack.dispose();
      } finally {
        exit(exitCode);
      }
    };
    Deno.addSignalListener(signal, end);
    stack.defer(() => Deno.removeSignalListener(signal, end));
  }
  // Not `cbreak`: Ctrl-C would kill Deno and leave the terminal without echo; Windows lacks it.
  const hide = () => Deno.stdin.setRaw(true);
  const show = () => Deno.stdin.setRaw(false);
  hide();
  stack.defer(onShown);
  stack.defer(show);
  if (Deno.build.os !== "windows") {
    // While the program was stopped, a shell may have changed the terminal without Deno's knowledge.
    const hideAgain = () => {
      show();
      hide();
    };
    Deno.addSignalListener("SIGCONT", hideAgain);
    stack.defer(() => Deno.removeSignalListener("SIGCONT", hideAgain));
  }
  return stack;
}

/** The command's `fetch`, if the runtime's own does not do. */
export const ownFetch: ((url: string, init: RequestInit) => Promise<Response>) | undefined =
  undefined;

/**
 * Makes a `fetch` that shows a client certificate to a server that asks for one. It trusts `caCerts`
 * besides the authorities that Deno trusts.
 *
 * @throws {TokenError} `usage`, if the certificate or the key is not PEM, or they do not match.
 */
export function createTlsFetch(cert: string, key: string, caCerts?: string[]): TlsFetch {
  let client: Deno.HttpClient;
  try {
    client = Deno.createHttpClient({ cert, key, caCerts });
  } catch (error) {
    if (`${error}`.includes("UnsupportedCertVersion")) {
      throw new TokenError(
        "usage",
        "certificate_too_old",
        "TLS needs a client certificate of X.509 version 3",
      );
    }
    // What else Deno says may be about the key.
    throw new TokenError(
      "usage",
      "certificate_key_mismatch",
      "The client certificate and its key must be PEM, and match",
    );
  }
  const send = (input: string | URL | Request, init?: RequestInit) =>
    fetch(input, { ...init, client } as RequestInit);
  return Object.assign(send, { [Symbol.dispose]: () => client.close() });
}

/**
 * Starts an HTTP server on the loopback address.
 *
 * @throws {TokenError} `usage`, if access to the address was not granted.
 * @throws {Deno.errors.AddrInUse} If another program uses the port.
 */
// deno-lint-ignore require-await -- Node.js knows the port only later.
export async function serve(
  port: number,
  handler: (request: Request) => Response | Promise<Response>,
): Promise<Server> {
  try {
    const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, handler);
    return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    const host = "127.0.0.1";
    const message = `Access to ${host} over the network was not granted`;
    throw new TokenError("usage", "network_permission", message, { host });
  }
}
