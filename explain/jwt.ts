// Looks into a JSON Web Token (RFC 7519), for the eye alone: no signature is verified.

import { fromBase64 } from "../runtime/base64.ts";
import { hideMember } from "./masking.ts";

const TIMES = ["exp", "iat", "nbf", "auth_time"];

type Members = [name: string, value: string][];

/** The header and the claims of a JWT, times as dates, if they can be read. */
export function decodeJwt(token: string): { header: Members; claims: Members } | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const [header, claims] = parts.slice(0, 2).map((part): Members =>
      Object.entries(decode(part)).map(([name, value]) => [name, show(name, value)])
    );
    return { header: header!, claims: claims! };
  } catch {
    return undefined;
  }
}

/** The UTF-8 text that base64 or base64url (RFC 4648) stands for. */
export function decodeBase64(text: string): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(fromBase64(text));
}

function decode(part: string): Record<string, unknown> {
  const value = JSON.parse(decodeBase64(part));
  // Of null, Object.entries throws a TypeError, too.
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError();
  return value;
}

function show(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  const text = JSON.stringify(value, hideMember);
  return TIMES.includes(name) && typeof value === "number" && Math.abs(value) < 1e11
    ? `${text}  (${new Date(value * 1000).toISOString()})`
    : text;
}
