import { randomUUID } from 'node:crypto';
import type { Claim, Outcome } from '../../../queue/worker-creator.js';
import type { Area } from '../area.js';
import { type Bench, dead, failed, postponed } from '../bench.js';
import { check, equal } from '../../conformance/check.js';
import type { Run } from '../worker-log.js';

/** One after another, in the order they were stored. */
export const orderingKeys: Area = {
  title: 'ordering keys',
  declare({ itNeeds }) {
    itNeeds('orderingKeys', 'runs those of one key one after another, in order', async (bench) => {
      await bench.open();
      const labels = ['a', 'b', 'c', 'd', 'e', 'f'];
      await bench.store(...labels.slice(0, 3).map((label) => keyed(bench, label)));
      for (const label of labels.slice(3)) await bench.store(keyed(bench, label));
      const log = await bench.work();
      await bench.untilDone({ completed: 6 });
      equal(log.labels, labels, 'the order');
      equal(log.maxRunning, 1, 'running at a time');
    });

    itNeeds('orderingKeys', 'keeps the order of each call, whatever the ids of deliveries', async (bench) => {
      await bench.open();
      const labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
      const withIds = labels.map((label) => {
        const id = randomUUID();
        return bench.delivery(label, { orderingKey: 'k' }, {}, id);
      });
      await bench.store(...withIds.slice(0, 4));
      await bench.store(...withIds.slice(4, 7));
      await bench.store(withIds[7]!);
      const log = await bench.work();
      await bench.untilDone({ completed: labels.length });
      equal(log.labels, labels, 'the order');
    });

    const setbacks: [string, Outcome[], { completed?: number; failed?: number }][] = [
      ['waits while one is tried again', [failed(100), failed(0)], { completed: 3 }],
      ['waits while one is postponed', [postponed(100), postponed(0)], { completed: 3 }],
      ['goes on after one that is given up', [dead()], { completed: 2, failed: 1 }],
      [
        'goes on after one whose attempts are used up',
        [failed(0), failed(50), failed(0)],
        { completed: 2, failed: 1 },
      ],
    ];
    for (const [title, outcomes, done] of setbacks) {
      itNeeds('orderingKeys', title, async (bench) => {
        await bench.open({ retries: 2 });
        const plan = [...outcomes];
        const log = await bench.work((_claim, label) => (label === 'a' ? plan.shift() : undefined));
        await bench.store(keyed(bench, 'a'), keyed(bench, 'b'));
        await bench.store(keyed(bench, 'c'));
        await bench.untilDone(done);
        const runsOfFirst = outcomes.length + (done.failed === undefined ? 1 : 0);
        equal(log.labels, [...Array<string>(runsOfFirst).fill('a'), 'b', 'c'], 'the order');
      });
    }

    itNeeds('orderingKeys', 'runs different keys at the same time', async (bench) => {
      await bench.open();
      const gate = bench.gate();
      const log = await bench.work((_claim, label) => (label.endsWith('1') ? gate.passed : undefined));
      await bench.store(keyed(bench, 'a1', 'a'), keyed(bench, 'a2', 'a'), keyed(bench, 'b1', 'b'));
      await bench.store(keyed(bench, 'c2', 'c'), 'none');
      await bench.until('both were running', () => log.runs.length === 4);
      equal(log.labels.toSorted(), ['a1', 'b1', 'c2', 'none'], 'what ran at first');
      gate.open();
      await bench.untilDone({ completed: 5 });
    });

    itNeeds('orderingKeys', 'runs redriven ones in their order', async (bench) => {
      await bench.open();
      let isBroken = true;
      const log = await bench.work(() => (isBroken ? dead() : undefined));
      const labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
      await bench.store(...labels.map((label) => keyed(bench, label)));
      await bench.untilDone({ failed: labels.length });
      isBroken = false;
      equal(await bench.engine.redrive(bench.deadLetterQueue, {}, 100), labels.length, 'redriven');
      await bench.untilDone({ completed: labels.length });
      equal(log.labels, [...labels, ...labels], 'the order');
    });

    itNeeds(['orderingKeys', 'multiProcess'], 'keeps the order of keys among processes', async (bench) => {
      await bench.open({ retries: 2 });
      const logs = [
        await bench.work(failEachSecond),
        await bench.work(failEachSecond, { engine: await bench.another() }),
      ];
      const keys = ['a', 'b', 'c', 'd'];
      for (let index = 0; index < 6; index++) {
        await bench.store(...keys.map((key) => keyed(bench, `${key}-${index}`, key)));
      }
      await bench.untilDone({ completed: 24 });
      const runs = logs.flatMap((log) => log.runs);
      for (const key of keys) checkSequence(runs.filter(({ label }) => label.startsWith(key)));
    });
  },
};

/** Each second one of a key needs a second attempt. */
function failEachSecond({ attempt }: Claim, label: string): Outcome | undefined {
  return attempt === 1 && Number(label.slice(2)) % 2 === 1 ? failed(20) : undefined;
}

function keyed(bench: Bench, label: string, orderingKey = 'k'): ReturnType<Bench['delivery']> {
  return bench.delivery(label, { orderingKey });
}

function checkSequence(runs: readonly Run[]): void {
  const sorted = runs.toSorted((a, b) => a.startedAt - b.startedAt || a.endedAt! - b.endedAt!);
  equal(
    sorted.map(({ label }) => Number(label.slice(2))),
    [0, 1, 1, 2, 3, 3, 4, 5, 5],
    'the order of a key',
  );
  for (const [index, run] of sorted.entries()) {
    const next = sorted[index + 1];
    check(next === undefined || next.startedAt >= run.endedAt!, `${next?.label} ran while ${run.label} did`);
  }
}
