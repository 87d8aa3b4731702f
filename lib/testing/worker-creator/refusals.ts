import type { StoreOptions } from '../../queue/stored-delivery.js';
import type { EngineCapabilities } from '../../queue/engine-capabilities.js';
import type { Bench } from './bench.js';
import { check, equal, rejection } from '../conformance/check.js';

/** Checks that an engine refuses what needs a capability that it lacks, and stores nothing of it. */
export async function refuse(bench: Bench, lacking: readonly (keyof EngineCapabilities)[]): Promise<void> {
  await bench.open();
  for (const capability of lacking) await REFUSALS[capability]?.(bench);
}

const REFUSALS: Partial<Record<keyof EngineCapabilities, (bench: Bench) => Promise<void>>> = {
  transactions: async (bench) => {
    await rejection('storing in a transaction', () =>
      bench.engine.store(bench.queue, [bench.delivery('a')], {}),
    );
    await checkNothingStored(bench);
  },
  transactionalListeners: async (bench) => {
    const log = await bench.work();
    await bench.store('a');
    await bench.until('a ran', () => log.ended === 1);
    check(log.runs[0]!.claim.runInTransaction === undefined, 'the claim has runInTransaction all the same');
  },
  delay: async (bench) => {
    await refuseOption(bench, { delayMs: 60_000 });
    await refuseOption(bench, { at: new Date(Date.now() + 60_000) });
  },
  priority: (bench) => refuseOption(bench, { priority: 1 }),
  groups: async (bench) => {
    await refuseOption(bench, { group: 'tenant' });
    await rejection('working with groupConcurrency', () => bench.work(() => {}, { groupConcurrency: 1 }));
  },
  rateLimits: async (bench) => {
    const rateLimit = { max: 1, durationMs: 1000 };
    await rejection('working with rateLimit', () => bench.work(() => {}, { rateLimit }));
  },
  orderingKeys: (bench) => refuseOption(bench, { orderingKey: 'order-1' }),
  multiProcess: async (bench) => {
    const engine = await bench.expendable();
    // Where the store is gone with its engine, another engine has another store.
    if (bench.testStore.store.crash === undefined) return;
    const second = await bench.another('unopened');
    await rejection('opening the store a second time', () => bench.open({}, { engine: second }));
    equal(await engine.count([bench.queue]), [], 'the counts of the engine that is open');
  },
};

async function refuseOption(bench: Bench, options: StoreOptions): Promise<void> {
  const [name] = Object.keys(options);
  const error = await rejection(`storing with ${name}`, () => bench.store(bench.delivery('a', options)));
  check(bench.engine.isRefusal(error), `isRefusal() is false for what refuses ${name}`);
  await checkNothingStored(bench);
}

async function checkNothingStored(bench: Bench): Promise<void> {
  const { ready, delayed, active } = await bench.count();
  equal(ready + delayed + active, 0, 'deliveries stored');
}
