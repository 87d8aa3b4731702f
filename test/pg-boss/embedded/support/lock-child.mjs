// Contends for a lock whenever it is asked to, and keeps it until it is killed.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const locks = join(process.argv[2], 'pg-boss/embedded/lock');
const load = (name) => import(pathToFileURL(join(locks, name)).href);
const { lockFolder } = await load('folder-lock.js');
const { takeLockFile } = await load('lock-file.js');
const { describeThisProcess } = await load('lock-owner.js');

const held = [];

process.on('message', (request) => void answer(request));
process.on('disconnect', () => process.exit());

async function answer({ folder, onlyFile }) {
  const startedAt = performance.now();
  const outcome = await contend(folder, onlyFile);
  process.send({ pid: process.pid, elapsedMs: performance.now() - startedAt, ...outcome });
}

async function contend(folder, onlyFile) {
  if (onlyFile) {
    const owner = takeLockFile(`${folder}.lock`, describeThisProcess());
    return owner === undefined ? { won: true } : { won: false, ownerPid: owner.pid };
  }
  try {
    held.push(await lockFolder(folder));
    return { won: true };
  } catch (error) {
    return { won: false, code: error.code, message: error.message, ownerPid: error.owner?.pid };
  }
}
