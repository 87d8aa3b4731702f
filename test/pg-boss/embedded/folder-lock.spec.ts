import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedDatabaseInUseError } from '../../../lib/errors/index.js';
import { openEmbeddedDatabase } from '../../../lib/pg-boss/embedded/index.js';
import { type FolderLock, lockFolder } from '../../../lib/pg-boss/embedded/lock/folder-lock.js';
import { describeThisProcess, type LockOwner } from '../../../lib/pg-boss/embedded/lock/lock-owner.js';
import { Child } from './support/child.js';
import { compileEmbedded } from './support/compile-embedded.js';

const HAS_PROC = process.platform === 'linux';
const onLinux = HAS_PROC ? it : it.skip;

const locks: FolderLock[] = [];
let parent: string;
let folder: string;
let lockFile: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'lock-'));
  folder = join(parent, 'database');
  lockFile = `${folder}.lock`;
});

afterEach(async () => {
  await Promise.all(locks.splice(0).map((lock) => lock.release()));
  rmSync(parent, { recursive: true });
});

async function lock(): Promise<void> {
  locks.push(await lockFolder(folder));
}

function leave(owner: Partial<LockOwner>): void {
  writeFileSync(lockFile, JSON.stringify({ ...describeThisProcess(), ...owner }));
}

function readOwner(): LockOwner {
  return JSON.parse(readFileSync(lockFile, 'utf8')) as LockOwner;
}

async function refusal(promise: Promise<unknown>): Promise<EmbeddedDatabaseInUseError> {
  const error: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(EmbeddedDatabaseInUseError);
  return error as EmbeddedDatabaseInUseError;
}

it('says in a file of this user who has the folder and since when', async () => {
  await lock();

  expect(readOwner()).toMatchObject({ pid: process.pid, hostname: hostname() });
  expect(Date.parse(readOwner().since)).toBeLessThanOrEqual(Date.now());
  expect(statSync(lockFile).mode & 0o777).toBe(0o600);
});

it('frees the folder when it is released', async () => {
  const first = await lockFolder(folder);
  await first.release();
  expect(() => statSync(lockFile)).toThrow('ENOENT');
  await lock();
});

it('refuses the folder to the process that has it already, and says what to do', async () => {
  await lock();

  const error = await refusal(lockFolder(folder));

  expect(error.code).toBe('EVENTS_EMBEDDED_IN_USE');
  expect(error.owner?.pid).toBe(process.pid);
  expect(error.message).toBe(
    `The embedded database in '${folder}' is in use by this process itself (pid ${process.pid}) since ` +
      `${readOwner().since}. It can be open only once, in one process: stop the other one, or use ` +
      `PostgreSQL (connection: 'postgres://...'), which any number of processes can share.`,
  );
});

it('takes two names of one folder for one folder', async () => {
  mkdirSync(folder);
  symlinkSync(folder, join(parent, 'other'));
  const database = await openEmbeddedDatabase({ folder, schema: 'pgboss', onError: fail });

  const error = await refusal(
    openEmbeddedDatabase({ folder: join(parent, 'other'), schema: 'pgboss', onError: fail }),
  );

  expect(error.folder).toBe(folder);
  await database.close();
});

it('succeeds a process that was killed', async () => {
  const compiled = compileEmbedded();
  const child = new Child('lock-child.mjs', [compiled.folder]);
  expect(await child.ask({ folder })).toMatchObject({ won: true });
  expect((await refusal(lockFolder(folder))).owner?.pid).toBe(child.pid);

  await child.kill();
  compiled.remove();
  const startedAt = performance.now();
  await lock();

  expect(performance.now() - startedAt).toBeLessThan(3000);
  expect(readOwner().pid).toBe(process.pid);
});

onLinux('succeeds a process whose pid is that of another one by now', async () => {
  leave({ pid: process.ppid, startTime: '1' });
  await lock();
  expect(readOwner().pid).toBe(process.pid);
});

onLinux('succeeds a process that ran before the machine was started', async () => {
  leave({ bootId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' });
  await lock();
});

it('never takes the folder from a process that may still run', async () => {
  leave({ pid: process.ppid, startTime: undefined, bootId: undefined });
  expect((await refusal(lockFolder(folder))).owner?.pid).toBe(process.ppid);
});

it('never takes the folder from a process of another host, and says which', async () => {
  leave({ hostname: 'elsewhere', pid: 2 ** 30, bootId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' });

  const { message } = await refusal(lockFolder(folder));

  expect(message).toContain(`in use by process ${2 ** 30} on host 'elsewhere' since`);
  expect(message).toContain(`If that process is gone for good, delete '${lockFile}'.`);
});

it('leaves a lock alone that it cannot read, and says so in time', async () => {
  writeFileSync(lockFile, '');
  const startedAt = performance.now();

  const { message } = await refusal(lockFolder(folder));

  expect(performance.now() - startedAt).toBeLessThan(2000);
  expect(message).toContain(`delete '${lockFile}'`);
});

onLinux('holds the folder although its lock file was deleted', async () => {
  await lock();
  rmSync(lockFile);

  expect((await refusal(lockFolder(folder))).owner).toBeUndefined();

  expect(() => statSync(lockFile)).toThrow('ENOENT');
});

it('does not release the lock of another process', async () => {
  await lock();
  leave({ pid: process.ppid });
  await locks.pop()!.release();
  expect(readOwner().pid).toBe(process.ppid);
});

function fail(error: unknown): void {
  throw error;
}
