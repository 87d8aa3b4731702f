import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { InvalidOptionsError } from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { TestClock } from 'pg-boss';
import { openEmbeddedDatabase } from '../../../lib/pg-boss/embedded/index.js';
import { HandClock } from '../../support/hand-clock.js';
import { until } from '../../support/until.js';
import { ClockBench, failed } from './support/clock-bench.js';

Logger.overrideLogger(false);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LABELS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

const benches: ClockBench[] = [];

afterEach(async () => {
  await Promise.all(benches.map(({ engine }) => engine.close()));
  const errors = benches.splice(0).flatMap((bench) => bench.errors);
  expect(errors).toEqual([]);
});

async function open(...args: Parameters<ClockBench['open']>): Promise<ClockBench> {
  const bench = new ClockBench();
  benches.push(bench);
  return bench.open(...args);
}

describe('The embedded database by a clock that is moved by hand', () => {
  it('runs what is delayed in its time, in as many steps as there are deliveries', async () => {
    const bench = await open();
    await bench.work();
    await bench.store('day', { delayMs: DAY_MS });
    await bench.store('noon', { at: new Date(bench.clock.now() + DAY_MS / 2) });
    await bench.store('now');
    expect(await bench.advance(DAY_MS - 1)).toBeLessThanOrEqual(2);
    expect(bench.ran).toEqual(['now 1 at 0', `noon 1 at ${DAY_MS / 2}`]);
    expect(await bench.count()).toMatchObject({ ready: 0, delayed: 1 });
    await bench.advance(1);
    expect(bench.ran).toEqual(['now 1 at 0', `noon 1 at ${DAY_MS / 2}`, `day 1 at ${DAY_MS}`]);
  });

  it('waits between attempts, and as long as what is postponed asks for', async () => {
    const bench = await open();
    let postponements = 0;
    await bench.work((label, { attempt }) => {
      if (label === 'fails') return attempt < 3 ? failed(attempt * 10_000) : undefined;
      return postponements++ < 2 ? { status: 'postponed', delayMs: 7000 } : undefined;
    });
    await bench.storeAll(['fails', 'waits']);
    await bench.advance(HOUR_MS);
    expect(bench.ran).toEqual([
      'fails 1 at 0',
      'waits 1 at 0',
      'waits 1 at 7000',
      'fails 2 at 10000',
      'waits 1 at 14000',
      'fails 3 at 30000',
    ]);
  });

  it('runs what has a higher priority first, and of one priority what was stored first', async () => {
    const bench = await open();
    for (const label of LABELS) await bench.store(label);
    await bench.storeAll(['high', 'higher'].toReversed(), { priority: 5 });
    await bench.store('highest', { priority: 6 });
    await bench.storeAll(['i', 'j', 'k']);
    await bench.work(undefined, { concurrency: 1 });
    await bench.advance(0);
    expect(bench.labels).toEqual(['highest', 'higher', 'high', ...LABELS, 'i', 'j', 'k']);
  });

  it('keeps the order of ordering keys in what is stored at one moment', async () => {
    const bench = await open();
    await bench.storeAll(LABELS.slice(0, 4), { orderingKey: 'k' });
    for (const label of LABELS.slice(4)) await bench.store(label, { orderingKey: 'k' });
    await bench.work((label, { attempt }) => (label === 'b' && attempt === 1 ? failed(60_000) : undefined));
    await bench.store('late', { orderingKey: 'k' });
    await until('b has failed', async () => bench.ran.length === 2 && (await bench.count()).active === 0);
    await bench.store('last', { orderingKey: 'k' });
    await bench.clock.advance(59_999);
    expect(bench.labels).toEqual(['a', 'b']);
    await bench.clock.advance(1);
    await bench.untilIdle();
    expect(bench.labels).toEqual(['a', 'b', 'b', ...LABELS.slice(2), 'late', 'last']);
  });

  it('keeps it as well where they were given up at one moment, and are redriven', async () => {
    const bench = await open({ retries: 0 });
    let isBroken = true;
    await bench.work(() => (isBroken ? failed(0) : undefined));
    await bench.storeAll(LABELS, { orderingKey: 'k' });
    await bench.advance(0);
    expect(await bench.deadLetters()).toEqual(LABELS.map((label) => ({ label, at: 0 })));
    isBroken = false;
    await bench.redrive(3);
    await bench.redrive();
    await bench.advance(0);
    expect(bench.labels).toEqual([...LABELS, ...LABELS]);
  });

  it('lists dead letters in the order in which they were given up', async () => {
    const bench = await open({ retries: 0 });
    await bench.work(
      (label) => (label < 'e' ? failed(0) : { status: 'dead', error: { name: 'E', message: 'no' } }),
      {
        concurrency: 1,
      },
    );
    await bench.storeAll(LABELS, { delayMs: 5000 });
    await bench.advance(5000);
    expect(await bench.deadLetters()).toEqual(LABELS.map((label) => ({ label, at: 5000 })));
  });

  it('has pg-boss forget what is done once its time has come', async () => {
    const bench = await open();
    await bench.work();
    const id = '00000000-0000-4000-8000-000000000001';
    await bench.store('a', {}, id);
    await bench.advance(0);
    await bench.store('a', {}, id);
    await bench.advance(2 * DAY_MS);
    expect(bench.labels).toEqual(['a']);
    expect((await bench.count()).completed).toBe(0);
    await bench.store('a', {}, id);
    await bench.advance(0);
    expect(bench.labels).toEqual(['a', 'a']);
  });

  it('goes on while a listener waits for the time in its transaction', async () => {
    const bench = await open();
    await bench.work(async (label, claim) => {
      if (label !== 'waits') return undefined;
      await claim.runInTransaction?.(() => bench.clock.sleep(60_000));
      return { status: 'settled' };
    });
    await bench.store('later', { delayMs: 120_000 });
    await bench.store('waits');
    await bench.clock.advance(60_000);
    await bench.untilIdle();
    await bench.advance(60_000);
    expect(bench.labels).toEqual(['waits', 'later']);
  });

  it('is not moved any more once it is closed', async () => {
    const bench = await open();
    await bench.work();
    await bench.engine.close();
    await bench.clock.advance(DAY_MS);
    expect(bench.ran).toEqual([]);
  });

  describe('in a folder', () => {
    const parent = mkdtempSync(join(tmpdir(), 'clock-'));
    afterAll(() => rmSync(parent, { recursive: true, force: true }));

    it('leaves it as any other', async () => {
      const folder = join(parent, 'closed');
      const bench = new ClockBench(undefined, folder);
      await bench.open();
      await bench.store('a', { delayMs: HOUR_MS });
      await bench.engine.close();
      expect(await isRestored(folder)).toBe(true);
      expect(await runBySystemTime(folder)).toEqual(['b']);
    });

    it('puts its time right where the process was killed', async () => {
      const folder = join(parent, 'killed');
      await (await new ClockBench(undefined, folder).open()).engine.close();
      const database = await openEmbeddedDatabase({ folder, schema: 'pgboss', onError: () => undefined });
      await new TestClock(0).attach({ db: database.db, schema: 'pgboss' });
      await database.close();
      expect(await isRestored(folder)).toBe(false);
      expect(await runBySystemTime(folder)).toEqual(['b']);
      expect(await isRestored(folder)).toBe(true);
    });
  });

  it('is not to be had on a server', async () => {
    const engine = new PgBossWorkerCreator({ connection: 'postgres://localhost:1/none' });
    const opening = engine.open({
      queues: [],
      isWorker: true,
      strict: false,
      clock: new HandClock(),
      onError: () => undefined,
      onWarning: () => undefined,
    });
    await expect(opening).rejects.toThrow(InvalidOptionsError);
    await expect(opening).rejects.toThrow(/cannot be moved.*embedded: 'memory'.*InMemoryWorkerCreator/);
  });
});

/** Whether the database goes by the time of the system. */
async function isRestored(folder: string): Promise<boolean> {
  const database = await openEmbeddedDatabase({ folder, schema: 'pgboss', onError: () => undefined });
  const { rows } = await database.db.executeSql(
    `SELECT prosrc NOT LIKE '%test_clock%' AND to_regclass('pgboss.__pgboss_test_clock') IS NULL AS yes
    FROM pg_proc WHERE oid = to_regproc('pgboss.job_now')`,
  );
  await database.close();
  return (rows as { yes: boolean }[])[0]?.yes === true;
}

async function runBySystemTime(folder: string): Promise<string[]> {
  const bench = new ClockBench(new HandClock(), folder);
  await bench.open({}, false);
  await bench.work();
  await bench.store('b');
  await bench.untilIdle();
  await bench.engine.close();
  return bench.labels;
}
