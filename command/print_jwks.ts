// --print-jwks: the public half of the client's key, to be registered at the provider. Loaded only then.

import { publicJwkOf } from "../extensions/public_jwk.ts";
import { TokenError } from "../token.ts";
import type { Flags } from "./flags.ts";
import { readKeys } from "./read_keys.ts";
import { collectValues } from "./values.ts";

/**
 * The public half of `--client-key` as a JSON Web Key Set (RFC 7517 §5), with the id that assertions have.
 *
 * @throws {TokenError} `usage`, if there is no key, or it cannot be read or used.
 */
export async function publicJwks(flags: Flags): Promise<string> {
  const { client_key, client_key_passphrase_file, key_id } = await collectValues(flags);
  const values = { client_key, client_key_passphrase_file, key_id };
  const { signingKey } = await readKeys(values, flags, ["private_key_jwt"]);
  if (!signingKey) {
    throw new TokenError("usage", "flag_incomplete", "--print-jwks needs --client-key");
  }
  const { key, alg, kid } = signingKey;
  const jwk = { ...await publicJwkOf(key), use: "sig", alg, kid };
  return JSON.stringify({ keys: [jwk] }, null, 2);
}
