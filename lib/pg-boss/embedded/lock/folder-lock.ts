import type { Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedDatabaseInUseError } from '../../../errors/embedded-database-in-use.error.js';
import { releaseLockFile, takeLockFile, UNREADABLE } from './lock-file.js';
import { describeThisProcess, type LockOwner } from './lock-owner.js';
import { bindLockSocket, closeLockSocket } from './lock-socket.js';

/** The right of this process to a folder. */
export interface FolderLock {
  release(): Promise<void>;
}

/** For how long something is waited for that can only be on its way: milliseconds. */
const PATIENCE_MS = 1000;
const RETRY_MS = 20;

/**
 * Makes a folder this process's own, by a file beside it.
 *
 * @param folder its real path, so that links to it do not make it another one
 * @throws EmbeddedDatabaseInUseError if it is another's, or was locked by this process already
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const lockFile = `${folder}.lock`;
  const mine = describeThisProcess();
  // It is unreadable while its owner writes it, on a file system that cannot do so at once.
  const owner = await retry(
    () => takeLockFile(lockFile, mine),
    (found) => found === UNREADABLE,
  );
  if (owner !== undefined) {
    throw new EmbeddedDatabaseInUseError(folder, lockFile, owner === UNREADABLE ? undefined : owner);
  }
  const socket = await bindOrRelease(folder, lockFile, mine);
  return {
    release: async () => {
      await closeLockSocket(socket);
      releaseLockFile(lockFile, mine);
    },
  };
}

async function bindOrRelease(folder: string, lockFile: string, mine: LockOwner): Promise<Server | undefined> {
  // The kernel may still be at clearing up after the owner that this process has succeeded.
  const socket = await retry(
    () => bindLockSocket(folder),
    (found) => found === 'taken',
  );
  if (socket !== 'taken') return socket;
  releaseLockFile(lockFile, mine);
  throw new EmbeddedDatabaseInUseError(folder, lockFile, undefined);
}

async function retry<T>(attempt: () => T | Promise<T>, isRetried: (found: T) => boolean): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await attempt();
    if (!isRetried(found) || performance.now() > end) return found;
    await wait(RETRY_MS);
  }
}
