/** Storing, with some number of callers that each wait until theirs is stored, beside the engine's own call. */
import { alternate } from './support/alternate.mjs';
import { atLeast, compare, toComparison } from './support/comparison.mjs';
import { openEngine } from './support/engines/index.mjs';
import { payload } from './support/engines/plain-pg-boss.mjs';
import { load, pluck } from './support/load.mjs';
import { startQueueApp, Stored } from './support/queue-app.mjs';
import { measureBadPayloads } from './support/bad-payloads.mjs';

export const ROUNDS = 9;

/** How often each stores for a second before any is measured: so long it goes on getting faster. */
const WARM_UPS = 6;

const WANTED = {
  postgres: { 1: 1.5, 100: 20, 1000: 30, p99: 15, bullMq: 1.8 },
  pglite: { 100: 19, 1000: 24 },
  redis: { 1: 0.95, 100: 0.95, 1000: 0.95 },
};

const toWanted = (limit) => (limit === undefined ? undefined : atLeast(limit));

export async function run({ rounds, engine: name }) {
  const engine = await openEngine(name);
  const app = await startQueueApp(engine);
  const redis = name === 'postgres' ? await openEngine('redis') : undefined;
  await alternate(createContenders(1000, engine, app, redis), { rounds: WARM_UPS });
  const rows = [];
  for (const callers of [1, 100, 1000]) {
    const measured = await alternate(createContenders(callers, engine, app, redis), { rounds, warmUp: 1 });
    rows.push(...toRows(callers, measured, engine, WANTED[name]));
  }
  const bad = await measureBadPayloads(engine, app, rounds);
  return {
    tables: [
      toComparison(`Storing on ${engine.name}`, rows),
      toComparison('Payloads that cannot be stored', bad),
    ],
    packages: [...engine.packages, ...(redis?.packages ?? [])],
    notes: [...engine.notes, ...(redis?.notes ?? [])],
  };
}

/** What has been stored is removed before the next one begins: a full table costs whoever comes later. */
function createContenders(callers, engine, { events }, redis) {
  const measure = async (side, action, of = engine) => {
    const result = await load(callers, action);
    await of.clear(side);
    return result;
  };
  return {
    ours: () => measure('ours', () => events.dispatch(new Stored(payload))),
    plain: () => measure('plain', () => engine.plain.send('stored')),
    ...(redis !== undefined &&
      callers === 1000 && { bullMq: () => measure('plain', () => redis.plain.send('stored'), redis) }),
  };
}

function toRows(callers, { ours, plain, bullMq }, engine, wanted) {
  const peer = `${engine.plain.name} ${engine.plain.storeCall}`;
  const against = (key, unit, theirs, name, limit) =>
    compare({
      title: `${key === 'p99' ? 'p99 latency' : 'stored'}, ${callers} in flight`,
      ours: pluck(ours, key),
      theirs: pluck(theirs, key),
      peer: name,
      unit,
      wanted: toWanted(limit),
    });
  const rows = [against('perSecond', '/s', plain, peer, wanted[callers])];
  if (callers === 1000) rows.push(against('p99', 'ms', plain, peer, wanted.p99));
  if (bullMq !== undefined) {
    rows.push(against('perSecond', '/s', bullMq, 'BullMQ queue.add() on Redis', wanted.bullMq));
  }
  return rows;
}
