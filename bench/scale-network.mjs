/** Storing in a database that is far away: with what waits sharing calls, and with a call for each. */
import { alternate } from './support/alternate.mjs';
import { amount, compare, toComparison } from './support/comparison.mjs';
import { openEngine } from './support/engines/index.mjs';
import { payload } from './support/engines/plain-pg-boss.mjs';
import { url } from './support/engines/postgres.mjs';
import { load, pluck } from './support/load.mjs';
import { startQueueApp, Stored } from './support/queue-app.mjs';
import { startSlowNetwork } from './support/slow-network.mjs';

export const ROUNDS = 3;

const DELAY_MS = 100;
const CALLERS = 100;
const MANY_CALLERS = 1000;
const DURATION_MS = 4000;
/** A call for each makes the last of them wait for long. */
const PATIENT = { storeTimeoutMs: 60_000 };

export async function run({ rounds }) {
  const connection = await startSlowNetwork(url, DELAY_MS);
  const together = await openEngine('postgres', { connection });
  const apart = await openEngine('postgres', { connection });
  const { capabilities } = apart.creator;
  // To the queue, an engine of this kind gains nothing by sharing calls.
  Object.defineProperty(apart.creator, 'capabilities', { value: { ...capabilities, batchesAtOnce: 0 } });
  const [ours, oursApart] = [await startQueueApp(together), await startQueueApp(apart, PATIENT)];
  const measured = await alternate(
    {
      together: () => load(CALLERS, () => store(ours), DURATION_MS),
      apart: () => load(CALLERS, () => store(oursApart), DURATION_MS),
      plain: () => load(CALLERS, () => together.plain.send('stored'), DURATION_MS),
      many: () => load(MANY_CALLERS, () => store(ours), DURATION_MS),
    },
    { rounds },
  );
  return {
    tables: [toComparison(`Storing, ${2 * DELAY_MS} ms to the database and back`, toRows(measured))],
    packages: together.packages,
    notes: [...together.notes, 'pg-boss and this library have 10 connections each.'],
  };
}

const store = ({ events }) => events.dispatch(new Stored(payload));

function toRows({ together, apart, plain, many }) {
  const against = (key, unit, theirs, peer) =>
    compare({
      title: `${key === 'p50' ? 'p50 latency' : 'stored'}, ${CALLERS} in flight`,
      ours: pluck(together, key),
      theirs: pluck(theirs, key),
      peer,
      unit,
    });
  const [alone, boss] = ['dispatch(), a call for each', 'pg-boss boss.send()'];
  return [
    against('perSecond', '/s', apart, alone),
    against('perSecond', '/s', plain, boss),
    against('p50', 'ms', apart, alone),
    against('p50', 'ms', plain, boss),
    amount({
      title: `stored by dispatch(), ${MANY_CALLERS} in flight`,
      values: pluck(many, 'perSecond'),
      unit: '/s',
    }),
  ];
}
