// Writes to standard streams, whose readers may be slow, gone, or never there.

/** Writes all of a text. Returns `false` if nobody reads the stream any more. */
export function writeAll(text: string, write: (bytes: Uint8Array) => number): boolean {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(write(rest));
    } catch (error) {
      // Deno's names, and Node.js's codes.
      const { name, code } = error as NodeJS.ErrnoException;
      if (name === "BrokenPipe" || code === "EPIPE") return false;
      if (name !== "WouldBlock" && code !== "EAGAIN") throw error;
      // The pipe is full; wait until its reader has read some of it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return true;
}
