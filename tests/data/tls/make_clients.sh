#!/usr/bin/env bash
# Makes the client certificates of the tests, each signed by itself: a client's, an expired one with the
# same key, one without a subject, one of version 1, and a stranger's. Their keys protect nothing.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
printf 'extendedKeyUsage=clientAuth\nbasicConstraints=critical,CA:FALSE\n' >"$work/ext"
touch "$work/index"
client() {
  local name=$1 key=$2 subject=$3 from=$4 to=$5
  [ -f "$key" ] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$key"
  openssl req -new -key "$key" -out "$work/$name.csr" -subj "$subject"
  openssl ca -batch -notext -selfsign -config <(printf '%s\n' '[ca]' 'default_ca=d' '[d]' \
    "database=$work/index" "new_certs_dir=$work" 'rand_serial=yes' 'default_md=sha256' \
    'policy=p' 'unique_subject=no' '[p]' 'commonName=supplied' 'organizationName=optional') \
    -keyfile "$key" -in "$work/$name.csr" -out "$name.pem" -extfile "$work/ext" \
    -startdate "$from" -enddate "$to"
}
client client client.key "/CN=my-client/O=My company" 20200101000000Z 21200101000000Z
client client-expired client.key "/CN=my-client/O=My company" 20200101000000Z 20200102000000Z
client stranger stranger.key "/CN=stranger" 20200101000000Z 21200101000000Z
openssl req -x509 -key client.key -subj / -days 36500 -out client-nobody.pem
# Without extensions, OpenSSL makes version 1.
openssl x509 -req -in "$work/client.csr" -signkey client.key -days 36500 -out client-v1.pem
rm -r "$work"
