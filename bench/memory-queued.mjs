/** What is left in memory of deliveries that have been stored and worked off. */
import { amount, atMost, toComparison } from './support/comparison.mjs';
import { openEngine } from './support/engines/index.mjs';
import { payload } from './support/engines/plain-pg-boss.mjs';
import { measureHeap } from './support/heap.mjs';
import { setHandler, startQueueApp, Worked } from './support/queue-app.mjs';
import { storeMany } from './support/store-many.mjs';

export const ROUNDS = 1;

const FEW = 10_000;
const MANY = 100_000;

export async function run({ rounds, engine: name }) {
  const engine = await openEngine(name);
  const app = await startQueueApp(engine);
  const growth = [];
  await workOff(app, FEW);
  for (let round = 0; round < rounds; round++) {
    const before = await measureHeap();
    await workOff(app, MANY);
    growth.push((await measureHeap()) - before);
    await engine.clear('ours');
  }
  const row = amount({ title: 'more on the heap', values: growth, unit: 'kB', wanted: atMost(1024) });
  const { packages, notes } = engine;
  return {
    tables: [toComparison(`After ${MANY} deliveries stored and worked off on ${engine.name}`, [row])],
    packages,
    notes,
  };
}

async function workOff({ events, settle }, count) {
  const { promise: done, resolve } = Promise.withResolvers();
  let handled = 0;
  setHandler(() => {
    if (++handled === count) resolve();
  });
  await storeMany(events, count, () => new Worked(payload));
  await done;
  await settle();
  setHandler(() => {});
}
