import { startProcesses } from './processes.mjs';

/**
 * So many processes that work a queue, once all of them have begun.
 *
 * @param args what `worker-process.mjs` is told
 */
export async function startWorkers(count, ...args) {
  const { children, died, stop } = await startProcesses('worker-process.mjs', count, ...args);
  const told = new Map();
  let check;
  for (const child of children) {
    child.on('message', (message) => {
      told.set(child, message);
      check?.();
    });
  }
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
    stop,
  };
}
