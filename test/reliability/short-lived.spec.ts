import { type PgBossJob, toTakenJob } from '../../lib/pg-boss/pg-boss-job.js';
import { WatchedSet } from '../../lib/pg-boss/postgres/watched-set.js';
import { Coalescer } from '../../lib/queue/coalescer.js';
import { HeldJobs } from '../../lib/queue/consumer/held-jobs.js';
import { Bag, type BagEntry } from '../../lib/utils/bag.js';
import { collectGarbage } from '../support/collect-garbage.js';
import { createPgBossSettler } from '../support/pg-boss-settler.js';

const ROUNDS = 200;
const AT_A_TIME = 50;
const MEGABYTE = 2 ** 20;

let count = 0;

/** A job that is seen if it is kept: 2 KB. */
function createJob(): PgBossJob {
  const payload = Array.from({ length: 250 }, () => 0);
  return toTakenJob(`${count++}`, { event: 'event', version: 1, eventId: 'event id', payload }, 2);
}

function createJobs(): PgBossJob[] {
  return Array.from({ length: AT_A_TIME }, createJob);
}

/**
 * How many bytes are left after the garbage of each round has been collected as it nearly always is: among the young. What
 * an old object refers to is kept then, even if nobody has a use for that one any more.
 */
async function measureLeft(round: () => unknown): Promise<number> {
  for (let warmUp = 0; warmUp < 10; warmUp++) await round();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let left = ROUNDS; left > 0; left--) {
    await round();
    collectGarbage({ type: 'minor' });
  }
  return process.memoryUsage().heapUsed - before;
}

/** All of them together are 20 MB. */
const LITTLE = 2 * MEGABYTE;

it('keeps none of the jobs that were in hand', async () => {
  const held = new HeldJobs<PgBossJob>();
  const left = await measureLeft(() => {
    const before = held.filter(() => true);
    held.add(createJobs());
    held.takeReady();
    for (const one of before) held.delete(one);
  });
  expect(held.size).toBe(AT_A_TIME);
  expect(left).toBeLessThan(LITTLE);
});

it('keeps none of the jobs that were completed', async () => {
  const settler = createPgBossSettler({ complete: async () => undefined });
  let last: Promise<void> | undefined;
  const left = await measureLeft(async () => {
    const before = last;
    last = settler.complete(createJobs());
    await before;
  });
  expect(left).toBeLessThan(LITTLE);
});

it('keeps none of the deliveries that were stored', async () => {
  const coalescer = new Coalescer(() => new Promise((resolve) => setImmediate(resolve)), {
    driverName: 'queue',
    maxBatchSize: AT_A_TIME,
    minShare: 1,
    maxInFlight: 2,
    maxWaiting: Infinity,
    isRefusal: () => false,
  });
  let last: Promise<unknown> | undefined;
  const left = await measureLeft(async () => {
    const before = last;
    const stored = createJobs().map(({ id, data }) => coalescer.add([{ id, data, options: {} }]));
    last = Promise.all(stored);
    await before;
  });
  expect(left).toBeLessThan(LITTLE);
});

it('keeps nothing of what there was a few of at a time', async () => {
  const set = new WatchedSet<readonly PgBossJob[]>();
  let last: readonly PgBossJob[] = [];
  const left = await measureLeft(() => {
    const before = last;
    last = createJobs();
    set.add(last);
    set.delete(before);
  });
  expect(set.size).toBe(1);
  expect(left).toBeLessThan(LITTLE);
});

it('keeps nothing of what came and went', async () => {
  const bag = new Bag<PgBossJob>();
  let last: readonly BagEntry<PgBossJob>[] = [];
  const left = await measureLeft(() => {
    const before = last;
    last = createJobs().map((job) => bag.add(job));
    for (const entry of before) bag.delete(entry);
  });
  expect(bag.size).toBe(AT_A_TIME);
  expect(left).toBeLessThan(LITTLE);
});
