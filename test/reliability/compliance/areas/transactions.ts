import { getKills, getLoad } from '../../../support/load.js';
import { until } from '../../../support/until.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';
import { isDead } from '../verdict.js';

/** What is promised of effects in the database that has the queue. */
export const transactions: Area = {
  title: 'Transactions',
  scenarios: [
    {
      id: 'H4',
      title: 'a row is there if and only if its event is, killed at any moment of their transaction',
      needs: ['transactional'],
      run: killOutbox,
    },
    {
      id: 'H5',
      isLong: true,
      title:
        'transactions that are committed in another order than they began have all their events delivered',
      needs: ['transactional'],
      run: commitOutOfOrder,
    },
    {
      id: 'H3',
      title: 'nothing is delivered of a transaction that is rolled back',
      needs: ['transactional'],
      run: rollBack,
    },
    {
      id: 'B6',
      isLong: true,
      title: 'a transactional listener has its effect once, killed between the effect and its completion',
      needs: ['transactional'],
      run: haveEffectsOnce,
    },
    {
      id: 'runOnce',
      isShared: true,
      title: 'what is to run once is run once, and is a dead letter then',
      run: runOnce,
    },
  ],
};

async function readEffects({ store }: Bench): Promise<string[]> {
  const rows = (await store.query!(`SELECT id FROM ${store.table}`)) as { id: string }[];
  return rows.map(({ id }) => id);
}

async function killOutbox(bench: Bench): Promise<string> {
  const { table } = bench.store;
  await bench.store.query!(`CREATE TABLE ${table} (id text)`);
  const { ledgers, store } = bench;
  const kills = getKills(1);
  for (let round = 0; round < kills; round++) {
    const before = ledgers.count('acked');
    const child = await bench.start({ workers: false });
    child.tell({ dispatch: `r${round}`, parallel: 5, outbox: table! });
    await until('some are acknowledged', () => ledgers.count('acked') > before + getLoad(50, 1000));
    await bench.pause(50);
    await bench.kill(child);
  }
  const effects = await readEffects(bench);
  const stored = (await store.read()).map(({ task }) => task);
  expect(effects.toSorted()).toEqual(stored.toSorted());
  const there = new Set(stored);
  expect(ledgers.ids('acked').filter((id) => !there.has(id))).toEqual([]);
  return `${kills} kills, ${effects.length} rows, none without its event, no event without its row`;
}

async function commitOutOfOrder(bench: Bench): Promise<string> {
  const { table } = bench.store;
  await bench.store.query!(`CREATE TABLE ${table} (id text)`);
  const count = getLoad(100, 10_000);
  const child = await bench.start();
  await child.dispatch({ dispatch: 'a', parallel: 20, count, outbox: table!, holdMs: 20 });
  await bench.untilSettled(child);
  await bench.terminate(child);
  const done = bench.ledgers.ids('done');
  expect(done).toHaveLength(count);
  expect(new Set(done).size).toBe(count);
  return `${count} transactions, each open for up to 20 ms: ${count} delivered`;
}

async function rollBack(bench: Bench): Promise<string> {
  const { table } = bench.store;
  await bench.store.query!(`CREATE TABLE ${table} (id text)`);
  const count = getLoad(50, 1000);
  const child = await bench.start();
  await child.dispatch({ dispatch: 'r', parallel: 5, count, outbox: table!, isRolledBack: true });
  await child.dispatch({ dispatch: 'c', parallel: 5, count, outbox: table! });
  await bench.untilSettled(child);
  await bench.terminate(child);
  const done = bench.ledgers.ids('done');
  expect(done.toSorted()).toEqual(Array.from({ length: count }, (_, index) => `c-${index}`).toSorted());
  expect(await readEffects(bench)).toHaveLength(count);
  return `0 of ${count} delivered, ${count} of ${count} of those that were committed`;
}

async function haveEffectsOnce(bench: Bench): Promise<string> {
  const { table } = bench.store;
  await bench.store.query!(`CREATE TABLE ${table} (id text)`);
  const { ledgers } = bench;
  const count = getLoad(20, 200);
  const options = { retries: 20 };
  await bench.dispatch({
    dispatch: 'a',
    parallel: 1,
    count,
    batch: count,
    payload: { table: table!, ms: 5 },
    options,
  });
  for (let round = 0; round < getKills(1); round++) {
    const payload = { table: table!, behaviour: 'die-when-done' } as const;
    const child = await bench.start();
    child.tell({ dispatch: `b${round}`, parallel: 1, count: 1, payload, options });
    await bench.untilKilled(child);
  }
  const worker = await bench.start();
  const before = ledgers.count('done');
  await until('some more are done', () => ledgers.count('done') > before);
  await bench.kill(worker);
  const figure = await bench.expectNothingLost({ repeated: bench.kills * 100, unacknowledged: bench.kills });
  const effects = await readEffects(bench);
  expect(new Set(effects).size).toBe(effects.length);
  expect(effects.length).toBe(new Set(ledgers.ids('done')).size);
  return `${figure}; ${effects.length} effects, each once`;
}

async function runOnce(bench: Bench): Promise<string> {
  const kills = getKills(1);
  for (let round = 0; round < kills; round++) {
    const child = await bench.start({ runOnce: true });
    child.tell({ dispatch: `once${round}`, parallel: 1, count: 1, payload: { behaviour: 'die' } });
    await bench.untilKilled(child);
  }
  await bench.settle({ runOnce: true });
  for (let round = 0; round < kills; round++) expect(bench.startsOf(`once${round}-0`)).toBe(1);
  expect((await bench.store.read()).filter(isDead)).toHaveLength(kills);
  return `${kills} kills, 1 run each`;
}
