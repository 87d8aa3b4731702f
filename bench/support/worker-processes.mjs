import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, 'worker-process.mjs');

/**
 * So many processes that work a queue, once all of them have begun.
 *
 * @param args what `worker-process.mjs` is told
 */
export async function startWorkers(count, ...args) {
  const children = Array.from({ length: count }, () => fork(SCRIPT, args, { execArgv: [] }));
  const told = new Map();
  let check;
  for (const child of children) {
    child.on('message', (message) => {
      told.set(child, message);
      check?.();
    });
  }
  const died = whenOneDies(children);
  await Promise.race([Promise.all(children.map((child) => once(child, 'message'))), died]);
  const handled = (total) =>
    new Promise((resolve) => {
      check = () => {
        const messages = [...told.values()];
        const sum = messages.reduce((sum, message) => sum + message.handled, 0);
        if (sum >= total) resolve(Math.max(...messages.map(({ lastAt }) => lastAt)));
      };
      check();
    });
  return {
    pids: children.map(({ pid }) => pid),
    /** @returns when the last of so many was handled, in milliseconds since 1970 */
    whenHandled: (total) => Promise.race([handled(total), died]),
    stop: () => Promise.all(children.map(end)),
  };
}

/** Whoever waits for what it would have done is not to wait for ever. */
function whenOneDies(children) {
  const died = Promise.race(children.map((child) => once(child, 'close'))).then(() => {
    throw new Error('A worker process has ended');
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
