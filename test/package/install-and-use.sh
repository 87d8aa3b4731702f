#!/usr/bin/env bash
# Packs the library as it is built, looks into that, installs it into a fresh Nest application, compiles that with the
# library's declarations checked as well, and runs it: with the newest of what is supported, and with the oldest.
# Tests and a queue come with the packages that only they need.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$root"
tarball="$work/$(npm pack --silent --ignore-scripts --pack-destination "$work")"
publint run "$tarball"
attw "$tarball" --profile esm-only

use() { # use NESTJS-VERSION NODE-VERSION
  local app="$work/nest-$1"
  mkdir -p "$app"
  cp "$root"/test/package/consumer/{main.ts,queue.ts,commonjs.cjs,tsconfig.json} "$app"
  cd "$app"
  echo '{ "name": "consumer", "private": true, "type": "module", "allowScripts": { "node": true } }' > package.json
  npm install --silent --no-audit --no-fund "$tarball" "@nestjs/common@$1" "@nestjs/core@$1" \
    reflect-metadata rxjs "node@$2" typescript@~6.0.3 @types/node@22
  node_modules/.bin/node node_modules/typescript/bin/tsc -p tsconfig.json
  node_modules/.bin/node main.js | diff "$root/test/package/consumer/expected.txt" -
  test "$(node_modules/.bin/node --no-warnings commonjs.cjs)" = 'heard from CommonJS'
  echo "used with NestJS $1 on Node $(node_modules/.bin/node --version)"
}

leads_to_sources() { # leads_to_sources NESTJS-VERSION; what is bundled, to what is packed
  cd "$work/nest-$1/node_modules/nestjs-event-drivers"
  find dist -name '*.js.map' | "$work/nest-$1/node_modules/.bin/node" -e '
    const { dirname, join } = require("node:path");
    const maps = fs.readFileSync(0, "utf8").trim().split("\n");
    const sources = maps.flatMap((map) => JSON.parse(fs.readFileSync(map)).sources.map((file) => join(dirname(map), file)));
    const missing = sources.filter((file) => !fs.existsSync(file));
    if (sources.length < 100 || missing.length > 0) throw new Error(`of ${sources.length} sources, there is no ${missing}`)'
}

version_of() { # version_of PACKAGE, as it is installed in the current folder
  node_modules/.bin/node -p 'JSON.parse(fs.readFileSync(`node_modules/${process.argv[1]}/package.json`)).version' "$1"
}

use_queue() { # use_queue NESTJS-VERSION; in what `use` has made
  local pg_boss pglite embedded
  cd "$root"
  pg_boss="pg-boss@$(version_of pg-boss)"
  pglite="@electric-sql/pglite@$(version_of @electric-sql/pglite)"
  cd "$work/nest-$1"
  test ! -e node_modules/pg-boss || { echo 'pg-boss was installed without being asked for' >&2; exit 1; }
  npm install --silent --no-audit --no-fund "$pg_boss" "$pglite"
  sed -i.bak 's/"main.ts"/"queue.ts"/' tsconfig.json
  # The declarations of pg-boss do not compile by themselves.
  node_modules/.bin/node node_modules/typescript/bin/tsc -p tsconfig.json --skipLibCheck
  node_modules/.bin/node queue.js | diff "$root/test/package/consumer/expected-queue.txt" -
  embedded=node_modules/nestjs-event-drivers/dist/pg-boss/embedded
  test -s "$embedded/template.tar.gz" && grep -q "\"pglite\":\"${pglite##*@}\"" "$embedded/template.json"
  echo "used with $pg_boss and $pglite, from the prepared database"
}

# Nothing but the engine is another one.
use_redis() { # use_redis NESTJS-VERSION IOREDIS-VERSION; in what `use` has made
  local url=${REDIS_URL:-redis://127.0.0.1:6379} prefix="{package-$$-$1}" bullmq
  cd "$root"
  bullmq="bullmq@$(version_of bullmq)"
  cd "$work/nest-$1"
  npm install --silent --no-audit --no-fund "$bullmq" "ioredis@$2"
  sed -e "s#nestjs-event-drivers/pg-boss#nestjs-event-drivers/bullmq#" \
    -e "s#PgBossWorkerCreator.forRoot(.*)#BullMqWorkerCreator.forRoot({ connection: '$url', prefix: '$prefix' })#" \
    -e 's#PgBossWorkerCreator#BullMqWorkerCreator#' "$root/test/package/consumer/queue.ts" > redis.ts
  sed -i.bak 's/"\(main\|queue\).ts"/"redis.ts"/' tsconfig.json
  node_modules/.bin/node node_modules/typescript/bin/tsc -p tsconfig.json --skipLibCheck
  if ! node_modules/.bin/node -e "
    const redis = new (require('ioredis').Redis)('$url', { lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => {});
    redis.connect().then(() => redis.quit(), () => process.exit(1));"; then
    test "${CI:-}" != true || { echo "no Redis server answers at $url" >&2; exit 1; }
    echo "not used with $bullmq: no Redis server answers at $url"
    return
  fi
  node_modules/.bin/node redis.js | diff "$root/test/package/consumer/expected-queue.txt" -
  run_cli "$1" status --connection "$url" --prefix "$prefix" | grep -q mail.due
  node_modules/.bin/node -e "
    const redis = new (require('ioredis').Redis)('$url');
    redis.keys('$prefix:*').then((keys) => redis.del(...keys)).then(() => redis.quit());"
  echo "used with $bullmq and ioredis $(version_of ioredis)"
}

run_cli() { # run_cli NESTJS-VERSION ARGUMENTS...; by the Node that is installed there
  (cd "$work/nest-$1" && PATH="$PWD/node_modules/.bin:$PATH" npx event-drivers "${@:2}")
}

use_cli() { # use_cli NESTJS-VERSION; what is optional is named where it is missing
  test "$(run_cli "$1" --version)" = "$(cd "$work/nest-$1" && version_of nestjs-event-drivers)"
  { run_cli "$1" migrate --plan 2>&1 || true; } | grep -q "needs the package 'pg-boss', which is not installed"
  echo 'used from the command line'
}

use_cli_on_queue() { # use_cli_on_queue NESTJS-VERSION; in what `use_queue` has made
  run_cli "$1" migrate --connection data/cli
  test "$(run_cli "$1" status --connection data/cli)" = 'There are no queues.'
}

source "$root/test/package/runners.sh"

use_oldest() {
  use 11 22.12
  use_redis 11 5.6
}

# While one waits for its packages, the other goes on.
use_oldest > "$work/oldest.log" 2>&1 &
oldest=$!
use 12 24
leads_to_sources 12
use_cli 12
test_with_node 12
test_with_vitest 12
test_with_jest 12
use_queue 12
use_cli_on_queue 12
use_redis 12 6
wait "$oldest" || { cat "$work/oldest.log" >&2; exit 1; }
cat "$work/oldest.log"
