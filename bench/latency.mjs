/**
 * From dispatch to listener, ten times a second, beside the engine's own call that only stores, as often: what a machine
 * that has little to do takes to wake up is part of both.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { alternateSlices } from './support/alternate.mjs';
import { atMost, compare, toComparison } from './support/comparison.mjs';
import { openEngine } from './support/engines/index.mjs';
import { pluck } from './support/load.mjs';
import { setHandler, startQueueApp, Worked } from './support/queue-app.mjs';
import { percentile } from './support/statistics.mjs';

export const ROUNDS = 5;

const INTERVAL_MS = 100;
const EVENTS = 20;

export async function run({ rounds, engine: name }) {
  const engine = await openEngine(name);
  const { events, settle } = await startQueueApp(engine);
  let no = 0;
  const contenders = {
    ours: () => measure(() => dispatchUntilHandled(events, { no: no++ })),
    plain: () => measure(() => engine.plain.send('stored', { no: no++ })),
    stored: () => measure(() => events.dispatch(new Worked({ no: no++ }))),
  };
  const { ours, plain, stored } = await alternateSlices(contenders, {
    rounds,
    slices: EVENTS,
    warmUp: 1,
    combine: (times) => ({ p50: percentile(times, 0.5), p90: percentile(times, 0.9) }),
  });
  await settle();
  const against = (title, measured, key, wanted) =>
    compare({
      title,
      ours: pluck(measured, key),
      theirs: pluck(plain, key),
      peer: `${engine.plain.name} ${engine.plain.storeCall}`,
      unit: 'ms',
      wanted,
      isProportion: true,
    });
  const rows = [
    against('p50 from dispatch() to the listener', ours, 'p50', atMost(1.6)),
    against('p90 from dispatch() to the listener', ours, 'p90'),
    against('p50 of dispatch() until stored', stored, 'p50'),
  ];
  const { packages, notes } = engine;
  return { tables: [toComparison(`Ten a second on ${engine.name}`, rows)], packages, notes };
}

/** Others than this one may be handled meanwhile, and it may be before whoever dispatches is told that it is stored. */
async function dispatchUntilHandled(events, data) {
  const handled = new Promise((resolve) =>
    setHandler(({ no }) => no === data.no && resolve(performance.now())),
  );
  await events.dispatch(new Worked(data));
  return handled;
}

/**
 * Whoever it is: one every tenth of a second.
 *
 * @param action may return when it was over, where that is not when it resolves
 */
async function measure(action) {
  await sleep(INTERVAL_MS);
  const startedAt = performance.now();
  const endedAt = await action();
  return (typeof endedAt === 'number' ? endedAt : performance.now()) - startedAt;
}
