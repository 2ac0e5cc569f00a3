// The part of jose, the npm package that signs, and how it is loaded: when something is first signed.
//
// It is not in deno.json: every `deno task` downloads the npm packages that deno.json names, used or not,
// and fails where npm cannot be reached. `deno.lock` holds its hash.

import { TokenError } from "../token.ts";
import { withTimeLimit } from "./time_limit.ts";

/** The version that is loaded from npm, and tested. */
export const JOSE_VERSION = "6.2.18";

const TIME_LIMIT_MS = 20_000;

/** What is used of jose. */
export interface Jose {
  /** Makes a signed JWT. */
  SignJWT: new (claims: Record<string, unknown>) => Signer;
  /** Reads a PKCS#8 private key in PEM. */
  importPKCS8(pem: string, alg: string, options?: { extractable?: boolean }): Promise<CryptoKey>;
  /** Reads a JSON Web Key. */
  importJWK(
    jwk: JsonWebKey,
    alg: string,
    options?: { extractable?: boolean },
  ): Promise<CryptoKey | Uint8Array>;
}

/** A JWT that is not signed yet. */
export interface Signer {
  /** Sets the header. */
  setProtectedHeader(header: { alg: string; [parameter: string]: unknown }): this;
  /** Signs; resolves to the JWT. */
  sign(key: CryptoKey | Uint8Array): Promise<string>;
}

/** Loads a module of jose. */
type Load = (module: string) => Promise<unknown>;

const MODULES = ["jwt/sign", "key/import"];

// `deno publish` can only analyze the import of a template if it begins with the package and a slash.
// webpack would look for the package while it bundles, and fail.
const loadOwn: Load = (module) => import(/* webpackIgnore: true */ `jose/${module}`);
const loadFromNpm: Load = (module) => import(/* webpackIgnore: true */ `npm:jose@6.2.18/${module}`);

let loaded: Promise<Jose> | undefined;

/**
 * Loads jose: the one that the program around has (its import map, its `node_modules`), else from npm.
 *
 * @throws {TokenError} `usage`, if it cannot be loaded within 20 seconds; the next call tries again.
 */
export function loadJose(
  [load, loadElse]: [Load, Load] = [loadOwn, loadFromNpm],
  timeLimit = TIME_LIMIT_MS,
): Promise<Jose> {
  const loadEither = () => loadModules(load).catch(() => loadModules(loadElse));
  return loaded ??= withTimeLimit(timeLimit, loadEither).catch(() => {
    loaded = undefined;
    throw new TokenError(
      "usage",
      "jose_missing",
      `The npm package jose@${JOSE_VERSION}, which signs, cannot be loaded`,
    );
  });
}

async function loadModules(load: Load): Promise<Jose> {
  return Object.assign({}, ...await Promise.all(MODULES.map(load)));
}
