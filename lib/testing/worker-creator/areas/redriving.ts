import type { Area } from '../area.js';
import { type Bench, dead, failed } from '../bench.js';
import { equal } from '../../conformance/check.js';
import { labelOf } from '../worker-log.js';
import { fill, fillDifferent, filtersOf } from './dead-letters.js';

/** Putting dead letters back into their queues. */
export const redriving: Area = {
  title: 'redriving',
  declare({ it, itNeeds }) {
    it('moves those that match and no others, as many as the preview says', async (bench) => {
      await fillDifferent(bench);
      const { engine, deadLetterQueue } = bench;
      const left = (await bench.deadLetters()).map(labelOf);
      for (const [filter, labels] of filtersOf(bench, await bench.deadLetters())) {
        const expected = labels.filter((label) => left.includes(label));
        const what = JSON.stringify(filter);
        equal(await engine.previewRedrive(deadLetterQueue, filter), expected.length, `preview of ${what}`);
        equal(await engine.redrive(deadLetterQueue, filter, 100), expected.length, `redriven by ${what}`);
        for (const label of expected) left.splice(left.indexOf(label), 1);
        equal((await bench.deadLetters()).map(labelOf), left, `what is left after ${what}`);
      }
      equal(left, [], 'what no filter has moved');
    });

    it('moves the oldest first, up to a limit', async (bench) => {
      await fill(bench, ['a', 'b', 'c', 'd']);
      const { engine, deadLetterQueue } = bench;
      equal(await engine.redrive(deadLetterQueue, {}, 2), 2, 'redriven');
      equal((await bench.deadLetters()).map(labelOf), ['c', 'd'], 'what is left');
      const log = await bench.work();
      await bench.untilDone({ completed: 2, failed: 2 });
      equal(log.labels.toSorted(), ['a', 'b'], 'what ran');
    });

    it('puts each into the queue it came from', async (bench) => {
      await fillDifferent(bench);
      const logs = [await bench.work(), await bench.work(() => {}, { queue: `${bench.queue}.second` })];
      await bench.engine.redrive(bench.deadLetterQueue, {}, 100);
      await bench.until('all ran', () => logs.every((log, index) => log.ended === [3, 2][index]));
      equal(
        logs.map((log) => log.labels.toSorted()),
        [
          ['a', 'b', 'c'],
          ['d', 'e'],
        ],
        'what ran',
      );
    });

    it('gives them all their attempts again, and leaves their data as it was', async (bench) => {
      await bench.open({ retries: 2 });
      const a = bench.delivery('a', { timeoutMs: 4321 });
      const b = bench.delivery('b', { retries: 0 });
      const log = await bench.work((_claim, label) => (label === 'a' ? dead() : failed()));
      await bench.store(a, b);
      await bench.untilDone({ failed: 2 });
      await bench.engine.redrive(bench.deadLetterQueue, {}, 100);
      await bench.until('all were given up again', async () => (await bench.deadLetters()).length === 2);
      const [first, again] = log.of('a');
      equal(again!.claim.data, first!.claim.data, 'data');
      const { attempt, maxAttempts, timeoutMs } = again!.claim;
      equal(
        { attempt, maxAttempts, timeoutMs },
        { attempt: 1, maxAttempts: 3, timeoutMs: 4321 },
        'the claim',
      );
    });

    it('loses nothing that another version has stored with them, from the first attempt on', async (bench) => {
      await bench.open({ retries: 1 });
      const unknown: object = { later: { at: [1, null, 'x'], nested: { deep: true } }, note: null };
      const options = bench.capabilities.orderingKeys ? [{}, { orderingKey: 'k' }] : [{}];
      const deliveries = options.map((one, index) =>
        bench.delivery(String(index), { ...one, timeoutMs: 4321 }, unknown),
      );
      const log = await bench.work(({ attempt }) => (attempt === 1 ? failed() : dead()));
      await bench.store(...deliveries);
      await bench.untilDone({ failed: deliveries.length });
      for (const { data } of await bench.deadLetters()) {
        const stored = deliveries.find((delivery) => labelOf(delivery) === labelOf({ data }))!;
        equal(data, stored.data, 'the data of the dead letter');
      }
      await bench.engine.redrive(bench.deadLetterQueue, {}, 100);
      await bench.until('they ran twice again', () => log.ended === 4 * deliveries.length);
      for (const [index, { data }] of deliveries.entries()) {
        const claimed = log.of(String(index)).map(({ claim }) => claim.data);
        equal(claimed, [data, data, data, data], 'the data of its claims');
      }
    });

    it('is found out about at once by those who work the queue', async (bench) => {
      await fill(bench, ['a']);
      const log = await bench.work(() => {}, { pollIntervalMs: 600_000 });
      await bench.engine.redrive(bench.deadLetterQueue, {}, 100);
      await bench.until('it ran', () => log.ended === 1);
      await bench.untilDone({ completed: 1 });
    });

    itNeeds('orderingKeys', 'moves those with ordering keys, too', (bench) => redriveKeyed(bench));

    it('moves none where there are none', async (bench) => {
      await bench.open();
      equal(await bench.engine.previewRedrive(bench.deadLetterQueue, {}), 0, 'preview');
      equal(await bench.engine.redrive(bench.deadLetterQueue, {}, 100), 0, 'redriven');
    });
  },
};

async function redriveKeyed(bench: Bench): Promise<void> {
  await bench.open();
  let isBroken = true;
  const log = await bench.work(() => (isBroken ? dead() : undefined));
  await bench.store('plain', bench.delivery('keyed', { orderingKey: 'k' }));
  await bench.untilDone({ failed: 2 });
  isBroken = false;
  const filter = { queue: bench.queue };
  equal(await bench.engine.previewRedrive(bench.deadLetterQueue, filter), 2, 'preview');
  equal(await bench.engine.redrive(bench.deadLetterQueue, filter, 100), 2, 'redriven');
  await bench.until('both ran again', () => log.ended === 4);
  equal((await bench.deadLetters()).length, 0, 'dead letters');
}
