#!/usr/bin/env bash
# Makes the certificates of the tests: a private authority, and three servers' certificates that it
# signs, one of them expired and one for another name; and two that sign themselves, one of which is an
# authority's. Their keys protect nothing.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
ec=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
openssl req -x509 "${ec[@]}" -keyout "$work/ca.key" -out ca.pem -days 36500 \
  -subj "/CN=Test authority" -addext keyUsage=critical,keyCertSign
touch "$work/index"
server() {
  local name=$1 host=$2 from=$3 to=$4
  openssl req "${ec[@]}" -keyout "$name.key" -out "$work/$name.csr" -subj "/CN=$host"
  printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' \
    "$host" >"$work/ext"
  openssl ca -batch -notext -config <(printf '%s\n' '[ca]' 'default_ca=d' '[d]' \
    "database=$work/index" "new_certs_dir=$work" 'rand_serial=yes' 'default_md=sha256' \
    'policy=p' 'unique_subject=no' '[p]' 'commonName=supplied') \
    -cert ca.pem -keyfile "$work/ca.key" -in "$work/$name.csr" -out "$name.pem" \
    -extfile "$work/ext" -startdate "$from" -enddate "$to"
}
server valid localhost 20200101000000Z 21200101000000Z
server expired localhost 20200101000000Z 20200102000000Z
server other other.example 20200101000000Z 21200101000000Z
self_signed() {
  local name=$1
  openssl req -x509 "${ec[@]}" -keyout "$name.key" -out "$name.pem" -days 36500 \
    -subj "/CN=localhost" -addext subjectAltName=DNS:localhost "${@:2}"
}
self_signed authority
self_signed self_signed -addext basicConstraints=critical,CA:FALSE
rm -r "$work"
