// How assertions and DPoP proofs are signed.

import { loadJose } from "../runtime/jose.ts";
import { usage } from "./errors.ts";

/**
 * Makes a JWT.
 *
 * @throws {TokenError} `usage`, if the key cannot sign, or jose cannot be loaded.
 */
export async function signJwt(
  header: { alg: string; [parameter: string]: unknown },
  claims: Record<string, unknown>,
  key: CryptoKey | Uint8Array,
): Promise<string> {
  const { SignJWT } = await loadJose();
  try {
    return await new SignJWT(claims).setProtectedHeader(header).sign(key);
  } catch {
    // Deno notices only now that the numbers of an RSA key do not fit together.
    throw usage("key_invalid", "The private key is not valid; it cannot sign");
  }
}
