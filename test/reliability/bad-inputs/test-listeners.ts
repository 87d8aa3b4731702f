import { setTimeout as delay } from 'node:timers/promises';
import { FallbackExhaustedError, type ResilientDriver, RetryExhaustedError } from 'nestjs-event-drivers';
import type { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { settle } from '../../support/drivers.js';
import { until } from '../../support/until.js';
import { alike, type EveryDriver, IN_PROCESS, onEach, STORING } from './every-driver.js';
import { type Misdeed, Odd, OddListener, RETURNED, THROWN } from './listeners.js';

const MISDEEDS: readonly (readonly [kind: string, how: Misdeed])[] = [
  ...Object.keys(THROWN).flatMap((kind) => [[kind, 'throw'] as const, [kind, 'throw at once'] as const]),
  ...Object.keys(RETURNED).map((kind) => [kind, 'return'] as const),
];

/** What drivers that store nothing make of what a listener throws; the others reject with that itself. */
const MADE_OF_THROWN: Readonly<Record<string, string>> = {
  background: 'resolves',
  resilient: 'resolves',
  retry: 'retries exhausted',
  fallback: 'fallback exhausted',
};

interface Count {
  readonly open: number;
  readonly completed: number;
  readonly failed: number;
}

/** How many deliveries of `Odd` are where in each store. */
async function countIn({ queues, engines }: EveryDriver): Promise<Record<string, Count>> {
  const counts = (await queues.count()).filter(({ event }) => event === 'odd');
  return onEach(Object.keys(engines), async (store) => {
    const ofStore = counts.filter(({ driver }) => driver === store);
    const sum = (name: 'ready' | 'delayed' | 'active' | 'completed' | 'failed'): number =>
      ofStore.reduce((total, count) => total + count[name], 0);
    return {
      open: sum('ready') + sum('delayed') + sum('active'),
      completed: sum('completed'),
      failed: sum('failed'),
    };
  });
}

async function describeOutcome(dispatched: Promise<void>, listener: OddListener): Promise<string> {
  try {
    await dispatched;
    return 'resolves';
  } catch (error) {
    if (Object.is(error, listener.thrown)) return 'rejects with that';
    if (error instanceof FallbackExhaustedError) return 'fallback exhausted';
    return error instanceof RetryExhaustedError && Object.is(error.cause, listener.thrown)
      ? 'retries exhausted'
      : 'rejects with something else';
  }
}

/** Has a listener hang, in a store that takes it for dead. */
async function hang(bench: EveryDriver, listener: OddListener): Promise<void> {
  await bench.events.dispatch(new Odd({ kind: 'resolves', how: 'hang' }), 'embedded');
  await until('it runs', () => listener.signals.length === 1);
  const database = (bench.engines['embedded'] as PgBossWorkerCreator).getClient<{
    query(text: string): Promise<unknown>;
  }>();
  await database.query(
    `UPDATE pgboss.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'`,
  );
}

async function misbehave(bench: EveryDriver): Promise<void> {
  const stores = Object.keys(bench.engines);
  const each = STORING.length / stores.length;
  const failed = Object.keys(THROWN).length * 2 * each;
  const ended = { open: 0, completed: Object.keys(RETURNED).length * each, failed };
  // What hangs.
  const expected = { ...alike(stores, ended), embedded: { ...ended, open: 1 } };
  await Promise.all(
    MISDEEDS.flatMap(([kind, how]) =>
      STORING.map((driver) => bench.events.dispatch(new Odd({ kind, how }), driver)),
    ),
  );
  await until('all have ended', async () => {
    const counts = Object.values(await countIn(bench));
    return counts.reduce((sum, { open }) => sum + open, 0) === 1;
  });
  expect(await countIn(bench)).toEqual(expected);
  for (const driver of stores) {
    const letters = await bench.queues.listFailed({ driver, event: 'odd' }, 1000);
    expect(letters).toHaveLength(failed);
    for (const { reason } of letters) expect(reason.length).toBeLessThan(5000);
  }
}

export function testListeners(bench: EveryDriver): void {
  it('end in time in every store, and are not taken for dead by the process that they run in', async () => {
    const listener = bench.get(OddListener);
    await hang(bench, listener);
    const since = performance.now();
    await misbehave(bench);
    // Long enough for what looks after the queues to come by twice.
    await delay(Math.max(0, 2500 - (performance.now() - since)));
    expect((await countIn(bench))['embedded']).toMatchObject({ open: 1 });
    expect(listener.signals.map(({ aborted }) => aborted)).toEqual([false]);
    listener.settle[0]!();
    await until('it is done', async () => (await countIn(bench))['embedded']!.open === 0);
  });

  it.each(MISDEEDS)('have one verdict of all that store nothing: %s, %s', async (kind, how) => {
    const drivers = Object.keys(IN_PROCESS);
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const listener = bench.get(OddListener);
    const outcomes = await onEach(drivers, async (driver) => {
      const outcome = await describeOutcome(bench.events.dispatch(new Odd({ kind, how }), driver), listener);
      await settle();
      return outcome;
    });
    process.off('unhandledRejection', note);
    const expected = alike(drivers, how === 'return' ? 'resolves' : 'rejects with that');
    expect(outcomes).toEqual(how === 'return' ? expected : { ...expected, ...MADE_OF_THROWN });
    expect(unhandled).toEqual([]);
  });

  it('are kept with a reason of bounded length by what keeps what has failed', async () => {
    const kept = await bench.events.getDriver<ResilientDriver>('resilient').getFailedStore().list();
    expect(kept).toHaveLength(Object.keys(THROWN).length * 2);
    for (const { reason } of kept) expect(reason.length).toBeLessThan(5000);
  });
}
