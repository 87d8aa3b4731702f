import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * So many processes, once all of them have said that they have begun.
 *
 * @param script a file in this folder
 * @param args what it is told
 */
export async function startProcesses(script, count, ...args) {
  const file = join(import.meta.dirname, script);
  const children = Array.from({ length: count }, () => fork(file, args, { execArgv: [] }));
  const died = whenOneDies(children);
  await Promise.race([Promise.all(children.map((child) => once(child, 'message'))), died]);
  return {
    children,
    /** Rejects when one of them ends. */
    died,
    stop: () => Promise.all(children.map(end)),
  };
}

/** Whoever waits for what it would have done is not to wait for ever. */
function whenOneDies(children) {
  const died = Promise.race(children.map((child) => once(child, 'close'))).then(() => {
    throw new Error('A process that was started has ended');
  });
  // In the end, they are told to.
  died.catch(() => {});
  return died;
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  if (child.connected) child.send('end');
  await closed;
}
