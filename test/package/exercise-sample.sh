#!/usr/bin/env bash
# Starts the samples as their READMEs say, and uses them over HTTP as a person with curl would.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
work=$(mktemp -d)
export DATA_FOLDER="$work/data"
export PORT=${PORT:-3917}
url="http://localhost:$PORT"
json='content-type: application/json'
teapot='{"item":"teapot","quantity":2}'
postgres=${DATABASE_URL:-postgres://postgres@127.0.0.1:5432/test}
unset DATABASE_URL
redis=${REDIS_URL:-redis://127.0.0.1:6379}

source "$here/sample-processes.sh"
source "$here/sample-story.sh"

step 'one process, with the embedded database'
start all start
shop_takes_orders
mail_fails_and_is_redriven

step 'the database is open in one process only'
refused start "in use by process $(pid_of all)"
answers '"listener":"SendConfirmation"' "$url/queues"

step 'a mail survives kill -9'
crash all
MAIL_DELAY_MS=60000 start all start
answers '"isPaid":true' "$url/orders" -H "$json" -d '{"item":"teapot","quantity":7}'
eventually '"active":1' "$url/queues"
crash all
start all start
eventually '7 x teapot' "$url/mail/outbox"
stop all

step "a driver of one's own"
export DATA_FOLDER="$work/postcards"
start cards start:custom-driver
postcards_are_sent
refused start:custom-driver "in use by process $(pid_of cards)"

step 'its postcards survive kill -9'
crash cards
SENDING_MS=60000 start cards start:custom-driver
answers '"accepted"' "$url/postcards" -H "$json" -d '{"to":"Grace","text":"Survived"}'
answers '"accepted"' "$url/postcards?in=2s" -H "$json" -d '{"to":"Grace","text":"Delayed"}'
answers '"delayed":1,"active":1' "$url/postcards/counts"
crash cards
start cards start:custom-driver
eventually 'Survived' "$url/postcards/sent"
eventually 'Delayed' "$url/postcards/sent"
answers '[]' "$url/postcards/counts"
stop cards
export DATA_FOLDER="$work/data"

step 'a board for a queue on Redis'
REDIS_URL=redis://127.0.0.1:1 refused start:redis-board 'No orders can be taken'
if node "$here/redis-keys.mjs" check "$redis"; then
  export REDIS_URL=$redis REDIS_PREFIX="{sample_$$_$RANDOM}"
  BOARD_PASSWORD=sesame start board start:redis-board
  orders_are_on_the_board
  stop board
  start board start:redis-board
  answers 'The board is closed' -u admin:sesame "$url/queues"
  stop board
elif [ "${CI:-}" = true ]; then
  echo "there must be a Redis server at the address that REDIS_URL gives" >&2
  exit 1
else
  echo 'skipped: there is no Redis server'
fi

step 'roles need PostgreSQL'
refused start:api 'start:api needs a PostgreSQL server'
refused start:worker 'start:worker needs a PostgreSQL server'

if node "$here/postgres-schema.mjs" check "$postgres"; then
  step 'an API and a worker, with PostgreSQL'
  export DATABASE_URL=$postgres DATA_FOLDER="$work/shared" DATABASE_SCHEMA="sample_$$_$RANDOM"
  start api start:api
  answers '"isPaid":true' "$url/orders" -H "$json" -d "$teapot"
  answers '"ready":1' "$url/queues"
  answers '[]' "$url/mail/outbox"
  start worker start:worker
  eventually 'We have your order 1' "$url/mail/outbox"
  mail_fails_and_is_redriven
  stop worker
  stop api
elif [ "${CI:-}" = true ]; then
  echo "there must be a PostgreSQL server at the address that DATABASE_URL gives" >&2
  exit 1
else
  echo 'skipped: an API and a worker, for there is no PostgreSQL server'
fi
step 'done'
