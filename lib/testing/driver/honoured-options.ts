import { setTimeout as delay } from 'node:timers/promises';
import type { DriverOptionName } from '../../driver/driver.interface.js';
import { check, equal } from '../conformance/check.js';
import type { DriverBench } from './driver-bench.js';
import { rejectsByItself, runsInTransaction, storesInTransaction } from './honoured-transactions.js';
import { QUEUE } from './suite-events.js';

/** How long what is delayed is delayed, and how much of it clocks may differ by. */
const DELAY_MS = 150;
const TOLERANCE_MS = 10;

/** For each option, what shows that a driver honours it, as far as that can be seen from outside. */
export const HONOURED: Readonly<Record<DriverOptionName, (bench: DriverBench) => Promise<void>>> = {
  delay: (bench) => isDelayed(bench, () => ({ delay: DELAY_MS })),
  at: (bench) => isDelayed(bench, () => ({ at: new Date(Date.now() + DELAY_MS) })),

  priority: async (bench) => {
    const { events } = await bench.app();
    if (!bench.honours('at')) {
      await events.dispatch(bench.done(), { priority: 1 });
      await bench.untilEnded(1);
      return;
    }
    const round = await dispatchInTime(async (at, label) => {
      await events.dispatch(bench.done(`low ${label}`), { priority: 1, at });
      await events.dispatch(bench.done(`high ${label}`), { priority: 9, at });
    });
    const getOrder = (): string[] => bench.log.started.filter((started) => started.endsWith(round));
    await bench.until('both were done', () => getOrder().length === 2);
    equal(
      getOrder(),
      [`execute high ${round}`, `execute low ${round}`],
      'the order of what is due at a time',
    );
  },

  retries: async (bench) => {
    const { events } = await bench.app(() => {
      throw new Error('the work failed');
    });
    await events.dispatch(bench.done('never'), { retries: 0 });
    await events.dispatch(bench.done('once'), { retries: 1 });
    await bench.until('the work was tried again, once', () => bench.log.runs.length === 3);
    await bench.quiet();
    equal(
      bench.log.started.toSorted(),
      ['execute never', 'execute once', 'execute once'],
      'attempts with retries: 0 and retries: 1',
      'retries says how often to try again after the first attempt',
    );
  },

  expireIn: async (bench) => {
    const { events } = await bench.app(
      ({ signal }) => new Promise((resolve) => signal?.addEventListener('abort', resolve)),
    );
    await events.dispatch(bench.done(), { expireIn: DELAY_MS });
    await bench.until('the work was begun', () => bench.log.runs.length > 0);
    const { signal } = bench.log.runs[0]!;
    check(
      signal !== undefined,
      'the work was given no signal: call execute(signal), and abort that after expireIn',
    );
    await bench.until('the signal was aborted after expireIn', () => signal.aborted);
  },

  queue: async (bench) => {
    const { events } = await bench.app();
    await events.dispatch(bench.done('a'), { queue: QUEUE });
    await events.dispatch(bench.queued('b'));
    await bench.untilEnded(2);
    await rejectsByItself('dispatching to a queue that there is none of', () =>
      events.dispatch(bench.done('c'), { queue: 'no-such-queue' }),
    );
  },

  group: async (bench) => {
    const { events } = await bench.app();
    const group = bench.unique('group');
    await events.dispatchMany([bench.done('a'), bench.done('b')], { group });
    await bench.untilEnded(2);
  },

  orderingKey: async (bench) => {
    const { events } = await bench.app(({ label }) => delay(label === 'a' ? 30 : 1));
    const orderingKey = bench.unique('key');
    for (const label of ['a', 'b', 'c']) await events.dispatch(bench.done(label), { orderingKey });
    await bench.untilEnded(3);
    equal(bench.log.started, ['execute a', 'execute b', 'execute c'], 'the order of one key');
    equal(bench.log.maxRunning, 1, 'deliveries of one key running at a time');
  },

  idempotencyKey: async (bench) => {
    const { events } = await bench.app();
    const idempotencyKey = bench.unique('key');
    for (const label of ['a', 'b']) await events.dispatch(bench.done(label), { idempotencyKey });
    await bench.untilEnded(1);
    await bench.quiet();
    equal(bench.log.started, ['execute a'], 'what ran of two events with one idempotencyKey');
    const event = bench.done('twice');
    await Promise.all([events.dispatch(event), events.dispatch(event)]);
    await bench.untilEnded(2);
    await bench.quiet();
    equal(
      bench.log.started,
      ['execute a', 'execute twice'],
      'what ran of an event that was dispatched twice',
    );
  },

  transaction: storesInTransaction,
  transactional: runsInTransaction,
};

/** Dispatches what is due at one time before it is: only then is there anything to choose from. */
async function dispatchInTime(dispatch: (at: Date, label: string) => Promise<void>): Promise<string> {
  for (let waitMs = 2 * DELAY_MS; ; waitMs *= 2) {
    const at = new Date(Date.now() + waitMs);
    await dispatch(at, String(waitMs));
    if (Date.now() < at.getTime() - TOLERANCE_MS) return String(waitMs);
  }
}

async function isDelayed(
  bench: DriverBench,
  createOptions: () => { delay: number } | { at: Date },
): Promise<void> {
  const { events } = await bench.app();
  const before = performance.now();
  await events.dispatch(bench.done(), createOptions());
  await bench.untilEnded(1);
  const waited = bench.log.runs[0]!.startedAt - before;
  check(
    waited >= DELAY_MS - TOLERANCE_MS,
    `the work was begun after ${Math.round(waited)} ms, and was to be begun after ${DELAY_MS} ms`,
  );
}
