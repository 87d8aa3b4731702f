#!/usr/bin/env bash
# Starts the sample as the README says, and uses it over HTTP as a person with curl would.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
export PORT=${PORT:-3917}
url="http://localhost:$PORT"
log=$(mktemp)

# A process group of its own, so that what npm starts ends with it.
set -m
npm start > "$log" 2>&1 &
group=$!
trap 'kill -- "-$group" 2>/dev/null || true; rm -f "$log"' EXIT
for _ in $(seq 1 120); do
  if curl --silent --fail "$url/metrics" > /dev/null; then break; fi
  sleep 0.5
done

expect() { # expect TEXT curl-arguments...
  local wanted=$1 answer
  shift
  answer=$(curl --silent "$@")
  case "$answer" in
    *"$wanted"*) echo "ok: $wanted" ;;
    *) echo "expected '$wanted' from curl $*, but got: $answer" >&2; cat "$log" >&2; exit 1 ;;
  esac
}
json='content-type: application/json'
teapot='{"item":"teapot","quantity":2}'

grep -q "curl $url/metrics" "$log" || { echo "npm start did not print what to try" >&2; cat "$log" >&2; exit 1; }
expect '"name":"Ada"' "$url/users" -H "$json" -d '{"name":"Ada","email":"ada@example.com"}'
expect '"isPaid":true' "$url/orders" -H "$json" -d "$teapot"
expect '"requests":3' "$url/external/payments/1"
expect '"isPaid":false' "$url/orders?driver=background" -H "$json" -d "$teapot"
expect "There is no driver 'pigeon'" "$url/orders?driver=pigeon" -H "$json" -d "$teapot"
expect '"isReserved":false' "$url/orders" -H "$json" -d '{"item":"kettle","quantity":1}'
expect '"listenerId":"ReserveStock"' "$url/failed"
expect '"successfulDispatches":2' "$url/metrics"
