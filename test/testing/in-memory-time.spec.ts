import { setImmediate as turn } from 'node:timers/promises';
import { InvalidOptionsError } from 'nestjs-event-drivers';
import { InMemoryStore } from 'nestjs-event-drivers/testing';
import { HandClock } from '../support/hand-clock.js';
import { failed, InMemoryBench, QUEUE } from './support/in-memory.bench.js';

const DAY_MS = 86_400_000;

describe('The time of InMemoryWorkerCreator', () => {
  describe('by a clock that is moved by hand', () => {
    it('runs what is delayed in its time, in as many steps as there are deliveries', async () => {
      const bench = await new InMemoryBench().open();
      await bench.work();
      await bench.store('a day', { delayMs: DAY_MS });
      await bench.store('noon', { at: new Date(bench.clock.now() + DAY_MS / 2) });
      await bench.store('now');
      await bench.advance(DAY_MS - 1);
      expect(bench.ran).toEqual(['now 1 at 0', `noon 1 at ${DAY_MS / 2}`]);
      expect(await bench.advance(1)).toBeLessThanOrEqual(1);
      expect(bench.ran).toHaveLength(3);
      expect(bench.clock.pending).toBe(0);
    });

    it('waits between attempts, and as long as what is postponed asks for', async () => {
      const bench = await new InMemoryBench().open();
      await bench.work((label, { attempt }) => {
        if (label === 'a') return attempt < 3 ? failed(attempt * 10_000) : undefined;
        return bench.claims.length < 4 ? { status: 'postponed', delayMs: 7000 } : undefined;
      });
      await bench.store('a');
      await bench.store('b');
      expect(await bench.advance(DAY_MS)).toBeLessThanOrEqual(5);
      expect(bench.ran).toEqual([
        'a 1 at 0',
        'b 1 at 0',
        'b 1 at 7000',
        'a 2 at 10000',
        'b 1 at 14000',
        'a 3 at 30000',
      ]);
    });

    it('gives what a process that is gone had in hand to another after its heartbeat', async () => {
      const store = new InMemoryStore();
      const clock = new HandClock();
      const first = await new InMemoryBench({ store }, clock).open({ heartbeatMs: 20_000 });
      await first.work(() => new Promise(() => undefined));
      await first.store('a');
      await turn();
      expect(first.ran).toEqual(['a 1 at 0']);
      await first.engine.close();
      const second = await new InMemoryBench({ store }, clock).open();
      await second.work();
      await second.advance(29_999);
      expect(second.ran).toEqual([]);
      await second.advance(1);
      expect(second.ran).toEqual(['a 2 at 30000']);
    });

    it('forgets what is done after as long as it is kept', async () => {
      const bench = await new InMemoryBench().open({ keepCompletedSeconds: 60 });
      await bench.work();
      await bench.store('a');
      await bench.advance(59_999);
      await bench.store('a');
      await bench.advance(1);
      expect(bench.ran).toHaveLength(1);
      await bench.store('a');
      await bench.advance(0);
      expect(bench.ran).toHaveLength(2);
      bench.clock.moveTo(bench.clock.now() + 60_000);
      expect(await bench.engine.count([QUEUE])).toEqual([]);
    });

    it('makes dead letters of that time', async () => {
      const bench = await new InMemoryBench().open({ retries: 0 });
      await bench.work(() => failed(0));
      await bench.store('a', { delayMs: 5000 });
      await bench.advance(5000);
      const [letter] = await bench.engine.listDeadLetters('mail/dead', {}, { limit: 1 });
      expect(letter?.failedAt).toEqual(new Date(bench.clock.now()));
    });

    it('lets as many begin in a window as may, and the next ones when it is over', async () => {
      const bench = await new InMemoryBench().open();
      await bench.work(() => undefined, { rateLimit: { max: 2, durationMs: 60_000 } });
      for (const label of ['a', 'b', 'c', 'd', 'e']) await bench.store(label);
      await bench.advance(59_999);
      expect(bench.ran).toEqual(['a 1 at 0', 'b 1 at 0']);
      expect(await bench.advance(DAY_MS)).toBeLessThanOrEqual(3);
      expect(bench.ran.slice(2)).toEqual(['c 1 at 60000', 'd 1 at 60000', 'e 1 at 120000']);
      expect(bench.clock.pending).toBe(0);
    });

    it('opens a window with the first that begins after the one before is over', async () => {
      const bench = await new InMemoryBench().open();
      await bench.work(() => undefined, { rateLimit: { max: 2, durationMs: 60_000 } });
      await bench.store('a');
      await bench.advance(59_000);
      for (const label of ['b', 'c']) await bench.store(label);
      await bench.advance(31_000);
      for (const label of ['d', 'e']) await bench.store(label);
      await bench.advance(DAY_MS);
      expect(bench.ran).toEqual([
        'a 1 at 0',
        'b 1 at 59000',
        'c 1 at 60000',
        'd 1 at 90000',
        'e 1 at 120000',
      ]);
    });

    it('counts each attempt in a window, and has what comes due in it wait for its end', async () => {
      const bench = await new InMemoryBench().open();
      await bench.work((_label, { attempt }) => (attempt < 3 ? failed(10_000) : undefined), {
        rateLimit: { max: 2, durationMs: 60_000 },
      });
      await bench.store('a');
      expect(await bench.advance(DAY_MS)).toBeLessThanOrEqual(3);
      expect(bench.ran).toEqual(['a 1 at 0', 'a 2 at 10000', 'a 3 at 60000']);
    });

    it('is refused a second clock by a store that is shared', async () => {
      const store = new InMemoryStore('shared');
      await new InMemoryBench({ store }).open();
      await expect(new InMemoryBench({ store }).open()).rejects.toThrow(InvalidOptionsError);
    });
  });

  describe('where time does not matter', () => {
    it('runs what is delayed, and what is to be tried again, at once', async () => {
      const bench = await new InMemoryBench({ isInstant: true }).open();
      await bench.work(
        (label, { attempt }) => (label === 'now' && attempt < 3 ? failed(60_000) : undefined),
        {
          concurrency: 1,
        },
      );
      await bench.store('in an hour', { delayMs: 3_600_000 });
      await bench.store('tomorrow', { at: new Date(bench.clock.now() + DAY_MS), priority: 5 });
      await bench.store('now');
      await bench.engine.untilIdle();
      expect(bench.ran).toEqual([
        'now 1 at 0',
        'now 2 at 0',
        'now 3 at 0',
        'in an hour 1 at 0',
        'tomorrow 1 at 0',
      ]);
      expect(bench.engine.getPending()).toEqual([]);
      expect(bench.clock.pending).toBe(0);
    });

    it('keeps the order of ordering keys, and the limit of groups', async () => {
      const bench = await new InMemoryBench({ isInstant: true }).open();
      await bench.work((label, { attempt }) => (label === 'a' && attempt < 3 ? failed(60_000) : undefined), {
        groupConcurrency: 1,
      });
      for (const label of ['a', 'b', 'c']) {
        await bench.store(label, { orderingKey: 'k', group: 'g', delayMs: 1000 });
      }
      await bench.engine.untilIdle();
      expect(bench.ran.map((run) => run[0]).join('')).toBe('aaabc');
    });

    it('limits no rate', async () => {
      const bench = await new InMemoryBench({ isInstant: true }).open();
      await bench.work(() => undefined, { rateLimit: { max: 1, durationMs: 60_000 } });
      for (const label of ['a', 'b', 'c']) await bench.store(label);
      await bench.engine.untilIdle();
      expect(bench.ran).toEqual(['a 1 at 0', 'b 1 at 0', 'c 1 at 0']);
    });

    it('gives up what is postponed for ever', async () => {
      const bench = await new InMemoryBench({ isInstant: true }).open();
      await bench.work(() => ({ status: 'postponed', delayMs: 1000 }));
      await bench.store('a');
      await bench.engine.untilIdle();
      expect(bench.ran).toHaveLength(100);
      const [letter] = await bench.engine.listDeadLetters('mail/dead', {}, { limit: 1 });
      expect(letter?.error).toMatchObject({
        code: 'EVENTS_UNRECOVERABLE',
        message: expect.stringMatching(/postponed 100 times in a row/),
      });
      expect(bench.errors).toHaveLength(1);
    });

    it('counts only postponements that come one after another', async () => {
      const bench = await new InMemoryBench({ isInstant: true }).open();
      let runs = 0;
      await bench.work(() => {
        runs++;
        if (runs === 180) return undefined;
        return runs === 90 ? failed(0) : { status: 'postponed', delayMs: 1 };
      });
      await bench.store('a');
      await bench.engine.untilIdle();
      expect(runs).toBe(180);
      expect(bench.errors).toEqual([]);
    });
  });
});
