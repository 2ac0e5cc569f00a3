// Whether a request can be sent twice. Here, because both `extensions/` and `token_source/` repeat requests.

/** Whether a body can be sent again: a stream can be read only once. */
export function isRepeatable(body: unknown): boolean {
  if (body === undefined || body === null || typeof body === "string") return true;
  const kinds = [URLSearchParams, FormData, Blob, ArrayBuffer];
  return ArrayBuffer.isView(body) || kinds.some((kind) => body instanceof kind);
}
