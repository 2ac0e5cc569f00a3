#!/usr/bin/env bash
# Software  Node.js 24.21.0 and 26.10.0; beside them Deno 2.9.6
# Expected  What stands after the name of a script is for the script: `node main.mjs --env-file FILE` is
#           `--env-file` for main.mjs, as Node.js' usage line has it.
# Seen      Node.js reads FILE, too. If it is missing, Node.js ends with code 9 before the script starts.
#           If it is there, its NODE_OPTIONS are obeyed (here the title of the process), but its values are
#           not set. After `--`, on either side of the script's name, all is left to the script.
# Matters   A program with a flag of that name cannot say what is wrong with the file, or have another
#           exit code; and a NODE_OPTIONS meant for another process takes effect. Write
#           `node -- main.mjs --env-file FILE`, or choose another name for the flag.
# Source    `node --help`: node [options] [ script.js ] [arguments]; nodejs/node issues 54232 and 58338
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work/24" --silent --no-audit --no-fund node@24.21.0 deno@2.9.6
npm install --prefix "$work/26" --silent --no-audit --no-fund node@26.10.0

cd "$work"
printf '%s\n' "SCOPE=read" "NODE_OPTIONS=--title=from-the-file" >there.env
cat >main.mjs <<'JS'
import process from "node:process";
const isTitled = process.title === "from-the-file";
const values = `SCOPE is ${process.env.SCOPE}, NODE_OPTIONS ${isTitled ? "obeyed" : "not obeyed"}`;
console.log(`  the script got ${process.argv.slice(2).join(" ") || "nothing"}; ${values}`);
JS

unset SCOPE NODE_OPTIONS
try() {
  local name=$1 program=$2
  shift 2
  echo "$name $*"
  "$program" "$@" 2>/dev/null || echo "  exit code $?, and the script did not start"
}
{
  for version in 24 26; do
    node=$version/node_modules/node/bin/node
    try "node $version" $node --env-file=there.env main.mjs
    try "node $version" $node main.mjs --env-file=there.env
    try "node $version" $node main.mjs --env-file=missing.env
    try "node $version" $node -- main.mjs --env-file=there.env
    try "node $version" $node -- main.mjs --env-file=missing.env
    try "node $version" $node main.mjs -- --env-file=missing.env
  done
  export DENO_DIR=$work/deno
  try deno 24/node_modules/.bin/deno run --quiet --no-lock --allow-env main.mjs --env-file=missing.env
} | tee seen
diff - seen <<'SEEN'
node 24 --env-file=there.env main.mjs
  the script got nothing; SCOPE is read, NODE_OPTIONS obeyed
node 24 main.mjs --env-file=there.env
  the script got --env-file=there.env; SCOPE is undefined, NODE_OPTIONS obeyed
node 24 main.mjs --env-file=missing.env
  exit code 9, and the script did not start
node 24 -- main.mjs --env-file=there.env
  the script got --env-file=there.env; SCOPE is undefined, NODE_OPTIONS not obeyed
node 24 -- main.mjs --env-file=missing.env
  the script got --env-file=missing.env; SCOPE is undefined, NODE_OPTIONS not obeyed
node 24 main.mjs -- --env-file=missing.env
  the script got -- --env-file=missing.env; SCOPE is undefined, NODE_OPTIONS not obeyed
node 26 --env-file=there.env main.mjs
  the script got nothing; SCOPE is read, NODE_OPTIONS obeyed
node 26 main.mjs --env-file=there.env
  the script got --env-file=there.env; SCOPE is undefined, NODE_OPTIONS obeyed
node 26 main.mjs --env-file=missing.env
  exit code 9, and the script did not start
node 26 -- main.mjs --env-file=there.env
  the script got --env-file=there.env; SCOPE is undefined, NODE_OPTIONS not obeyed
node 26 -- main.mjs --env-file=missing.env
  the script got --env-file=missing.env; SCOPE is undefined, NODE_OPTIONS not obeyed
node 26 main.mjs -- --env-file=missing.env
  the script got -- --env-file=missing.env; SCOPE is undefined, NODE_OPTIONS not obeyed
deno run --quiet --no-lock --allow-env main.mjs --env-file=missing.env
  the script got --env-file=missing.env; SCOPE is undefined, NODE_OPTIONS not obeyed
SEEN
