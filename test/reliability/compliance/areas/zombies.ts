import type { ChildApp } from '../../../support/child-app.js';
import { until } from '../../../support/until.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';
import { expectNothingLost, isOpen, judge } from '../verdict.js';

/** What becomes of a process that is taken for dead, and is not. */
export const zombies: Area = {
  title: 'Processes that are taken for dead',
  scenarios: [
    {
      id: 'B3',
      isLong: true,
      title:
        'a worker that was frozen is told when it wakes up, and what it has done meanwhile does not count',
      needs: ['multiProcess'],
      run: freeze,
    },
    {
      id: 'B4',
      isLong: true,
      title: 'a worker that one listener blocks has what it did in time recorded once',
      needs: ['multiProcess'],
      run: block,
    },
  ],
};

async function freeze(bench: Bench): Promise<string> {
  const { ledgers, store } = bench;
  const entriesOf = (name: 'started' | 'done' | 'aborted', { pid }: ChildApp) =>
    ledgers.read(name).filter((entry) => entry.pid === pid);
  const zombie = await bench.start({ heartbeat: '10s' });
  await zombie.dispatch({ dispatch: 'a', parallel: 1, count: 4, batch: 4, payload: { ms: 1000 } });
  await zombie.dispatch({ dispatch: 'b', parallel: 1, count: 4, batch: 4, payload: { behaviour: 'hang' } });
  await until('all run', () => entriesOf('started', zombie).length === 8);
  zombie.signal('SIGSTOP');
  await store.forget();
  const other = await bench.start({ heartbeat: '10s' });
  await until('all run elsewhere', () => entriesOf('started', other).length === 8);
  zombie.signal('SIGCONT');
  const woken = Date.now();
  await until('it has done what was done elsewhere meanwhile', () => entriesOf('done', zombie).length === 4);
  const jobs = (await store.read()).filter(isOpen);
  // What it has not done is the other's, still.
  expect(jobs.filter(({ task }) => task.startsWith('b')).map(({ state }) => state)).toEqual(
    Array(4).fill('active'),
  );
  await until('it is told', () => entriesOf('aborted', zombie).length >= 4, 15_000);
  const told = Math.max(...entriesOf('aborted', zombie).map(({ at }) => at)) - woken;
  for (const { note } of entriesOf('aborted', zombie)) expect(note).toContain('given to another worker');
  expect(entriesOf('aborted', other)).toEqual([]);
  expect(ledgers.ids('unhandled')).toEqual([]);
  await bench.kill(zombie, other);
  return `8 running: told ${told} ms after it woke up, with a heartbeat of 10 s`;
}

async function block(bench: Bench): Promise<string> {
  const { ledgers, store } = bench;
  const blocked = await bench.start({ heartbeat: '10s' });
  await blocked.dispatch({ dispatch: 'c', parallel: 1, count: 5, batch: 5, payload: { ms: 300 } });
  const blocking = { behaviour: 'block', ms: 3000 } as const;
  await blocked.dispatch({ dispatch: 'd', parallel: 1, count: 1, payload: blocking });
  await until('it is blocked', () => ledgers.ids('started').includes('d-0'));
  const other = await bench.start({ heartbeat: '10s' });
  await store.forget();
  await bench.untilSettled(other);
  await bench.terminate(other, blocked);
  const verdict = judge(ledgers, await store.read());
  expectNothingLost(verdict, { repeated: 6 });
  const lost = ledgers.read('aborted').filter(({ note }) => note.includes('given to another worker'));
  expect(new Set(lost.map(({ id, pid }) => `${id} ${pid}`)).size).toBe(lost.length);
  return `6 running: ${verdict.repeated} repeated, ${verdict.acknowledged} recorded once`;
}
