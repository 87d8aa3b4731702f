import type { Claim } from '../../../queue/worker-creator.js';
import type { Area } from '../area.js';
import { type Bench, dead, failed } from '../bench.js';
import { check, equal } from '../../conformance/check.js';
import type { Script } from '../worker-log.js';

/**
 * Listeners that run in the transaction that completes their delivery. What they do in it is to store something:
 * that is a write that every such engine has.
 */
export const transactionalDeliveries: Area = {
  title: 'transactional deliveries',
  declare({ itNeeds }) {
    const needed = ['transactionalListeners', 'transactions'] as const;

    itNeeds(needed, 'commits the work together with the completion', async (bench) => {
      await bench.open();
      const log = await bench.work(inTransaction(bench, async () => {}));
      await bench.store('a');
      await bench.untilDone({ completed: 2 });
      equal(log.labels, ['a', 'follow-up'], 'what ran');
    });

    itNeeds(needed, 'rolls both back if the work fails, which is a failed attempt', async (bench) => {
      await bench.open({ retries: 1 });
      const log = await bench.work(inTransaction(bench, failAtFirst));
      await bench.store('a');
      await bench.untilDone({ completed: 2 });
      equal(log.labels, ['a', 'a', 'follow-up'], 'what ran');
      equal(
        log.of('a').map(({ claim }) => claim.attempt),
        [1, 2],
        'attempts',
      );
    });

    itNeeds(needed, 'leaves nothing of the work of one that is given up', async (bench) => {
      await bench.open({ retries: 1 });
      const log = await bench.work(
        inTransaction(bench, async () => {
          throw new Error('the work failed');
        }),
      );
      await bench.store('a');
      await bench.untilDone({ failed: 1 });
      equal(log.labels, ['a', 'a'], 'what ran');
      equal((await bench.deadLetters())[0]!.attempts, 2, 'attempts of the dead letter');
    });

    itNeeds(needed, 'passes on what the work throws', async (bench) => {
      await bench.open();
      const problem = new Error('the work failed');
      let thrown: unknown;
      await bench.work(async (claim) => {
        await claim.runInTransaction!(() => Promise.reject(problem)).catch(
          (error: unknown) => (thrown = error),
        );
        return dead();
      });
      await bench.store('a');
      await bench.untilDone({ failed: 1 });
      check(thrown === problem, `it rejected with '${String(thrown)}'`);
    });

    itNeeds(needed, 'commits nothing for a delivery that was given back meanwhile', async (bench) => {
      await bench.open();
      const gate = bench.gate();
      const first = await bench.work(inTransaction(bench, () => gate.passed));
      await bench.store('a');
      await bench.until('a was running', () => first.runs.length === 1);
      const releasing = first.release();
      gate.open();
      await releasing;
      await bench.until('the run had ended', () => first.ended === 1);
      const next = await bench.work();
      await bench.until('what was given back ran', async () => (await bench.count()).ready === 0);
      await bench.quiet();
      // Either the work was committed and the delivery with it, or neither was.
      check(
        next.labels.join() === 'a' || next.labels.join() === 'follow-up',
        `it ran ${next.labels.join(', ')} afterwards`,
      );
    });
  },
};

async function failAtFirst({ attempt }: Claim): Promise<void> {
  if (attempt === 1) throw new Error('the work failed');
}

/** Runs `work` in the transaction of the delivery, in which it has also stored a follow-up. */
function inTransaction(bench: Bench, work: (claim: Claim) => Promise<void>): Script {
  return async (claim, label) => {
    if (label === 'follow-up') return { status: 'completed' };
    try {
      await claim.runInTransaction!(async ({ client }) => {
        await bench.engine.store(bench.queue, [bench.delivery('follow-up')], client);
        await work(claim);
      });
      return { status: 'settled' };
    } catch {
      return failed();
    }
  };
}
