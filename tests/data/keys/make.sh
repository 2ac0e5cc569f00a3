#!/usr/bin/env bash
# Makes private keys that Deno's crypto cannot write. They protect nothing.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out rsa_pss.pem
openssl ecparam -name prime256v1 -genkey -noout -param_enc explicit -out explicit_sec1.pem
openssl pkcs8 -topk8 -nocrypt -in explicit_sec1.pem -out explicit.pem
openssl genrsa -out "$work/plain.pem" 2048
openssl rsa -in "$work/plain.pem" -traditional -aes128 -passout pass:secret -out encrypted_pkcs1.pem
rm -r "$work"
