// How much a client can keep a practice server busy with.

/** How many requests a server answers: in all, and at the same time. */
export interface Bounds {
  maxCount: number;
  maxOpen: number;
}

const USUAL: Bounds = { maxCount: Infinity, maxOpen: 500 };

/** Counts the requests to a server. */
export class RequestBounds {
  #open = 0;
  #count = 0;
  #bounds: Bounds;
  #onExceeded: () => void;

  /** Calls `onExceeded` at each request that is too many. */
  constructor(bounds: Bounds = USUAL, onExceeded: () => void = () => {}) {
    this.#bounds = bounds;
    this.#onExceeded = onExceeded;
  }

  /** Whether one more request can be answered; then `leave` is due when that is done. */
  enter(): boolean {
    const { maxCount, maxOpen } = this.#bounds;
    if (this.#open >= maxOpen || this.#count >= maxCount) {
      this.#onExceeded();
      return false;
    }
    this.#open++;
    this.#count++;
    return true;
  }

  /** A request was answered. */
  leave(): void {
    this.#open--;
  }
}

/** Reads a body; `undefined` if it has more bytes than this. */
export async function readBody(request: Request, maxBytes: number): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const bytes of request.body ?? []) {
    size += bytes.length;
    if (size > maxBytes) return undefined;
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}
