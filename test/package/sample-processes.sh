# Starts and ends the processes of the samples, and asks them over HTTP. Sourced by exercise-sample.sh.

declare -A groups=()
# A process group for each, so that what npm starts ends with it.
set -m

step() { printf '\n-- %s (%ss)\n' "$1" "$SECONDS"; }

fail() { # fail NAME MESSAGE
  echo "$2" >&2
  tail -n 30 "$work/$1.log" >&2
  exit 1
}

start() { # start NAME NPM-SCRIPT; waits until it says that it is ready
  npm run "$2" > "$work/$1.log" 2>&1 &
  groups[$1]=$!
  for _ in $(seq 1 240); do
    if grep -qE '^(The shop is open|Sending what is in the queue|Postcards are taken|Orders are taken)' "$work/$1.log"; then return; fi
    kill -0 "${groups[$1]}" 2>/dev/null || fail "$1" "npm run $2 ended"
    sleep 0.25
  done
  fail "$1" "npm run $2 did not get ready"
}

pid_of() { # pid_of NAME, as it has printed it
  grep -oE '\(pid [0-9]+\)' "$work/$1.log" | grep -oE '[0-9]+'
}

end() { # end NAME SIGNAL
  kill "-$2" -- "-${groups[$1]}" 2>/dev/null || true
  wait "${groups[$1]}" 2>/dev/null || true
  unset "groups[$1]"
}

stop() { end "$1" TERM; }
crash() { end "$1" KILL; }

clean_up() {
  for name in "${!groups[@]}"; do crash "$name"; done
  if [ -n "${DATABASE_SCHEMA:-}" ]; then node "$here/postgres-schema.mjs" drop "$postgres" "$DATABASE_SCHEMA"; fi
  if [ -n "${REDIS_PREFIX:-}" ]; then node "$here/redis-keys.mjs" drop "$redis" "$REDIS_PREFIX"; fi
  rm -rf "$work"
}
trap clean_up EXIT

refused() { # refused NPM-SCRIPT TEXT; it must end by itself, with exit code 1
  local code=0
  npm run --silent "$1" > "$work/refused.log" 2>&1 || code=$?
  [ "$code" = 1 ] || fail refused "npm run $1 ended with $code instead of 1"
  grep -qF "$2" "$work/refused.log" || fail refused "npm run $1 did not say '$2'"
  echo "ok: $2"
}

holds() { # holds TEXT ANSWER
  case "$2" in *"$1"*) ;; *) return 1 ;; esac
}

answers() { # answers TEXT curl-arguments...
  local wanted=$1 answer
  shift
  answer=$(curl --silent "$@")
  holds "$wanted" "$answer" || fail_all "expected '$wanted' from curl $*, but got: $answer"
  echo "ok: $wanted"
}

eventually() { # eventually TEXT curl-arguments...
  local wanted=$1 answer
  shift
  for _ in $(seq 1 100); do
    answer=$(curl --silent "$@")
    if holds "$wanted" "$answer"; then
      echo "ok: $wanted"
      return
    fi
    sleep 0.1
  done
  fail_all "waited in vain for '$wanted' from curl $*, but got: $answer"
}

fail_all() { # fail_all MESSAGE
  for name in "${!groups[@]}"; do tail -n 30 "$work/$name.log" >&2; done
  echo "$1" >&2
  exit 1
}
