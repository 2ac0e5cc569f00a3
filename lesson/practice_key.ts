// A key pair for the demo's client, and how the practice server verifies what it signs: an assertion
// in place of the secret (private_key_jwt, RFC 7523 §3).

import { fromBase64 } from "../runtime/base64.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const ALG = "ES256";
const TYPES = ["JWT", "client-authentication+jwt"];
const MAX_LIFETIME_SECONDS = 300;

/** The practice client's key, and what the server knows of it. */
export interface PracticeKey {
  /** The algorithm with which it signs. */
  alg: string;
  /** Signs; the client has it. */
  privateKey: CryptoKey;
  /** Returns what is wrong with an assertion, if anything. */
  refuse(assertion: string): Promise<string | undefined>;
}

/** Makes a key pair for a client that addresses its assertions to `audience`. */
export async function makePracticeKey(client_id: string, audience: string): Promise<PracticeKey> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(ALGORITHM, false, [
    "sign",
    "verify",
  ]);
  const seen = new Set<unknown>();

  async function refuse(assertion: string): Promise<string | undefined> {
    const [head = "", body = "", signature = "", ...more] = assertion.split(".");
    if (more.length > 0) return "client_assertion is not a JWT";
    try {
      const header = parse(head);
      const claims = parse(body);
      const isGenuine = header.alg === ALG && await crypto.subtle.verify(
        ALGORITHM,
        publicKey,
        fromBase64(signature),
        new TextEncoder().encode(`${head}.${body}`),
      );
      if (!isGenuine) return "The signature of the assertion is wrong";
      return refuseClaims(header, claims);
    } catch {
      return "client_assertion is not a JWT";
    }
  }

  function refuseClaims(header: Members, { iss, sub, aud, jti, exp }: Members): string | undefined {
    const seconds = Number(exp) - Date.now() / 1000;
    if (!TYPES.includes(`${header.typ}`)) return `typ must be ${TYPES.join(" or ")}`;
    if (iss !== client_id || sub !== client_id) return "iss and sub must be the client id";
    if (aud !== audience) return `aud must be ${audience}`;
    if (!(seconds > 0 && seconds <= MAX_LIFETIME_SECONDS)) {
      return "exp must be in the next 5 minutes";
    }
    if (typeof jti !== "string" || seen.has(jti)) return "jti must be new";
    seen.add(jti);
    return undefined;
  }

  return { alg: ALG, privateKey, refuse };
}

type Members = Record<string, unknown>;

function parse(part: string): Members {
  return JSON.parse(new TextDecoder().decode(fromBase64(part)));
}
