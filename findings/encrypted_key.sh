#!/usr/bin/env bash
# Software  Deno 2.9.6 (createPrivateKey of node:crypto); beside it Node.js 24.21.0, which reads all of these
# Expected  createPrivateKey opens a PKCS #8 key that openssl encrypted, with its passphrase, in Deno as in
#           Node.js; what it cannot open is named as unsupported.
# Seen      If the key is derived with HMAC-SHA1, Deno says "bad decrypt" with the right passphrase, word
#           for word as with a wrong one. Triple DES is "unsupported". AES with SHA-256 or SHA-512, and
#           scrypt, work.
# Matters   The passphrase is looked for in the wrong place: secret stores and CI variables are checked
#           although they are right. SHA-1 is what a file means that does not name its function, as older
#           tools write it. Encrypt the key again: openssl pkcs8 -topk8 -in OLD -out NEW
# Source    RFC 8018 appendix A.2 (prf has the default algid-hmacWithSHA1)
set -euo pipefail

# What other programs of that name can do was not tried.
if [[ $(openssl version 2>/dev/null) != OpenSSL* ]]; then
  echo "OpenSSL is missing" >&2
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund node@24.21.0 deno@2.9.6

cd "$work"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out plain.pem 2>/dev/null
encrypt() {
  local name=$1
  shift
  openssl pkcs8 -topk8 -in plain.pem -out "$name.pem" -passout pass:right "$@"
}
encrypt "AES, SHA-256" -v2 aes-256-cbc -v2prf hmacWithSHA256
encrypt "AES, SHA-512" -v2 aes-256-cbc -v2prf hmacWithSHA512
encrypt "AES, SHA-1" -v2 aes-256-cbc -v2prf hmacWithSHA1
encrypt "AES, scrypt" -v2 aes-256-cbc -scrypt
encrypt "3DES, SHA-256" -v2 des3
encrypt "3DES, version 1" -v1 PBE-SHA1-3DES

cat >open.mjs <<'JS'
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";

const names = ["AES, SHA-256", "AES, SHA-512", "AES, scrypt"];
for (const name of [...names, "AES, SHA-1", "3DES, SHA-256", "3DES, version 1"]) {
  const key = readFileSync(`${name}.pem`);
  for (const passphrase of ["right", "wrong"]) {
    let outcome = "opened";
    try {
      createPrivateKey({ key, passphrase });
    } catch ({ message }) {
      outcome = message.split("::").at(-1);
    }
    console.log(`  ${name}, the ${passphrase} passphrase: ${outcome}`);
  }
}
JS

{
  echo "Node.js"
  node_modules/node/bin/node open.mjs
  echo "Deno"
  DENO_DIR=$work/deno node_modules/.bin/deno run --quiet --no-lock --allow-read=. open.mjs
} | tee seen
diff - seen <<'SEEN'
Node.js
  AES, SHA-256, the right passphrase: opened
  AES, SHA-256, the wrong passphrase: bad decrypt
  AES, SHA-512, the right passphrase: opened
  AES, SHA-512, the wrong passphrase: bad decrypt
  AES, scrypt, the right passphrase: opened
  AES, scrypt, the wrong passphrase: bad decrypt
  AES, SHA-1, the right passphrase: opened
  AES, SHA-1, the wrong passphrase: bad decrypt
  3DES, SHA-256, the right passphrase: opened
  3DES, SHA-256, the wrong passphrase: bad decrypt
  3DES, version 1, the right passphrase: opened
  3DES, version 1, the wrong passphrase: bad decrypt
Deno
  AES, SHA-256, the right passphrase: opened
  AES, SHA-256, the wrong passphrase: bad decrypt
  AES, SHA-512, the right passphrase: opened
  AES, SHA-512, the wrong passphrase: bad decrypt
  AES, scrypt, the right passphrase: opened
  AES, scrypt, the wrong passphrase: bad decrypt
  AES, SHA-1, the right passphrase: bad decrypt
  AES, SHA-1, the wrong passphrase: bad decrypt
  3DES, SHA-256, the right passphrase: unsupported
  3DES, SHA-256, the wrong passphrase: unsupported
  3DES, version 1, the right passphrase: unsupported
  3DES, version 1, the wrong passphrase: unsupported
SEEN
