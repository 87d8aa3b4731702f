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
  if (!isFileSystemError(error)) return describeThrown(error);
  const errno = readProperty(error, 'errno');
  return MEANINGS.get(errno) ?? `file system error ${String(errno)} of PGlite`;
}

/** Whether it is the file system that PGlite failed at. */
export function isFileSystemError(error: unknown): boolean {
  return readProperty(error, 'name') === 'ErrnoError' && typeof readProperty(error, 'errno') === 'number';
}
