import type { DeadLetter, DeadLetterFilter } from '../../../queue/worker-creator.js';
import type { Area } from '../area.js';
import { type Bench, dead, ERROR } from '../bench.js';
import { check, equal } from '../../conformance/check.js';
import { labelOf } from '../worker-log.js';

/** What was given up, and kept. */
export const deadLetters: Area = {
  title: 'dead letters',
  declare({ it, itNeeds }) {
    it('say what they were, why and since when', async (bench) => {
      await bench.open();
      const delivery = bench.delivery('a', { timeoutMs: 5000 }, { listener: 'Mailer.send' });
      const before = Date.now();
      await bench.store(delivery);
      await bench.work(() => dead());
      await bench.untilDone({ failed: 1 });
      const [letter] = await bench.deadLetters();
      const { queue, data, error, attempts, failedAt } = letter!;
      const expected = { queue: bench.queue, data: delivery.data, error: ERROR, attempts: 1 };
      equal({ queue, data, error, attempts }, expected, 'the dead letter');
      const age = Math.abs(failedAt.getTime() - before);
      check(age < 60_000, `it was given up at ${failedAt.toISOString()}`);
    });

    it('are listed by page, oldest first', async (bench) => {
      await fill(bench, ['a', 'b', 'c', 'd', 'e']);
      const pages: string[][] = [];
      let after: string | undefined;
      for (;;) {
        const page = await list(bench, {}, { limit: 2, ...(after === undefined ? {} : { after }) });
        if (page.length === 0) break;
        pages.push(page.map(labelOf));
        after = page.at(-1)!.id;
        check(pages.length < 10, 'there is no end of pages');
      }
      equal(pages, [['a', 'b'], ['c', 'd'], ['e']], 'the pages');
    });

    it('are found by id, event, listener, queue and time', async (bench) => {
      await fillDifferent(bench);
      const all = await bench.deadLetters();
      for (const [filter, labels] of filtersOf(bench, all)) {
        const found = await list(bench, filter, { limit: 10 });
        equal(found.map(labelOf), labels, `dead letters by ${JSON.stringify(filter)}`);
      }
    });

    it('are found by page among those that do not match', async (bench) => {
      await fillDifferent(bench);
      const [first] = await list(bench, { event: 'other' }, { limit: 1 });
      const second = await list(bench, { event: 'other' }, { limit: 1, after: first!.id });
      equal([first!, ...second].map(labelOf), ['c', 'd'], 'the pages');
    });

    it('are deleted for good, those that match, oldest first and up to a limit', async (bench) => {
      await fillDifferent(bench);
      const { engine, deadLetterQueue } = bench;
      equal(await engine.purge(deadLetterQueue, { event: 'other' }, 1), 1, 'deleted by event');
      equal((await bench.deadLetters()).map(labelOf), ['a', 'b', 'd', 'e'], 'what is left');
      equal(await engine.purge(deadLetterQueue, {}, 100), 4, 'deleted');
      equal(await engine.purge(deadLetterQueue, {}, 100), 0, 'deleted when there are none');
      equal(await bench.deadLetters(), [], 'what is left');
      equal((await bench.count()).failed, 0, 'the count of dead letters');
    });

    itNeeds('orderingKeys', 'know the queue of those with ordering keys', async (bench) => {
      await bench.open();
      await bench.store(bench.delivery('a', { orderingKey: 'k' }));
      await bench.work(() => dead());
      await bench.untilDone({ failed: 1 });
      const letters = await list(bench, { queue: bench.queue }, { limit: 10 });
      equal(
        letters.map(({ queue }) => queue),
        [bench.queue],
        'the queue',
      );
    });

    itNeeds('multiProcess', 'are there for all processes', async (bench) => {
      await fill(bench, ['a']);
      const letters = await bench.deadLetters(await bench.another());
      equal(letters.map(labelOf), ['a'], 'the dead letters');
    });
  },
};

/** Makes dead letters, one after another. */
export async function fill(bench: Bench, labels: readonly string[]): Promise<void> {
  await bench.open();
  const log = await bench.work(() => dead(), { concurrency: 1 });
  for (const [index, label] of labels.entries()) {
    await bench.store(label);
    await bench.untilDone({ failed: index + 1 });
  }
  await log.stop();
}

/** Makes five dead letters that differ in event, listener and queue; two queues share their dead letters. */
export async function fillDifferent(bench: Bench): Promise<void> {
  const { engine, queue } = bench;
  const second = `${queue}.second`;
  await bench.open();
  await bench.open({ name: second });
  const logs = [await bench.work(() => dead()), await bench.work(() => dead(), { queue: second })];
  const letters = [
    [queue, bench.delivery('a')],
    [queue, bench.delivery('b', {}, { listener: 'Mailer.send' })],
    [queue, bench.delivery('c', {}, { event: 'other', listener: 'Mailer.send' })],
    [second, bench.delivery('d', {}, { event: 'other' })],
    [second, bench.delivery('e', {}, { listener: 'Mailer.log' })],
  ] as const;
  for (const [index, [name, delivery]] of letters.entries()) {
    await engine.store(name, [delivery]);
    await bench.until(
      `there were ${index + 1}`,
      async () => (await bench.deadLetters()).length === index + 1,
    );
    // So that they differ in time by what a Date can tell.
    const now = Date.now();
    await bench.until('the clock went on', () => Date.now() > now + 1);
  }
  for (const log of logs) await log.stop();
}

/** Criteria, with the labels of {@link fillDifferent} that they mean. */
export function filtersOf(bench: Bench, all: readonly DeadLetter[]): [DeadLetterFilter, string[]][] {
  const [, b, , d] = all;
  const listener = 'Mailer.send';
  return [
    [{ ids: [b!.id, d!.id] }, ['b', 'd']],
    [{ ids: [] }, []],
    [{ event: 'other' }, ['c', 'd']],
    [{ event: 'othe' }, []],
    [{ listener }, ['b', 'c']],
    [{ queue: bench.queue }, ['a', 'b', 'c']],
    [{ queue: `${bench.queue}.second` }, ['d', 'e']],
    [{ before: d!.failedAt }, ['a', 'b', 'c']],
    [{ event: 'other', listener }, ['c']],
    [{ queue: bench.queue, ids: [b!.id, d!.id], listener, event: 'order-placed' }, ['b']],
  ];
}

function list(
  bench: Bench,
  filter: DeadLetterFilter,
  page: { limit: number; after?: string },
): Promise<readonly DeadLetter[]> {
  return bench.engine.listDeadLetters(bench.deadLetterQueue, filter, page);
}
