import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { identifyOwnProcess, isRunning, type ProcessIdentity } from './process-identity.js';

/** Who has a folder. */
interface Owner extends ProcessIdentity {
  readonly hostname: string;
  /** Tells it from a process before it that had the same pid. */
  readonly token: string;
}

/** Another process, or another driver of this one, has the folder. Nothing in it was touched. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';

  constructor(
    readonly folder: string,
    lockFile: string,
    owner: Owner | undefined,
  ) {
    const who = owner === undefined ? 'another process' : `process ${owner.pid} on '${owner.hostname}'`;
    super(
      `The folder '${folder}' is in use by ${who}. One driver of one process can have it: stop that one, or give this ` +
        `one another folder. If that process is gone for good, delete '${lockFile}'.`,
    );
  }
}

/** The tokens of what this process has, or is about to have. */
const held = new Set<string>();

/**
 * The exclusive use of a folder, by a file `lock.<number>`: the highest number has it. Numbers only grow, so that of two
 * processes that find the last owner dead only one can make the next file.
 */
export class FolderLock {
  private constructor(
    private readonly file: string,
    private readonly token: string,
  ) {}

  /** @throws {@link FolderInUseError} if somebody has it */
  static async take(folder: string): Promise<FolderLock> {
    const token = randomUUID();
    const owner: Owner = { ...(await identifyOwnProcess()), hostname: hostname(), token };
    const draft = join(folder, `draft.${token}`);
    // A link is made of a file that is complete: nobody sees a lock without its owner.
    await writeFile(draft, JSON.stringify(owner), { mode: 0o600 });
    held.add(token);
    try {
      let file: string | undefined;
      while (file === undefined) file = await tryToTake(folder, draft);
      return new FolderLock(file, token);
    } catch (error) {
      held.delete(token);
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** Leaves the folder to others. The file stays: without it, numbers would begin again. */
  async release(): Promise<void> {
    await writeFile(this.file, '');
    held.delete(this.token);
  }
}

/** @returns the file of the lock; `undefined` if somebody else was faster, and it is to be tried again */
async function tryToTake(folder: string, draft: string): Promise<string | undefined> {
  const last = await findLast(folder);
  if (last > 0) await assertLeft(folder, last);
  const mine = toFile(folder, last + 1);
  try {
    await link(draft, mine);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
  // Whoever was slow may have made a file whose number others have left behind.
  if ((await findLast(folder)) !== last + 1) {
    await rm(mine, { force: true });
    return undefined;
  }
  for (const name of await readdir(folder)) {
    if (toNumber(name) > 0 && toNumber(name) <= last) await rm(join(folder, name), { force: true });
  }
  return mine;
}

function toFile(folder: string, number: number): string {
  return join(resolve(folder), `lock.${number}`);
}

async function findLast(folder: string): Promise<number> {
  return Math.max(0, ...(await readdir(folder)).map(toNumber));
}

function toNumber(name: string): number {
  return Number(/^lock\.(\d+)$/.exec(name)?.[1] ?? 0);
}

async function assertLeft(folder: string, number: number): Promise<void> {
  const file = toFile(folder, number);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    // Its successor has removed it, and is found at the next look.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (text === '') return;
  const owner = JSON.parse(text) as Owner;
  if (await isAlive(owner)) throw new FolderInUseError(folder, file, owner);
}

/** Of a process of another machine that cannot be told from here. */
async function isAlive(owner: Owner): Promise<boolean> {
  if (owner.hostname !== hostname()) return true;
  return owner.pid === process.pid ? held.has(owner.token) : isRunning(owner);
}
