import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderLock } from '../src/file-driver/folder-lock.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** The pid of a process that has ended. */
async function findDeadPid(): Promise<number> {
  const script = join(folder, 'nothing.mjs');
  await writeFile(script, '');
  const child = fork(script, { execArgv: [], env: {} });
  await once(child, 'exit');
  await rm(script);
  return child.pid!;
}

function leaveLock(
  number: number,
  owner: { pid: number; hostname?: string; startedAt?: string },
): Promise<void> {
  return writeFile(join(folder, `lock.${number}`), JSON.stringify({ hostname: hostname(), ...owner }));
}

it('is taken once, and again when it is released', async () => {
  const lock = await FolderLock.take(folder);
  await expect(FolderLock.take(folder)).rejects.toThrow(`in use by process ${process.pid}`);
  await lock.release();
  await (await FolderLock.take(folder)).release();
  expect(await readdir(folder)).toEqual(['lock.2']);
});

it('is one of each folder', async () => {
  const other = await mkdtemp(join(tmpdir(), 'lock-'));
  const locks = [await FolderLock.take(folder), await FolderLock.take(other)];
  for (const lock of locks) await lock.release();
  await rm(other, { recursive: true });
});

it('is taken from a process that has died', async () => {
  await leaveLock(7, { pid: await findDeadPid() });
  const lock = await FolderLock.take(folder);
  expect(await readdir(folder)).toEqual(['lock.8']);
  await lock.release();
});

it('is taken from a process that has died, and that its parent has not asked about', async () => {
  // The shell becomes another process, which does not know of the one that it has started.
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [pid] = await once(parent.stdout, 'data');
  while (!(await readFile(`/proc/${Number(pid)}/stat`, 'utf8')).includes(') Z '));
  await leaveLock(1, { pid: Number(pid) });
  await (await FolderLock.take(folder)).release();
  parent.kill();
});

it('is taken from a process before this one that had its pid', async () => {
  await leaveLock(3, { pid: process.pid });
  await (await FolderLock.take(folder)).release();
});

it('is taken from a process that somebody else has the pid of by now', async () => {
  await leaveLock(3, { pid: process.ppid, startedAt: '1' });
  await (await FolderLock.take(folder)).release();
});

it('is left to a process that lives, and to one of another machine', async () => {
  await leaveLock(1, { pid: process.ppid });
  await expect(FolderLock.take(folder)).rejects.toThrow(`in use by process ${process.ppid}`);
  await leaveLock(2, { pid: await findDeadPid(), hostname: 'elsewhere' });
  await expect(FolderLock.take(folder)).rejects.toThrow(`delete '${join(folder, 'lock.2')}'`);
});

it('is taken by one of many that find its owner dead', async () => {
  await leaveLock(1, { pid: await findDeadPid() });
  const takers = await Promise.allSettled(Array.from({ length: 20 }, () => FolderLock.take(folder)));
  const taken = takers.flatMap((taker) => (taker.status === 'fulfilled' ? [taker.value] : []));
  expect(taken).toHaveLength(1);
  for (const taker of takers) {
    if (taker.status === 'rejected') expect(taker.reason).toMatchObject({ name: 'FolderInUseError' });
  }
  await taken[0]!.release();
});
