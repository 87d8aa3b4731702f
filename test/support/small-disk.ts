import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why a command cannot be run here; `undefined` if it was. */
export function findProblem(command: string, ...args: readonly string[]): string | undefined {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A test that needs what not every machine has: it is skipped where there is a problem, which is printed. */
export function itWith(problem: string | undefined, title: string, body: () => Promise<void>): void {
  if (problem !== undefined) console.warn(`Skipped: ${title}. ${problem}`);
  (problem === undefined ? it : it.skip)(title, body);
}

/** A disk of its own, in memory, that can be filled to the last byte. */
export class SmallDisk {
  readonly path = mkdtempSync(join(tmpdir(), 'disk-'));
  /** Why it cannot be had here. */
  readonly problem: string | undefined;

  constructor(size: string) {
    this.problem = this.mount(`size=${size}`);
  }

  grow(size: string): void {
    const problem = this.mount(`remount,size=${size}`);
    if (problem !== undefined) throw new Error(problem);
  }

  fill(): void {
    findProblem('dd', 'if=/dev/zero', `of=${join(this.path, 'filler')}`, 'bs=4096');
  }

  makeRoom(): void {
    rmSync(join(this.path, 'filler'), { force: true });
  }

  remove(): void {
    if (this.problem === undefined) execFileSync('umount', ['--lazy', this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }

  private mount(options: string): string | undefined {
    return findProblem('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', this.path);
  }
}
