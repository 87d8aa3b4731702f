import { jest } from '@jest/globals';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LockOwner } from '../../../lib/pg-boss/embedded/lock/lock-owner.js';

/** Called before each access to the file system. */
let beforeAccess: () => void = () => undefined;

function watched<T extends object>(module: T): T {
  const entries = Object.entries(module).map(([name, member]: [string, unknown]) => [
    name,
    name.endsWith('Sync') && typeof member === 'function'
      ? (...args: unknown[]) => {
          beforeAccess();
          return (member as (...args: unknown[]) => unknown)(...args);
        }
      : member,
  ]);
  return Object.fromEntries(entries) as T;
}

jest.unstable_mockModule('node:fs', () => watched(fs));
const { takeLockFile } = await import('../../../lib/pg-boss/embedded/lock/lock-file.js');
const { describeThisProcess } = await import('../../../lib/pg-boss/embedded/lock/lock-owner.js');

let parent: string;
let path: string;

beforeEach(() => {
  parent = fs.mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(parent, 'database.lock');
});

afterEach(() => {
  beforeAccess = () => undefined;
  fs.rmSync(parent, { recursive: true });
});

class Crash extends Error {}

/** A process that has ended: no process has a pid as high. */
function gone(): LockOwner {
  return { ...describeThisProcess(), pid: 2 ** 30 };
}

/** Does something before the given access of what is run. @returns whether it came to that */
function interrupt<T>(access: number, work: () => T, interruption: () => void): { came: boolean; result: T } {
  let count = 0;
  const outer = beforeAccess;
  beforeAccess = () => {
    if (count++ !== access) return;
    beforeAccess = () => undefined;
    interruption();
  };
  const result = work();
  beforeAccess = outer;
  return { came: count > access, result };
}

/** Ends the taking of a lock halfway, as if the process had been killed before the given access. */
function crashAt(access: number, owner: LockOwner): { hasCrashed: boolean } {
  let count = 0;
  beforeAccess = () => {
    if (count++ >= access) throw new Crash();
  };
  try {
    takeLockFile(path, owner);
    return { hasCrashed: false };
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    return { hasCrashed: true };
  } finally {
    beforeAccess = () => undefined;
  }
}

function leaveBehind(staleOwners: number): void {
  fs.rmSync(parent, { recursive: true });
  fs.mkdirSync(parent);
  // Each but the last ended before it had put its claim in the place of the lock.
  for (let i = 0; i < staleOwners; i++) {
    const owner = gone();
    const file = i === 0 ? path : `${path}.${tokens(path)}`;
    fs.writeFileSync(file, JSON.stringify(owner));
  }
}

/** The token at the end of the line of successors. */
function tokens(file: string): string {
  const { token } = JSON.parse(fs.readFileSync(file, 'utf8')) as LockOwner;
  const next = `${path}.${token}`;
  return fs.existsSync(next) ? tokens(next) : token;
}

it.each([0, 1, 2, 3])(
  'gives the lock to one of two processes, wherever the one overtakes the other (%i left it behind)',
  (staleOwners) => {
    for (let access = 0, came = true; came; access++) {
      leaveBehind(staleOwners);
      const [one, other] = [describeThisProcess(), describeThisProcess()];
      let otherSees: unknown;
      const run = interrupt(
        access,
        () => takeLockFile(path, one),
        () => (otherSees = takeLockFile(path, other)),
      );
      came = run.came;
      const winners = [run.result, came ? otherSees : one].filter((owner) => owner === undefined);
      expect(winners).toHaveLength(1);
      const winner = run.result === undefined ? one : other;
      expect(JSON.parse(fs.readFileSync(path, 'utf8'))).toEqual(winner);
      expect([run.result, otherSees].find((owner) => owner !== undefined) ?? winner).toEqual(winner);
    }
  },
);

it.each([0, 1, 2])(
  'gives the lock to the next process, wherever the one before was killed (%i left it behind)',
  (staleOwners) => {
    for (let access = 0, hasCrashed = true; hasCrashed; access++) {
      leaveBehind(staleOwners);
      ({ hasCrashed } = crashAt(access, gone()));
      const mine = describeThisProcess();
      expect(takeLockFile(path, mine)).toBeUndefined();
      expect(takeLockFile(path, describeThisProcess())).toEqual(mine);
      // What was created and not yet written cannot be told from what is about to be.
      const written = fs.readdirSync(parent).filter((name) => fs.statSync(join(parent, name)).size > 0);
      expect(written).toEqual(['database.lock']);
    }
  },
);

it('gives the lock to a process, wherever another one is killed while it overtakes it', () => {
  const outcomes = new Set<string>();
  for (let access = 0; access < 25; access++) {
    for (let crash = 0; crash < 25; crash++) {
      leaveBehind(1);
      const mine = describeThisProcess();
      let hasCrashed = false;
      const { came, result } = interrupt(
        access,
        () => takeLockFile(path, mine),
        () => ({ hasCrashed } = crashAt(crash, gone())),
      );
      expect(result).toBeUndefined();
      expect(takeLockFile(path, describeThisProcess())).toEqual(mine);
      outcomes.add(came ? `killed: ${hasCrashed}` : 'not overtaken');
    }
  }
  // There were more interruptions than there are places for them.
  expect(outcomes).toEqual(new Set(['killed: true', 'killed: false', 'not overtaken']));
});
