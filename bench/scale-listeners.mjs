/** Storing while the workers of other processes are told of it, beside storing with nobody else about. */
import { createHash } from 'node:crypto';
import { alternate } from './support/alternate.mjs';
import { defer } from './support/clean-up.mjs';
import { compare, toComparison } from './support/comparison.mjs';
import { openEngine } from './support/engines/index.mjs';
import { payload } from './support/engines/plain-pg-boss.mjs';
import { url } from './support/engines/postgres.mjs';
import { load } from './support/load.mjs';
import { startProcesses } from './support/processes.mjs';
import { startQueueApp, Stored } from './support/queue-app.mjs';

export const ROUNDS = 6;

const CALLERS = [1, 100];
const COUNTS = [5, 20];

export async function run({ rounds }) {
  const engine = await openEngine('postgres');
  const app = await startQueueApp(engine);
  const rows = [];
  for (const callers of CALLERS) {
    const contenders = [0, ...COUNTS].map((count) => [count, () => measure(engine, app, callers, count)]);
    rows.push(...toRows(callers, await alternate(Object.fromEntries(contenders), { rounds, warmUp: 1 })));
  }
  return {
    tables: [toComparison('Storing while others are told of it', rows)],
    packages: engine.packages,
    notes: engine.notes,
  };
}

function toRows(callers, measured) {
  return COUNTS.map((count) =>
    compare({
      title: `stored, ${callers} in flight, ${count} connections are told`,
      ours: measured[count],
      theirs: measured[0],
      peer: 'none but its own',
      unit: '/s',
    }),
  );
}

async function measure(engine, { events }, callers, count) {
  // One process for all of them: it is the server that is measured.
  const listening = await startProcesses(
    'listening-process.mjs',
    1,
    url,
    toChannel(engine.schemas.ours),
    String(count),
  );
  defer(() => listening.stop());
  const { perSecond } = await load(callers, () => events.dispatch(new Stored(payload)));
  await listening.stop();
  await engine.clear('ours');
  return perSecond;
}

/** Where pg-boss has what is stored announced. */
function toChannel(schema) {
  return `pgboss_${createHash('sha224').update(schema).digest('hex').slice(0, 24)}`;
}
