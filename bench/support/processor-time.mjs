import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';

/** How many ticks the kernel counts in a second. */
function readTicks() {
  try {
    return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  } catch {
    return 100;
  }
}

const TICKS = readTicks();

/**
 * The seconds that the processors have spent on processes of this machine, by their id; without those that are not, or are
 * no longer, there. Nothing where the kernel is not Linux.
 *
 * @param program which they are to be of: an id that a server on another machine names is one of that machine
 */
export function readProcessorTime(pids, program = '') {
  const times = new Map();
  for (const pid of pids) {
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      if (name.startsWith(program)) times.set(pid, (Number(fields[11]) + Number(fields[12])) / TICKS);
    } catch {
      // It has ended, or there is no such thing.
    }
  }
  return times;
}

/** @returns what has been spent between two readings; one that has begun in between has begun with nothing */
export function spentBetween(before, after) {
  let seconds = 0;
  for (const [pid, time] of after) seconds += time - (before.get(pid) ?? 0);
  return seconds;
}
