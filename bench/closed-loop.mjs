/** Callers that each dispatch, wait until it has been handled, and go on; beside pg-boss and BullMQ, in one run. */
import { alternate } from './support/alternate.mjs';
import { atLeast, compare, toComparison } from './support/comparison.mjs';
import { openEngine } from './support/engines/index.mjs';
import { load, pluck } from './support/load.mjs';
import { setHandler, startQueueApp, Worked } from './support/queue-app.mjs';

export const ROUNDS = 5;

const DURATION_MS = 2000;
const WANTED = { 1000: { pgBoss: 17, bullMq: 1.25 }, 100: { pgBoss: 8, bullMq: 0.8 } };

export async function run({ rounds }) {
  const postgres = await openEngine('postgres', { listens: true });
  const redis = await openEngine('redis');
  const { events, settle } = await startQueueApp(postgres);
  const rows = [];
  for (const callers of [1000, 100]) {
    const contenders = {
      ours: () => loopOurs(callers, postgres, events, settle),
      pgBoss: () => loopPlain(callers, postgres, { batchSize: 500, localConcurrency: 2 }),
      bullMq: () => loopPlain(callers, redis, { concurrency: 100 }),
    };
    rows.push(...toRows(callers, await alternate(contenders, { rounds, warmUp: 3 })));
  }
  return {
    tables: [toComparison('Dispatch, wait until handled, go on', rows)],
    packages: [...postgres.packages, ...redis.packages],
    notes: [...postgres.notes, ...redis.notes],
  };
}

/** Who waits for which delivery; each is known by the number that its payload has. */
function createLoop() {
  const waiting = new Map();
  return {
    onHandled: ({ no }) => {
      waiting.get(no)?.();
      waiting.delete(no);
    },
    call: async (no, send) => {
      const handled = new Promise((resolve) => waiting.set(no, resolve));
      await Promise.all([send({ no }), handled]);
    },
  };
}

async function loopOurs(callers, engine, events, settle) {
  const { onHandled, call } = createLoop();
  setHandler(onHandled);
  const result = await load(
    callers,
    (no) => call(no, (data) => events.dispatch(new Worked(data))),
    DURATION_MS,
  );
  await settle();
  await engine.clear('ours');
  return result;
}

async function loopPlain(callers, { plain, clear }, options) {
  const { onHandled, call } = createLoop();
  const end = await plain.work('looped', options, onHandled);
  const result = await load(callers, (no) => call(no, (data) => plain.send('looped', data)), DURATION_MS);
  await end();
  await clear('plain');
  return result;
}

function toRows(callers, { ours, pgBoss, bullMq }) {
  const against = (key, unit, theirs, peer, limit) =>
    compare({
      title: `${key === 'p99' ? 'p99 until handled' : 'handled'}, ${callers} callers`,
      ours: pluck(ours, key),
      theirs: pluck(theirs, key),
      peer,
      unit,
      wanted: limit === undefined ? undefined : atLeast(limit),
    });
  const [boss, bull] = ['pg-boss, batch 500 ×2, LISTEN/NOTIFY', 'BullMQ on Redis, concurrency 100'];
  return [
    against('perSecond', '/s', pgBoss, boss, WANTED[callers].pgBoss),
    against('perSecond', '/s', bullMq, bull, WANTED[callers].bullMq),
    against('p99', 'ms', pgBoss, boss),
    against('p99', 'ms', bullMq, bull),
  ];
}
