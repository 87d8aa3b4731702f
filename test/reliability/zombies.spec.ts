import { Injectable } from '@nestjs/common';
import { BaseEvent, Event, EventService, OnEvent, QueueDriver } from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { describeOnPostgres } from '../support/stores.js';
import { until } from '../support/until.js';

@Event({ name: 'run.twice' })
class RunTwice extends BaseEvent<null> {}

@Injectable()
class SlowListener {
  readonly runs: { readonly signal: AbortSignal; readonly end: () => void }[] = [];

  @OnEvent(RunTwice, { id: 'slow' })
  hear(_event: RunTwice, signal?: AbortSignal): Promise<void> {
    return new Promise((end) => this.runs.push({ signal: signal!, end }));
  }
}

describeOnPostgres('A worker that is given what was taken from it', ({ creator, read, forget }) => {
  afterEach(closeApps);

  it('aborts the run it had, and records the one it has', async () => {
    const driver = { driver: QueueDriver, options: { workerCreator: creator } };
    const config = syncConfig({ defaultDriver: 'queue', drivers: { queue: driver } });
    const app = await startApp(config, [SlowListener]);
    const { runs } = app.get(SlowListener);
    await app.get(EventService).dispatch(new RunTwice(null));
    await until('it runs', () => runs.length === 1);
    await forget();
    await until('it runs again', () => runs.length === 2);
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(runs[0]!.signal.reason).toMatchObject({ why: 'lost' });
    runs[0]!.end();
    await new Promise(setImmediate);
    runs[1]!.end();
    await until('it is recorded', async () => (await read())[0]!.state === 'completed');
    expect((await read())[0]!.retry_count).toBe(1);
  });
});

describeOnPostgres('A worker that is taken for dead', ({ place, read, forget }) => {
  let ledgers: LedgerFolder;

  beforeEach(() => {
    ledgers = new LedgerFolder();
  });

  const start = (options = {}) =>
    ChildApp.start({ ledgers: ledgers.path, ...place, heartbeat: '10s', ...options });
  const entriesOf = (name: 'started' | 'done' | 'aborted', { pid }: ChildApp) =>
    ledgers.read(name).filter((entry) => entry.pid === pid);

  it('is told when it wakes up, and what it has done meanwhile does not count', async () => {
    const zombie = await start();
    await zombie.dispatch({ dispatch: 'a', parallel: 1, count: 4, batch: 4, payload: { ms: 1000 } });
    await zombie.dispatch({ dispatch: 'b', parallel: 1, count: 4, batch: 4, payload: { behaviour: 'hang' } });
    await until('all run', () => entriesOf('started', zombie).length === 8);
    zombie.signal('SIGSTOP');
    await forget();
    const other = await start();
    await until('all run elsewhere', () => entriesOf('started', other).length === 8);
    zombie.signal('SIGCONT');
    const woken = Date.now();

    await until(
      'it has done what was done elsewhere meanwhile',
      () => entriesOf('done', zombie).length === 4,
    );
    const jobs = (await read()).filter(({ name }) => name === 'queue');
    expect(jobs.every(({ retry_count }) => retry_count === 1)).toBe(true);
    expect(jobs.filter(({ task }) => task.startsWith('b')).map(({ state }) => state)).toEqual(
      Array(4).fill('active'),
    );
    await until('it is told', () => entriesOf('aborted', zombie).length >= 4, 15_000);
    const told = Math.max(...entriesOf('aborted', zombie).map(({ at }) => at)) - woken;
    console.info(`told ${told} ms after it woke up`);
    for (const { note } of entriesOf('aborted', zombie)) expect(note).toContain('given to another worker');
    expect(ledgers.ids('unhandled')).toEqual([]);
    await Promise.all([zombie.kill(), other.kill()]);
  });

  it('because one listener blocks it, has what it did in time recorded once', async () => {
    const blocked = await start();
    await blocked.dispatch({ dispatch: 'c', parallel: 1, count: 5, batch: 5, payload: { ms: 300 } });
    await blocked.dispatch({
      dispatch: 'd',
      parallel: 1,
      count: 1,
      payload: { behaviour: 'block', ms: 3000 },
    });
    await until('it is blocked', () => ledgers.ids('started').includes('d-0'));
    const other = await start();
    await forget();
    await until('all is done', async () =>
      (await read()).every(({ name, state }) => name === 'queue' && state === 'completed'),
    );
    expect(ledgers.ids('started').length).toBeLessThanOrEqual(2 * 6);
    expect(ledgers.ids('unhandled')).toEqual([]);
    await Promise.all([blocked.kill(), other.kill()]);
  });
});
