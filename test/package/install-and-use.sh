#!/usr/bin/env bash
# Installs the packed library into a fresh Nest application, compiles that with the library's declarations
# checked as well, and runs it: with the newest of what is supported, and with the oldest.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$root"
tarball="$work/$(npm pack --silent --pack-destination "$work")"

use() { # use NESTJS-VERSION NODE-VERSION COCKATIEL-VERSION
  local app="$work/nest-$1"
  mkdir -p "$app"
  cp "$root"/test/package/consumer/{main.ts,commonjs.cjs,tsconfig.json} "$app"
  cd "$app"
  echo '{ "name": "consumer", "private": true, "type": "module", "allowScripts": { "node": true } }' > package.json
  npm install --silent --no-audit --no-fund "$tarball" "@nestjs/common@$1" "@nestjs/core@$1" \
    reflect-metadata rxjs "cockatiel@$3" "node@$2" typescript@~6.0.3 @types/node@22
  node_modules/.bin/node node_modules/typescript/bin/tsc -p tsconfig.json
  node_modules/.bin/node main.js | diff "$root/test/package/consumer/expected.txt" -
  test "$(node_modules/.bin/node --no-warnings commonjs.cjs)" = 'heard from CommonJS'
  echo "used with NestJS $1 on Node $(node_modules/.bin/node --version)," \
    "cockatiel $(node_modules/.bin/node -p 'JSON.parse(fs.readFileSync("node_modules/cockatiel/package.json")).version')"
}

use 12 24 4
use 11 22.12 3
