import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isGone, type LockOwner, parseOwner } from './lock-owner.js';

/** There is a lock, but not one that can be read. */
export const UNREADABLE = Symbol('unreadable');

type Content = LockOwner | typeof UNREADABLE | undefined;

const CANDIDATE = '.new';
const LEFTOVER = /^[0-9a-f-]{36}(\.new)?$/;
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

/**
 * Makes this process the owner of a lock file, unless another one is.
 *
 * However many try, one at most succeeds. A lock whose owner is gone is not deleted and created anew,
 * because the one that is deleted may meanwhile be another's. It is succeeded instead: whoever creates
 * `<lock>.<its token>` first owns it, and whoever finds that owner gone as well succeeds that one in
 * turn. The successor then takes the place of the lock itself. A token is never used again, so a claim
 * on a lock that was replaced in the meantime shows by the lock no longer being the one it started from.
 *
 * @returns who owns it; `undefined` when that is now this process
 */
export function takeLockFile(path: string, mine: LockOwner): LockOwner | typeof UNREADABLE | undefined {
  const candidate = `${path}.${mine.token}${CANDIDATE}`;
  try {
    for (;;) {
      const first = read(path);
      const last = findLast(path, first);
      if (last === UNREADABLE || (last !== undefined && !isGone(last))) {
        if (last === first || isStill(path, first)) return last;
        // It was a claim on a lock that has been replaced, which is void: the owner is another one.
        continue;
      }
      if (!existsSync(candidate)) write(candidate, mine);
      const place = last === undefined ? path : getSuccessor(path, last);
      if (!create(place, candidate, mine)) continue;
      if (place === path || replace(path, first, candidate)) break;
      rmSync(place, { force: true });
    }
    removeLeftovers(path);
    return undefined;
  } finally {
    rmSync(candidate, { force: true });
  }
}

/** Ends the ownership of this process. */
export function releaseLockFile(path: string, mine: LockOwner): void {
  const owner = read(path);
  // Where someone has deleted it by hand, it may be another's by now.
  if (typeof owner === 'object' && owner.token === mine.token) rmSync(path, { force: true });
}

/** The owner at the end of the line of successors. */
function findLast(path: string, first: Content): Content {
  let last = first;
  while (typeof last === 'object') {
    const next = read(getSuccessor(path, last));
    if (next === undefined) break;
    last = next;
  }
  return last;
}

/** @returns whether the lock was still the one that is to be replaced */
function replace(path: string, first: Content, candidate: string): boolean {
  if (!isStill(path, first)) return false;
  renameSync(candidate, path);
  return true;
}

function isStill(path: string, first: Content): boolean {
  const now = read(path);
  return typeof now === 'object' && typeof first === 'object' && now.token === first.token;
}

/** Creates the file with all of its content at once. @returns whether it was not there before */
function create(place: string, candidate: string, mine: LockOwner): boolean {
  try {
    linkSync(candidate, place);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!NO_LINKS.has(code!)) throw error;
  }
  // On a file system without links there is a moment when the file is there and still empty.
  try {
    write(place, mine);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function write(path: string, owner: LockOwner): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify(owner)}\n`);
    // An empty lock after a power failure would be nobody's, and could not be told from a new one.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function read(path: string): Content {
  try {
    return parseOwner(readFileSync(path, 'utf8')) ?? UNREADABLE;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function getSuccessor(path: string, owner: LockOwner): string {
  return `${path}.${owner.token}`;
}

/** Removes what processes that ended halfway have left. Claims are void once the lock is this process's. */
function removeLeftovers(path: string): void {
  const prefix = `${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(prefix) || !LEFTOVER.test(name.slice(prefix.length))) continue;
    const file = join(dirname(path), name);
    const owner = name.endsWith(CANDIDATE) ? read(file) : undefined;
    // A candidate may be of a process that is about to find the lock taken.
    if (!name.endsWith(CANDIDATE) || (typeof owner === 'object' && isGone(owner))) {
      rmSync(file, { force: true });
    }
  }
}
