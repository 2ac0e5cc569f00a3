#!/usr/bin/env bash
# Compares the command with others that get a token: wall time and peak memory of the whole process.
# Usage: bench/command.sh [rounds]   Each round runs every command three times; the default is 15.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-15}
runs=3
export DENO_NO_UPDATE_CHECK=1 NO_COLOR=1 NO_PROXY=127.0.0.1 no_proxy=127.0.0.1

work=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then kill "$server" && wait "$server" || true; fi
  rm -rf "$work"
} 2>/dev/null
trap finish EXIT

deno=$(deno eval -p 'Deno.execPath()')
read -ra std < <(deno task -q std 2>/dev/null; echo)
"$deno" run -q --no-lock --allow-net=127.0.0.1 bench/server.ts >"$work/url" &
server=$!
for _ in $(seq 100); do
  if [ -s "$work/url" ]; then break; fi
  sleep 0.1
done
read -r TOKEN_URL <"$work/url"
export TOKEN_URL CLIENT_ID=my_client_id_123 CLIENT_SECRET=my_secret_456

names=()
commands=()
add() {
  local token
  token=$(timeout 20 bash -c "$2" 2>"$work/error") || token=
  if [ "${#token}" -lt 40 ]; then
    echo "left out, as it gets no token here: $1 ($(tail -n 1 "$work/error"))"
    return
  fi
  names+=("$1")
  commands+=("$2")
}

# With all of the environment, the command can see that there is no proxy, and uses the plain fetch.
allow=--allow-env
add "bare deno run" "$deno run --no-lock --allow-net=127.0.0.1 $allow bench/bare.ts"
add "the command" "$deno run ${std[*]} --allow-net=127.0.0.1 $allow main.ts"
# Only now is anything of @std, or of what stands in for it, loaded.
add "the command, by flags" "$deno run ${std[*]} --allow-net=127.0.0.1 $allow main.ts \
  --token-url $TOKEN_URL --client-id $CLIENT_ID --client-secret $CLIENT_SECRET"
if command -v curl >/dev/null && command -v jq >/dev/null; then
  # shellcheck disable=SC2016
  add "curl and jq" 'bash -c '\''curl -sS "$TOKEN_URL" -H "accept: application/json" \
    -d grant_type=client_credentials -d "client_id=$CLIENT_ID" \
    --data-urlencode "client_secret=$CLIENT_SECRET" | jq -er .access_token'\'
fi
if command -v python3 >/dev/null; then
  # The interpreter itself: a version manager may have put a script in its place.
  add "Python, requests" "$(python3 -c 'import sys; print(sys.executable)') bench/peer.py"
fi
if command -v node >/dev/null && command -v npm >/dev/null; then
  # Not a file here, as Deno would look for what it imports.
  cat >"$work/peer.mjs" <<'EOF'
import * as openid from "openid-client";

const { TOKEN_URL, CLIENT_ID, CLIENT_SECRET } = process.env;
const config = new openid.Configuration(
  { issuer: "https://api.example.com", token_endpoint: TOKEN_URL },
  CLIENT_ID,
  undefined,
  openid.ClientSecretPost(CLIENT_SECRET),
);
openid.allowInsecureRequests(config);
const { access_token } = await openid.clientCredentialsGrant(config);
console.log(access_token);
EOF
  timeout 60 npm install --silent --no-audit --no-fund --prefix "$work" openid-client@6.9.0 \
    >/dev/null 2>&1 || true
  add "Node, openid-client" "$(node -p process.execPath) $work/peer.mjs"
fi

# Prints the median of the numbers, one a line.
median() {
  sort -n | awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }'
}

# Prints the milliseconds that each of some runs took.
measure() {
  if command -v hyperfine >/dev/null; then
    timeout 120 hyperfine -N --warmup 1 --runs "$runs" --export-json "$work/times" "$1" >/dev/null \
      2>&1
    "$deno" eval "const { results } = JSON.parse(Deno.readTextFileSync('$work/times'));
      for (const time of results[0].times) console.log(time * 1000);"
    return
  fi
  local start
  for _ in $(seq "$runs"); do
    start=${EPOCHREALTIME/./}
    timeout 20 bash -c "exec $1" >/dev/null
    echo "$(((${EPOCHREALTIME/./} - start) / 1000))"
  done
}

# Prints the megabytes of the largest process in it.
peak() {
  if [ ! -x /usr/bin/time ]; then
    echo 0
    return
  fi
  for _ in 1 2 3; do
    timeout 20 bash -c "exec /usr/bin/time -v $1" 2>&1 >/dev/null |
      awk '/Maximum resident/ { print int($NF / 1024) }'
  done | median
}

# In turn, so that what else the machine does disturbs all of them alike.
for _ in $(seq "$rounds"); do
  for i in "${!names[@]}"; do measure "${commands[i]}" >>"$work/$i"; done
done

printf '\n%-22s %9s %7s %9s\n' "" "median" "ratio" "memory"
for i in "${!names[@]}"; do
  time=$(median <"$work/$i")
  if [ "$i" = 0 ]; then base=$time; fi
  ratio=$(awk -v a="$time" -v b="$base" 'BEGIN { printf "%.2f", a / b }')
  memory=$(peak "${commands[i]}")
  printf '%-22s %6.0f ms %7s %6s MB\n' "${names[i]}" "$time" "$ratio" "$memory"
done
