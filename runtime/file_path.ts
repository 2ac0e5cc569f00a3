// `fileURLToPath` of `node:url`, for the little that is needed: Deno is slower to start with it.

/** The path of a file. */
export function pathOfUrl({ pathname }: URL): string {
  return decodeURIComponent(pathname).replace(/^\/(?=[A-Za-z]:)/, "");
}
