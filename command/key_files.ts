// The files of keys and certificates, as the command reads them.

import { isOpenToOthers } from "../runtime/host.ts";
import { loadJose } from "../runtime/jose.ts";
import { type RequestOptions, TokenError, type TokenRequest } from "../token.ts";
import type { Proof } from "./proof.ts";
import type { ProofValues } from "./combinations.ts";
import { readFile } from "./files.ts";
import { say } from "./output.ts";

/** The client's key and certificate, as text, and ready for use. */
export interface Material {
  key?: string;
  certificate?: string;
}

/**
 * Reads key and certificate, and checks that they belong together.
 *
 * @throws {TokenError} `usage`, if one cannot be read or used, or they do not.
 */
export async function readMaterial(values: ProofValues, { rows, curl }: Proof): Promise<Material> {
  if (!values.client_key) return {};
  const key = await readKeyFile(values.client_key, "--client-key");
  if (!values.client_cert) return { key };
  const certificate = await readFile(values.client_cert, "The file of --client-cert");
  (await import("../extensions/private_key.ts")).checkPem(key);
  const { readCertificate } = await import("../runtime/certificate.ts");
  const { subject, validTo } = readCertificate(certificate, key);
  const end = validTo.toISOString().slice(0, 10);
  if (validTo < new Date()) say(`warning: The certificate of --client-cert expired on ${end}`);
  rows.push(["certificate", `${subject}, valid until ${end}`]);
  curl.push('--cert "$CLIENT_CERT_FILE"', '--key "$CLIENT_KEY_FILE"');
  return { key, certificate };
}

/**
 * Reads the key of DPoP.
 *
 * @throws {TokenError} `usage`, if it cannot be read or used.
 */
export async function readDpopKey({ dpop_key: path }: ProofValues, proof: Proof) {
  if (!path) return undefined;
  const { dpopFetch, dpopKey, dpopThumbprint } = await import("../extensions/dpop.ts");
  const text = await readKeyFile(path, "--dpop-key");
  const key = await dpopKey(text);
  proof.dpop_jkt = await dpopThumbprint(key);
  await loadJose();
  proof.curl.push('-H "DPoP: $DPOP_PROOF"');
  const onProof = (text: string) => proof.onProof?.(text);
  const wrap = (
    fetch: RequestOptions["fetch"],
    auth_method: TokenRequest["auth_method"],
  ): RequestOptions["fetch"] => dpopFetch(key, { fetch, auth_method, onProof });
  return { text, wrap };
}

async function readKeyFile(path: string, flag: string): Promise<string> {
  const text = await readFile(path, `The file of ${flag}`);
  if (!text.trim()) throw new TokenError("usage", "file_empty", `The file of ${flag} is empty`);
  if (isOpenToOthers(path)) {
    say(`warning: Other users can read the file of ${flag}; allow only yourself: chmod 600 FILE`);
  }
  return text;
}
