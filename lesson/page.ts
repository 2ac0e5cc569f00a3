// The page of the practice server: the flow as a picture, and the last requests as they arrive.

import { formatExchange } from "./format_exchange.ts";
import type { Exchange, Observer } from "./exchange.ts";
import { toBase64 } from "../runtime/base64.ts";
import { pathOfUrl } from "../runtime/file_path.ts";
import { readSmallFile, runtime } from "../runtime/runtime.ts";

const MAX_SHOWN = 20;
const MAX_READERS = 50;

/** How to read the page. Deno imports it without a permission to read; Node.js imports no text. */
export const READ_PAGE = {
  deno: async (): Promise<string> =>
    (await import("./page.html", { with: { type: "text" } })).default,
  node: (): Promise<string> => readSmallFile(pathOfUrl(new URL("page.html", import.meta.url))),
};

/** Opens the page. It keeps the last 20 requests, and sends each to the browsers that have it open. */
export function openPage(): Observer {
  const shown: string[] = [];
  const readers = new Set<Reader>();
  let count = 0;
  return {
    onExchange(exchange: Exchange) {
      const data = { number: ++count, time: Date.now(), ...formatExchange(exchange) };
      const event = `data: ${JSON.stringify(data)}\n\n`;
      shown.push(event);
      if (shown.length > MAX_SHOWN) shown.shift();
      for (const reader of readers) send(reader, event);
    },
    answer(request: Request) {
      const { pathname } = new URL(request.url);
      if (request.method !== "GET") return undefined;
      if (pathname === "/") return answerPage();
      if (pathname !== "/events") return undefined;
      if (readers.size >= MAX_READERS) return new Response(null, { status: 503 });
      return answerEvents(shown, readers);
    },
  };
}

/** A browser that has the page open, and what it has not taken yet. */
interface Reader {
  waiting: string[];
  wake: () => void;
}

/** The last requests, and then each that arrives, as server-sent events. */
function answerEvents(shown: string[], readers: Set<Reader>): Response {
  // At least a comment, so that the browser sees an answer.
  const reader: Reader = { waiting: [": the last requests\n\n", ...shown], wake: () => {} };
  readers.add(reader);
  const body = new ReadableStream({
    async pull(controller) {
      if (reader.waiting.length === 0) await new Promise<void>((wake) => reader.wake = wake);
      const text = reader.waiting.splice(0).join("");
      controller.enqueue(new TextEncoder().encode(text));
    },
    cancel() {
      readers.delete(reader);
      reader.wake();
    },
  }, { highWaterMark: 0 });
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

/** Sends an event; of those that a reader does not take, the oldest go. */
function send(reader: Reader, event: string): void {
  reader.waiting.push(event);
  if (reader.waiting.length > MAX_SHOWN) reader.waiting.shift();
  reader.wake();
}

/** The page, with a policy that runs its own script and style, and nothing else. */
async function answerPage(): Promise<Response> {
  const page = await READ_PAGE[runtime]();
  const policy = [
    "default-src 'none'",
    `script-src '${await hashOf(page, "script")}'`,
    `style-src '${await hashOf(page, "style")}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return new Response(page, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy.join("; "),
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    },
  });
}

/** The hash of an element's text, as a Content-Security-Policy names it. */
async function hashOf(page: string, element: "script" | "style"): Promise<string> {
  const [, text] = page.match(new RegExp(`<${element}>([^]*?)</${element}>`))!;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${toBase64(new Uint8Array(digest))}`;
}
