import { readFile } from 'node:fs/promises';

/** What tells a process from all others of its machine, also from those that have its pid after it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, as the system counts; absent where the system does not say. */
  readonly startedAt?: string;
}

export async function identifyOwnProcess(): Promise<ProcessIdentity> {
  const stat = await readStat(process.pid);
  return { pid: process.pid, ...(stat && { startedAt: stat.startedAt }) };
}

export async function isRunning({ pid, startedAt }: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Any other error is that of a process that is there, and is somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const stat = await readStat(pid);
  if (stat === undefined) return true;
  // Z is one that has ended, and that nobody has asked about yet: it has a pid, and nothing else.
  return stat.state !== 'Z' && (startedAt === undefined || startedAt === stat.startedAt);
}

/** Linux says more about a process than that it is there. */
async function readStat(pid: number): Promise<{ state: string; startedAt: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is a name in brackets, which may have anything in it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startedAt] = [fields[0], fields[19]];
  return state === undefined || startedAt === undefined ? undefined : { state, startedAt };
}
