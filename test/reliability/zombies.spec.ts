import { Injectable } from '@nestjs/common';
import { BaseEvent, Event, EventService, OnEvent, QueueDriver } from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../support/app.js';
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
