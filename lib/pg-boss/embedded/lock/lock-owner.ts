import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { EmbeddedDatabaseOwner } from '../../../errors/embedded-database-in-use.error.js';

/** What a lock file says about the process that holds it. */
export interface LockOwner extends EmbeddedDatabaseOwner {
  /** When the process started, in ticks since the boot: tells it from a later one with its pid. */
  readonly startTime: string | undefined;
  readonly bootId: string | undefined;
  /** Tells one lock from every other one, of all times. */
  readonly token: string;
}

/** This process, as the owner of a new lock. */
export function describeThisProcess(): LockOwner {
  return {
    pid: process.pid,
    startTime: readProcess(process.pid)?.startTime,
    bootId: readBootId(),
    hostname: hostname(),
    since: new Date().toISOString(),
    token: randomUUID(),
  };
}

/** Whether the process that held a lock has ended for certain. What cannot be told counts as running. */
export function isGone(owner: LockOwner): boolean {
  if (owner.hostname !== hostname()) return false;
  const bootId = readBootId();
  if (bootId !== undefined && owner.bootId !== undefined && bootId !== owner.bootId) return true;
  if (!hasProcess(owner.pid)) return true;
  const found = readProcess(owner.pid);
  if (found === undefined) return false;
  return found.hasEnded || (owner.startTime !== undefined && owner.startTime !== found.startTime);
}

/** @returns `undefined` for what is no description of an owner */
export function parseOwner(text: string): LockOwner | undefined {
  try {
    const owner = JSON.parse(text) as LockOwner;
    const strings = [owner.hostname, owner.since, owner.token];
    return Number.isSafeInteger(owner.pid) && owner.pid > 0 && strings.every((s) => typeof s === 'string')
      ? owner
      : undefined;
  } catch {
    return undefined;
  }
}

function hasProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Anything but "no such process" means that there is one, which may not be signalled.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Where there is `/proc`. */
function readProcess(pid: number): { startTime: string | undefined; hasEnded: boolean } | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the name of the program in brackets, which may hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A process that was killed is listed as a zombie until its parent asks for it, which may be never.
  return { startTime: fields[19], hasEnded: fields[0] === 'Z' || fields[0] === 'X' };
}

function readBootId(): string | undefined {
  return read('/proc/sys/kernel/random/boot_id')?.trim();
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
