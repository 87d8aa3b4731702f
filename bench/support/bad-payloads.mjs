import { InvalidPayloadError } from 'nestjs-event-drivers';
import { alternate } from './alternate.mjs';
import { atLeast, compare } from './comparison.mjs';
import { payload } from './engines/plain-pg-boss.mjs';
import { load } from './load.mjs';
import { Stored } from './queue-app.mjs';

const CALLERS = 1000;
const EVERY = 100;
const bad = { ...payload, customer: 'c-\u0000' };

/** Callers who store together, one in a hundred of whom has what no store would take: the others are not to suffer. */
export async function measureBadPayloads(engine, { events, queues }, rounds) {
  const measured = await alternate(
    {
      clean: () => measure(engine, events, queues, Infinity),
      mixed: () => measure(engine, events, queues, EVERY),
    },
    { rounds, warmUp: 1 },
  );
  return [
    compare({
      title: `stored, one payload in ${EVERY} bad, ${CALLERS} in flight`,
      ours: measured.mixed,
      theirs: measured.clean,
      peer: 'dispatch(), none bad',
      unit: '/s',
      wanted: atLeast(0.9),
    }),
  ];
}

/** @returns how many were stored a second. @throws if another caller than those was rejected, or one of them was not */
async function measure(engine, events, queues, every) {
  const counts = { bad: 0, good: 0, rejected: 0 };
  const { perSecond } = await load(CALLERS, async (index) => {
    const isBad = index % every === every - 1;
    counts[isBad ? 'bad' : 'good']++;
    try {
      await events.dispatch(new Stored(isBad ? bad : payload));
      if (isBad) throw new Error('A payload that cannot be stored was accepted');
    } catch (error) {
      if (!isBad || !(error instanceof InvalidPayloadError)) throw error;
      counts.rejected++;
    }
  });
  const stored = (await queues.count()).reduce((sum, { ready }) => sum + ready, 0);
  await engine.clear('ours');
  if (stored !== counts.good || counts.rejected !== counts.bad) {
    throw new Error(`${stored} of ${counts.good} stored, ${counts.rejected} of ${counts.bad} rejected`);
  }
  return (perSecond * counts.good) / (counts.good + counts.bad);
}
