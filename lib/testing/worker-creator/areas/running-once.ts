import type { Area } from '../area.js';
import type { Bench } from '../bench.js';
import { check, equal } from '../../conformance/check.js';
import { nextEngine } from './releasing.js';

/** What is rather not run than run twice. */
export const runningOnce: Area = {
  title: 'running once',
  declare({ it, itNeeds }) {
    it('gives up what had begun when it was released, and gives back the rest', (bench) =>
      releaseSome(bench));

    itNeeds('orderingKeys', 'also what has ordering keys', (bench) => releaseSome(bench, true));
  },
};

async function releaseSome(bench: Bench, isOrdered = false): Promise<void> {
  await bench.open();
  const gate = bench.gate();
  const first = await bench.work(() => gate.passed, { concurrency: 1, runOnce: true });
  const options = isOrdered ? { orderingKey: 'k' } : {};
  await bench.store(bench.delivery('begun', options));
  await bench.until('it was running', () => first.runs.length === 1);
  await bench.store(bench.delivery('b', options), bench.delivery('c', options));
  await bench.store('plain');
  await bench.quiet();
  await first.release();
  gate.open();
  const next = await bench.work(() => {}, { engine: await nextEngine(bench), runOnce: true });
  await bench.untilDone({ completed: 3, failed: 1 });
  equal(first.labels, ['begun'], 'what ran before');
  equal(next.labels.toSorted(), ['b', 'c', 'plain'], 'what ran afterwards');
  equal(
    next.runs.map(({ claim }) => claim.attempt),
    [1, 1, 1],
    'attempts',
  );
  const letters = await bench.deadLetters();
  equal(
    letters.map(({ attempts }) => attempts),
    [1],
    'attempts of the dead letter',
  );
  check(letters[0]!.error.message !== '', 'the dead letter has no reason');
}
