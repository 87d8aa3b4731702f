import { setTimeout as delay } from 'node:timers/promises';
import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { describePostgres, useSchemaOfEach } from '../support/postgres.js';
import { ageHeartbeats, folderStore, type JobRow, postgresStore } from '../support/stores.js';
import { until } from '../support/until.js';

/** A store, and how its next process comes to know that the one before has died. */
interface Place {
  readonly store: ReturnType<typeof postgresStore>;
  readonly afterKill: () => Promise<void>;
  /** Looks into the store while a process has it, where that can be done. */
  readonly peek?: () => Promise<JobRow[]>;
}

function onBothStores(body: (place: Place) => void): void {
  describePostgres('on PostgreSQL', () => {
    const schema = useSchemaOfEach();
    const store = postgresStore(schema);
    body({ store, afterKill: () => ageHeartbeats(schema), peek: store.read });
  });
  describe('on an embedded database', () => {
    const store = folderStore();
    afterAll(() => store.remove());
    body({ store, afterKill: () => Promise.resolve() });
  });
}

function deadOf(jobs: readonly JobRow[], prefix: string): JobRow[] {
  return jobs.filter(({ name, task }) => name === 'queue/dead' && task.startsWith(prefix));
}

describe('A worker', () => {
  onBothStores(({ store, afterKill, peek }) => {
    let ledgers: LedgerFolder;
    beforeEach(() => {
      ledgers = new LedgerFolder();
    });

    const start = (options = {}) => ChildApp.start({ ledgers: ledgers.path, store, ...options });
    const startsOf = (id: string) => ledgers.ids('started').filter((started) => started === id).length;

    async function untilDone(ids: readonly string[]): Promise<void> {
      await until(`${ids.join()} are done`, () => {
        const done = ledgers.ids('done');
        return ids.every((id) => done.includes(id));
      });
    }

    it('that dies with a delivery, over and over, leaves it among the dead letters, and no other', async () => {
      let child = await start();
      const options = { retries: 2 };
      await child.dispatch({
        dispatch: 'good',
        parallel: 1,
        count: 10,
        batch: 10,
        payload: { ms: 300 },
        options,
      });
      child.tell({ dispatch: 'poison', parallel: 1, count: 1, payload: { behaviour: 'die' }, options });
      for (let round = 0; round < 3; round++) {
        await child.hasExited();
        await afterKill();
        child = await start();
      }
      await untilDone(Array.from({ length: 10 }, (_, index) => `good-${index}`));
      await child.dispatch({ dispatch: 'next', parallel: 1, count: 1 });
      await untilDone(['next-0']);
      if (peek !== undefined) await until('it is given up', async () => deadOf(await peek(), 'p').length > 0);
      await child.kill();
      expect(startsOf('poison-0')).toBe(3);
      const dead = deadOf(await store.read(), '');
      expect(dead.map(({ task }) => task)).toEqual(['poison-0']);
    });

    it('that dies with the last attempt of an ordering key does not hold up the others of it', async () => {
      const child = await start();
      const options = { orderingKey: 'key', retries: 0 };
      child.tell({ dispatch: 'o-poison', parallel: 1, count: 1, payload: { behaviour: 'die' }, options });
      await child.hasExited();
      await afterKill();
      const next = await start();
      await next.dispatch({ dispatch: 'o-good', parallel: 1, count: 2, options });
      await untilDone(['o-good-0', 'o-good-1']);
      await next.kill();
      expect(deadOf(await store.read(), 'o-')).toHaveLength(1);
    });

    it('that dies before it has recorded what it has done does it once more', async () => {
      const payload = { behaviour: 'die-when-done' } as const;
      const first = await start();
      first.tell({ dispatch: 'w', parallel: 1, count: 1, payload });
      await first.hasExited();
      await afterKill();
      const second = await start();
      await until('it is done again', () => startsOf('w-0') === 2);
      second.signal('SIGTERM');
      await second.hasExited();
      expect(startsOf('w-0')).toBe(2);
      const states = (await store.read())
        .filter(({ task }) => task.startsWith('w'))
        .map(({ state }) => state);
      expect(states).toEqual(['completed']);
    });

    it('tries again as often as it is told, and gives up once', async () => {
      const child = await start();
      for (const retries of [0, 1, 5]) {
        const payload = { behaviour: 'fail' } as const;
        await child.dispatch({
          dispatch: `f${retries}`,
          parallel: 1,
          count: 3,
          payload,
          options: { retries },
        });
      }
      await until('all are given up', () => ledgers.ids('started').length >= 27);
      await delay(100);
      child.signal('SIGTERM');
      await child.hasExited();
      await (await start()).kill();
      for (const retries of [0, 1, 5]) expect(startsOf(`f${retries}-1`)).toBe(retries + 1);
      expect(ledgers.ids('started')).toHaveLength(27);
      expect(deadOf(await store.read(), 'f')).toHaveLength(9);
    });

    it('that dies while it gives up leaves each in one place', async () => {
      const payload = { behaviour: 'fail' } as const;
      let child = await start();
      await child.dispatch({
        dispatch: 'x',
        parallel: 1,
        count: 200,
        batch: 200,
        payload,
        options: { retries: 20 },
      });
      for (let kills = 0; kills < 2; kills++) {
        const before = ledgers.ids('started').length;
        await until('it is busy', () => ledgers.ids('started').length > before + 60);
        await child.kill();
        await afterKill();
        child = await start();
      }
      await child.kill();
      const jobs = (await store.read()).filter(({ task }) => task.startsWith('x'));
      const open = jobs.filter(({ name, state }) => name === 'queue' && state !== 'failed');
      const dead = deadOf(jobs, 'x').map(({ task }) => task);
      expect(new Set(dead).size).toBe(dead.length);
      expect([...open.map(({ task }) => task), ...dead]).toHaveLength(200);
    });
  });
});

describe('A process with an embedded database', () => {
  it('goes on where the one before it was killed, within two seconds', async () => {
    const ledgers = new LedgerFolder();
    const store = folderStore();
    const first = await ChildApp.start({ ledgers: ledgers.path, store });
    await first.dispatch({
      dispatch: 'a',
      parallel: 1,
      count: 10,
      batch: 10,
      payload: { behaviour: 'hang' },
    });
    await until('all run', () => ledgers.ids('started').length === 10);
    await first.kill();
    const spawned = performance.now();
    const next = await ChildApp.start({ ledgers: ledgers.path, store });
    const ready = performance.now();
    await until('all run again', () => ledgers.ids('started').length === 20);
    const now = performance.now();
    console.info(
      `run again ${(now - ready).toFixed()} ms after the start, which took ${(ready - spawned).toFixed()} ms`,
    );
    expect(now - ready).toBeLessThan(2000);
    await next.kill();
    store.remove();
  });
});
