# Tests a small application with the packed library under each test runner. Sourced by install-and-use.sh.

test_with_node() { # test_with_node NESTJS-VERSION
  make_tests "$1" node
  compile_tests
  run_tests --test dist/node.test.js
  echo 'tested with node:test'
}

# Vitest ends its workers whatever they leave behind; the others tell.
test_with_vitest() { # test_with_vitest NESTJS-VERSION
  make_tests "$1" vitest vitest
  compile_tests
  run_tests node_modules/vitest/vitest.mjs run --dir dist
  echo "tested with vitest@$(version_of vitest)"
}

test_with_jest() { # test_with_jest NESTJS-VERSION
  make_tests "$1" jest jest
  compile_tests --types node,nestjs-event-drivers/testing/jest
  run_tests --experimental-vm-modules node_modules/jest/bin/jest.js --rootDir dist \
    --setupFilesAfterEnv nestjs-event-drivers/testing/jest --detectOpenHandles
  says_nothing_of 'open handle|did not exit'
  echo "tested with jest@$(version_of jest)"
}

make_tests() { # make_tests NESTJS-VERSION RUNNER PACKAGES...; of what `use` has made
  local packages=() package
  cd "$root"
  for package in @nestjs/testing "${@:3}"; do packages+=("$package@$(version_of "$package")"); done
  cp -R "$work/nest-$1" "$work/$2"
  cd "$work/$2"
  rm -- *.ts *.js
  cp "$root"/test/package/runners/{story.ts,"$2.test.ts",tsconfig.json} .
  npm install --silent --no-audit --no-fund "${packages[@]}"
  for package in jest vitest; do
    if [ -e "node_modules/$package" ] && [ "$package" != "$2" ]; then
      echo "$package was installed without being asked for" >&2
      exit 1
    fi
  done
}

compile_tests() { # compile_tests OPTIONS...
  node_modules/.bin/node node_modules/typescript/bin/tsc -p tsconfig.json "$@"
}

run_tests() { # run_tests ARGUMENTS...; for node, which has to end by itself
  timeout 120 node_modules/.bin/node "$@" > tests.log 2>&1 || fail_tests "node $* failed, or did not end"
}

says_nothing_of() { # says_nothing_of PATTERN
  if grep -qE "$1" tests.log; then fail_tests "the tests leave something behind"; fi
}

fail_tests() { # fail_tests MESSAGE
  cat tests.log >&2
  echo "$1" >&2
  exit 1
}
