// Builds the library and the samples, unless nothing has changed since. What is built must not be replaced under
// a process that runs, nor by two commands at a time: `npm run start:api` in one terminal, `start:worker` in another.
import { execSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = [
  'lib',
  'sample/shop/src',
  'sample/custom-driver/src',
  'sample/redis-board/src',
  'package.json',
  'node_modules/.package-lock.json',
];
/** What is written last. */
const BUILT = [
  'dist/pg-boss/embedded/template.json',
  'sample/shop/dist/main.js',
  'sample/custom-driver/dist/main.js',
  'sample/redis-board/dist/main.js',
];
const LOCK = join(ROOT, 'sample/shop/.building');
/** A build takes a few seconds; a lock that is older was left behind by one that was killed. */
const LOCK_EXPIRES_MS = 120_000;

const getTime = (path) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Of folders as well: they tell that something in them was deleted. */
function getNewest(path) {
  if (!statSync(join(ROOT, path), { throwIfNoEntry: false })?.isDirectory()) return getTime(path);
  const inside = readdirSync(join(ROOT, path)).map((name) => getNewest(join(path, name)));
  return Math.max(getTime(path), ...inside);
}

const isBuilt = () => Math.min(...BUILT.map(getTime)) > Math.max(...SOURCES.map(getNewest));

function lock() {
  if (Date.now() - getTime('sample/shop/.building') > LOCK_EXPIRES_MS) unlock();
  try {
    mkdirSync(LOCK);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function unlock() {
  try {
    rmdirSync(LOCK);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

while (!isBuilt()) {
  if (!lock()) {
    await setTimeout(100);
    continue;
  }
  try {
    if (isBuilt()) break;
    execSync('npm run --silent build && npm run --silent build:samples', { cwd: ROOT, stdio: 'inherit' });
    break;
  } catch {
    // The compiler has said what is wrong.
    process.exitCode = 1;
    break;
  } finally {
    unlock();
  }
}
