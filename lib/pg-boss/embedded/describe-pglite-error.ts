import { describeThrown } from '../../errors/describe-thrown.js';
import { readProperty } from '../../errors/thrown.js';

/** What the numbers mean that PGlite's file system throws, those that say what to do. */
const MEANINGS: ReadonlyMap<unknown, string> = new Map([
  [2, 'permission denied'],
  [33, 'too many open files'],
  [51, 'no space left on device'],
  [69, 'read-only file system'],
]);

/** Says what PGlite threw: its file system throws numbers. */
export function describePgliteError(error: unknown): string {
  const errno = readProperty(error, 'errno');
  if (readProperty(error, 'name') !== 'ErrnoError' || typeof errno !== 'number') return describeThrown(error);
  return MEANINGS.get(errno) ?? `file system error ${errno} of PGlite`;
}
