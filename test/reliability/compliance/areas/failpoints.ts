import type { ChildApp } from '../../../support/child-app.js';
import type { Failpoint } from '../../../support/child/failpoints.js';
import { getKills } from '../../../support/load.js';
import { until } from '../../../support/until.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';
import { describeVerdict, expectNothingLost } from '../verdict.js';

const CONCURRENCY = 10;
const PARALLEL = 5;

/** What happens to a process that ends at a named place in the library. */
export const failpoints: Area = {
  title: 'Killed at a named place',
  scenarios: [
    {
      id: 'A2',
      title: 'before it stores, nothing is there; after it has stored, all is, though nobody was told',
      run: killAroundAcknowledgement,
    },
    {
      id: 'B6, B10, H6',
      title:
        'at each place of a delivery: nothing is lost, nothing is in two places, and only what ran is repeated',
      run: killAtEachPlace,
    },
  ],
};

async function killAroundAcknowledgement(bench: Bench): Promise<string> {
  const kills = getKills(1);
  const ids: Record<string, string[]> = { beforeStore: [], afterCommitBeforeAck: [] };
  for (const [name, sent] of Object.entries(ids)) {
    for (let round = 0; round < kills; round++) {
      const child = await bench.start({ workers: false, failpoint: { name: name as Failpoint } });
      child.tell({ dispatch: `${name}${round}`, parallel: 1, count: 1 });
      await bench.untilKilled(child);
      sent.push(`${name}${round}-0`);
    }
  }
  const stored = (await bench.store.read()).map(({ task }) => task);
  expect(stored.toSorted()).toEqual(ids['afterCommitBeforeAck']!.toSorted());
  const verdict = await bench.settle();
  expectNothingLost(verdict, { unacknowledged: kills });
  expect(bench.ledgers.ids('done').toSorted()).toEqual(ids['afterCommitBeforeAck']!.toSorted());
  return `there 0 of ${kills} before, ${kills} of ${kills} after`;
}

/** What has to be asked for besides, so that a process comes by. */
const PLACES: readonly (readonly [
  name: Failpoint,
  cause?: (bench: Bench, child: ChildApp) => Promise<void>,
])[] = [
  ['beforeStore'],
  ['beforeCommit'],
  ['afterCommitBeforeAck'],
  ['afterClaim'],
  ['midHandler'],
  ['afterHandlerBeforeComplete'],
  ['midFail'],
  ['midDlqWrite'],
  ['midRedrive', redrive],
  ['midRelease', release],
  ['midRecovery'],
];

async function killAtEachPlace(bench: Bench): Promise<string> {
  const places = PLACES.filter(([name]) => comesBy(bench, name));
  for (const [name, cause] of places) {
    // There are ten of them and more.
    for (let round = 0; round < getKills(1, 5); round++) {
      const passes = 1 + Math.floor(bench.random() * (MANY.has(name) ? 10 : 1));
      const config = {
        concurrency: CONCURRENCY,
        retries: 20,
        shutdownTimeoutMs: 300,
        failpoint: { name, passes },
      };
      const child = await (name === 'midRecovery' ? bench.spawn(config) : bench.start(config));
      child.tell({ dispatch: `${name}${round}.done`, parallel: PARALLEL, payload: { ms: 10 } });
      child.tell({ dispatch: `${name}${round}.keyed`, parallel: 1, keys: 3, payload: { ms: 10 } });
      child.tell({ dispatch: `${name}${round}.failing`, parallel: 1, payload: { behaviour: 'fail-once' } });
      child.tell({ dispatch: `${name}${round}.dead`, parallel: 1, payload: { behaviour: 'refuse' } });
      await cause?.(bench, child);
      await bench.untilKilled(child);
    }
  }
  const verdict = await bench.settle({ retries: 20 });
  const perKill = PARALLEL + 3;
  // No more is in flight than may run.
  expectNothingLost(verdict, {
    unacknowledged: bench.kills * perKill,
    repeated: bench.kills * CONCURRENCY,
  });
  return `${places.length} places, ${describeVerdict(verdict, bench.kills)}`;
}

/** Where it comes by often. */
const MANY: ReadonlySet<Failpoint> = new Set(['beforeStore', 'afterCommitBeforeAck', 'midHandler', 'midFail', 'afterHandlerBeforeComplete', 'beforeCommit']); // prettier-ignore

/** Some places are on the way of some engines only. */
function comesBy({ harness }: Bench, name: Failpoint): boolean {
  if (name === 'beforeCommit') return harness.capabilities.has('transactional');
  return name !== 'midRecovery' || !harness.capabilities.has('multiProcess');
}

async function redrive({ ledgers }: Bench, child: ChildApp): Promise<void> {
  const before = ledgers.count('started');
  await until('some are given up', () => ledgers.count('started') > before + 50);
  child.tell({ redrive: true });
}

async function release({ ledgers }: Bench, child: ChildApp): Promise<void> {
  const before = ledgers.count('done');
  const payload = { behaviour: 'hang-once' } as const;
  // Ahead of what waits already.
  const options = { priority: 10 };
  child.tell({ dispatch: `hang-${before}`, parallel: 1, count: 3, payload, options });
  await until(
    'they run',
    () => ledgers.ids('started').filter((id) => id.startsWith(`hang-${before}`)).length === 3,
  );
  child.signal('SIGTERM');
}
