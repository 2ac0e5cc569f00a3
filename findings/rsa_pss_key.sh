#!/usr/bin/env bash
# Software  Node.js 24.21.0 and Deno 2.9.6, with jose 6.2.18; beside them jsonwebtoken 9.0.3
# Expected  A PEM key of the type RSA-PSS, as `openssl genpkey -algorithm RSA-PSS` makes it too, with
#           the parameters of PS256, signs with PS256.
# Seen      node:crypto and jsonwebtoken sign with it. In the same process, Web Crypto refuses to
#           import it as RSA-PSS, and so does jose, which stands on that, also as a KeyObject.
#           A key of the type RSA signs with PS256 everywhere.
# Matters   "Invalid key type", or in Deno "unsupported algorithm", where private_key_jwt or DPoP with
#           PS256 is set up with a good key. Both kinds of file begin with BEGIN PRIVATE KEY. Make the
#           key with `-algorithm RSA`.
# Source    RFC 7518 section 3.5 (PS256); openssl/openssl issue 20540 is about the type of the key,
#           nodejs/node issue 39959 about what Web Crypto imports
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund \
  node@24.21.0 deno@2.9.6 jose@6.2.18 jsonwebtoken@9.0.3

cat >"$work/make.mjs" <<'JS'
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
// What PS256 uses, as parameters of the key; for a key of the type RSA they are ignored.
const ps256 = { hashAlgorithm: "sha256", mgf1HashAlgorithm: "sha256", saltLength: 32 };
for (const type of ["rsa-pss", "rsa"]) {
  const { privateKey } = generateKeyPairSync(type, { modulusLength: 2048, ...ps256 });
  writeFileSync(`${type}.pem`, privateKey.export({ type: "pkcs8", format: "pem" }));
}
JS

cat >"$work/sign.mjs" <<'JS'
import { importPKCS8, SignJWT } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { Buffer } from "node:buffer";
import { constants, createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";

const header = { alg: "PS256" };
for (const type of ["rsa-pss", "rsa"]) {
  const pem = readFileSync(`${type}.pem`, "utf8");
  const key = createPrivateKey(pem);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  const ways = {
    "node:crypto": () => sign("sha256", Buffer.from("data"), { key, padding, saltLength }),
    "jsonwebtoken": () => jsonwebtoken.sign({}, key, { algorithm: "PS256" }),
    "Web Crypto": () => {
      const der = Buffer.from(pem.replace(/-----.*-----|\s/g, ""), "base64");
      const algorithm = { name: "RSA-PSS", hash: "SHA-256" };
      return crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
    },
    "jose, PEM": async () =>
      new SignJWT().setProtectedHeader(header).sign(await importPKCS8(pem, "PS256")),
    "jose, KeyObject": () => new SignJWT().setProtectedHeader(header).sign(key),
  };
  for (const [way, run] of Object.entries(ways)) {
    const outcome = await Promise.resolve().then(run)
      .then(() => "works", ({ name, message }) => `${name}: ${message}`);
    console.log(`  ${type}.pem, ${way}: ${outcome}`);
  }
}
JS

cd "$work"
node_modules/node/bin/node make.mjs
{
  echo "Node.js"
  node_modules/node/bin/node sign.mjs
  echo "Deno"
  DENO_DIR=$work/deno node_modules/.bin/deno run --quiet --no-lock --allow-read --allow-env sign.mjs
} | tee seen
diff - seen <<'SEEN'
Node.js
  rsa-pss.pem, node:crypto: works
  rsa-pss.pem, jsonwebtoken: works
  rsa-pss.pem, Web Crypto: DataError: Invalid key type
  rsa-pss.pem, jose, PEM: DataError: Invalid key type
  rsa-pss.pem, jose, KeyObject: DataError: Invalid key type
  rsa.pem, node:crypto: works
  rsa.pem, jsonwebtoken: works
  rsa.pem, Web Crypto: works
  rsa.pem, jose, PEM: works
  rsa.pem, jose, KeyObject: works
Deno
  rsa-pss.pem, node:crypto: works
  rsa-pss.pem, jsonwebtoken: works
  rsa-pss.pem, Web Crypto: DataError: unsupported algorithm
  rsa-pss.pem, jose, PEM: DataError: unsupported algorithm
  rsa-pss.pem, jose, KeyObject: TypeError: exporting RSA-PSS private key as PKCS#8 is not supported yet
  rsa.pem, node:crypto: works
  rsa.pem, jsonwebtoken: works
  rsa.pem, Web Crypto: works
  rsa.pem, jose, PEM: works
  rsa.pem, jose, KeyObject: works
SEEN
