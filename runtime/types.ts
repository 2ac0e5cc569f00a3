// The types that the files for the runtimes share.

/** What the program may be allowed to do. */
export type Permission =
  | { name: "env"; variable?: string }
  | { name: "net"; host: string }
  | { name: "read" | "write"; path: string };

/** What a path leads to. */
export type FileKind = "file" | "pipe" | "folder" | "device";

/** What is known of a file or folder. */
export interface FileInfo {
  /** What it is. */
  kind: FileKind;
  /** The permission bits; 0 on Windows, which has none. */
  mode: number;
  /** The size in bytes. */
  size: number;
  /** When it was written, in milliseconds since 1970. */
  modified: number;
}

/** A file that one process at a time can lock; the lock ends with the process at the latest. */
export interface LockFile {
  /** Takes the lock, unless another has it. */
  tryLock(): Promise<boolean>;
  /** Gives the lock back, if it is taken. */
  close(): void;
}

/** A `fetch` over TLS with a client certificate; disposing of it closes its connections. */
export type TlsFetch =
  & ((input: string | URL | Request, init?: RequestInit) => Promise<Response>)
  & Disposable;

/** A running server; disposing of it stops it. */
export interface Server extends AsyncDisposable {
  /** Its port. */
  port: number;
}

/** How to run a child process, and within which bounds. */
export interface ChildOptions {
  /** What to run; this Deno, unless it is given. */
  program?: string;
  /** The folder in which it runs. */
  cwd: string;
  /** What it reads from standard input. */
  input: string;
  /** All variables of its environment. */
  env: Record<string, string>;
  /** Milliseconds after which it is killed. */
  timeLimit: number;
  /** Bytes of each stream after which it is killed. */
  maxOutput: Record<"stdout" | "stderr", number>;
  /** Kills it when it aborts. */
  signal?: AbortSignal;
}

/** What a child process did. */
export interface ChildResult {
  /** Its exit code. */
  code: number;
  /** What it wrote. */
  stdout: string;
  /** What it wrote. */
  stderr: string;
  /** The bound that it crossed, if it was killed for that. */
  killedFor?: "time" | "output" | "signal";
}
