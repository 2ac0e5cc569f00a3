#!/usr/bin/env bash
# Software  Node.js 24.21.0 and Deno 2.9.6 (--env-file); beside them dotenv 18.0.10
# Expected  In an .env file, a name with nothing but a space after `=` has an empty value; an unquoted
#           value ends with its line.
# Seen      Node.js and Deno take the whole next line as the value, and the next line's own variable is
#           missing. Without the space, both read the file as dotenv does. (Node.js 20.20.2 and 22.11.0
#           read it right, 22.23.3 and 26.10.0 as seen here.)
# Matters   `CLIENT_SECRET= ` in a template that was not filled in becomes the secret "SCOPE=read": the
#           server answers invalid_client where a program would have named what is missing. The cause
#           is a space that most editors do not show.
# Source    Node.js documentation, "Environment variables", "Variable Values": unquoted ones are
#           restricted to a single line. nodejs/node issue 56686 has another space that is misread.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund \
  node@24.21.0 deno@2.9.6 dotenv@18.0.10

printf '%s\n' "CLIENT_ID=my_client_id_123" "CLIENT_SECRET= " "SCOPE=read" >"$work/space.env"
printf '%s\n' "CLIENT_ID=my_client_id_123" "CLIENT_SECRET=" "SCOPE=read" >"$work/no_space.env"
cat >"$work/print.mjs" <<'JS'
import process from "node:process";
const { CLIENT_ID, CLIENT_SECRET, SCOPE } = process.env;
console.log(JSON.stringify({ CLIENT_ID, CLIENT_SECRET, SCOPE }));
JS
cat >"$work/dotenv.cjs" <<'JS'
const { readFileSync } = require("node:fs");
console.log(JSON.stringify(require("dotenv").parse(readFileSync(process.argv[2]))));
JS

cd "$work"
node=node_modules/node/bin/node
unset CLIENT_ID CLIENT_SECRET SCOPE
for file in no_space.env space.env; do
  echo "$file"
  echo "  dotenv  $("$node" dotenv.cjs $file)"
  echo "  Node.js $("$node" --env-file=$file print.mjs)"
  echo "  Deno    $(DENO_DIR=$work/deno node_modules/.bin/deno run --quiet --no-lock --allow-env --env-file=$file print.mjs)"
done | tee seen
diff - seen <<'SEEN'
no_space.env
  dotenv  {"CLIENT_ID":"my_client_id_123","CLIENT_SECRET":"","SCOPE":"read"}
  Node.js {"CLIENT_ID":"my_client_id_123","CLIENT_SECRET":"","SCOPE":"read"}
  Deno    {"CLIENT_ID":"my_client_id_123","CLIENT_SECRET":"","SCOPE":"read"}
space.env
  dotenv  {"CLIENT_ID":"my_client_id_123","CLIENT_SECRET":"","SCOPE":"read"}
  Node.js {"CLIENT_ID":"my_client_id_123","CLIENT_SECRET":"SCOPE=read"}
  Deno    {"CLIENT_ID":"my_client_id_123","CLIENT_SECRET":"SCOPE=read"}
SEEN
