import { setImmediate as turn } from 'node:timers/promises';
import {
  DeliveryAbortedError,
  InvalidOptionsError,
  StoreError,
  StoreUnavailableError,
  UnsupportedOptionError,
} from 'nestjs-event-drivers';
import { InMemoryStore, InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { SYSTEM_CLOCK } from '../../lib/driver/clock.js';
import { failed, InMemoryBench, QUEUE, toDelivery } from './support/in-memory.bench.js';

const DAY_MS = 86_400_000;

/** Those that keep the process alive. */
function countTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

describe('InMemoryWorkerCreator', () => {
  it('keeps no process alive', async () => {
    const before = countTimers();
    const bench = await new InMemoryBench().open({}, SYSTEM_CLOCK);
    await bench.work();
    await bench.store('later', { delayMs: DAY_MS });
    expect(bench.engine.getPending()).toMatchObject([{ state: 'delayed' }]);
    expect(countTimers()).toBe(before);
    await bench.engine.close();
  });

  it('shares nothing with who stores, runs or reads', async () => {
    const bench = await new InMemoryBench().open();
    const payload = { nested: { label: 'a', at: new Date(0), nothing: undefined } };
    const delivery = toDelivery('a');
    const seen: unknown[] = [];
    await bench.engine.store(QUEUE, [{ ...delivery, data: { ...delivery.data, payload } }]);
    payload.nested.label = 'changed';
    await bench.work((_label, { data, attempt }) => {
      seen.push(structuredClone(data.payload));
      (data.payload as typeof payload).nested.label = 'changed';
      return attempt === 1 ? failed(0) : { status: 'dead', error: { name: 'Error', message: 'no' } };
    });
    await bench.engine.untilIdle();
    const stored = { nested: { label: 'a', at: '1970-01-01T00:00:00.000Z' } };
    expect(seen).toEqual([stored, stored]);
    const [letter] = await bench.engine.listDeadLetters('mail/dead', {}, { limit: 1 });
    (letter!.data.payload as typeof payload).nested.label = 'changed';
    const [again] = await bench.engine.listDeadLetters('mail/dead', {}, { limit: 1 });
    expect(again?.data.payload).toEqual(stored);
  });

  it('stores text that only looks like an escape of what is no text', async () => {
    const bench = await new InMemoryBench().open();
    await bench.work();
    await bench.store('\\u0000 \\ud800 😀');
    await bench.engine.untilIdle();
    expect(bench.ran).toHaveLength(1);
  });

  it('gives up what is cut short, and is to run once, for the reason that servers are told', async () => {
    const bench = await new InMemoryBench().open();
    const gate = Promise.withResolvers<void>();
    const worker = await bench.work(() => gate.promise, { runOnce: true });
    await bench.store('a');
    await turn();
    await worker.release();
    const [letter] = await bench.engine.listDeadLetters('mail/dead', {}, { limit: 1 });
    expect(letter?.error).toMatchObject({ code: 'EVENTS_DELIVERY_ABORTED' });
    gate.resolve();
  });

  describe('what tests ask of it', () => {
    it('is idle once nothing runs and nothing can be taken', async () => {
      const bench = await new InMemoryBench().open();
      await bench.engine.untilIdle();
      const gate = Promise.withResolvers<void>();
      await bench.work((label) => (label === 'slow' ? gate.promise : undefined), { concurrency: 2 });
      await bench.store('slow');
      await bench.store('later', { delayMs: 1000 });
      let isIdle = false;
      const idle = bench.engine.untilIdle().then(() => (isIdle = true));
      await bench.store('a');
      await bench.store('b');
      await turn();
      await turn();
      expect(isIdle).toBe(false);
      gate.resolve();
      await idle;
      expect(bench.ran).toHaveLength(3);
      await bench.engine.setPaused(QUEUE, true);
      await bench.store('paused');
      await bench.engine.untilIdle();
      expect(bench.ran).toHaveLength(3);
    });

    it('tells what is pending', async () => {
      const bench = await new InMemoryBench().open();
      const gate = Promise.withResolvers<void>();
      await bench.work(() => gate.promise, { concurrency: 1 });
      const now = bench.clock.now();
      await bench.store('a');
      await bench.store('b', { delayMs: 1000 });
      await bench.store('c');
      await turn();
      const common = { queue: QUEUE, event: 'sent' };
      expect(bench.engine.getPending()).toEqual([
        { id: 'a', ...common, state: 'active', dueAt: new Date(now) },
        { id: 'b', ...common, state: 'delayed', dueAt: new Date(now + 1000) },
        { id: 'c', ...common, state: 'ready', dueAt: new Date(now) },
      ]);
      gate.resolve();
      await bench.engine.untilIdle();
      expect(bench.engine.getPending().map(({ id }) => id)).toEqual(['b']);
    });
  });

  describe('whose connection is dropped', () => {
    it('stores nothing, takes nothing, and does nothing that it is asked for', async () => {
      const bench = await new InMemoryBench().open();
      await bench.work();
      await bench.store('later', { delayMs: 1000 });
      bench.engine.dropConnection();
      const storing = bench.store('a');
      await expect(storing).rejects.toThrow(StoreError);
      await expect(storing).rejects.toMatchObject({ outcome: 'not-stored' });
      expect(bench.engine.isRefusal(await storing.catch((error: unknown) => error))).toBe(false);
      await expect(bench.engine.count([QUEUE])).rejects.toThrow(StoreUnavailableError);
      await expect(bench.engine.setPaused(QUEUE, true)).rejects.toThrow(/dropConnection/);
      await bench.advance(2000);
      expect(bench.ran).toEqual([]);
      bench.engine.restoreConnection();
      await bench.engine.untilIdle();
      expect(bench.ran).toEqual(['later 1 at 2000']);
    });

    it('records what became of deliveries once it is back', async () => {
      const bench = await new InMemoryBench().open();
      const gate = Promise.withResolvers<void>();
      await bench.work(() => gate.promise);
      await bench.store('a');
      await turn();
      bench.engine.dropConnection();
      gate.resolve();
      await bench.advance(10_000);
      expect(bench.engine.getPending()).toMatchObject([{ id: 'a', state: 'active' }]);
      bench.engine.restoreConnection();
      expect(await bench.engine.count([QUEUE])).toMatchObject([{ completed: 1, active: 0 }]);
      expect(bench.ran).toHaveLength(1);
    });

    it('loses them once their heartbeat has run out', async () => {
      const bench = await new InMemoryBench().open({ heartbeatMs: 10_000 });
      const gate = Promise.withResolvers<void>();
      await bench.work((_label, { attempt }) => (attempt === 1 ? gate.promise : undefined));
      await bench.store('a');
      await turn();
      bench.engine.dropConnection();
      bench.clock.moveTo(bench.clock.now() + 10_000);
      bench.engine.restoreConnection();
      expect(bench.claims[0]?.signal.reason).toEqual(
        expect.objectContaining<Partial<DeliveryAbortedError>>({ why: 'lost' }),
      );
      gate.resolve();
      await bench.engine.untilIdle();
      expect(bench.ran).toEqual(['a 1 at 0', 'a 2 at 10000']);
      expect(await bench.engine.count([QUEUE])).toMatchObject([{ completed: 1, active: 0, failed: 0 }]);
    });

    it('waits for it where it is told to end its work', async () => {
      const bench = await new InMemoryBench().open();
      const gate = Promise.withResolvers<void>();
      const worker = await bench.engine.work(
        QUEUE,
        {
          concurrency: 1,
          groupConcurrency: undefined,
          rateLimit: undefined,
          pollIntervalMs: 1000,
          runOnce: false,
        },
        () => gate.promise.then(() => ({ status: 'completed' })),
      );
      await bench.store('a');
      await turn();
      bench.engine.dropConnection();
      let hasStopped = false;
      const stopping = worker.stop().then(() => (hasStopped = true));
      gate.resolve();
      await bench.engine.untilIdle();
      expect(hasStopped).toBe(false);
      bench.engine.restoreConnection();
      await stopping;
      expect(await bench.engine.count([QUEUE])).toMatchObject([{ completed: 1 }]);
    });
  });

  describe('asked for a transaction', () => {
    it('stores at once in one that it cannot follow', async () => {
      const bench = await new InMemoryBench().open();
      await bench.engine.store(QUEUE, [toDelivery('a')], { isTransaction: true });
      expect(bench.engine.getPending()).toHaveLength(1);
    });

    it('says that there is no database', async () => {
      const bench = await new InMemoryBench().open({ retries: 0 });
      let thrown: unknown;
      await bench.work(async (_label, claim) => {
        await claim
          .runInTransaction?.(async (transaction) => {
            await transaction.query('INSERT INTO mails VALUES ($1)', [1]);
          })
          .catch((error: unknown) => (thrown = error));
        return failed(0);
      });
      await bench.store('a');
      await bench.engine.untilIdle();
      expect(thrown).toBeInstanceOf(UnsupportedOptionError);
      expect(String(thrown)).toContain("embedded: 'memory'");
    });
  });

  it('is not slower for each delivery where there are many', async () => {
    const bench = await new InMemoryBench().open();
    const many = Array.from({ length: 10_000 }, (_, index) => index);
    const deliveries = [
      ...many.map((index) => toDelivery(`key ${index}`, { orderingKey: 'k' })),
      ...many.map((index) => toDelivery(`group ${index}`, { group: 'g' })),
      ...many.map((index) => toDelivery(`plain ${index}`, { priority: index % 3 })),
    ];
    await bench.engine.store(QUEUE, deliveries);
    await bench.work(() => undefined, { groupConcurrency: 1 });
    await bench.engine.untilIdle();
    expect(bench.ran).toHaveLength(30_000);
    const keyed = bench.ran.filter((run) => run.startsWith('key'));
    expect(keyed).toEqual(many.map((index) => `key ${index} 1 at 0`));
  }, 20_000);

  it('may be opened again after it was closed', async () => {
    const bench = await new InMemoryBench().open();
    await bench.store('a');
    await bench.engine.close();
    await expect(bench.store('b')).rejects.toThrow(StoreUnavailableError);
    await bench.open();
    await bench.work();
    await bench.engine.untilIdle();
    expect(bench.ran).toHaveLength(1);
  });

  it('is alone in its store where it cannot share it', async () => {
    const store = new InMemoryStore();
    const capabilities = { multiProcess: false };
    const first = await new InMemoryBench({ store, capabilities }).open();
    await expect(new InMemoryBench({ store }, first.clock).open()).rejects.toThrow(StoreUnavailableError);
    await first.engine.close();
    await new InMemoryBench({ store }, first.clock).open();
  });

  it('has a store of its own, by a name of its own', () => {
    expect(new InMemoryWorkerCreator().getStoreName()).not.toBe(new InMemoryWorkerCreator().getStoreName());
    const store = new InMemoryStore('orders');
    const one = new InMemoryWorkerCreator({ store });
    expect(one.getStoreName()).toBe('orders');
    expect(one.findDifference(new InMemoryWorkerCreator({ store }))).toBeUndefined();
    expect(one.findDifference(new InMemoryWorkerCreator({ store, isInstant: true }))).toContain('isInstant');
    const limited = new InMemoryWorkerCreator({ store, capabilities: { delay: false } });
    expect(one.findDifference(limited)).toContain('capabilities.delay');
  });

  it('refuses options that it does not know', () => {
    for (const options of [
      { instant: true },
      { capabilities: { delays: false } },
      { store: {} },
    ] as object[]) {
      expect(() => new InMemoryWorkerCreator(options)).toThrow(InvalidOptionsError);
    }
  });
});
