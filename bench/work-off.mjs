/**
 * Working off what has been stored, with listeners that do nothing, beside the engine's own worker at its best: until all
 * is recorded as done, which whoever takes many at a time has much of left when the last listener is called.
 */
import { setTimeout } from 'node:timers/promises';
import { alternate } from './support/alternate.mjs';
import { atLeast, compare, toComparison } from './support/comparison.mjs';
import { openEngine } from './support/engines/index.mjs';
import { payload } from './support/engines/plain-pg-boss.mjs';
import { setHandler, startQueueApp, Worked } from './support/queue-app.mjs';
import { median } from './support/statistics.mjs';
import { storeMany } from './support/store-many.mjs';

export const ROUNDS = 11;

const COUNTS = { postgres: 20_000, pglite: 5000, redis: 20_000 };

export async function run({ rounds, engine: name }) {
  const engine = await openEngine(name);
  const app = await startQueueApp(engine);
  const contenders = { ours: () => workOffOurs(engine, app, COUNTS[name]) };
  for (const [title, options] of Object.entries(engine.plain.workOptions)) {
    contenders[title] = () => workOffPlain(engine, options, COUNTS[name]);
  }
  const { ours, ...others } = await alternate(contenders, { rounds, warmUp: 3 });
  const titles = Object.keys(others);
  const best = titles.reduce((a, b) => (median(others[b]) > median(others[a]) ? b : a));
  const rows = titles.map((title) =>
    compare({
      title: 'worked off, with the defaults of QueueDriver',
      ours,
      theirs: others[title],
      peer: `${engine.plain.name}, ${title}`,
      unit: '/s',
      wanted: title === best ? atLeast(0.95) : undefined,
    }),
  );
  const { packages, notes } = engine;
  return { tables: [toComparison(`Working off no-ops on ${engine.name}`, rows)], packages, notes };
}

async function workOffOurs(engine, { events, queues }, count) {
  await queues.pause('queue');
  await storeMany(events, count, () => new Worked(payload));
  const drained = drain(count, setHandler, () => engine.isSettled('ours', 'queue'));
  await queues.resume('queue');
  const perSecond = await drained;
  await engine.clear('ours');
  return perSecond;
}

async function workOffPlain(engine, options, count) {
  await engine.plain.sendMany('worked', count);
  let end;
  const work = async (onHandled) => {
    end = await engine.plain.work('worked', options, onHandled);
  };
  const perSecond = await drain(count, work, () => engine.isSettled('plain', 'worked'));
  await end();
  await engine.clear('plain');
  return perSecond;
}

/** @returns how many a second are handled, and recorded as that, from now on until the last */
async function drain(count, start, isSettled) {
  let handled = 0;
  const { promise: allHandled, resolve } = Promise.withResolvers();
  const startedAt = performance.now();
  await start(() => {
    if (++handled === count) resolve();
  });
  await allHandled;
  while (!(await isSettled())) await setTimeout(1);
  return (count / (performance.now() - startedAt)) * 1000;
}
