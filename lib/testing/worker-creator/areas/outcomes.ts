import type { Area } from '../area.js';
import { dead, ERROR, failed, postponed } from '../bench.js';
import { check, equal } from '../../conformance/check.js';

const DELAY_MS = 300;
const TOLERANCE_MS = 25;

/** What becomes of a delivery after a run. */
export const outcomes: Area = {
  title: 'outcomes',
  declare({ it, itNeeds }) {
    for (const retries of [0, 1, 3]) {
      it(`with ${retries} retries, runs ${retries + 1} times in vain, and then is one dead letter`, async (bench) => {
        await bench.open({ retries });
        const log = await bench.work((_claim, label) => (label === 'poison' ? failed() : undefined));
        await bench.store('poison');
        await bench.untilDone({ failed: 1 });
        await bench.store('last');
        await bench.untilDone({ failed: 1, completed: 1 });
        const attempts = log.of('poison').map(({ claim }) => claim.attempt);
        equal(
          attempts,
          Array.from({ length: retries + 1 }, (_, index) => index + 1),
          'attempts',
        );
        const letters = await bench.deadLetters();
        equal(
          letters.map((letter) => letter.attempts),
          [retries + 1],
          'attempts of the dead letter',
        );
        equal(letters[0]!.error, ERROR, 'the error of the dead letter');
      });
    }

    it('is completed if a retry succeeds', async (bench) => {
      await bench.open({ retries: 2 });
      const log = await bench.work(({ attempt }) => (attempt < 3 ? failed(10) : undefined));
      await bench.store('a');
      await bench.untilDone({ completed: 1 });
      equal(log.runs.length, 3, 'runs');
      equal(await bench.deadLetters(), [], 'dead letters');
    });

    it('tries again after the delay, to a fraction of a second', async (bench) => {
      await bench.open({ retries: 1 });
      const log = await bench.work(({ attempt }) => (attempt === 1 ? failed(DELAY_MS) : undefined));
      for (const label of ['a', 'b', 'c']) {
        await bench.store(label);
        await bench.until(`${label} ran twice`, () => log.of(label).length === 2);
      }
      checkPauses(['a', 'b', 'c'].map((label) => pauseOf(log.of(label))));
    });

    it('is postponed without using up an attempt', async (bench) => {
      await bench.open({ retries: 0 });
      let postponements = 0;
      const log = await bench.work(() => (postponements++ < 3 ? postponed(DELAY_MS) : undefined));
      await bench.store('a');
      await bench.untilDone({ completed: 1 });
      equal(
        log.runs.map(({ claim }) => claim.attempt),
        [1, 1, 1, 1],
        'attempts',
      );
      checkPauses([1, 2, 3].map((index) => pauseOf(log.runs.slice(index - 1))));
    });

    it('is postponed between attempts without changing their number', async (bench) => {
      await bench.open({ retries: 2 });
      const plan = [failed(), postponed(), failed(), postponed(), failed()];
      const log = await bench.work(() => plan.shift());
      await bench.store('a');
      await bench.untilDone({ failed: 1 });
      equal(
        log.runs.map(({ claim }) => claim.attempt),
        [1, 2, 2, 3, 3],
        'attempts',
      );
      equal((await bench.deadLetters())[0]!.attempts, 3, 'attempts of the dead letter');
    });

    it('is given up at once, whatever attempts are left', async (bench) => {
      await bench.open({ retries: 5 });
      const log = await bench.work(({ attempt }) => (attempt === 2 ? dead() : failed()));
      await bench.store('a');
      await bench.untilDone({ failed: 1 });
      equal(log.runs.length, 2, 'runs');
      equal((await bench.deadLetters())[0]!.attempts, 2, 'attempts of the dead letter');
    });

    itNeeds(
      'priority',
      'keeps its place, its priority and its limits for the next attempt',
      async (bench) => {
        await bench.open({ retries: 1 });
        const options = { priority: 7, retries: 2, timeoutMs: 1234 };
        await bench.store('other', bench.delivery('urgent', options));
        const log = await bench.work(
          ({ attempt }, label) => (label === 'urgent' && attempt < 3 ? failed() : undefined),
          { concurrency: 1 },
        );
        await bench.untilDone({ completed: 2 });
        const runs = log.of('urgent').map(({ claim }) => [claim.attempt, claim.maxAttempts, claim.timeoutMs]);
        equal(
          runs,
          [
            [1, 3, 1234],
            [2, 3, 1234],
            [3, 3, 1234],
          ],
          'attempts and limits',
        );
      },
    );
  },
};

function pauseOf([first, second]: readonly { startedAt: number; endedAt: number | undefined }[]): number {
  return second!.startedAt - first!.endedAt!;
}

/** None too short; and of several one at least that a busy machine has not made long. */
function checkPauses(pauses: readonly number[]): void {
  const shortest = Math.min(...pauses);
  check(
    shortest >= DELAY_MS - TOLERANCE_MS,
    `the pauses were ${pauses.join(', ')} ms instead of ${DELAY_MS}`,
  );
  check(shortest < DELAY_MS + 500, `the pauses were ${pauses.join(', ')} ms instead of ${DELAY_MS}`);
}
