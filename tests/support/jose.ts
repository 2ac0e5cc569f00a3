// deno-lint-ignore-file no-import-prefix

/**
 * What the tests use of jose, if it is there. Whoever signs needs it, too: `needs("…", "npm:jose")`.
 *
 * @module
 */

import { npm } from "./needs.ts";

export const {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  EmbeddedJWK,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
} = await npm("jose", () => import("npm:jose@6.2.18"));
