/** Working off with one, two, four and eight processes on one PostgreSQL, and whose processors are busy with it. */
import { availableParallelism } from 'node:os';
import { alternate } from './support/alternate.mjs';
import { defer } from './support/clean-up.mjs';
import { format } from './support/comparison.mjs';
import { openEngine } from './support/engines/index.mjs';
import { payload } from './support/engines/plain-pg-boss.mjs';
import { url } from './support/engines/postgres.mjs';
import { readProcessorTime, spentBetween } from './support/processor-time.mjs';
import { startQueueApp, Worked } from './support/queue-app.mjs';
import { pluck } from './support/load.mjs';
import { summarize } from './support/statistics.mjs';
import { storeMany } from './support/store-many.mjs';
import { startWorkers } from './support/worker-processes.mjs';

export const ROUNDS = 2;

const PROCESSES = [1, 2, 4, 8];
const COUNT = 30_000;

export async function run({ rounds }) {
  const engine = await openEngine('postgres');
  const { events } = await startQueueApp(engine, {}, { workers: false });
  const contenders = {};
  for (const processes of PROCESSES) {
    contenders[`ours ${processes}`] = () => measure('ours', processes, engine, events);
    contenders[`plain ${processes}`] = () => measure('plain', processes, engine, events);
  }
  const measured = await alternate(contenders, { rounds });
  const toTable = (side, title) => ({
    title: `${title}: ${COUNT} no-ops worked off on ${engine.name}`,
    head: ['worker processes', 'handled', 'beside one process', 'processors busy: PostgreSQL', 'Node'],
    rows: PROCESSES.map((processes) =>
      toRow(processes, measured[`${side} ${processes}`], measured[`${side} 1`]),
    ),
  });
  return {
    tables: [toTable('ours', 'This library'), toTable('plain', 'pg-boss, batch 500 ×2')],
    packages: engine.packages,
    notes: [...engine.notes, `${availableParallelism()} processors, for PostgreSQL and all of the workers`],
  };
}

async function measure(side, processes, engine, events) {
  const workers = await startWorkers(processes, side, url, engine.schemas[side]);
  defer(() => workers.stop());
  await storeAtOnce(side, engine, events);
  const startedAt = performance.timeOrigin + performance.now();
  const before = await readTimes(engine.client, workers.pids);
  const endedAt = await workers.whenHandled(COUNT);
  const after = await readTimes(engine.client, workers.pids);
  await workers.stop();
  await engine.clear(side);
  const seconds = (endedAt - startedAt) / 1000;
  return {
    perSecond: COUNT / seconds,
    postgres: spentBetween(before.postgres, after.postgres) / seconds,
    node: spentBetween(before.node, after.node) / seconds,
  };
}

/** All are there for all workers at the same moment: that of the commit. */
async function storeAtOnce(side, { client, plain }, events) {
  await client.query('BEGIN');
  if (side === 'ours') {
    await storeMany(events, COUNT, () => new Worked(payload), { transaction: client });
  } else {
    const db = { executeSql: (text, values) => client.query(text, values) };
    await plain.sendMany('looped', COUNT, { db });
  }
  await client.query('COMMIT');
}

async function readTimes(client, pids) {
  const { rows } = await client.query('SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
  const backends = rows.map(({ pid }) => pid);
  return { postgres: readProcessorTime(backends, 'postgres'), node: readProcessorTime(pids) };
}

function toRow(processes, measured, ofOne) {
  const { median, p10, p90 } = summarize(pluck(measured, 'perSecond'));
  const cores = (key) => {
    const value = summarize(pluck(measured, key)).median;
    // There is none where the server is on another machine, or the kernel is not Linux.
    return value > 0 ? value.toFixed(2) : 'n/a';
  };
  return [
    String(processes),
    `${format(median, '/s')} (${format(p10, '/s')} to ${format(p90, '/s')})`,
    `${(median / summarize(pluck(ofOne, 'perSecond')).median).toFixed(2)}×`,
    cores('postgres'),
    cores('node'),
  ];
}
